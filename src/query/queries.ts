import type { LogstoreInfo } from '../control/catalog.ts';
import type { RunContext } from '../core/context.ts';
import type { StreamGroup, StreamPage } from '../stream/stream.ts';

/** One query as GetLogs and the REST API ask it (sls-api §3.6). */
export interface QueryRequest {
  readonly logstore: LogstoreInfo;
  /** Unix seconds, [from, to). */
  readonly fromSec: number;
  readonly toSec: number;
  readonly fromNsPart?: number;
  readonly toNsPart?: number;
  /** `search`, `search | SQL` or `search | SPL`. */
  readonly query: string;
  /** Only this topic; absent or '': all. */
  readonly topic?: string;
  /** Rows of a search page, 0..100 for the wire API; a caller inside may ask for more. */
  readonly line: number;
  readonly offset: number;
  /** Newest first. */
  readonly reverse: boolean;
  /** Order within a second by the nanosecond part. */
  readonly accurate?: boolean;
  /** Scan mode: fields without an index may be used, bounded and slower. */
  readonly scan?: boolean;
  /** Only rows of this shard (Grafana, histograms by shard). */
  readonly shard?: number;
}

/** Identity of a log within its logstore (design D4). */
export interface LogIdentity {
  readonly shard: number;
  /** Decimal text of the cursor. */
  readonly cursor: string;
  readonly index: number;
}

export interface QueryAnswer {
  readonly columns: readonly {
    readonly name: string;
    readonly type: 'varchar' | 'bigint' | 'double' | 'boolean' | 'timestamp' | 'date' | 'array' | 'map' | 'json' | 'varbinary';
  }[];
  /**
   * SQL and SPL: values as SLS prints them, null for NULL. A search: one row per log with the columns its logs have, in this order of meaning:
   * `__time__`, `__time_ns_part__` (when there is one), `__source__`, `__topic__`, `__tag__:*`, then the log's keys; null: the log has no such key.
   */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Search only: who each row is. */
  readonly identities: readonly LogIdentity[];
  readonly complete: boolean;
  /** Why an answer is incomplete: `time`, `memory`, `rows`. Empty when complete. */
  readonly incompleteReason: string;
  readonly processedRows: number;
  readonly processedBytes: number;
  readonly elapsedMs: number;
  readonly hasSql: boolean;
  readonly whereQuery: string;
  readonly aggQuery: string;
  /** Terms to highlight: key '' is full text. */
  readonly terms: readonly { readonly key: string; readonly term: string }[];
  /** 0 normal, 1 phrase, 2 scan, 3 scan SQL. */
  readonly mode: 0 | 1 | 2 | 3;
  /** The ClickHouse statement that ran, for Explain. */
  readonly sql: string;
  /** Rule of precedence that may surprise, and the like; shown, never fatal. */
  readonly diagnostics: readonly { readonly message: string; readonly from: number; readonly to: number }[];
}

export interface HistogramAnswer {
  readonly buckets: readonly { readonly fromSec: number; readonly toSec: number; readonly count: number; readonly complete: boolean }[];
  readonly total: number;
  readonly complete: boolean;
}

/** One whole log as it was received. */
export interface FoundLog {
  readonly identity: LogIdentity;
  readonly timeSec: number;
  readonly timeNsPart: number;
  readonly receivedMs: number;
  readonly topic: string;
  readonly source: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

/** Asking the store in SLS's languages. Every call first lets the indexer flush what the logstore still has pending (bounded wait). @throws query.* store.* */
export interface Queries {
  query(request: QueryRequest, ctx: RunContext): Promise<QueryAnswer>;
  histogram(request: QueryRequest & { readonly intervalSec?: number }, ctx: RunContext): Promise<HistogramAnswer>;
  /** @throws request.not_found */
  log(logstore: LogstoreInfo, identity: LogIdentity, ctx: RunContext): Promise<FoundLog>;
  /** Logs around one of the same source, topic and tags (or pack), oldest first, the log itself included. */
  context(logstore: LogstoreInfo, identity: LogIdentity, back: number, forward: number, ctx: RunContext): Promise<readonly FoundLog[]>;
}

/** What the indexer offers to readers. */
export interface Freshness {
  /** Makes what was acknowledged before the call searchable; false when that took longer than `waitMs`. */
  flush(logstores: readonly number[], waitMs: number, ctx: RunContext): Promise<boolean>;
}

export interface FilteredGroups {
  /** Groups that still have logs, in order; a group none of whose logs passed is left out. */
  readonly groups: readonly StreamGroup[];
  readonly rawLines: number;
  readonly resultLines: number;
  readonly failedLines: number;
}

/** An SPL program on a pull (`query=` of PullLogs). */
export interface PullFilter {
  /** `page` is what was read of the shard: its groups have consecutive cursors from `first` on. @throws query.* when the program does not compile */
  filter(query: string, logstore: LogstoreInfo, shard: number, page: StreamPage, ctx: RunContext): Promise<FilteredGroups>;
}
