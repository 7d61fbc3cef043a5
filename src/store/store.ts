import type { RunContext } from '../core/context.ts';

/**
 * The compiler's only output: values travel in params, never inside text.
 * `text` is one ClickHouse statement with `{name:Type}` placeholders.
 */
export interface CompiledSql {
  readonly text: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Engine settings the statement needs to mean what it says (null handling, set operations …). */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** Limits are always sent: an aborted chDB query computes on (design D3). */
export interface QueryLimits {
  readonly maxSec: number;
  readonly maxMemoryBytes: number;
  readonly maxResultRows: number;
  readonly maxRowsToRead?: number;
  /** 'throw': over a limit is an error. 'break': answer what was computed so far and say so (`complete: false`). */
  readonly overflow?: 'throw' | 'break';
}

/** Who is waiting: the embedded engine keeps sessions per lane, so that a long query of a person never holds up inserts (design D3). */
export type Lane = 'insert' | 'background' | 'people' | 'control';

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** One array per row, in column order. 64-bit integers are text: unquoted they lose digits above 2^53. NULL is null. */
  readonly rows: readonly (readonly unknown[])[];
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly elapsedMs: number;
  /** False when a limit with overflow 'break' ended the work early. */
  readonly complete: boolean;
}

/** Searchable logs and events: ClickHouse, always. One class over the HTTP protocol; an adapter only provides the address. */
export interface Store {
  /**
   * Appends rows: RowBinary of `columns` in that order (design D6). The same `token` again adds nothing.
   * @throws store.unavailable store.full store.query
   */
  insert(table: string, columns: readonly string[], rows: Uint8Array, token: string, ctx: RunContext): Promise<void>;
  /** DDL, `INSERT … SELECT` and other statements without rows. Answers rows written; null: the engine does not say (the embedded one). @throws store.* */
  command(sql: CompiledSql, lane: Lane, limits: QueryLimits, ctx: RunContext): Promise<{ readonly writtenRows: number | null }>;
  /** A whole answer in memory, bounded by limits. Aborting ctx.signal kills the query on the engine. @throws store.* */
  query(sql: CompiledSql, lane: Lane, limits: QueryLimits, ctx: RunContext): Promise<QueryResult>;
  /** Rows as they come, in blocks; for exports and read-back. Aborting kills the query. @throws store.* */
  stream(sql: CompiledSql, lane: Lane, limits: QueryLimits, ctx: RunContext): AsyncIterable<readonly (readonly unknown[])[]>;
  /** Raw bytes of the answer in an output format of the engine (`RowBinary`, `Parquet` …). */
  bytes(sql: CompiledSql, format: string, lane: Lane, limits: QueryLimits, ctx: RunContext): AsyncIterable<Uint8Array>;
  /** Resolves when the engine answers; within `waitMs`. @throws store.unavailable */
  ready(waitMs: number, ctx: RunContext): Promise<void>;
  close(): Promise<void>;
}
