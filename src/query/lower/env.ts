import type { Expr } from '../ast/expr.ts';
import type { Ident, Span } from '../ast/span.ts';
import type { SelectQuery } from '../ast/sql.ts';
import { call, cond, raw, str, type Ch, type ChQuery } from '../clickhouse/ch.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Val } from './val.ts';
import { asNullable, nullOf, val } from './val.ts';
import { queryError, type QueryErrorFacts } from '../syntax/query-error.ts';
import type { ErrorCode } from '../../core/errors.ts';

/** What names mean at a place. */
export interface Scope {
  /** Null: no such name here. @throws query.unknown_field when it is ambiguous */
  name(parts: readonly Ident[], span: Span): Val | null;
  /** Names to suggest from. */
  names(): Iterable<string>;
}

/** One compilation: facts that do not change on the way down. */
export interface Env {
  /** The whole query string; spans point into it. */
  readonly text: string;
  readonly language: 'sql' | 'spl';
  /** IANA name; of timestamps without a zone of their own. */
  readonly timeZone: string;
  readonly nowMs: number;
  readonly diagnostics: Diagnostic[];
  /** Compiles a nested query against the scope it stands in; null: none in this language. */
  readonly subquery:
    | ((
        query: SelectQuery,
        outer: Scope,
      ) => { readonly query: ChQuery; readonly columns: readonly { readonly as: string; readonly type: Val['type'] }[] })
    | null;
}

/**
 * How a value that cannot be computed fails: 'raise' ends the query as Presto does; 'null' (inside `try`, `try_cast`, and casts of SPL) gives NULL for the row.
 */
export type Failing = 'raise' | 'null';

export function fail(env: Env, code: ErrorCode, span: Span, message: string, facts: QueryErrorFacts = {}): Error {
  return queryError(code, env.text, span, message, facts);
}

/** `value` unless `bad` holds for the row: then an error with `message`, or NULL. */
export function guard(failing: Failing, bad: Ch, message: string, value: Val): Val {
  const test = call('ifNull', bad, raw('0'));
  if (failing === 'null') return val(cond(test, nullOf(value.type), asNullable(value)), value.type, true);
  const checked = raw('(', call('throwIf', test, str(message)), ' = 0)');
  return val(cond(checked, value.ch, value.ch), value.type, value.nullable);
}

/** A value that always fails, but only for rows that get there. */
export function always(failing: Failing, message: string, type: Val['type']): Val {
  const none = val(nullOf(type), type, true);
  return failing === 'null' ? none : guard('raise', call('materialize', raw('1')), message, none);
}

export interface LoweringHooks {
  /** Looks at each node first: group keys, aggregates, windows. */
  readonly override?: (e: Expr, failing: Failing) => Val | null;
}
