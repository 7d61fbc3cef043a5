import { z } from 'zod';
import { givenInstant, instant, logIdentity, queryNumber, type RouteSpec } from './base.ts';
import { inLogstore } from './logstores.ts';

/** Identity of a row within the logstore that was asked. */
export const rowIdentity = logIdentity.pick({ shard: true, cursor: true, index: true }).meta({ id: 'RowIdentity' });
export type RowIdentity = z.infer<typeof rowIdentity>;

const when = { from: givenInstant, to: givenInstant };

export const queryBody = z
  .strictObject({
    query: z.string().max(65_536).default('*').meta({ description: '`search`, `search | SQL` or `search | SPL`' }),
    ...when,
    limit: z.int().min(0).max(10_000).default(100).meta({ description: 'Rows of a search; SQL and SPL carry their own' }),
    offset: z.int().min(0).max(1_000_000).default(0),
    reverse: z.boolean().default(true).meta({ description: 'Newest first' }),
    topic: z.string().max(1024).optional(),
    scan: z.boolean().default(false).meta({ description: 'Fields without an index may be used; bounded and slower' }),
    shard: z.int().min(0).optional(),
  })
  .meta({ id: 'Query' });

export const queryAnswer = z
  .object({
    columns: z.array(
      z.object({
        name: z.string(),
        type: z.enum(['varchar', 'bigint', 'double', 'boolean', 'timestamp', 'date', 'array', 'map', 'json', 'varbinary']),
      }),
    ),
    /** One array per row in column order, values as text; null: NULL, or the log has no such key. */
    rows: z.array(z.array(z.string().nullable())),
    /** Search only: identities[i] is who rows[i] is. */
    identities: z.array(rowIdentity),
    /** `incomplete`: the numbers are "at least". */
    progress: z.enum(['complete', 'incomplete']),
    incompleteReason: z.string(),
    processedRows: z.int(),
    processedBytes: z.int(),
    elapsedMs: z.number(),
    /** False: rows are logs; true: rows are results. */
    hasSql: z.boolean(),
    /** To highlight; key '' is full text. */
    terms: z.array(z.object({ key: z.string(), term: z.string() })),
    /** Surprises worth showing; from and to are places in the query. */
    diagnostics: z.array(z.object({ message: z.string(), from: z.int(), to: z.int() })),
    /** What ran on the engine. */
    sql: z.string(),
  })
  .meta({ id: 'QueryAnswer' });
export type QueryAnswerBody = z.infer<typeof queryAnswer>;

export const foundLog = z
  .object({
    ...rowIdentity.shape,
    /** Nanoseconds: `2024-09-10T09:52:27.412000001Z`. */
    time: z.string(),
    received: instant,
    topic: z.string(),
    source: z.string(),
    tags: z.record(z.string(), z.string()),
    fields: z.record(z.string(), z.string()),
  })
  .meta({ id: 'FoundLog' });
export type FoundLogBody = z.infer<typeof foundLog>;

export const searchRoutes = {
  query: {
    method: 'POST',
    path: '/projects/{project}/logstores/{logstore}/query',
    summary: 'Search, SQL or SPL over a logstore',
    tag: 'search',
    role: 'viewer',
    params: inLogstore,
    body: queryBody,
    response: queryAnswer,
    problems: [404, 408, 413],
  },
  histogram: {
    method: 'POST',
    path: '/projects/{project}/logstores/{logstore}/histogram',
    summary: 'Matches over time',
    tag: 'search',
    role: 'viewer',
    params: inLogstore,
    body: z
      .strictObject({
        query: z.string().max(65_536).default('*'),
        ...when,
        intervalSec: z.int().min(1).max(31_536_000).optional().meta({ description: 'Absent: about 60 buckets of a round size' }),
        topic: z.string().max(1024).optional(),
      })
      .meta({ id: 'HistogramQuery' }),
    response: z
      .object({
        buckets: z.array(z.object({ from: instant, to: instant, count: z.int(), complete: z.boolean() })),
        total: z.int(),
        complete: z.boolean(),
      })
      .meta({ id: 'Histogram' }),
    problems: [404, 408, 413],
  },
  context: {
    method: 'POST',
    path: '/projects/{project}/logstores/{logstore}/context',
    summary: 'Logs before and after one, of the same source',
    tag: 'search',
    role: 'viewer',
    params: inLogstore,
    body: z
      .strictObject({ ...rowIdentity.shape, back: z.int().min(0).max(1000).default(20), forward: z.int().min(0).max(1000).default(20) })
      .meta({ id: 'ContextQuery' }),
    response: z
      .object({ logs: z.array(foundLog), anchor: z.int().meta({ description: 'Place of the log itself in logs' }) })
      .meta({ id: 'Context' }),
    problems: [404],
  },
  log: {
    method: 'GET',
    path: '/projects/{project}/logstores/{logstore}/log',
    summary: 'One log by its identity',
    tag: 'search',
    role: 'viewer',
    params: inLogstore,
    query: z.strictObject({ shard: queryNumber(0, 4_294_967_295), cursor: logIdentity.shape.cursor, index: queryNumber(0, 4_294_967_295) }),
    response: foundLog,
    problems: [404],
  },
} as const satisfies Record<string, RouteSpec>;
