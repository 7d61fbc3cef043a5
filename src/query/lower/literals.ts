import type { Span } from '../ast/span.ts';
import type { ExprOf } from '../ast/expr.ts';
import { call, digits, raw, str } from '../clickhouse/ch.ts';
import { castTo } from './cast.ts';
import { fail } from './env.ts';
import { isDay, isZone, timestampText } from './timestamp-text.ts';
import type { Lowering } from './lowering.ts';
import { MAX64, MIN64, textVal, val, type Val } from './val.ts';
import { parseJsonText } from '../functions/json-text.ts';

/** `date '…'`, `timestamp '…'`, `decimal '…'` and so on. @throws query.type when the text is no such value */
export function typedLiteral(e: ExprOf<'typed'>, l: Lowering): Val {
  const bad = (): Error => fail(l.env, 'query.type', e.span, `'${e.value}' is not a valid ${e.type} literal`, { expected: e.type });
  switch (e.type) {
    case 'date': {
      const [y, m, d] = e.value.trim().split('-').map(Number);
      if (!/^\d{1,4}-\d{1,2}-\d{1,2}$/.test(e.value.trim()) || !isDay(y!, m!, d!)) throw bad();
      return {
        ...val(
          call('toDate32', str(`${String(y).padStart(4, '0')}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`)),
          { k: 'date' },
          false,
        ),
      };
    }
    case 'timestamp': {
      const made = timestampText(e.value, l.env.timeZone);
      if (made === null) throw bad();
      if (made.zone !== null && !isZone(made.zone)) throw fail(l.env, 'query.type', e.span, `time zone '${made.zone}' is not known`);
      return val(made.ch, made.zone === null ? { k: 'timestamp' } : { k: 'timestamptz', zone: made.zone }, false);
    }
    case 'decimal': {
      const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(e.value.trim());
      if (match === null || (match[2] === '' && (match[3] ?? '') === '')) throw bad();
      const s = (match[3] ?? '').length;
      const p = Math.max(1, match[2]!.replace(/^0+/, '').length + s);
      if (p > 38) throw bad();
      return val(raw('toDecimal128(', str(e.value.trim()), `, ${s})`), { k: 'decimal', p, s }, false);
    }
    case 'json': {
      const parsed = parseJsonText(e.value);
      if (parsed === null) throw bad();
      return { ...textVal(parsed), type: { k: 'json' } };
    }
    case 'time':
      throw fail(l.env, 'query.refused', e.span, 'values of type time are not available', { reason: 'time' });
    case 'char':
    case 'varchar':
      return textVal(e.value);
    default:
      return castTo(textVal(e.value), l.type({ name: e.type, args: [], fields: [], span: e.span }), {
        env: l.env,
        failing: l.failing,
        span: e.span,
      });
  }
}

/** The zone named by a literal argument. @throws query.type */
export function timeZoneOf(v: Val, span: Span, l: Pick<Lowering, 'env'>): string {
  if (typeof v.lit !== 'string')
    throw fail(l.env, 'query.refused', span, 'a time zone must be a literal', { reason: 'zone is not constant' });
  if (!isZone(v.lit))
    throw fail(l.env, 'query.type', span, `time zone '${v.lit}' is not known`, {
      expected: 'an IANA name such as Asia/Shanghai or an offset such as +08:00',
    });
  return v.lit;
}

const MS: Readonly<Record<string, number>> = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Days and less: milliseconds; months and years: months. */
export function intervalLiteral(e: ExprOf<'interval'>, l: Lowering): Val {
  const bad = (): Error =>
    fail(l.env, 'query.type', e.span, `'${e.value}' is not a valid interval literal`, { expected: `a number of ${e.from}s` });
  const sign = e.negative ? -1 : 1;
  const make = (n: number, k: 'intervalDay' | 'intervalYear'): Val => {
    const exact = BigInt(Math.round(n * sign));
    if (exact > MAX64 || exact < MIN64) throw bad();
    return val(raw('toInt64(', digits(exact), ')'), { k }, false);
  };
  if (e.from === 'year' || e.from === 'month') {
    if (e.to === 'month' && e.from === 'year') {
      const match = /^(\d+)(?:-(\d+))?$/.exec(e.value.trim());
      if (match === null) throw bad();
      return make(Number(match[1]) * 12 + Number(match[2] ?? 0), 'intervalYear');
    }
    if (!/^[+-]?\d+$/.test(e.value.trim())) throw bad();
    return make(Number(e.value) * (e.from === 'year' ? 12 : 1), 'intervalYear');
  }
  if (e.to === null) {
    const number = e.from === 'second' ? /^[+-]?\d+(\.\d{1,3})?$/ : /^[+-]?\d+$/;
    if (!number.test(e.value.trim())) throw bad();
    return make(Number(e.value) * MS[e.from]!, 'intervalDay');
  }
  const units = ['day', 'hour', 'minute', 'second'];
  const parts = e.value.trim().split(/[ :]/);
  const from = units.indexOf(e.from);
  if (parts.some((part) => !/^\d+(\.\d{1,3})?$/.test(part)) || parts.length > units.indexOf(e.to) - from + 1) throw bad();
  return make(
    parts.reduce((sum, part, i) => sum + Number(part) * MS[units[from + i]!]!, 0),
    'intervalDay',
  );
}

/** `current_date` and its kin: the moment the query was compiled, the same in every row. */
export function currentTime(e: ExprOf<'current'>, l: Lowering): Val {
  if (e.name === 'current_time' || e.name === 'localtime')
    throw fail(l.env, 'query.refused', e.span, `values of type time are not available`, { reason: 'time' });
  const instant = nowOf(l);
  if (e.name === 'current_date') return val(call('toDate32', instant), { k: 'date' }, false);
  return val(instant, e.name === 'localtimestamp' ? { k: 'timestamp' } : { k: 'timestamptz', zone: l.env.timeZone }, false);
}

export function nowOf(l: Pick<Lowering, 'env'>): ReturnType<typeof raw> {
  return raw(
    'fromUnixTimestamp64Milli(',
    { t: 'param', type: 'Int64', value: String(Math.floor(l.env.nowMs)) },
    ', ',
    str(l.env.timeZone),
    ')',
  );
}
