import type { Expr, ExprOf } from '../../ast/expr.ts';
import type { QueryBody } from '../../ast/sql.ts';
import { call, col, raw, str, type Ch, type ChColumn, type ChQuery } from '../../clickhouse/ch.ts';
import { mysqlFormat } from '../../functions/date-format.ts';
import { parseWindow } from '../../functions/time-series.ts';
import { isNumber } from '../../types/sql-type.ts';
import { fail, type Env } from '../env.ts';
import type { LoweredQuery } from './context.ts';
import type { Names, OutColumn } from './source.ts';

export interface TimeSeries {
  /** Place of the call in the select list. */
  readonly at: number;
  readonly window: string;
  readonly format: string;
  readonly pad: string;
  readonly call: ExprOf<'call'>;
}

/** The `time_series` call of a select list; null: there is none. */
export function timeSeriesOf(body: Extract<QueryBody, { k: 'select' }>, env: Env): TimeSeries | null {
  const at = body.items.findIndex(
    (item) => item.k === 'expr' && item.expr.k === 'call' && item.expr.name.name.toLowerCase() === 'time_series',
  );
  if (at < 0) return null;
  const { expr } = body.items[at] as { expr: ExprOf<'call'> };
  const text = (e: Expr | undefined, what: string): string => {
    if (e?.k !== 'string')
      throw fail(env, 'query.type', e?.span ?? expr.span, `the ${what} of time_series must be a text`, {
        expected: "time_series(__time__, '5m', '%H:%i', '0')",
      });
    return e.value;
  };
  const pad = text(expr.args[3], 'padding');
  if (!['0', 'null', 'last', 'next', 'avg'].includes(pad))
    throw fail(env, 'query.type', expr.args[3]!.span, `'${pad}' is not a padding`, { expected: "'0', 'null', 'last', 'next' or 'avg'" });
  if (body.group === null) throw fail(env, 'query.type', expr.span, 'time_series needs group by on it');
  return { at, window: text(expr.args[1], 'window'), format: text(expr.args[2], 'format'), pad, call: expr };
}

/**
 * Fills the gaps of a grouped query whose column `at` is the window's start, and formats it. `range`: of the query, in Unix seconds; without it
 * gaps are filled between the first and the last window there is. With other group keys nothing is filled.
 */
export function fillSeries(
  series: TimeSeries,
  made: LoweredQuery,
  keys: number,
  range: { readonly fromSec: number; readonly toSec: number } | null,
  env: Env,
  ids: Names,
): LoweredQuery & { readonly order: Ch } {
  const time = made.columns[series.at]!;
  const window = parseWindow(series.window);
  if (window === null) throw fail(env, 'query.type', series.call.span, `'${series.window}' is not a window`);
  const marker = `f${ids.next++}`;
  const inner = `t${ids.next++}`;
  const filled = `t${ids.next++}`;
  const zone = str(env.timeZone);
  const at = (sec: number): Ch =>
    call(
      'toDateTime64',
      call(
        'toStartOfInterval',
        raw('fromUnixTimestamp64Milli(', { t: 'param', type: 'Int64', value: String(sec * 1000) }, ', ', zone, ')'),
        window.ch,
      ),
      raw('3'),
      zone,
    );
  const isMeasure = (column: OutColumn, i: number): boolean => i !== series.at && isNumber(column.type);
  const columns: ChColumn[] = made.columns.map((column, i) => ({
    as: `n${column.as}`,
    ch: isMeasure(column, i) ? call('toNullable', col(column.as)) : col(column.as),
  }));
  const step: ChQuery = {
    t: 'select',
    columns: [...columns, { as: marker, ch: raw('1') }],
    from: { t: 'sub', of: made.query, as: inner },
    order: [{ by: col(`n${time.as}`), desc: false, nullsFirst: false }],
    fill:
      keys > 1
        ? null
        : {
            from: range === null ? null : at(range.fromSec),
            to: range === null ? null : raw('(', at(range.toSec - 1), ' + ', window.ch, ')'),
            step: window.ch,
          },
  };
  const t = col(`n${time.as}`);
  const over = (fn: string, x: Ch, frame: string): Ch => ({
    t: 'window',
    of: { t: 'agg', fn, params: [], args: [x] },
    partition: [],
    order: [{ by: t, desc: false, nullsFirst: false }],
    frame,
  });
  const pad = (x: Ch): Ch => {
    const last = over('last_value', x, 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW');
    const next = over('first_value', x, 'ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING');
    switch (series.pad) {
      case '0':
        return raw('0');
      case 'last':
        return last;
      case 'next':
        return next;
      case 'avg':
        return raw('((', last, ' + ', next, ') / 2)');
      default:
        return raw('NULL');
    }
  };
  const formatted = mysqlFormat(t, series.format);
  if (typeof formatted === 'string') throw fail(env, 'query.type', series.call.span, `%${formatted} is not available in a date format`);
  const out = made.columns.map((column, i): OutColumn =>
    i === series.at
      ? { name: column.name, as: `o${ids.next++}`, type: { k: 'varchar' }, nullable: false }
      : { name: column.name, as: `o${ids.next++}`, type: column.type, nullable: column.nullable || isMeasure(column, i) },
  );
  const shown = out.map((column, i): ChColumn => {
    const x = col(`n${made.columns[i]!.as}`);
    if (i === series.at) return { as: column.as, ch: formatted };
    return { as: column.as, ch: isMeasure(made.columns[i]!, i) ? raw(`if(${marker} = 1, `, x, ', ', pad(x), ')') : x };
  });
  return { query: { t: 'select', columns: shown, from: { t: 'sub', of: step, as: filled } }, columns: out, order: t };
}
