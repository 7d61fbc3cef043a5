/** What the server says when it refuses (RFC 9457), and what is known when it does not answer at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0: no answer. */
  readonly status: number;
  /** Code of the error table (`query.syntax`), or `offline`. */
  readonly code: string;
  readonly requestId: string;
  /** Path and message of each wrong field of the request. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  /** Facts of the error: `span`, `suggestion` … */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(init: {
    status: number;
    code: string;
    message: string;
    requestId?: string;
    errors?: readonly { path: string; message: string }[];
    details?: Readonly<Record<string, unknown>>;
  }) {
    super(init.message);
    this.status = init.status;
    this.code = init.code;
    this.requestId = init.requestId ?? '';
    this.errors = init.errors ?? [];
    this.details = init.details ?? {};
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** Reads a problem document; anything else that came instead becomes an error that says so. */
export async function problemOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const problem = record(body);
  const errors = Array.isArray(problem['errors']) ? problem['errors'].map(record) : [];
  return new ApiError({
    status: response.status,
    code: text(problem['code']) || `http.${response.status}`,
    message: text(problem['detail']) || text(problem['title']) || `${response.status} ${response.statusText}`,
    requestId: text(problem['requestId']) || text(problem['instance']) || (response.headers.get('x-request-id') ?? ''),
    errors: errors.map((entry) => ({ path: text(entry['path']), message: text(entry['message']) || text(entry['detail']) })),
    details: record(problem['details']),
  });
}

export function isApiError(thrown: unknown): thrown is ApiError {
  return thrown instanceof ApiError;
}
