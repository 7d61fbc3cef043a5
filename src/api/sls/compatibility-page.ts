import { slsOperations } from './operations.ts';

/** Official clients that `test/compat` runs unmodified against a server on real ports, with what each does there. */
const CLIENTS: readonly (readonly [client: string, version: string, does: string])[] = [
  [
    'Python `aliyun-log-python-sdk`',
    '0.9.52',
    'projects, logstores, index, PutLogs (lz4, none), signature V1 and V4, shards, cursors, pull, GetLogs, histograms, ConsumerWorker with and without SPL',
  ],
  ['`aliyun-log-cli` (`aliyunlog`)', '0.2.10', 'paged GetLogs, errors and exit codes'],
  ['Go `aliyun-log-go-sdk`', '0.1.100', 'client (V1, V4, lz4, zstd, hash key), producer, consumer with SPL'],
  ['Java `aliyun-log`', '0.6.151', 'client (V1, V4; lz4, deflate, zstd, none; hash key), pull, GetLogs, histograms'],
  ['Java `aliyun-log-producer`', '0.3.24', 'producer'],
  ['Java `loghub-client-lib`', '0.6.41', 'consumer library'],
  ['Node `@alicloud/log`', '1.2.6', 'projects, logstores, index, PutLogs, GetLogs, histograms'],
  ['Node `aliyun-sdk`', '1.12.10', 'PutLogs (deflate), uncompressed pull, GetLogs'],
  ['Rust `aliyun-log-rust-sdk`', '0.3.3', 'projects, logstores, index, PutLogs, pull with and without SPL, GetLogs'],
];

/** What a real account does otherwise, as far as a client can see it. */
const DIFFERENCES: readonly string[] = [
  'A cursor older than the stream keeps is answered from the store; a pull is never told InvalidCursor for its age.',
  'Splitting and merging take effect at once; the service may take some seconds.',
  'The write quota of a shard is enforced where `SLUICE_SLS_SHARD_WRITE_QUOTA_BYTES_PER_SEC` sets one; read quotas are not. A shard over its rate is split when its logstore has automatic split on.',
  'Log times are accepted within `SLUICE_LOG_TIME_WINDOW` (168h,15m); `off` takes any.',
  'Index changes apply to all logs at once; nothing has to be rebuilt.',
  'Jobs (scheduled SQL, export, ingestion, alerts), collection configurations and machine groups are stored and answered; nothing runs them.',
  'Kafka-protocol ingestion (ports 10011 and 10012), native OTLP and Prometheus remote write are not offered.',
];

/** docs/reference/sls-compatibility.md. */
export function compatibilityPage(): string {
  const lines = [
    '# Compatibility with the SLS wire API',
    '',
    'Made by `npm run docs` from the table of operations in `src/api/sls`. An operation that is not listed is answered `NotFound` or `InvalidMethod` in the error body of the API.',
    '',
    '## Clients',
    '',
    'Run unmodified by `test/compat` in every test run; only their endpoint is changed.',
    '',
    '| client | version | what the test does with it |',
    '|---|---|---|',
    ...CLIENTS.map(([client, version, does]) => `| ${client} | ${version} | ${does} |`),
    '',
    '## Operations',
    '',
    '| operation | call | permission |',
    '|---|---|---|',
  ];
  const rows = slsOperations.map((operation) => {
    const where = Object.entries(operation.where ?? {})
      .filter(([, values]) => values.length > 0)
      .map(([name, values]) => `${name}=${values.join('\\|')}`);
    const call = `${operation.method} ${operation.path}${where.length === 0 ? '' : `?${where.join('&')}`}`;
    const permission =
      operation.action === null
        ? operation.signed === false
          ? 'none, where the logstore allows it'
          : 'checked by the operation'
        : `\`${operation.action}\``;
    return `| ${operation.name} | \`${call}\`${operation.host === 'account' ? ' on the endpoint itself' : ''} | ${permission} |`;
  });
  lines.push(...new Set(rows.toSorted()), '', '## What a real account does otherwise', '', ...DIFFERENCES.map((text) => `- ${text}`), '');
  return lines.join('\n');
}
