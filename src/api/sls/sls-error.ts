import { SluiceError, asSluiceError } from '../../core/errors.ts';

/**
 * An error of the wire API: what the body says (`errorCode`, `errorMessage`) and the HTTP status (sls-api §6). Programs branch on the code, not on
 * the status. Thrown by operations; whatever else they throw goes through `slsErrorOf`.
 */
export class SlsError extends Error {
  override readonly name = 'SlsError';
  readonly errorCode: string;
  readonly status: number;

  constructor(errorCode: string, message: string, status = 400, options?: ErrorOptions) {
    super(message, options);
    this.errorCode = errorCode;
    this.status = status;
  }
}

const NOT_FOUND: Readonly<Record<string, readonly [code: string, status: number, text: (name: string) => string]>> = {
  project: ['ProjectNotExist', 404, (n) => `The Project does not exist : ${n}`],
  logstore: ['LogStoreNotExist', 404, (n) => `logstore ${n} does not exist`],
  index: ['IndexConfigNotExist', 404, () => "index config doesn't exist"],
  shard: ['ShardNotExist', 400, (n) => `shard ${n} does not exist`],
  consumer_group: ['ConsumerGroupNotExist', 404, (n) => `consumer group ${n} does not exist`],
  consumer: ['ConsumerNotExist', 404, (n) => `consumer ${n} does not exist`],
  saved_search: ['SavedSearchNotExist', 404, () => 'specified savedsearch does not exist'],
  dashboard: ['DashboardNotExist', 404, () => 'specified dashboard does not exist'],
  chart: ['ChartNotExist', 404, () => 'specified chart does not exist'],
  job: ['JobNotExist', 404, (n) => `Job ${n} does not exist`],
  store_view: ['StoreViewNotExist', 404, (n) => `store view ${n} does not exist`],
  machine_group: ['MachineGroupNotExist', 404, (n) => `MachineGroup ${n} does not exist`],
  config: ['ConfigNotExist', 404, (n) => `Config ${n} does not exist`],
  pipeline_config: ['ConfigNotExist', 404, (n) => `Config ${n} does not exist`],
  logging: ['LoggingNotExist', 404, (n) => `Logging does not exist for project '${n}'`],
};

const CONFLICT: Readonly<Record<string, readonly [code: string, text: (name: string) => string]>> = {
  project: ['ProjectAlreadyExist', (n) => `Project ${n} already exist`],
  logstore: ['LogStoreAlreadyExist', (n) => `logstore ${n} already exists`],
  index: ['IndexAlreadyExist', () => 'log store index is already created'],
  consumer_group: ['ConsumerGroupAlreadyExist', (n) => `consumer group ${n} already exist`],
  consumer: ['ConsumerNotMatch', (n) => `the shard is not owned by consumer ${n}`],
  saved_search: ['ParameterInvalid', () => 'specified savedsearch already exists'],
  dashboard: ['ParameterInvalid', () => 'specified dashboard already exists'],
  chart: ['ParameterInvalid', () => 'specified chart already exists'],
  job: ['ParameterInvalid', (n) => `Job ${n} already exists`],
  store_view: ['StoreViewAlreadyExist', (n) => `store view ${n} already exists`],
  machine_group: ['MachineGroupAlreadyExist', (n) => `MachineGroup ${n} already exists`],
  config: ['ConfigAlreadyExist', (n) => `Config ${n} already exists`],
  pipeline_config: ['ConfigAlreadyExist', (n) => `Config ${n} already exists`],
  logging: ['LoggingAlreadyExist', (n) => `Logging already exists for project '${n}'`],
};

const QUOTA: Readonly<Record<string, string>> = { project: 'ProjectQuotaExceed', consumer_group: 'ConsumerGroupQuotaExceed' };

const INVALID: Readonly<Record<string, string>> = {
  project: 'ParameterInvalid',
  logstore: 'LogStoreInfoInvalid',
  index: 'IndexInfoInvalid',
  shard: 'ParameterInvalid',
  consumer_group: 'ParameterInvalid',
  checkpoint: 'InvalidShardCheckPoint',
};

/**
 * SluiceError → SLS. Codes that say "come back" get 503 ServerBusy or 403 quota names, which every client retries; a client's own fault never gets
 * a 5xx, because clients repeat writes on those (clients.md §3, rule 4).
 */
export function slsErrorOf(thrown: unknown): SlsError {
  if (thrown instanceof SlsError) return thrown;
  const error = asSluiceError(thrown);
  const resource = typeof error.details['resource'] === 'string' ? error.details['resource'] : '';
  const name = typeof error.details['name'] === 'string' || typeof error.details['name'] === 'number' ? String(error.details['name']) : '';
  const as = (code: string, status: number, message = error.message): SlsError => new SlsError(code, message, status, { cause: error });

  switch (error.code) {
    case 'request.not_found': {
      const known = NOT_FOUND[resource];
      return known === undefined ? as('NotExist', 404) : as(known[0], known[1], known[2](name));
    }
    case 'request.conflict': {
      const known = CONFLICT[resource];
      return known === undefined ? as('ParameterInvalid', 400) : as(known[0], 400, known[1](name));
    }
    case 'request.quota':
      return as(QUOTA[resource] ?? 'ExceedQuota', 400);
    case 'request.invalid':
    case 'config.invalid':
      return as(INVALID[resource] ?? 'ParameterInvalid', 400);
    case 'request.unauthenticated':
      return as('Unauthorized', 401);
    case 'request.forbidden':
      return as('Unauthorized', 401);
    case 'request.too_large':
      return as('PostBodyTooLarge', 400);
    case 'request.rate_limited':
      return as('WriteQuotaExceed', 403);
    case 'group.malformed':
      return as('PostBodyInvalid', 400);
    case 'codec.corrupt':
      return as('PostBodyUncompressError', 400);
    case 'codec.unknown':
      return as('InvalidCompressType', 400);
    case 'stream.shard_missing':
      return as('ShardNotExist', 400);
    case 'stream.cursor_expired':
    case 'stream.cursor_invalid':
      return as('InvalidCursor', 400);
    case 'query.no_index':
      return as('IndexConfigNotExist', 400, 'logstore without index config');
    case 'query.syntax':
    case 'query.unknown_field':
    case 'query.unknown_function':
    case 'query.refused':
    case 'query.type':
    case 'query.value':
    case 'query.limit':
    case 'store.timeout':
    case 'store.memory':
    case 'store.rows':
      return as('ParameterInvalid', 400);
    case 'stream.full':
    case 'stream.failed':
    case 'stream.closed':
    case 'store.unavailable':
    case 'store.full':
    case 'state.unavailable':
    case 'state.conflict':
    case 'state.full':
    case 'state.lease_lost':
      return as('ServerBusy', 503);
    case 'aborted':
      return as('ServerBusy', 503, 'the request was cancelled');
    default:
      // The cause stays in our own log line under the request id: an unexpected error may name files or hosts.
      return as('InternalServerError', 500, 'an unexpected error happened; the request id finds it in the server log');
  }
}

/** True when the SluiceError behind an answer is a defect of ours, so that it is logged with its cause. */
export function isUnexpected(error: SlsError): boolean {
  return error.status >= 500 && (!(error.cause instanceof SluiceError) || error.cause.code === 'internal.unexpected');
}
