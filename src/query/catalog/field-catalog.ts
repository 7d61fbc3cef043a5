import type { Ch, ChFrom } from '../clickhouse/ch.ts';
import type { SqlType } from '../types/sql-type.ts';

/** A column a query can name. */
export interface CatalogField {
  /** As the log spells it. */
  readonly name: string;
  /** Other name that SQL accepts. */
  readonly alias: string;
  /** Type in SQL. */
  readonly type: SqlType;
  /** False: it always has a value. */
  readonly nullable: boolean;
  /** Value in that type, NULL when the log has no such key; complex types boxed when nullable (see `lower/val.ts`). */
  readonly value: Ch;
  /** The value as the text it had in the log: Nullable(String). What SPL reads. */
  readonly text: Ch;
  /** Whole numbers between these, when more is known than 64 bits. */
  readonly lo?: bigint;
  readonly hi?: bigint;
  /** See `Val`: the column behind a number's text, the time behind Unix seconds, the column that holds '' for NULL. */
  readonly number?: { readonly type: 'bigint' | 'double'; readonly ch: Ch };
  readonly time?: Ch;
  readonly bare?: Ch;
  /** In `select *`. */
  readonly shown: boolean;
}

/**
 * What a query runs over: names to columns. Made from a logstore's table (`log-catalog.ts`), a flat list of columns (`column-catalog.ts`, for event tables) or
 * rows written out (`row-catalog.ts`, for tests).
 */
export interface FieldCatalog {
  /** Where rows come from. */
  readonly from: ChFrom;
  /** Bounds of the rows that belong to the query: time, shard, range. Null: all. */
  readonly where: Ch | null;
  /** Fields in the order of `select *`. */
  fields(): readonly CatalogField[];
  /** By name or alias, exact first, then without regard to case when `fold`. Null: there is none. */
  field(name: string, fold: boolean): CatalogField | null;
  /** A key that has no column: SPL and scan mode find it in the row all the same. Null: rows hold nothing beyond `fields()`. */
  loose(name: string): CatalogField | null;
  /** All fields the row has, as Map(String, String); null when they are just `fields()`. */
  record(): Ch | null;
}

export class FieldIndex {
  readonly #exact = new Map<string, CatalogField>();
  readonly #folded = new Map<string, CatalogField>();
  readonly fields: readonly CatalogField[];

  constructor(fields: readonly CatalogField[]) {
    this.fields = fields;
    for (const field of fields.toReversed()) {
      for (const name of field.alias === '' ? [field.name] : [field.alias, field.name]) {
        this.#exact.set(name, field);
        this.#folded.set(name.toLowerCase(), field);
      }
    }
  }

  find(name: string, fold: boolean): CatalogField | null {
    return this.#exact.get(name) ?? (fold ? (this.#folded.get(name.toLowerCase()) ?? null) : null);
  }
}
