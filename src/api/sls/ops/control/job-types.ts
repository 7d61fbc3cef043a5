import { z } from 'zod';

const text = z.string().min(1);
const tokens = z.array(z.looseObject({ key: z.string(), value: z.string() })).nullish();

/** `60s`, `5m`: how often, or how far. */
const interval = z.string().regex(/^\d{1,6}[smhd]$/, 'expected a number and one of s m h d');

export const schedule = z
  .looseObject({
    type: z.enum(['FixedRate', 'Hourly', 'Daily', 'Weekly', 'Cron', 'DryRun', 'Resident']),
    interval: interval.nullish(),
    cronExpression: z.string().nullish(),
    timeZone: z
      .string()
      .regex(/^[+-]\d{4}$/, 'expected +0800')
      .nullish()
      .or(z.literal('')),
    delay: z.number().min(0).nullish(),
    runImmediately: z.boolean().nullish(),
  })
  .superRefine((value, issues) => {
    if (value.type === 'FixedRate' && !value.interval)
      issues.addIssue({ code: 'custom', path: ['interval'], message: 'FixedRate needs it' });
    if (value.type === 'Cron' && !/^\S+(\s+\S+){4,5}$/.test(value.cronExpression ?? ''))
      issues.addIssue({ code: 'custom', path: ['cronExpression'], message: 'Cron needs five fields' });
  });

const alert = z.looseObject({
  version: z.string().nullish(),
  queryList: z
    .array(z.looseObject({ query: text, start: z.string(), end: z.string() }))
    .min(1)
    .max(3),
  severityConfigurations: z.array(z.looseObject({ severity: z.number(), evalCondition: z.looseObject({}).nullish() })).nullish(),
  groupConfiguration: z.looseObject({ type: z.string(), fields: z.array(z.string()).nullish() }).nullish(),
  joinConfigurations: z.array(z.looseObject({ type: z.string() })).nullish(),
  labels: tokens,
  annotations: tokens,
  threshold: z.number().int().min(1).nullish(),
});

const scheduledSql = z.looseObject({
  script: text,
  sqlType: z.enum(['standard', 'searchQuery']).nullish(),
  sourceLogstore: text,
  destProject: text,
  destLogstore: text,
  fromTimeExpr: z.string().nullish(),
  toTimeExpr: z.string().nullish(),
  dataFormat: z.enum(['log2log', 'log2metric', 'metric2metric']).nullish(),
});

const exported = z.looseObject({ logstore: text, sink: z.looseObject({}) });
const objectExport = z.looseObject({
  logstore: text,
  sink: z.looseObject({
    bucket: text,
    contentType: z.enum(['json', 'csv', 'parquet', 'orc']).nullish(),
    compressionType: z.enum(['none', 'snappy', 'gzip', 'zstd']).nullish(),
  }),
});
const tableExport = z.looseObject({ logstore: text, sink: z.looseObject({ odpsProject: text, odpsTable: text }) });
const ingested = z.looseObject({ logstore: text, source: z.looseObject({}) });
const objectIngestion = z.looseObject({ logstore: text, source: z.looseObject({ bucket: text }) });

export interface JobFamily {
  /** Path of the typed API. */
  readonly path: string;
  /** Ends the names of typed operations. */
  readonly word: string;
  /** `type` of the legacy API. */
  readonly type: string;
  readonly configuration: z.ZodType;
  /** Runs by a schedule that must be given. */
  readonly scheduled: boolean;
  /** Legacy bodies of one type differ in `configuration.sink.type` or `source.type`. */
  readonly subtype: string | null;
}

const family = (path: string, word: string, type: string, configuration: z.ZodType, subtype: string | null = null): JobFamily => ({
  path,
  word,
  type,
  configuration,
  scheduled: type === 'Alert' || type === 'ScheduledSQL',
  subtype,
});

/** Jobs we keep (sls-api §4.7). */
export const JOB_FAMILIES: readonly JobFamily[] = [
  family('alerts', 'Alert', 'Alert', alert),
  family('scheduledsqls', 'ScheduledSQL', 'ScheduledSQL', scheduledSql),
  family('ossexports', 'OSSExport', 'Export', objectExport, 'AliyunOSS'),
  family('maxcomputeexports', 'MaxComputeExport', 'Export', tableExport, 'AliyunODPS'),
  family('osshdfsexports', 'OSSHDFSExport', 'Export', objectExport, 'AliyunOSSHDFS'),
  family('ossingestions', 'OSSIngestion', 'Ingestion', objectIngestion, 'AliyunOSS'),
  family('s3ingestions', 'S3Ingestion', 'Ingestion', ingested, 'S3'),
  family('azureblobingestions', 'AzureBlobIngestion', 'Ingestion', ingested, 'AzureBlob'),
  family('gcsingestions', 'GCSIngestion', 'Ingestion', ingested, 'GCS'),
  family('elasticsearchingestions', 'ElasticsearchIngestion', 'Ingestion', ingested, 'Elasticsearch'),
];

/** Other exports and ingestions of the legacy API: any sink, any source. */
export const LEGACY_FAMILIES: readonly JobFamily[] = [
  ...JOB_FAMILIES,
  family('exports', 'Export', 'Export', exported),
  family('ingestions', 'Ingestion', 'Ingestion', ingested),
];

/** Known kinds of jobs that there is nothing for here: refused by name, so that nobody waits for one to run. */
export const REFUSED_TYPES: readonly string[] = ['ETL', 'RebuildIndex', 'Report', 'AuditJob'];
export const REFUSED_PATHS: readonly (readonly [path: string, word: string])[] = [
  ['etls', 'ETL'],
  ['materializedviews', 'MaterializedView'],
  ['downloadjobs', 'DownloadJob'],
  ['consumeprocessors', 'ConsumeProcessor'],
  ['ingestprocessors', 'IngestProcessor'],
];
