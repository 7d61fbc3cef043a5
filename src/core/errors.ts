/** What is known about an error code, for machines (`retry`, `status`) and for people (`help`). */
export interface ErrorEntry {
  /** True when the same call may succeed later without anyone changing anything. */
  readonly retry: boolean;
  /** HTTP status of the REST API. The SLS wire API has its own names and statuses (`api/sls`). */
  readonly status: number;
  readonly help: string;
}

/**
 * Every error Sluice raises on purpose. `npm run docs` prints it as docs/reference/errors.md; a test fails when table and page differ.
 * A code is `<room>.<what>`; keep rooms together.
 */
export const ERRORS = {
  aborted: { retry: false, status: 499, help: 'The caller cancelled.' },
  'internal.unexpected': { retry: true, status: 500, help: 'A defect in Sluice; the log line with the same request id says where.' },

  'config.invalid': { retry: false, status: 400, help: 'A setting is unknown or has a wrong value; details.problems lists all of them.' },
  'config.port_in_use': { retry: false, status: 500, help: 'Another program listens on the port; details.port names it.' },
  'config.data_dir_in_use': { retry: false, status: 500, help: 'Another Sluice process owns the data directory; details.pid names it.' },
  'config.insecure_bind': { retry: false, status: 400, help: 'A non-loopback address needs TLS or an explicit insecure: true.' },

  'request.invalid': { retry: false, status: 400, help: 'The request does not have the documented shape; errors[] names each field.' },
  'request.unauthenticated': { retry: false, status: 401, help: 'No valid session, API key or signature came with the request.' },
  'request.forbidden': { retry: false, status: 403, help: 'The caller is known but may not do this.' },
  'request.not_found': { retry: false, status: 404, help: 'The thing named in details does not exist.' },
  'request.method': { retry: false, status: 405, help: 'The path exists, but not for this method; the header Allow names those it has.' },
  'request.precondition': { retry: false, status: 412, help: 'The thing changed since the version named in If-Match was read.' },
  'request.media_type': { retry: false, status: 415, help: 'The body is of a type the path does not take; JSON is expected.' },
  'request.conflict': { retry: false, status: 409, help: 'The thing already exists, or changed since its etag was read.' },
  'request.too_large': { retry: false, status: 413, help: 'The body is larger than the limit in details.limitBytes.' },
  'request.quota': { retry: false, status: 409, help: 'No more of these may exist; details.limit is the most, and a setting raises it.' },
  'request.rate_limited': { retry: true, status: 429, help: 'Too many calls; details.retryAfterSec says when to come back.' },

  'group.malformed': { retry: false, status: 400, help: 'The bytes are not a LogGroup; details.offset says where reading stopped.' },
  'codec.corrupt': { retry: false, status: 400, help: 'A compressed body does not decompress to its declared size.' },
  'codec.unknown': { retry: false, status: 400, help: 'The compression named is not one of none, lz4, zstd, deflate.' },

  'stream.shard_missing': { retry: false, status: 404, help: 'The shard does not exist in the stream.' },
  'stream.cursor_expired': {
    retry: false,
    status: 410,
    help: 'The stream no longer keeps the cursor; details.begin is the first one kept.',
  },
  'stream.cursor_invalid': { retry: false, status: 400, help: 'The cursor is not a number, or lies beyond the end of the shard.' },
  'stream.full': {
    retry: true,
    status: 507,
    help: 'The disk of the stream is full: nothing of the batch was stored; free space and send again.',
  },
  'stream.failed': { retry: true, status: 503, help: 'The disk of the stream refused a write for another reason than space.' },
  'stream.closed': { retry: true, status: 503, help: 'The stream is shutting down.' },

  'store.unavailable': { retry: true, status: 503, help: 'The store is restarting or unreachable; it comes back by itself.' },
  'store.query': { retry: false, status: 500, help: 'The engine refused a statement; details.clickhouseCode is its error number.' },
  'store.timeout': { retry: false, status: 408, help: 'The query ran longer than its time limit; details.limitSec.' },
  'store.memory': { retry: false, status: 413, help: 'The query needed more memory than its limit; details.limitBytes.' },
  'store.rows': { retry: false, status: 413, help: 'The query read or returned more rows than its limit; details.limitRows.' },
  'store.full': { retry: true, status: 507, help: 'The disk of the store is full; logs stay in the stream until there is space.' },

  'query.syntax': { retry: false, status: 400, help: 'The query does not parse; details.span says where.' },
  'query.unknown_field': { retry: false, status: 400, help: 'The field has no index; details.suggestion names the nearest one.' },
  'query.unknown_function': { retry: false, status: 400, help: 'The function does not exist; details.suggestion names the nearest one.' },
  'query.refused': {
    retry: false,
    status: 400,
    help: 'The construct is known but not available; details.reason says why and what to use instead.',
  },
  'query.type': { retry: false, status: 400, help: 'An operator or function got a value of the wrong type; details.span says where.' },
  'query.no_index': { retry: false, status: 400, help: 'The logstore has no index, so nothing can be searched.' },
  'query.value': {
    retry: false,
    status: 400,
    help: 'A value of some row cannot be computed (division by zero, overflow, a cast); details.reason says which, try() gives NULL instead.',
  },
  'query.limit': { retry: false, status: 413, help: 'The query is over a limit; details.limit names it.' },

  'state.unavailable': { retry: true, status: 503, help: 'The state database cannot be reached.' },
  'state.conflict': { retry: true, status: 409, help: 'Two transactions met; the work was tried again and still lost.' },
  'state.full': { retry: true, status: 507, help: 'The disk of the state database is full.' },
  'state.lease_lost': { retry: true, status: 409, help: 'Another node holds the lease; its fence is newer.' },

  'rule.invalid': {
    retry: false,
    status: 400,
    help: 'A rule file does not have the documented shape or does not compile; details.path names it.',
  },
  'rule.refused': {
    retry: false,
    status: 400,
    help: 'The rule uses something that cannot be evaluated exactly; details.construct names it.',
  },
  'rule.late': {
    retry: true,
    status: 503,
    help: 'Events came into a range that rules had passed already; the rules are run over it again.',
  },

  'source.auth': { retry: false, status: 502, help: 'The remote refused our credentials.' },
  'source.unreachable': { retry: true, status: 502, help: 'The remote cannot be reached; details.stage says at which step.' },
  'sink.auth': { retry: false, status: 502, help: 'The receiver refused our credentials.' },
  'sink.unreachable': { retry: true, status: 502, help: 'The receiver cannot be reached; details.stage says at which step.' },
  'sink.busy': { retry: true, status: 503, help: 'The receiver asked to wait.' },
  'sink.rejected': { retry: false, status: 422, help: 'The receiver refused the record; it goes to the dead-letter logstore.' },

  'demo.incomplete': { retry: false, status: 500, help: 'Sending the demonstration broke off; clear it, then load it again.' },
  'job.stuck': { retry: true, status: 500, help: 'A job made no progress for longer than its watchdog allows.' },
  'secret.unreadable': { retry: false, status: 500, help: 'A sealed secret does not open with this master key.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** The one error class. `message` is for people: lower case, no full stop, names the thing, its value and what was expected. */
export class SluiceError extends Error {
  override readonly name = 'SluiceError';
  readonly code: ErrorCode;
  /** Facts for machines; never a secret. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }

  get retry(): boolean {
    return ERRORS[this.code].retry;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** Turns whatever was thrown into a SluiceError, keeping it as the cause. Aborts become `aborted`. */
export function asSluiceError(thrown: unknown, code: ErrorCode = 'internal.unexpected'): SluiceError {
  if (thrown instanceof SluiceError) return thrown;
  if (thrown instanceof Error) {
    if (thrown.name === 'AbortError') return new SluiceError('aborted', 'the call was cancelled', {}, { cause: thrown });
    return new SluiceError(code, thrown.message, {}, { cause: thrown });
  }
  return new SluiceError(code, String(thrown));
}
