import type { Expr } from '../ast/expr.ts';
import { call, raw } from '../clickhouse/ch.ts';
import { commonType, isFloat, isInteger, isNumber, typeName, type SqlType } from '../types/sql-type.ts';
import { instantOf, rangeOf } from './cast.ts';
import { coerce } from './coerce.ts';
import { always, fail, guard, type Failing } from './env.ts';
import type { Lowering } from './lowering.ts';
import { bound, intVal, MAX64, MIN64, val, type Val } from './val.ts';

type Op = '+' | '-' | '*' | '/' | '%';
const ENGINE: Readonly<Record<Op, string>> = { '+': 'plus', '-': 'minus', '*': 'multiply', '/': 'divide', '%': 'modulo' };
const OVERFLOW = 'integer overflow: the result is out of range';
const DIVISION = 'division by zero';

export function arithmetic(op: Op, left: Val, right: Val, e: Expr, l: Lowering): Val {
  const temporal = timeArithmetic(op, left, right, e, l);
  if (temporal !== null) return temporal;
  if (![left, right].every((v) => isNumber(v.type) || v.type.k === 'unknown')) {
    throw fail(l.env, 'query.type', e.span, `'${op}' cannot be applied to ${typeName(left.type)}, ${typeName(right.type)}`);
  }
  const type = commonType(left.type, right.type)!;
  const shown: SqlType = type.k === 'unknown' ? { k: 'integer' } : type;
  const [a, b] = [coerce(left, shown), coerce(right, shown)];
  if (isInteger(shown)) return bound(a, (x) => bound(b, (y) => integers(op, x, y, shown, l.failing), 40), 40);
  const nullable = a.nullable || b.nullable;
  if (shown.k === 'decimal') return val(call(ENGINE[op], call('toFloat64', a.ch), call('toFloat64', b.ch)), { k: 'double' }, nullable);
  return val(call(ENGINE[op], a.ch, b.ch), shown, nullable);
}

function integers(op: Op, a: Val, b: Val, type: SqlType, failing: Failing): Val {
  const nullable = a.nullable || b.nullable;
  const [alo, ahi, blo, bhi] = [a.lo ?? MIN64, a.hi ?? MAX64, b.lo ?? MIN64, b.hi ?? MAX64];
  if (op === '/' || op === '%') {
    if (b.lit === 0n && !a.nullable) return always(failing, DIVISION, type);
    const fn = op === '/' ? 'intDiv' : 'modulo';
    const safe = blo > 0n || bhi < -1n;
    if (safe) {
      const most = bhi < 0n ? -blo : bhi;
      const range = op === '%' ? { lo: alo >= 0n ? 0n : 1n - most, hi: ahi <= 0n ? 0n : most - 1n } : quotient(alo, ahi, blo, bhi);
      return { ...val(call(fn, a.ch, b.ch), type, nullable), ...range };
    }
    // The engine divides by the default below a NULL: a zero there is no division by zero.
    const zero = call('equals', b.ch, raw('0'));
    const divisor = raw('if(', zero, ' OR isNull(', b.ch, '), 1, ', b.ch, ')');
    const quotientVal = val(op === '%' ? call('modulo', a.ch, divisor) : call('intDiv', a.ch, divisor), type, nullable);
    const masked = b.nullable ? { ...quotientVal, ch: raw('if(isNull(', b.ch, '), NULL, ', quotientVal.ch, ')') } : quotientVal;
    const bad = a.nullable ? raw('(', zero, ' AND isNotNull(', a.ch, '))') : zero;
    return guard(failing, bad, DIVISION, masked);
  }
  const corners = op === '*' ? [alo * blo, alo * bhi, ahi * blo, ahi * bhi] : op === '+' ? [alo + blo, ahi + bhi] : [alo - bhi, ahi - blo];
  const lo = corners.reduce((x, y) => (x < y ? x : y));
  const hi = corners.reduce((x, y) => (x > y ? x : y));
  const [least, most] = rangeOf(type);
  if (a.lit !== undefined && b.lit !== undefined && lo === hi && lo >= least && lo <= most) return intVal(lo, type);
  if (lo >= least && hi <= most) return { ...val(call(ENGINE[op], a.ch, b.ch), type, nullable), lo, hi };
  if (hi < least || lo > most) return always(failing, OVERFLOW, type);
  if (lo >= MIN64 && hi <= MAX64) {
    const made = val(call(ENGINE[op], a.ch, b.ch), type, nullable);
    return { ...guard(failing, raw('(', made.ch, ` < ${least} OR `, made.ch, ` > ${most})`), OVERFLOW, made), lo: least, hi: most };
  }
  const wide = call(ENGINE[op], call('toInt128', a.ch), b.ch);
  const narrow = call('accurateCastOrNull', wide, raw("'Int64'"));
  const bad = nullable ? raw('(isNull(', narrow, ') AND isNotNull(', wide, '))') : call('isNull', narrow);
  const checked = guard(failing, bad, OVERFLOW, val(narrow, type, true));
  return { ...(nullable || failing === 'null' ? checked : val(call('assumeNotNull', checked.ch), type, false)), lo: least, hi: most };
}

function quotient(alo: bigint, ahi: bigint, blo: bigint, bhi: bigint): { lo: bigint; hi: bigint } {
  const all = [alo / blo, alo / bhi, ahi / blo, ahi / bhi];
  return { lo: all.reduce((x, y) => (x < y ? x : y)), hi: all.reduce((x, y) => (x > y ? x : y)) };
}

export function negate(of: Val, e: Expr, l: Lowering): Val {
  if (of.type.k === 'unknown') return coerce(of, { k: 'integer' });
  if (typeof of.lit === 'bigint') return intVal(-of.lit, of.type);
  if (of.type.k === 'intervalDay' || of.type.k === 'intervalYear') return val(call('negate', of.ch), of.type, of.nullable);
  if (isInteger(of.type)) return integers('-', intVal(0n, of.type), of, of.type, l.failing);
  if (isFloat(of.type) || of.type.k === 'decimal') return val(call('negate', of.ch), of.type, of.nullable);
  throw l.wrongType(e, of.type, 'a number');
}

/** timestamp ± interval and the like; null: not about time. */
function timeArithmetic(op: Op, a: Val, b: Val, e: Expr, l: Lowering): Val | null {
  const [ka, kb] = [a.type.k, b.type.k];
  const isInterval = (k: string): boolean => k === 'intervalDay' || k === 'intervalYear';
  const isTime = (k: string): boolean => k === 'date' || k === 'timestamp' || k === 'timestamptz';
  if (!isInterval(ka) && !isInterval(kb) && !isTime(ka) && !isTime(kb)) return null;
  const nullable = a.nullable || b.nullable;
  if (op === '+' && isInterval(ka) && isTime(kb)) return timeArithmetic(op, b, a, e, l);
  if ((op === '+' || op === '-') && isTime(ka) && isInterval(kb)) {
    const amount = op === '-' ? call('negate', b.ch) : b.ch;
    const at = ka === 'timestamptz' ? instantOf(a) : a.ch;
    if (kb === 'intervalYear') {
      if (ka !== 'timestamptz' || (a.type.k === 'timestamptz' && a.type.zone === null))
        return val(call('addMonths', at, amount), ka === 'timestamptz' ? { k: 'timestamptz', zone: l.env.timeZone } : a.type, nullable);
      return val(
        call(
          'addMonths',
          call('toTimeZone', at, { t: 'param', type: 'String', value: a.type.k === 'timestamptz' ? (a.type.zone ?? 'UTC') : 'UTC' }),
          amount,
        ),
        a.type,
        nullable,
      );
    }
    if (ka === 'date') return val(call('addDays', at, call('intDiv', amount, raw('86400000'))), a.type, nullable);
    return val(
      raw('(', at, ' + toIntervalMillisecond(', amount, '))'),
      a.type.k === 'timestamptz' && a.type.zone === null ? { k: 'timestamptz', zone: l.env.timeZone } : a.type,
      nullable,
    );
  }
  if ((op === '+' || op === '-') && isInterval(ka) && ka === kb) return val(call(ENGINE[op], a.ch, b.ch), a.type, nullable);
  if (op === '-' && isTime(ka) && isTime(kb)) {
    const ms = (v: Val): ReturnType<typeof raw> => raw('toUnixTimestamp64Milli(toDateTime64(', instantOf(v), ', 3))');
    return val(call('minus', ms(a), ms(b)), { k: 'intervalDay' }, nullable);
  }
  if (op === '*' && isInterval(ka) && isNumber(b.type)) return val(call('toInt64', call('multiply', a.ch, b.ch)), a.type, nullable);
  if (op === '*' && isInterval(kb) && isNumber(a.type)) return val(call('toInt64', call('multiply', a.ch, b.ch)), b.type, nullable);
  if (op === '/' && isInterval(ka) && isNumber(b.type)) return val(call('toInt64', call('divide', a.ch, b.ch)), a.type, nullable);
  throw fail(l.env, 'query.type', e.span, `'${op}' cannot be applied to ${typeName(a.type)}, ${typeName(b.type)}`);
}
