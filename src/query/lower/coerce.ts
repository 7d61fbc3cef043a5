import { call, cast, fresh, raw, str, type Ch } from '../clickhouse/ch.ts';
import { engineType, isComplex, isInteger, sameType, type SqlType } from '../types/sql-type.ts';
import { engineZone } from './engine-zone.ts';
import { asElement, element, lift, nullOf, val, type Val } from './val.ts';

/** A value taken as a wider type (`coerces` said that it may be): integer → double, date → timestamp, NULL → anything. */
export function coerce(v: Val, to: SqlType): Val {
  // A bare NULL has no type the engine could work with.
  if (to.k === 'any' || to.k === 'var') return v.type.k === 'unknown' ? { ...v, ch: nullOf({ k: 'varchar' }) } : v;
  if (v.type.k === 'unknown') return val(nullOf(to), to, true);
  if (sameType(v.type, to))
    return v.type.k === 'timestamptz' && to.k === 'timestamptz' && v.type.zone !== to.zone
      ? zoned(v, to.zone)
      : { ...v, type: keep(v.type, to) };
  if (v.nullable && isComplex(v.type)) return lift(v.ch, (inner) => coerce({ ...v, ch: inner, nullable: false }, to));
  if (v.type.k === 'array' && to.k === 'array') {
    const from = v.type.of;
    if (from.k === 'unknown')
      return val(
        cast(
          raw(
            'arrayMap(',
            fresh(() => nullOf(to.of)),
            ', ',
            v.ch,
            ')',
          ),
          engineType(to),
        ),
        to,
        false,
      );
    return val(
      call(
        'arrayMap',
        fresh((e) => asElement(coerce(element(e, from), to.of))),
        v.ch,
      ),
      to,
      false,
    );
  }
  if (v.type.k === 'map' && to.k === 'map') {
    const { key, value } = v.type;
    if (key.k === 'unknown') return val(cast(raw('map()'), engineType(to)), to, false);
    const keys = call(
      'arrayMap',
      fresh((e) => coerce(val(e, key, false), to.key).ch),
      call('mapKeys', v.ch),
    );
    const values = call(
      'arrayMap',
      fresh((e) => asElement(coerce(element(e, value), to.value))),
      call('mapValues', v.ch),
    );
    return val(call('mapFromArrays', keys, values), to, false);
  }
  if (v.type.k === 'row' && to.k === 'row') {
    const items = v.type.fields.map((field, i) =>
      asElement(coerce(element(call('tupleElement', v.ch, raw(String(i + 1))), field.type), to.fields[i]!.type)),
    );
    return val(call('tuple', ...items), to, false);
  }
  const made = val(simple(v, to), to, v.nullable);
  if (!isInteger(v.type)) return made;
  if (isInteger(to))
    return { ...made, ...(v.lit === undefined ? {} : { lit: v.lit }), ...(v.lo === undefined ? {} : { lo: v.lo, hi: v.hi! }) };
  return typeof v.lit === 'bigint' && to.k === 'double' ? { ...made, lit: Number(v.lit) } : made;
}

function keep(from: SqlType, to: SqlType): SqlType {
  return from.k === 'row' ? to : from;
}

function zoned(v: Val, zone: string | null): Val {
  if (v.type.k !== 'timestamptz') return v;
  if (zone === null) {
    const made = raw(
      'tuple(toTimeZone(',
      v.ch,
      ", 'UTC'), ",
      str(v.type.zone ?? 'UTC'),
      ', toInt32(timeZoneOffset(toTimeZone(',
      v.ch,
      ', ',
      str(engineZone(v.type.zone ?? 'UTC')),
      '))))',
    );
    return val(made, { k: 'timestamptz', zone }, false);
  }
  const at = v.type.zone === null ? raw(v.ch, '.1') : v.ch;
  return val(at, { k: 'timestamptz', zone }, v.nullable);
}

function simple(v: Val, to: SqlType): Ch {
  const from = v.type;
  if (isInteger(from) && isInteger(to)) return v.ch;
  if (to.k === 'double') return from.k === 'decimal' || isInteger(from) || from.k === 'real' ? call('toFloat64', v.ch) : v.ch;
  if (to.k === 'real') return call('toFloat32', v.ch);
  if (to.k === 'decimal') return call('toDecimal128', v.ch, raw(String(to.s)));
  if ((to.k === 'timestamp' || to.k === 'timestamptz') && from.k === 'date') return call('toDateTime64', v.ch, raw('3'));
  return v.ch;
}
