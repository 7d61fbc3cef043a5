import type { ExprOf } from '../../ast/expr.ts';
import type { QueryBody, Relation, SelectQuery } from '../../ast/sql.ts';
import { col, raw, type ChQuery } from '../../clickhouse/ch.ts';
import { PERIOD } from '../../functions/compare.ts';
import { isInteger } from '../../types/sql-type.ts';
import { fail, type Env } from '../env.ts';
import type { LoweredQuery } from './context.ts';
import type { Names, OutColumn } from './source.ts';
import { walkExpr } from './walk.ts';

type Select = Extract<QueryBody, { k: 'select' }>;

export interface Periods {
  readonly query: SelectQuery;
  readonly name: string | null;
  /** Seconds back of each earlier period. */
  readonly back: readonly number[];
  /** ts_compare: the time column of earlier periods is moved onto the current one. */
  readonly series: boolean;
}

/** What `compare(x, n, …)` or `ts_compare` in a select list asks for; null: there is none. @throws query.refused query.type */
export function comparedPeriods(body: Select, env: Env): Periods | null {
  const calls: ExprOf<'call'>[] = [];
  for (const item of body.items) {
    if (item.k !== 'expr') continue;
    walkExpr(item.expr, (node) => {
      if (node.k === 'call' && ['compare', 'ts_compare'].includes(node.name.name.toLowerCase())) calls.push(node);
      return true;
    });
  }
  const [first] = calls;
  if (first === undefined) return null;
  const back = first.args.slice(1).map((arg) => {
    if (arg.k !== 'int' || arg.value <= 0n || arg.value > 315_360_000n)
      throw fail(env, 'query.type', arg.span, 'a period of compare is a number of seconds', { expected: '1 to 315360000' });
    return Number(arg.value);
  });
  if (back.length === 0) throw fail(env, 'query.type', first.span, 'compare needs a column and at least one number of seconds');
  for (const one of calls) {
    if (JSON.stringify(one.args.slice(1).map((arg) => (arg.k === 'int' ? String(arg.value) : ''))) !== JSON.stringify(back.map(String))) {
      throw fail(env, 'query.refused', one.span, 'all compare calls of a query must have the same periods', {
        reason: 'different periods',
      });
    }
  }
  const from = subquery(body.from);
  if (from === null)
    throw fail(
      env,
      'query.refused',
      first.span,
      'compare needs a subquery in from: select compare(x, 86400) from (select count(*) as x from log)',
      { reason: 'no subquery' },
    );
  return { ...from, back, series: calls.some((one) => one.name.name.toLowerCase() === 'ts_compare') };
}

function subquery(from: Relation | null): { query: SelectQuery; name: string | null } | null {
  if (from?.k === 'query') return { query: from.query, name: null };
  return from?.k === 'alias' && from.of.k === 'query' && from.columns.length === 0 ? { query: from.of.query, name: from.name.name } : null;
}

/** The subquery once per period, told apart by a column. */
export function unitePeriods(
  periods: Periods,
  keys: ReadonlySet<string>,
  lower: (backSec: number) => LoweredQuery,
  ids: Names,
): LoweredQuery {
  const parts = [0, ...periods.back].map((sec, period) => ({ made: lower(sec), sec, period }));
  const columns = parts[0]!.made.columns.map((column): OutColumn => ({
    name: column.name,
    as: `y${ids.next++}`,
    type: column.type,
    nullable: column.nullable,
  }));
  const queries = parts.map(({ made, sec, period }): ChQuery => ({
    t: 'select',
    from: { t: 'sub', of: made.query, as: `t${ids.next++}` },
    columns: [
      ...columns.map((column, i) => {
        const own = col(made.columns[i]!.as);
        const shifted = periods.series && sec > 0 && keys.has(column.name.toLowerCase());
        if (!shifted) return { as: column.as, ch: own };
        if (isInteger(column.type)) return { as: column.as, ch: raw('(', own, ` + ${sec})`) };
        return { as: column.as, ch: column.type.k === 'timestamp' ? raw('(', own, ` + toIntervalSecond(${sec}))`) : own };
      }),
      { as: PERIOD, ch: raw(`toUInt8(${period})`) },
    ],
  }));
  return { query: { t: 'set', op: 'UNION ALL', of: queries }, columns };
}
