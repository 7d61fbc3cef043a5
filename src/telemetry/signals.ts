/** What can be counted, as data: `Metrics` takes these names only, and docs/reference/metrics.md is printed from them. */
export interface Signal {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** `1` (a count), `s`, `bytes`, `ratio`. */
  readonly unit: '1' | 's' | 'bytes' | 'ratio';
  readonly help: string;
  /** Names of labels; each from a closed set, never text of a user: a metric per client or per query would fill the memory of whoever scrapes it. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
  /** Counting also writes a log line, so that the two agree. */
  readonly log?: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string };
}

/** From a millisecond to a minute. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** `sluice_<part>_<noun>_<unit>[_total]`; parts in the order of a log's way. */
export const SIGNALS = {
  sluice_sls_requests_total: {
    kind: 'counter',
    unit: '1',
    labels: ['operation', 'status'],
    help: 'Calls of the SLS wire API. status: the class, `2xx` to `5xx`.',
  },
  sluice_sls_request_seconds: {
    kind: 'histogram',
    unit: 's',
    labels: ['operation'],
    buckets: SECONDS,
    help: 'From the first byte of a call to the last of its answer.',
  },
  sluice_sls_received_logs_total: { kind: 'counter', unit: '1', labels: [], help: 'Logs that the SLS wire API has made durable.' },
  sluice_sls_received_bytes_total: {
    kind: 'counter',
    unit: 'bytes',
    labels: [],
    help: 'Raw bytes of the groups that the SLS wire API has made durable.',
  },
  sluice_sls_connections: { kind: 'gauge', unit: '1', labels: [], help: 'Open connections of the SLS wire API.' },
  sluice_sls_inflight_bytes: {
    kind: 'gauge',
    unit: 'bytes',
    labels: [],
    help: 'Bodies and answers of the SLS wire API held in memory; over `sls.maxInflightBytes` calls are answered ServerBusy.',
  },
  sluice_sls_cut_off_total: {
    kind: 'counter',
    unit: '1',
    labels: ['phase'],
    help: 'Connections closed because the client was too slow. phase: `headers`, `body`, `reply`, `idle`.',
  },
  sluice_shard_splits_total: {
    kind: 'counter',
    unit: '1',
    labels: ['outcome'],
    help: 'Shards split because they were over their rate. outcome: `ok`, `failed`.',
  },
  sluice_ingest_logs_total: {
    kind: 'counter',
    unit: '1',
    labels: ['way'],
    help: 'Logs acknowledged: durable in the stream. way: `sls`, `source`, `hec`, `syslog`, `otlp`.',
  },
  sluice_ingest_raw_bytes_total: { kind: 'counter', unit: 'bytes', labels: ['way'], help: 'The same as bytes before compression.' },
  sluice_ingest_rejected_logs_total: {
    kind: 'counter',
    unit: '1',
    labels: ['way', 'reason'],
    help: 'Logs refused, by the code of the answer.',
  },
  sluice_stream_append_seconds: { kind: 'histogram', unit: 's', labels: [], buckets: SECONDS, help: 'From append to durable on disk.' },
  sluice_stream_bytes: { kind: 'gauge', unit: 'bytes', labels: [], help: 'Stored bytes the stream keeps.' },
  sluice_step_lag_groups: {
    kind: 'gauge',
    unit: '1',
    labels: ['step'],
    help: 'Groups of logs a step is behind the one before it, all shards.',
  },
  sluice_step_lag_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: ['step'],
    help: 'Age of the oldest group a step has not done; 0: nothing is left.',
  },
  sluice_step_rows_total: { kind: 'counter', unit: '1', labels: ['step', 'direction'], help: 'Rows a step read (`in`) and wrote (`out`).' },
  sluice_step_failures_total: {
    kind: 'counter',
    unit: '1',
    labels: ['step', 'code'],
    help: 'Ranges a step could not process; each is tried again and shown.',
    log: { level: 'warn', message: 'a step could not process a range' },
  },
  sluice_store_queries_total: {
    kind: 'counter',
    unit: '1',
    labels: ['lane', 'outcome'],
    help: 'Statements of the store. outcome: `ok` or an error code.',
  },
  sluice_store_query_seconds: {
    kind: 'histogram',
    unit: 's',
    labels: ['lane'],
    buckets: SECONDS,
    help: 'Time of a statement on the store.',
  },
  sluice_store_restarts_total: {
    kind: 'counter',
    unit: '1',
    labels: [],
    help: 'Times the embedded engine had to be started again.',
    log: { level: 'error', message: 'the embedded engine ended and is started again' },
  },
  sluice_standardize_events_total: {
    kind: 'counter',
    unit: '1',
    labels: ['class'],
    help: 'Standardized events written, by OCSF class.',
  },
  sluice_standardize_rule_failures_total: {
    kind: 'counter',
    unit: '1',
    labels: ['code'],
    help: 'Batches a standardization rule failed on; its ranges are recorded and done again.',
  },
  sluice_detect_events_total: {
    kind: 'counter',
    unit: '1',
    labels: ['class'],
    help: 'Events that rules were run over, by OCSF class.',
  },
  sluice_detect_hits_total: {
    kind: 'counter',
    unit: '1',
    labels: ['kind', 'severity'],
    help: 'Hits handed on. kind: `rule`, `correlation`.',
  },
  sluice_detect_confirmed_rules_total: {
    kind: 'counter',
    unit: '1',
    labels: ['class'],
    help: 'Rules that had to be confirmed because a literal of theirs occurred; beside the number of batches it tells what a batch costs.',
  },
  sluice_detect_batches_total: { kind: 'counter', unit: '1', labels: ['class'], help: 'Batches with events of the class.' },
  sluice_detect_rule_failures_total: {
    kind: 'counter',
    unit: '1',
    labels: ['code'],
    help: 'Batches a detection rule failed on; its ranges are recorded and done again.',
  },
  sluice_detect_rules: { kind: 'gauge', unit: '1', labels: ['state'], help: 'Detection rules. state: `enabled`, `disabled`, `faulty`.' },
  sluice_alerts_hits_total: {
    kind: 'counter',
    unit: '1',
    labels: ['outcome'],
    help: 'Hits that alerts were given. outcome: `taken`, `grown` (a correlation with more evidence), `repeated`, `informational` (raises no alert), `forgotten` (its alert is too old to know its hits).',
  },
  sluice_alerts_raised_total: { kind: 'counter', unit: '1', labels: ['severity'], help: 'Alerts raised; a rerun raises none.' },
  sluice_alerts_trimmed_total: {
    kind: 'counter',
    unit: '1',
    labels: ['what'],
    help: 'Parts of hits that their alert has no room for. what: `evidence`, `entities`, `pairs`.',
  },
  sluice_events_open: { kind: 'gauge', unit: '1', labels: ['severity'], help: 'Security events that are not closed.' },
  sluice_events_changes_total: {
    kind: 'counter',
    unit: '1',
    labels: ['change'],
    help: 'Security events by what alerts did to them. change: `created`, `merged`, `reopened`, `split`, `suppressed` (alerts that a closed, harmless event explains).',
  },
  sluice_events_largest_group: {
    kind: 'gauge',
    unit: '1',
    labels: [],
    help: 'Alerts of the largest connected group looked at last: each alert that joins costs work in proportion.',
  },
  sluice_ship_logs_total: {
    kind: 'counter',
    unit: '1',
    labels: ['sink', 'outcome'],
    help: 'Logs shipped, by kind of sink. outcome: `delivered`, `filtered`, `dead_letter`.',
  },
  sluice_ship_retries_total: { kind: 'counter', unit: '1', labels: ['sink'], help: 'Sends of a batch that had to be repeated.' },
  sluice_ship_lag_seconds: { kind: 'gauge', unit: 's', labels: ['sink'], help: 'Age of the oldest log not yet delivered, worst shard.' },
  sluice_job_state: {
    kind: 'gauge',
    unit: '1',
    labels: ['kind', 'state'],
    help: 'Jobs by kind (the word before the colon of their name) and state.',
  },
  sluice_job_failures_total: {
    kind: 'counter',
    unit: '1',
    labels: ['kind', 'code'],
    help: 'Times a job ended with an error, also those started again.',
  },
  sluice_http_requests_total: {
    kind: 'counter',
    unit: '1',
    labels: ['route', 'status'],
    help: 'Calls of the REST API by operation. status: the class, `2xx` to `5xx`.',
  },
  sluice_http_request_seconds: {
    kind: 'histogram',
    unit: 's',
    labels: ['route'],
    buckets: SECONDS,
    help: 'From a call to the end of its answer.',
  },
  sluice_auth_denied_total: {
    kind: 'counter',
    unit: '1',
    labels: ['edge', 'reason'],
    help: 'Calls refused for who made them. edge: `rest`, `sls`.',
  },
  sluice_telemetry_undeclared_total: {
    kind: 'counter',
    unit: '1',
    labels: [],
    help: 'Counts under a name or with labels this table does not have: a defect.',
  },
} as const satisfies Record<string, Signal>;

export type SignalName = keyof typeof SIGNALS;

/** docs/reference/metrics.md. */
export function metricsPage(signals: Readonly<Record<string, Signal>> = SIGNALS): string {
  const lines = [
    '# Metrics',
    '',
    'Made by `npm run docs` from `src/telemetry/signals.ts`. `GET /metrics` of the console port answers them in the Prometheus format, with those of the process',
    '(`process_*`, `nodejs_*`).',
    '',
    '| name | kind | unit | labels | |',
    '|---|---|---|---|---|',
  ];
  for (const [name, signal] of Object.entries(signals)) {
    const labels = signal.labels.map((label) => `\`${label}\``).join(' ');
    const log = signal.log === undefined ? '' : ` Also logged (${signal.log.level}): “${signal.log.message}”.`;
    lines.push(`| \`${name}\` | ${signal.kind} | ${signal.unit} | ${labels} | ${signal.help}${log} |`);
  }
  return `${lines.join('\n')}\n`;
}
