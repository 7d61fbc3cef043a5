import type { Ident } from '../../ast/span.ts';
import type { SelectQuery } from '../../ast/sql.ts';
import type { ChQuery } from '../../clickhouse/ch.ts';
import type { Env, Scope } from '../env.ts';
import type { Names, OutColumn, Source } from './source.ts';

export interface LoweredQuery {
  readonly query: ChQuery;
  readonly columns: readonly OutColumn[];
}

/** What the parts of a query ask of the compiler. */
export interface SqlContext {
  readonly env: Env;
  readonly ids: Names;
  /** `log`, a common table expression, or another name. @throws query.unknown_field */
  table(name: Ident, outer: Scope | null): Source;
  nested(query: SelectQuery, outer: Scope | null, qualifier: string | null): Source;
}
