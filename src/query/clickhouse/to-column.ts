import { castTo, instantOf, type CastContext } from '../lower/cast.ts';
import { castToJson } from '../lower/cast-json.ts';
import type { Val } from '../lower/val.ts';
import { isFloat, isInteger, type SqlType } from '../types/sql-type.ts';
import { call, cast, cond, raw, str, type Ch } from './ch.ts';

/**
 * A value as a column of the engine's type `type`: converted where that loses nothing, otherwise NULL or, when the column cannot be NULL, its default.
 * Numbers are read from text, times from timestamps, Unix seconds (up to 11 digits), milliseconds or ISO 8601 text, arrays from JSON text.
 */
export function toColumn(v: Val | null, type: string, cx: CastContext): Ch {
  const low = /^LowCardinality\((.*)\)$/.exec(type);
  if (low !== null) return toColumn(v, low[1]!, cx);
  const inner = /^Nullable\((.*)\)$/.exec(type);
  const wanted = inner?.[1] ?? type;
  if (v === null || v.type.k === 'unknown')
    return inner === null ? call('defaultValueOfTypeName', raw(`'${type.replaceAll("'", "\\'")}'`)) : cast(raw('NULL'), type);
  const made = nullable(v, wanted, cx);
  if (made.complex) return made.ch;
  return inner !== null
    ? cast(made.ch, `Nullable(${wanted})`)
    : call('ifNull', made.ch, cast(call('defaultValueOfTypeName', raw(`'${wanted.replaceAll("'", "\\'")}'`)), wanted));
}

/** Nullable (or, `complex`, the column's own type). */
function nullable(v: Val, type: string, cx: CastContext): { ch: Ch; complex: boolean } {
  const simple = (ch: Ch): { ch: Ch; complex: boolean } => ({ ch, complex: false });
  const isComplexValue = v.type.k === 'array' || v.type.k === 'map' || v.type.k === 'row';
  const array = /^Array\((.*)\)$/.exec(type);
  if (array !== null) return { ch: asArray(v, array[1]!, type), complex: true };
  const map = /^Map\(/.exec(type);
  if (map !== null) {
    if (v.type.k === 'map') return { ch: cast(unboxed(v), type), complex: true };
    const text = call('ifNull', castTo(v, { k: 'varchar' }, cx).ch, raw("''"));
    return { ch: call('JSONExtract', text, str(type)), complex: true };
  }
  if (type === 'String' || type.startsWith('FixedString'))
    return simple(
      isComplexValue ? castToJson(v, cx).ch : v.type.k === 'json' || v.type.k === 'varbinary' ? v.ch : castTo(v, { k: 'varchar' }, cx).ch,
    );
  const name = raw(`'${type}'`);
  if (/^(U?Int\d+|Float\d+)$/.test(type)) {
    if (v.type.k === 'timestamp' || v.type.k === 'timestamptz')
      return simple(call('accurateCastOrNull', raw('toUnixTimestamp64Milli(', instantOf(v), ')'), name));
    if (v.type.k === 'boolean') return simple(call('toInt64', v.ch));
    if (isInteger(v.type) || isFloat(v.type) || v.type.k === 'decimal') return simple(call('accurateCastOrNull', v.ch, name));
    const text = castTo(v, { k: 'varchar' }, cx).ch;
    return simple(type.startsWith('Float') ? call(`to${type}OrNull`, text) : call('accurateCastOrNull', text, name));
  }
  if (type === 'Bool') return simple(castTo(v, { k: 'boolean' }, cx).ch);
  if (type.startsWith('DateTime')) return simple(asTime(v, type, cx));
  if (type === 'Date' || type === 'Date32') return simple(castTo(v, { k: 'date' }, cx).ch);
  if (type === 'IPv4' || type === 'IPv6') return simple(call(`to${type}OrNull`, castTo(v, { k: 'varchar' }, cx).ch));
  return simple(call('accurateCastOrNull', castTo(v, { k: 'varchar' }, cx).ch, name));
}

const unboxed = (v: Val): Ch => (v.nullable ? raw(v.ch, '[1]') : v.ch);

function asArray(v: Val, item: string, type: string): Ch {
  if (v.type.k === 'array') {
    const element: SqlType = v.type.of;
    const of =
      element.k === 'array' || element.k === 'map' || element.k === 'row'
        ? raw('toJSONString(e_)')
        : element.k === 'varchar' || element.k === 'json'
          ? raw('e_')
          : raw('toString(e_)');
    const filtered = raw('arrayFilter(e_ -> isNotNull(e_), arrayMap(e_ -> ', of, ', ', unboxed(v), '))');
    if (item === 'String' || item === 'LowCardinality(String)') return cast(raw('arrayMap(e_ -> assumeNotNull(e_), ', filtered, ')'), type);
    return cast(
      raw(
        "arrayMap(e_ -> assumeNotNull(accurateCastOrNull(e_, '",
        item,
        "')), arrayFilter(e_ -> isNotNull(accurateCastOrNull(e_, '",
        item,
        "')), ",
        filtered,
        '))',
      ),
      type,
    );
  }
  const text = v.nullable ? call('ifNull', v.ch, raw("''")) : v.ch;
  if (v.type.k !== 'varchar' && v.type.k !== 'json') return cast(raw('[]'), type);
  // JSON text of an array, or one value on its own.
  const list = call('JSONExtract', text, str(type));
  if (item !== 'String' && item !== 'LowCardinality(String)') return cast(list, type);
  return cast(raw('multiIf(', text, " = '', [], JSONType(", text, ") = 'Array', ", list, ', [', text, '])'), type);
}

function asTime(v: Val, type: string, cx: CastContext): Ch {
  const scale = Number(/^DateTime64\((\d)/.exec(type)?.[1] ?? '0');
  const to = (ch: Ch): Ch => cast(ch, `Nullable(${type})`);
  if (v.type.k === 'timestamp' || v.type.k === 'timestamptz' || v.type.k === 'date')
    return to(v.type.k === 'timestamptz' ? instantOf(v) : v.ch);
  if (isInteger(v.type) || isFloat(v.type)) return to(fromNumber(call('toFloat64', v.ch), v.ch));
  const text = castTo(v, { k: 'varchar' }, cx).ch;
  const number = call('toFloat64OrNull', text);
  return to(
    cond(
      call('match', text, raw("'^[0-9]{9,19}([.][0-9]+)?$'")),
      fromNumber(number, call('toInt64OrNull', raw('extract(', text, ", '^[0-9]+')"))),
      call('parseDateTime64BestEffortOrNull', text, raw(String(Math.max(3, scale))), str(cx.env.timeZone)),
    ),
  );
}

/** Unix seconds, milliseconds, microseconds or nanoseconds, told apart by size. */
function fromNumber(n: Ch, whole: Ch): Ch {
  return raw(
    'multiIf(',
    n,
    ' < 1e11, toDateTime64(',
    n,
    ", 9, 'UTC'), ",
    n,
    ' < 1e14, fromUnixTimestamp64Milli(',
    whole,
    ", 'UTC'), ",
    n,
    ' < 1e17, fromUnixTimestamp64Micro(',
    whole,
    ", 'UTC'), fromUnixTimestamp64Nano(",
    whole,
    ", 'UTC'))",
  );
}
