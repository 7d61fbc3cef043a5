import type { ExprOf, WindowSpec } from '../../ast/expr.ts';
import { agg, call, raw, type Ch } from '../../clickhouse/ch.ts';
import { matchOverload, substitute } from '../../functions/overloads.ts';
import { typeName } from '../../types/sql-type.ts';
import { lowerAggregate } from '../aggregate-call.ts';
import { coerce } from '../coerce.ts';
import { fail } from '../env.ts';
import type { Lowering } from '../lowering.ts';
import { asNullable, val, type Val } from '../val.ts';

const RANKING: Readonly<Record<string, string>> = {
  row_number: 'row_number',
  rank: 'rank',
  dense_rank: 'dense_rank',
  percent_rank: 'percent_rank',
  cume_dist: 'cume_dist',
  ntile: 'ntile',
};

/** A window function or an aggregate over a window. */
export function lowerWindow(e: ExprOf<'call'>, l: Lowering): Val {
  const entry = l.entry(e);
  if (entry.kind === 'scalar') throw fail(l.env, 'query.type', e.span, `'${entry.name}' is neither a window nor an aggregate function`);
  const spec = e.over!;
  const over = (of: Ch, plain = false): Ch => windowNode(of, spec, l, plain);
  if (entry.kind === 'aggregate') {
    const v = lowerAggregate({ ...e, over: null }, l);
    return { ...v, ch: everyAggregate(v.ch, over) };
  }
  const args = e.args.map((arg) => l.lower(arg));
  const match = matchOverload(
    entry.overloads,
    args.map((v) => v.type),
  );
  if (match === null) {
    const expected = entry.overloads.map((one) => one.text).join('; ');
    throw fail(
      l.env,
      'query.type',
      e.span,
      `unexpected arguments (${args.map((v) => typeName(v.type)).join(', ')}) for function ${entry.name}, expected: ${expected}`,
      { function: entry.name, expected },
    );
  }
  const result = substitute(match.overload.result, match.bound);
  const ranking = RANKING[entry.name];
  if (ranking !== undefined) {
    if (entry.name === 'cume_dist') {
      // Rows up to the last peer, over all.
      const upTo = windowNode(
        agg('count', []),
        { ...spec, frame: { unit: 'range', start: { k: 'unbounded preceding', offset: null }, end: { k: 'current row', offset: null } } },
        l,
        false,
      );
      const all = windowNode(agg('count', []), { ...spec, order: [], frame: null }, l, false);
      return val(call('divide', upTo, all), result, false);
    }
    const made = over(
      agg(
        ranking,
        args.map((v) => (typeof v.lit === 'bigint' ? raw(String(v.lit)) : v.ch)),
      ),
      true,
    );
    return val(result.k === 'double' ? made : call('toInt64', made), result, false);
  }
  const value = coerce(args[0]!, result);
  const item = asNullable(value).t === 'raw' || value.nullable ? asNullable(value) : call('toNullable', value.ch);
  if (entry.name === 'lag' || entry.name === 'lead') {
    const offset = args[1] === undefined ? raw('1') : typeof args[1].lit === 'bigint' ? raw(String(args[1].lit)) : args[1].ch;
    const fallback = args[2] === undefined ? [] : [coerce(args[2], result).ch];
    return val(over(agg(entry.name, [item, offset, ...fallback]), true), result, true);
  }
  const engine = { first_value: 'first_value', last_value: 'last_value', nth_value: 'nth_value' }[entry.name]!;
  const n = args[1] === undefined ? [] : [typeof args[1].lit === 'bigint' ? raw(String(args[1].lit)) : args[1].ch];
  // Boxed in a tuple so that NULLs are not passed over.
  if (entry.name === 'nth_value') return val(over(agg(engine, [item, ...n])), result, true);
  return val(raw(over(agg(engine, [call('tuple', item)])), '.1'), result, true);
}

/** Each aggregate inside an expression becomes one over the window. */
function everyAggregate(ch: Ch, over: (of: Ch) => Ch): Ch {
  switch (ch.t) {
    case 'agg':
      return over(ch);
    case 'call':
      return { ...ch, args: ch.args.map((arg) => everyAggregate(arg, over)) };
    case 'raw':
      return { ...ch, parts: ch.parts.map((part) => (typeof part === 'string' ? part : everyAggregate(part, over))) };
    default:
      return ch;
  }
}

/** `plain`: a function that takes no frame of the user's. */
function windowNode(of: Ch, spec: WindowSpec, l: Lowering, plain: boolean): Ch {
  const partition = spec.partition.map((one) => l.lower(one).ch);
  const order = spec.order.map((item) => ({ by: l.lower(item.by).ch, desc: item.desc, nullsFirst: item.nulls === 'first' }));
  return { t: 'window', of, partition, order, frame: plain ? frameOf(of) : printFrame(spec, l) };
}

function frameOf(of: Ch): string {
  return of.t === 'agg' && ['ntile', 'percent_rank'].includes(of.fn) ? 'ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING' : '';
}

function printFrame(spec: WindowSpec, l: Lowering): string {
  if (spec.frame === null) return '';
  const bound = (of: { readonly k: string; readonly offset: WindowSpec['partition'][number] | null }): string => {
    if (of.offset === null) return of.k.toUpperCase();
    const n = l.lower(of.offset);
    if (typeof n.lit !== 'bigint' || n.lit < 0n)
      throw fail(l.env, 'query.refused', of.offset.span, 'the offset of a frame must be a number', { reason: 'frame is not constant' });
    return `${n.lit} ${of.k.toUpperCase()}`;
  };
  const { unit, start, end } = spec.frame;
  return `${unit.toUpperCase()} BETWEEN ${bound(start)} AND ${end === null ? 'CURRENT ROW' : bound(end)}`;
}
