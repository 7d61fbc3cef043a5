import { call, cast, cond, float, fresh, int, NULL, or, raw, sizeOf, str, type Ch } from '../clickhouse/ch.ts';
import { BOOLEAN, DOUBLE, engineType, INTEGER, isComplex, UNKNOWN, type SqlType } from '../types/sql-type.ts';

/**
 * A typed expression of the engine. How NULL is held: a simple value is Nullable; an array, map or row cannot be, so one that may be NULL
 * is boxed: an array of no element (NULL) or one (the value). Elements of arrays, maps and rows are always Nullable or boxed.
 */
export interface Val {
  readonly ch: Ch;
  readonly type: SqlType;
  readonly nullable: boolean;
  /** Known at compile time. */
  readonly lit?: bigint | number | string | boolean | null;
  /** Integers: the value lies in lo..hi, so that arithmetic which cannot overflow is not checked. */
  readonly lo?: bigint;
  readonly hi?: bigint;
  /** A text whose number stands in a column: NULL, or what the text cast to that type is. Asked for only when it is used, for it is one more column. */
  readonly number?: { readonly type: 'bigint' | 'double'; readonly ch: () => Ch };
  /** A text as its column holds it: '' where it is NULL. */
  readonly bare?: () => Ch;
  /** Unix seconds of a time the engine holds: that time, with its fraction. */
  readonly time?: () => Ch;
  /** The elements of an array written out. */
  readonly items?: readonly Val[];
  /** A lambda given as an argument: its body over these values. */
  readonly fn?: (args: readonly Val[]) => Val;
}

export const val = (ch: Ch, type: SqlType, nullable = true): Val => ({ ch, type, nullable });
export const NULL_VAL: Val = { ch: NULL, type: UNKNOWN, nullable: true, lit: null };

export const MIN64 = -(2n ** 63n);
export const MAX64 = 2n ** 63n - 1n;

export function intVal(value: bigint, type: SqlType = INTEGER): Val {
  return {
    ch: int(value),
    type: value > 2147483647n || value < -2147483648n ? { k: 'bigint' } : type,
    nullable: false,
    lit: value,
    lo: value,
    hi: value,
  };
}
export const floatVal = (value: number): Val => ({ ch: float(value), type: DOUBLE, nullable: false, lit: value });
export const textVal = (value: string): Val => ({
  ch: str(value),
  type: { k: 'varchar', n: Array.from(value).length },
  nullable: false,
  lit: value,
});
export const boolVal = (value: boolean): Val => ({ ch: raw(value ? 'true' : 'false'), type: BOOLEAN, nullable: false, lit: value });

/** A boxed NULL of a complex type, or a typed NULL of a simple one. */
export function nullOf(type: SqlType): Ch {
  if (type.k === 'unknown' || type.k === 'any') return NULL;
  return isComplex(type) ? cast(raw('[]'), `Array(${engineType(type)})`) : cast(NULL, `Nullable(${engineType(type)})`);
}

/** As it stands in an array, map or row. */
export function asElement(v: Val): Ch {
  if (v.type.k === 'unknown') return v.ch;
  if (!isComplex(v.type)) return v.ch;
  return v.nullable ? v.ch : call('array', v.ch);
}

/** As a value that may be NULL: boxed when complex. */
export const asNullable = asElement;

/** An element taken out of an array, map or row. */
export const element = (ch: Ch, type: SqlType): Val => val(ch, type, true);

/** UInt8: the value is NULL. */
export function isNull(v: Val): Ch {
  if (!v.nullable) return raw('false');
  return isComplex(v.type) ? call('empty', v.ch) : call('isNull', v.ch);
}

/** A test as UInt8 that is never NULL: UNKNOWN counts as false. */
export function holds(v: Val): Ch {
  return v.nullable ? call('ifNull', v.ch, raw('0')) : v.ch;
}

/** Runs `body` over the value inside a box; NULL stays NULL. `result`: what body gives. */
export function lift(boxed: Ch, body: (inner: Ch) => Val): Val {
  let result: Val | null = null;
  const fn = fresh((v) => {
    result = body(v);
    return result.ch;
  });
  const made = result as unknown as Val;
  const mapped = call('arrayMap', fn, boxed);
  if (!isComplex(made.type)) return val(call('arrayElementOrNull', mapped, raw('1')), made.type, true);
  return val(made.nullable ? raw(mapped, '[1]') : mapped, made.type, true);
}

/**
 * `body` over values none of which is NULL; NULL when one is. For simple arguments and a simple result the engine does that by itself.
 */
export function strict(args: readonly Val[], result: SqlType, body: (args: readonly Val[]) => Val): Val {
  const open: Val[] = [...args];
  const step = (at: number): Val => {
    for (let i = at; i < open.length; i++) {
      const v = open[i]!;
      if (v.nullable && isComplex(v.type)) {
        return lift(v.ch, (inner) => {
          open[i] = { ...v, ch: inner, nullable: false };
          return step(i + 1);
        });
      }
    }
    const nulls = isComplex(result) ? open.filter((v) => v.nullable) : [];
    if (nulls.length === 0) return body(open);
    const made = body(open.map((v) => (v.nullable ? { ...v, ch: call('assumeNotNull', v.ch), nullable: false } : v)));
    return val(cond(or(...nulls.map((v) => call('isNull', v.ch))), raw('[]'), asNullable(made)), made.type, true);
  };
  return step(0);
}

/** First of two values that is not NULL. */
export function coalesce2(a: Val, b: Val): Val {
  if (!a.nullable) return a;
  if (!isComplex(a.type)) return val(call('ifNull', a.ch, b.ch), a.type, b.nullable);
  return b.nullable
    ? val(cond(call('notEmpty', a.ch), a.ch, b.ch), a.type, true)
    : val(cond(call('notEmpty', a.ch), raw(a.ch, '[1]'), b.ch), a.type, false);
}

/** `if(test, a, b)` where a branch may be complex; both already of one type. */
export function choose(test: Ch, a: Val, b: Val): Val {
  const nullable = a.nullable || b.nullable;
  const type = a.type.k === 'unknown' ? b.type : a.type;
  if (nullable) return val(cond(test, asNullable(a), asNullable(b)), type, true);
  return val(cond(test, a.ch, b.ch), type, false);
}

/** What stands behind a value that is now a column of a nested query: `column` makes it a column too, once it is used. */
export function behind(v: Val, column: (what: 'number' | 'time' | 'bare', ch: () => Ch) => Ch): Pick<Val, 'number' | 'time' | 'bare'> {
  const { number, time, bare } = v;
  return {
    ...(bare === undefined ? {} : { bare: () => column('bare', bare) }),
    ...(number === undefined ? {} : { number: { type: number.type, ch: () => column('number', number.ch) } }),
    ...(time === undefined ? {} : { time: () => column('time', time) }),
  };
}

/** The value without what stands behind it: for rows that are others than those it was read from. */
export function alone(v: Val): Val {
  return { ...val(v.ch, v.type, v.nullable), ...(v.lit === undefined ? {} : { lit: v.lit }), ...rangeAmong([v]) };
}

/** The text, '' where it is NULL. */
export function textOrEmpty(v: Val): Ch {
  if (!v.nullable) return v.ch;
  return v.bare === undefined ? call('ifNull', v.ch, raw("''")) : v.bare();
}

/** For a test that '' does not pass, where failing and being unknown are the same: the text without its NULL. */
export function withoutNull(v: Val): Val {
  return v.bare === undefined ? v : val(v.bare(), v.type, false);
}

/** Range of a value that is one of these; NULL adds nothing to it. */
export function rangeAmong(of: readonly Val[]): { lo: bigint; hi: bigint } | Record<string, never> {
  let range: { lo: bigint; hi: bigint } | null = null;
  for (const v of of) {
    if (v.type.k === 'unknown') continue;
    if (v.lo === undefined) return {};
    range = range === null ? { lo: v.lo, hi: v.hi! } : { lo: v.lo < range.lo ? v.lo : range.lo, hi: v.hi! > range.hi ? v.hi! : range.hi };
  }
  return range ?? {};
}

/**
 * `body` over a value that it uses several times: a long expression is named first, for its text would repeat, and multiply with nesting.
 * A constant stays one.
 */
export function bound(v: Val, body: (v: Val) => Val, most = 12): Val {
  if (v.lit !== undefined || sizeOf(v.ch, most + 1) <= most || containsAggregate(v.ch)) return body(v);
  let made: Val | null = null;
  const fn = fresh((name) => {
    made = body({ ...v, ch: name });
    return made.ch;
  });
  const result = made as unknown as Val;
  return { ...result, ch: raw(call('arrayMap', fn, call('array', v.ch)), '[1]') };
}

/** Aggregates cannot stand inside a lambda's argument of another aggregation level; windows neither. */
function containsAggregate(ch: Ch): boolean {
  switch (ch.t) {
    case 'agg':
    case 'window':
      return true;
    case 'call':
      return ch.args.some(containsAggregate);
    case 'raw':
      return ch.parts.some((part) => typeof part !== 'string' && containsAggregate(part));
    default:
      return false;
  }
}
