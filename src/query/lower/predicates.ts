import type { CompareOp, Expr, ExprOf } from '../ast/expr.ts';
import { call, or, raw, str, type Ch } from '../clickhouse/ch.ts';
import { commonType, isComplex, typeName } from '../types/sql-type.ts';
import { instantOf } from './cast.ts';
import { coerce } from './coerce.ts';
import { always, fail } from './env.ts';
import type { Lowering } from './lowering.ts';
import { boolVal, strict, val, withoutNull, type Val } from './val.ts';

const ENGINE: Readonly<Record<CompareOp, string>> = {
  '=': 'equals',
  '<>': 'notEquals',
  '<': 'less',
  '<=': 'lessOrEquals',
  '>': 'greater',
  '>=': 'greaterOrEquals',
};

export function lowerCompare(op: CompareOp, left: Val, right: Val, e: Expr, l: Lowering): Val {
  const type = commonType(left.type, right.type);
  const unordered = type !== null && op !== '=' && op !== '<>' && ['map', 'json', 'hyperloglog', 'geometry'].includes(type.k);
  if (type === null || unordered) {
    throw fail(l.env, 'query.type', e.span, `'${op}' cannot be applied to ${typeName(left.type)}, ${typeName(right.type)}`, {
      expected: 'two values of one type',
    });
  }
  if (typeof left.lit === 'string' && typeof right.lit === 'string') {
    if (op === '=') return boolVal(left.lit === right.lit);
    if (op === '<>') return boolVal(left.lit !== right.lit);
  }
  const [a, b] = [coerce(left, type), coerce(right, type)];
  return strict([a, b], { k: 'boolean' }, ([x, y]) => {
    const nullable = x!.nullable || y!.nullable;
    if (type.k === 'timestamptz') return val(call(ENGINE[op], instantOf(x!), instantOf(y!)), { k: 'boolean' }, nullable);
    if (type.k === 'array' && !isComplex(type.of) && (op === '=' || op === '<>')) return arrayEquals(x!.ch, y!.ch, op === '<>');
    return val(call(ENGINE[op], x!.ch, y!.ch), { k: 'boolean' }, nullable);
  });
}

/** Equality of arrays, unknown when it hangs on an element that is NULL. */
function arrayEquals(a: Ch, b: Ch, negate: boolean): Val {
  const differ = raw('arrayExists((x, y) -> ifNull(x != y, 0), ', a, ', ', b, ')');
  const nulls = raw('arrayExists((x, y) -> isNull(x) OR isNull(y), ', a, ', ', b, ')');
  const shorter = raw('if(length(', a, ') = length(', b, '), ', b, ', arrayResize(', b, ', length(', a, ')))');
  const safe = (of: Ch): Ch => (of.t === 'raw' ? { ...of, parts: of.parts.map((part) => (part === b ? shorter : part)) } : of);
  const equal = raw('multiIf(length(', a, ') != length(', b, '), false, ', safe(differ), ', false, ', safe(nulls), ', NULL, true)');
  return val(negate ? call('not', equal) : equal, { k: 'boolean' }, true);
}

/** `unknownIsFalse`: the test is a condition of rows. */
export function lowerIn(e: ExprOf<'in'>, l: Lowering, unknownIsFalse = false): Val {
  const items = e.list.map((item) => l.lower(item));
  const texts = items.every((item) => typeof item.lit === 'string' && item.lit !== '');
  const of = unknownIsFalse && texts ? withoutNull(l.lower(e.of)) : l.lower(e.of);
  for (const [i, item] of items.entries()) {
    if (commonType(of.type, item.type) === null) {
      throw fail(l.env, 'query.type', e.list[i]!.span, `${typeName(of.type)} is compared with ${typeName(item.type)} in 'in'`, {
        expected: typeName(of.type),
      });
    }
  }
  const type = l.common([of, ...items], e);
  const literal = items.every((item) => item.lit !== undefined && item.lit !== null) && !isComplex(type) && of.lit === undefined;
  let found: Val;
  if (literal) {
    const list: (string | Ch)[] = [];
    for (const item of items) list.push(list.length === 0 ? '' : ', ', coerce(item, type).ch);
    found = val(raw('(', coerce(of, type).ch, ' IN (', ...list, '))'), { k: 'boolean' }, of.nullable);
  } else {
    const tests = items.map((item) => lowerCompare('=', of, item, e, l));
    found = val(
      or(...tests.map((test) => test.ch)),
      { k: 'boolean' },
      tests.some((test) => test.nullable),
    );
  }
  return e.not ? { ...found, ch: call('not', found.ch) } : found;
}

/** `unknownIsFalse`: the test is a condition of rows. */
export function lowerLike(e: ExprOf<'like'>, l: Lowering, unknownIsFalse = false): Val {
  const pattern = l.lower(e.pattern);
  const asked = l.lower(e.of);
  const of = unknownIsFalse && typeof pattern.lit === 'string' && /[^%]/.test(pattern.lit) ? withoutNull(asked) : asked;
  for (const [v, at] of [
    [of, e.of],
    [pattern, e.pattern],
  ] as const) {
    if (v.type.k !== 'varchar' && v.type.k !== 'unknown') throw l.wrongType(at, v.type, 'varchar');
  }
  let escape: string | null = null;
  if (e.escape !== null) {
    const given = l.lower(e.escape);
    if (typeof given.lit !== 'string' || Array.from(given.lit).length !== 1)
      throw fail(l.env, 'query.type', e.escape.span, 'escape must be one character');
    escape = given.lit;
  }
  const nullable = of.nullable || pattern.nullable;
  const [text, wanted] = [coerce(of, { k: 'varchar' }), coerce(pattern, { k: 'varchar' })];
  let engine: Ch;
  if (typeof pattern.lit === 'string') {
    const translated = likePattern(pattern.lit, escape);
    if (translated === null) return always(l.failing, 'escape character must be followed by %, _ or itself', { k: 'boolean' });
    engine = str(translated);
  } else if (escape === null) engine = raw('replaceAll(', wanted.ch, ", '\\\\', '\\\\\\\\')");
  else throw fail(l.env, 'query.refused', e.span, 'a pattern with escape must be a literal', { reason: 'pattern is not constant' });
  const test = call('like', text.ch, engine);
  return val(e.not ? call('not', test) : test, { k: 'boolean' }, nullable);
}

/** A LIKE pattern as the engine reads it, where backslash always escapes; null: the escape character stands before another one. */
export function likePattern(pattern: string, escape: string | null): string | null {
  let out = '';
  const chars = Array.from(pattern);
  for (let i = 0; i < chars.length; i++) {
    const c = chars[i]!;
    if (c === escape) {
      const next = chars[++i];
      if (next === undefined || !(next === '%' || next === '_' || next === escape)) return null;
      out += next === '%' || next === '_' || next === '\\' ? `\\${next}` : next;
    } else out += c === '\\' ? '\\\\' : c;
  }
  return out;
}
