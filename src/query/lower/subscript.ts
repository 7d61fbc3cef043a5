import type { ExprOf } from '../ast/expr.ts';
import { call, cond, or, raw } from '../clickhouse/ch.ts';
import { coerces, isComplex, isInteger, typeName } from '../types/sql-type.ts';
import { coerce } from './coerce.ts';
import { fail, guard } from './env.ts';
import type { Lowering } from './lowering.ts';
import { strict, val, type Val } from './val.ts';

/** `array[i]`, 1-based, an error outside; `map[key]`, an error when the key is missing. */
export function subscript(e: ExprOf<'subscript'>, l: Lowering): Val {
  const of = l.lower(e.of);
  const index = l.lower(e.index);
  if (of.type.k === 'array') {
    if (!isInteger(index.type) && index.type.k !== 'unknown') throw l.wrongType(e.index, index.type, 'an integer');
    return elementAt(of, coerce(index, { k: 'bigint' }), l, true);
  }
  if (of.type.k === 'map') {
    if (!coerces(index.type, of.type.key)) throw l.wrongType(e.index, index.type, typeName(of.type.key));
    return valueOf(of, coerce(index, of.type.key), l, true);
  }
  if (of.type.k === 'row' && typeof index.lit === 'bigint') {
    const at = Number(index.lit);
    const field = of.type.fields[at - 1];
    if (field === undefined) throw fail(l.env, 'query.type', e.span, `the row has no field ${at}`);
    return strict([of], field.type, ([row]) => val(call('tupleElement', row!.ch, raw(String(at))), field.type, true));
  }
  throw fail(l.env, 'query.type', e.span, `${typeName(of.type)} has no subscript`);
}

type Failing = Pick<Lowering, 'failing'>;

/** `strictly`: as `a[i]`; otherwise as `element_at`, where negatives count from the end and outside is NULL. Index 0 always fails. */
export function elementAt(array: Val, index: Val, l: Failing, strictly: boolean): Val {
  if (array.type.k !== 'array') throw new TypeError('elementAt needs an array');
  const { of } = array.type;
  return strict([array, index], of, ([a, i]) => {
    const zero = call('equals', i!.ch, raw('0'));
    const at = cond(zero, raw('1'), i!.ch);
    const item = isComplex(of) ? val(call('arrayElement', a!.ch, at), of, true) : val(call('arrayElementOrNull', a!.ch, at), of, true);
    const bad = strictly ? or(call('less', i!.ch, raw('1')), call('greater', i!.ch, call('toInt64', call('length', a!.ch)))) : zero;
    return guard(l.failing, bad, 'array subscript is out of bounds', item);
  });
}

export function valueOf(map: Val, key: Val, l: Failing, strictly: boolean): Val {
  if (map.type.k !== 'map') throw new TypeError('valueOf needs a map');
  const { value } = map.type;
  return strict([map, key], value, ([m, k]) => {
    const safe = k!.nullable ? call('assumeNotNull', k!.ch) : k!.ch;
    const item = val(call('arrayElement', m!.ch, safe), value, true);
    const has = call('mapContains', m!.ch, safe);
    if (strictly) return guard(l.failing, call('not', has), 'key is not present in the map', item);
    return isComplex(value) ? item : val(cond(has, item.ch, raw('NULL')), value, true);
  });
}
