import type { ExprOf } from '../ast/expr.ts';
import type { Ch } from '../clickhouse/ch.ts';
import { call, raw } from '../clickhouse/ch.ts';
import { matchOverload, paramAt, substitute } from '../functions/overloads.ts';
import { findFunction } from '../functions/table.ts';
import { typeName, VARCHAR } from '../types/sql-type.ts';
import { coerce } from './coerce.ts';
import { fail } from './env.ts';
import type { Lowering } from './lowering.ts';
import { asElement, holds, nullOf, val, type Val } from './val.ts';

/** True when a call is of an aggregate function. */
export function isAggregate(e: ExprOf<'call'>): boolean {
  return findFunction(e.name.name)?.kind === 'aggregate';
}

/** An aggregate over the rows of `l`'s scope, with distinct, filter and order. The node stands in a grouped SELECT. */
export function lowerAggregate(e: ExprOf<'call'>, l: Lowering): Val {
  const entry = l.entry(e);
  if (entry.kind !== 'aggregate')
    throw fail(l.env, 'query.type', e.span, `'${entry.name}' is no aggregate function`, {
      expected: 'an aggregate function such as count(*)',
    });
  if (e.star && entry.name !== 'count') throw fail(l.env, 'query.syntax', e.span, `'${entry.name}' does not take *`);
  const filter = e.filter === null ? null : holds(l.boolean(e.filter));
  if (e.star)
    return filtered(
      entry.overloads[0]!.build([], { env: l.env, failing: l.failing, span: e.span, name: 'count', result: { k: 'bigint' } }) as Val,
      filter,
    );
  const args = e.args.map((arg) => (arg.k === 'lambda' ? null : l.lower(arg)));
  if (args.includes(null)) return l.aggregateWithLambda(entry, e, args, (v) => filtered(v, filter));
  const values = args as Val[];
  const match = matchOverload(
    entry.overloads.filter((one) => !(entry.name === 'count' && one.params.length === 0)),
    values.map((v) => v.type),
  );
  if (match === null || (entry.name === 'count' && values.length !== 1)) {
    const expected = entry.overloads.map((one) => one.text).join('; ');
    throw fail(
      l.env,
      'query.type',
      e.span,
      `unexpected arguments (${values.map((v) => typeName(v.type)).join(', ')}) for function ${entry.name}, expected: ${expected}`,
      { function: entry.name, expected },
    );
  }
  const typed = values.map((v, i) => {
    const to = substitute(paramAt(match.overload, i)!, match.bound);
    // A NULL that nothing gives a type is text: the engine has no aggregates of nothing.
    if (to.k === 'unknown') return val(nullOf(VARCHAR), VARCHAR, true);
    const made = v.type.k === 'timestamptz' && to.k === 'timestamptz' ? v : coerce(v, to);
    return v.items === undefined || to.k !== 'array'
      ? keepLiteral(made, v)
      : { ...made, items: v.items.map((item) => coerce(item, to.of)).map((item, k) => keepLiteral(item, v.items![k]!)) };
  });
  for (const [name, type] of match.bound) if (type.k === 'unknown') match.bound.set(name, VARCHAR);
  const result = substitute(match.overload.result, match.bound);
  const cx = { env: l.env, failing: l.failing, span: e.span, name: entry.name, result };
  if (e.order.length > 0 && entry.name !== 'array_agg') {
    // Only the order of array_agg shows in its result.
    l.env.diagnostics.push({ message: `order by has no effect in ${entry.name}`, from: e.span.from, to: e.span.to });
  }
  const made = e.order.length > 0 && entry.name === 'array_agg' ? orderedArray(e, typed[0]!, l) : match.overload.build(typed, cx);
  const v = 't' in made ? val(made, result, match.overload.nullable) : made;
  return filtered(
    e.distinct ? { ...v, ch: mapAggregates(v.ch, (node) => (node.args.length === 0 ? node : { ...node, distinct: true })) } : v,
    filter,
  );
}

const keepLiteral = (made: Val, from: Val): Val =>
  from.lit === undefined || from.lit === null ? made : { ...made, lit: made.lit ?? from.lit };

function orderedArray(e: ExprOf<'call'>, x: Val, l: Lowering): Val {
  const keys = e.order.map((item) => ({ v: l.lower(item.by), desc: item.desc }));
  if (keys.some((key) => key.desc !== keys[0]!.desc))
    throw fail(l.env, 'query.refused', e.span, 'array_agg can be ordered in one direction only', { reason: 'mixed order' });
  const item: Ch = asElement(x).t === 'raw' ? asElement(x) : asElement(x);
  const tuple = call('tuple', call('tuple', ...keys.map((key) => key.v.ch)), call('tuple', item));
  const sorted = raw(
    keys[0]!.desc ? 'arrayReverseSort(' : 'arraySort(',
    'p -> p.1, ',
    { t: 'agg', fn: 'groupArray', params: [], args: [tuple], distinct: e.distinct },
    ')',
  );
  return val(
    raw('if(', { t: 'agg', fn: 'count', params: [], args: [] }, ' = 0, [], [arrayMap(p -> p.2.1, ', sorted, ')])'),
    { k: 'array', of: x.type },
    true,
  );
}

/** Adds a condition to every aggregate inside. */
function filtered(v: Val, filter: Ch | null): Val {
  if (filter === null) return v;
  return {
    ...v,
    ch: mapAggregates(v.ch, (node) =>
      node.fn.endsWith('If')
        ? { ...node, args: [...node.args.slice(0, -1), call('and', node.args.at(-1)!, filter)] }
        : { ...node, fn: `${node.fn}If`, args: [...node.args, filter] },
    ),
  };
}

type AggNode = Extract<Ch, { t: 'agg' }>;

function mapAggregates(ch: Ch, change: (node: AggNode) => AggNode): Ch {
  switch (ch.t) {
    case 'agg':
      return change(ch);
    case 'call':
      return { ...ch, args: ch.args.map((arg) => mapAggregates(arg, change)) };
    case 'raw':
      return { ...ch, parts: ch.parts.map((part) => (typeof part === 'string' ? part : mapAggregates(part, change))) };
    case 'lambda':
      return { ...ch, body: mapAggregates(ch.body, change) };
    default:
      return ch;
  }
}
