import type { FieldType, LogstoreInfo } from '../control/catalog.ts';

/** A physical column of a logstore's table, for one key of the index configuration (design D6). */
export interface LogColumn {
  /** Key as it stands in the log. */
  readonly key: string;
  /** Column name in the engine: `f_<n>`, never text of a user. */
  readonly name: string;
  /** text → String, long → Nullable(Int64), double → Nullable(Float64), json → String with the JSON text. */
  readonly type: FieldType;
  /** Values repeat: LowCardinality(String). */
  readonly lowCardinality: boolean;
  /** Which full-text index of its generation covers the column: A = `text` index (tokens repeat), B = bloom filter (near-unique tokens). */
  readonly fullText: 'A' | 'B';
  /** Columns of one generation share its two full-text expressions. */
  readonly generation: number;
}

/** The two full-text expressions of a generation, exactly as their indexes were declared: a predicate prunes only with the same text. Null: no column of that kind. */
export interface FullTextGeneration {
  readonly generation: number;
  readonly textExpr: string | null;
  readonly bloomExpr: string | null;
}

/**
 * Layout of a logstore's table. Fixed columns: `shard UInt32, cursor UInt64, idx UInt32` (with the table: the log's identity, D4),
 * `time DateTime64(9,'UTC')`, `received DateTime64(3,'UTC')`, `source`, `topic` LowCardinality(String), `tags Map(LowCardinality(String), String)`,
 * `present` (bit set: which columns the log had, so that absent and empty differ), `rest String`: JSON text of keys without a column and of values their typed column cannot give back exactly.
 * A text or json column holds '' when absent: ask `store/log-table.ts` helpers, never the column alone.
 */
export interface LogTable {
  readonly logstore: number;
  readonly table: string;
  readonly columns: readonly LogColumn[];
  readonly fullText: readonly FullTextGeneration[];
  readonly profile: LogstoreInfo['profile'];
}
