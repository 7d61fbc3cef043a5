/** What a column of a class table holds, as far as predicates care. */
export type ColumnKind = 'text' | 'number' | 'bool' | 'time' | 'texts' | 'numbers' | 'json';

/** A column, or an expression over one, that a rule can test. */
export interface EventColumn {
  /** OCSF path, or `unmapped.<name>`. */
  readonly path: string;
  readonly kind: ColumnKind;
  /** NULL stands for absent. Text that is not nullable has '' for absent, numbers and booleans always are nullable or always present. */
  readonly nullable: boolean;
  /** The expression, quoted: never text of a rule but through `sql-text.ts`. */
  readonly sql: string;
  /** A column of type IPv6 with the same address (IPv4 mapped, `::` when it is none), for networks. */
  readonly ipv6: string | null;
}

/** The table of one OCSF class as rules see it. */
export interface EventTable {
  readonly classUid: number;
  /** Quoted name for SQL. */
  readonly table: string;
  /** Null: the class has no such column. */
  column(path: string): EventColumn | null;
  /** A name that has no column: a lookup in what standardization left unmapped. */
  unmapped(name: string): EventColumn;
  /** Text columns that keywords search. */
  readonly keywordColumns: readonly EventColumn[];
  /** Every column, for the fields that a hit keeps. */
  readonly columns: readonly EventColumn[];
}
