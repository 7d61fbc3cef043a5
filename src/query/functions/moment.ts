import { call, raw, str, type Ch } from '../clickhouse/ch.ts';
import { castTo, localOf } from '../lower/cast.ts';
import { engineZone } from '../lower/engine-zone.ts';
import { fail } from '../lower/env.ts';
import { val, type Val } from '../lower/val.ts';
import { isFloat, isInteger, TIMESTAMP, typeName, type SqlType } from '../types/sql-type.ts';
import type { CallContext } from './define.ts';

/** A point in time as DateTime64(3) in the zone it is shown in, with the type a result of the same kind has. */
export interface Moment {
  readonly ch: Ch;
  readonly type: SqlType;
  readonly nullable: boolean;
  /** Name of that zone for the engine. Where it differs by row, `ch` is the wall clock as if it were UTC and this is UTC. */
  readonly zone: Ch;
  /** The instant. */
  readonly instant: Ch;
  /** Name of the zone as it is shown. */
  readonly zoneName: Ch;
  /** Only where the zone differs by row: the value itself. */
  readonly boxed: Ch | null;
}

/** What date functions take: timestamps, dates, and as SLS does Unix seconds and text. @throws query.type */
export function moment(v: Val, cx: CallContext): Moment {
  const zone = str(cx.env.timeZone);
  const { type } = v;
  if (type.k === 'timestamptz') {
    if (type.zone === null)
      return {
        ch: localOf(v),
        type,
        nullable: false,
        zone: raw("'UTC'"),
        instant: raw(v.ch, '.1'),
        zoneName: raw(v.ch, '.2'),
        boxed: v.ch,
      };
    return {
      ch: localOf(v),
      type,
      nullable: v.nullable,
      zone: str(engineZone(type.zone)),
      instant: v.ch,
      zoneName: str(type.zone),
      boxed: null,
    };
  }
  const plain = instantly(v, cx, zone);
  return { ...plain, zone, instant: plain.ch, zoneName: zone, boxed: null };
}

function instantly(v: Val, cx: CallContext, zone: Ch): { ch: Ch; type: SqlType; nullable: boolean } {
  const { type } = v;
  if (type.k === 'timestamp') return { ch: v.ch, type, nullable: v.nullable };
  if (type.k === 'date') return { ch: call('toDateTime64', v.ch, raw('3'), zone), type, nullable: v.nullable };
  if (isInteger(type) || isFloat(type)) return { ch: fromSeconds(v, zone), type: TIMESTAMP, nullable: v.nullable };
  if (type.k === 'varchar') {
    const made = castTo(v, TIMESTAMP, cx);
    return { ch: made.ch, type: TIMESTAMP, nullable: made.nullable };
  }
  if (type.k === 'unknown') return { ch: raw("CAST(NULL, 'Nullable(DateTime64(3))')"), type: TIMESTAMP, nullable: true };
  throw fail(cx.env, 'query.type', cx.span, `${cx.name} expects a timestamp, got ${typeName(type)}`, {
    expected: 'timestamp, date or Unix seconds',
  });
}

/** The same for what cuts the time down to whole seconds or more: then the time itself, where the seconds are those of one, does as well and is there already. */
export function coarseMoment(v: Val, cx: CallContext): Moment {
  const plain = moment(v, cx);
  return v.time === undefined ? plain : { ...plain, ch: call('toTimeZone', v.time(), plain.zone) };
}

/** Unix seconds, whole or not, as DateTime64(3). */
export function fromSeconds(v: Val, zone: Ch): Ch {
  const ms = isFloat(v.type) ? raw('toInt64(round(', v.ch, ' * 1000))') : raw('(', v.ch, ' * 1000)');
  return call('fromUnixTimestamp64Milli', ms, zone);
}

/** A DateTime64 (or date of the engine) of the moment's zone back as a value of its kind. */
export function momentVal(m: Moment, ch: Ch): Val {
  if (m.type.k === 'date') return val(call('toDate32', ch), m.type, m.nullable);
  const at = call('toDateTime64', ch, raw('3'), m.zone);
  if (m.boxed !== null)
    return val(
      raw('tuple(toDateTime64(subtractSeconds(', at, ', ', m.boxed, ".3), 3, 'UTC'), ", m.boxed, '.2, ', m.boxed, '.3)'),
      m.type,
      false,
    );
  return val(at, m.type, m.nullable);
}
