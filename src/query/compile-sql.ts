import type { FieldCatalog } from './catalog/field-catalog.ts';
import { call, raw, type Ch, type ChQuery } from './clickhouse/ch.ts';
import type { Diagnostic } from './diagnostic.ts';
import { castTo } from './lower/cast.ts';
import type { Env } from './lower/env.ts';
import type { OutColumn } from './lower/sql/source.ts';
import type { Val } from './lower/val.ts';
import { SqlLowering } from './lower/sql/query.ts';
import { parseSql } from './syntax/sql/parse-sql.ts';
import type { SqlType } from './types/sql-type.ts';

export interface SqlCompileOptions {
  readonly catalog: FieldCatalog;
  /** Condition of the search part; null: all rows. */
  readonly search: Ch | null;
  readonly timeZone: string;
  readonly nowMs: number;
  readonly other?: ((name: string) => FieldCatalog | null) | null;
  /** null: no limit is added. SLS: 100. */
  readonly defaultLimit: number | null;
  readonly maxLimit: number;
  /** Time range of the query: what time_series fills. */
  readonly range?: { readonly fromSec: number; readonly toSec: number } | null;
  /** The catalog with its rows' time range so many seconds earlier: what compare needs. */
  readonly earlier?: ((sec: number) => FieldCatalog) | null;
}

export interface CompiledQuery {
  readonly query: ChQuery;
  readonly columns: readonly { readonly name: string; readonly type: SqlType; readonly nullable: boolean }[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Compiles the SQL part of a query. `text` is the whole query string, `from` where the SQL starts in it.
 * @throws query.syntax query.type query.unknown_field query.unknown_function query.refused query.limit
 */
export function compileSql(text: string, from: number, options: SqlCompileOptions): CompiledQuery {
  const ast = parseSql(text, from);
  const diagnostics: Diagnostic[] = [];
  const lowering = new SqlLowering(
    { text, language: 'sql', timeZone: options.timeZone, nowMs: options.nowMs, diagnostics },
    {
      catalog: options.catalog,
      search: options.search,
      other: options.other ?? null,
      defaultLimit: options.defaultLimit,
      maxLimit: options.maxLimit,
      range: options.range ?? null,
      earlier: options.earlier ?? null,
    },
  );
  const made = lowering.lower(ast, null, true);
  return { query: shown(made.query, made.columns, lowering.env), columns: made.columns, diagnostics };
}

/** Columns as an answer carries them: bytes as hexadecimal digits, sketches as their count, times with a zone and intervals as text. */
function shown(query: ChQuery, columns: readonly OutColumn[], env: Env): ChQuery {
  if (query.t !== 'select') return query;
  const text = (v: Val): Ch => castTo(v, { k: 'varchar' }, { env, failing: 'raise', span: { from: 0, to: 0 } }).ch;
  return {
    ...query,
    columns: query.columns.map((column, i) => {
      const { type, nullable } = columns[i]!;
      switch (type.k) {
        case 'varbinary':
          return { as: column.as, ch: call('hex', column.ch) };
        case 'hyperloglog':
          return { as: column.as, ch: raw('toString(finalizeAggregation(', column.ch, '))') };
        case 'decimal':
        case 'timestamptz':
        case 'intervalDay':
        case 'intervalYear':
          return { as: column.as, ch: text({ ch: column.ch, type, nullable }) };
        default:
          return column;
      }
    }),
  };
}
