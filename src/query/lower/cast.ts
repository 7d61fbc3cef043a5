import type { Span } from '../ast/span.ts';
import { call, cond, fresh, raw, str, type Ch } from '../clickhouse/ch.ts';
import { coerces, engineType, isComplex, isFloat, isInteger, sameType, typeName, type SqlType } from '../types/sql-type.ts';
import { castFromJson, castToJson } from './cast-json.ts';
import { coerce } from './coerce.ts';
import { always, fail, guard, type Env, type Failing } from './env.ts';
import { engineZone } from './engine-zone.ts';
import { timestampText } from './timestamp-text.ts';
import { javaDouble } from './java-double.ts';
import { asElement, bound, element, isNull, MAX64, MIN64, nullOf, strict, val, type Val } from './val.ts';

const RANGE: Readonly<Record<string, readonly [bigint, bigint]>> = {
  tinyint: [-128n, 127n],
  smallint: [-32768n, 32767n],
  integer: [-2147483648n, 2147483647n],
  bigint: [MIN64, MAX64],
};

/** The range of an integer type. */
export function rangeOf(type: SqlType): readonly [bigint, bigint] {
  return RANGE[type.k] ?? [MIN64, MAX64];
}

export interface CastContext {
  readonly env: Env;
  readonly failing: Failing;
  readonly span: Span;
}

/** `cast(v as to)`; what has no value fails as `failing` says. @throws query.type when the pair of types has no cast */
export function castTo(v: Val, to: SqlType, cx: CastContext): Val {
  const from = v.type;
  if (from.k === 'unknown') return val(nullOf(to), to, true);
  if (sameType(from, to) && !(to.k === 'varchar' && to.n !== undefined)) return coerce(v, to);
  if (from.k === 'json') return castFromJson(v, to, cx);
  if (to.k === 'json') return castToJson(v, cx);
  if (v.nullable && isComplex(from)) return strict([v], to, ([inner]) => castTo(inner!, to, cx));
  return bound(v, (one) => convert(one, to, cx));
}

function convert(v: Val, to: SqlType, cx: CastContext): Val {
  const from = v.type;
  switch (to.k) {
    case 'varchar':
      return toVarchar(v, to.n, cx);
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return toInteger(v, to, cx);
    case 'double':
    case 'real':
      return toFloat(v, to, cx);
    case 'decimal':
      return toDecimal(v, to, cx);
    case 'boolean':
      return toBoolean(v, cx);
    case 'date':
      return toDate(v, cx);
    case 'timestamp':
    case 'timestamptz':
      return toTimestamp(v, to, cx);
    case 'varbinary':
      if (from.k === 'varchar') return { ...v, type: to };
      break;
    case 'ipaddress':
    case 'ipprefix':
      if (from.k === 'varchar') return { ...v, type: to };
      break;
    case 'hyperloglog':
      break;
    case 'array':
      if (from.k === 'array') {
        if (from.of.k === 'unknown') return coerce(v, to);
        return val(
          call(
            'arrayMap',
            fresh((e) => asElement(castTo(element(e, from.of), to.of, cx))),
            v.ch,
          ),
          to,
          false,
        );
      }
      break;
    case 'map':
      if (from.k === 'map') {
        if (from.key.k === 'unknown') return coerce(v, to);
        const keys = call(
          'arrayMap',
          fresh((e) => castTo(val(e, from.key, false), to.key, cx).ch),
          call('mapKeys', v.ch),
        );
        const values = call(
          'arrayMap',
          fresh((e) => asElement(castTo(element(e, from.value), to.value, cx))),
          call('mapValues', v.ch),
        );
        return val(call('mapFromArrays', keys, values), to, false);
      }
      break;
    case 'row':
      if (from.k === 'row' && from.fields.length === to.fields.length) {
        const items = to.fields.map((field, i) =>
          asElement(castTo(element(call('tupleElement', v.ch, raw(String(i + 1))), from.fields[i]!.type), field.type, cx)),
        );
        return val(call('tuple', ...items), to, false);
      }
      break;
    default:
  }
  if (coerces(from, to)) return coerce(v, to);
  throw fail(cx.env, 'query.type', cx.span, `cannot cast ${typeName(from)} to ${typeName(to)}`, { from: typeName(from), to: typeName(to) });
}

function noCast(v: Val, to: SqlType, cx: CastContext): Error {
  return fail(cx.env, 'query.type', cx.span, `cannot cast ${typeName(v.type)} to ${typeName(to)}`, {
    from: typeName(v.type),
    to: typeName(to),
  });
}

/** `made` is NULL for what has no value: an error unless the input was NULL too. */
function orFail(v: Val, made: Ch, to: SqlType, cx: CastContext): Val {
  if (cx.failing === 'null') return val(made, to, true);
  const bad = v.nullable ? call('and', call('isNull', made), call('not', isNull(v))) : call('isNull', made);
  const checked = guard('raise', bad, `cannot cast to ${typeName(to)}`, val(made, to, true));
  return v.nullable ? checked : val(call('assumeNotNull', checked.ch), to, false);
}

export function toVarchar(v: Val, n: number | undefined, cx: CastContext): Val {
  const type: SqlType = n === undefined ? { k: 'varchar' } : { k: 'varchar', n };
  const text = textOf(v, cx);
  if (n !== undefined && !isNaN(n)) return val(call('substringUTF8', text, raw('1'), raw(String(n))), type, v.nullable);
  return val(text, type, v.nullable);
}

function textOf(v: Val, cx: CastContext): Ch {
  switch (v.type.k) {
    case 'varchar':
    case 'ipaddress':
    case 'ipprefix':
      return v.ch;
    case 'boolean':
      return v.nullable ? raw('multiIf(', v.ch, ", 'true', NOT ", v.ch, ", 'false', NULL)") : cond(v.ch, raw("'true'"), raw("'false'"));
    case 'double':
      return javaDouble(v.ch, v.nullable);
    case 'real':
      return javaDouble(v.ch, v.nullable);
    case 'timestamptz': {
      if (v.type.zone === null) return raw('concat(toString(addSeconds(', v.ch, '.1, ', v.ch, ".3)), ' ', ", v.ch, '.2)');
      return raw('concat(toString(toTimeZone(', v.ch, ', ', str(engineZone(v.type.zone)), ")), ' ', ", str(v.type.zone), ')');
    }
    case 'decimal':
      return raw('toDecimalString(', v.ch, ', ', String(v.type.s), ')');
    case 'intervalDay':
      return raw(
        'concat(if(',
        v.ch,
        " < 0, '-', ''), toString(intDiv(abs(",
        v.ch,
        "), 86400000)), ' ', formatDateTime(toDateTime(intDiv(abs(",
        v.ch,
        ") % 86400000, 1000), 'UTC'), '%H:%i:%S'), '.', leftPad(toString(abs(",
        v.ch,
        ") % 1000), 3, '0'))",
      );
    case 'intervalYear':
      return raw('concat(if(', v.ch, " < 0, '-', ''), toString(intDiv(abs(", v.ch, "), 12)), '-', toString(abs(", v.ch, ') % 12))');
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'date':
    case 'timestamp':
      return call('toString', v.ch);
    default:
      throw noCast(v, { k: 'varchar' }, cx);
  }
}

/** The number of a text: from the column behind it where it has one of that type (or whole numbers for doubles), else `read` from the text. */
function numberOr(v: Val, type: 'bigint' | 'double', read: Ch): Ch {
  if (v.number === undefined || (v.number.type === 'double' && type === 'bigint')) return read;
  const held = v.number.ch();
  return cond(call('isNotNull', held), v.number.type === type ? held : call('toFloat64', held), read);
}

/** A double rounded half away from zero, as Presto rounds. */
export function roundHalfAway(x: Ch): Ch {
  return raw('(sign(', x, ') * floor(abs(', x, ') + 0.5))');
}

function toInteger(v: Val, to: SqlType, cx: CastContext): Val {
  const [lo, hi] = rangeOf(to);
  const { type: from } = v;
  if (isInteger(from)) {
    const [a, b] = [v.lo ?? rangeOf(from)[0], v.hi ?? rangeOf(from)[1]];
    if (a >= lo && b <= hi) return { ...v, type: to };
    if (b < lo || a > hi) return always(cx.failing, `value is out of range of ${typeName(to)}`, to);
    const bad = raw('(', v.ch, ` < ${lo} OR `, v.ch, ` > ${hi})`);
    return { ...guard(cx.failing, bad, `value is out of range of ${typeName(to)}`, { ...v, type: to }), lo, hi };
  }
  let made: Ch;
  if (from.k === 'varchar')
    // Takes what Presto takes: decimal digits with or without a sign, nothing around them.
    made = numberOr(v, 'bigint', call('accurateCastOrNull', v.bare === undefined ? v.ch : v.bare(), raw("'Int64'")));
  else if (isFloat(from)) made = call('accurateCastOrNull', roundHalfAway(v.ch), raw("'Int64'"));
  else if (from.k === 'decimal')
    made = call(
      'accurateCastOrNull',
      call('toFloat64', raw('sign(', v.ch, ') * floor(abs(', v.ch, ") + toDecimal128('0.5', 1))")),
      raw("'Int64'"),
    );
  else if (from.k === 'boolean') return { ...val(call('toInt64', v.ch), to, v.nullable), lo: 0n, hi: 1n };
  else throw noCast(v, to, cx);
  if (to.k !== 'bigint') made = raw('if(', made, ` BETWEEN ${lo} AND ${hi}, `, made, ', NULL)');
  return { ...orFail(v, made, to, cx), lo, hi };
}

function toFloat(v: Val, to: SqlType, cx: CastContext): Val {
  const fn = to.k === 'real' ? 'toFloat32' : 'toFloat64';
  if (v.type.k === 'varchar') {
    // What the engine reads as a finite number, Presto reads so too. The rest (blanks around it, `1d`, `NaN`, what is too great) is looked at closely.
    const plain = call(`${fn}OrNull`, v.bare === undefined ? v.ch : v.bare());
    const text = call('trimBoth', v.ch);
    const odd = cond(
      call('match', text, raw("'^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[dDfF]?$|^[+-]?(NaN|Infinity)$'")),
      call(`${fn}OrNull`, raw('replaceRegexpOne(replaceRegexpOne(', text, ", '[dDfF]$', ''), '^[+]', '')")),
      raw('NULL'),
    );
    const checked = orFail(v, odd, to, cx);
    const made = numberOr(v, 'double', cond(call('isFinite', plain), plain, checked.ch));
    return val(to.k === 'real' ? call('toFloat32', made) : made, to, checked.nullable || v.number !== undefined);
  }
  if (isInteger(v.type) || isFloat(v.type) || v.type.k === 'decimal' || v.type.k === 'boolean') return val(call(fn, v.ch), to, v.nullable);
  throw noCast(v, to, cx);
}

function toDecimal(v: Val, to: Extract<SqlType, { k: 'decimal' }>, cx: CastContext): Val {
  const type = raw(`'${engineType(to)}'`);
  if (v.type.k === 'varchar') return orFail(v, call('accurateCastOrNull', v.ch, type), to, cx);
  if (isFloat(v.type)) {
    const scale = 10 ** to.s;
    return orFail(
      v,
      call('accurateCastOrNull', call('toString', raw('(', roundHalfAway(raw('(', v.ch, ` * ${scale})`)), ` / ${scale})`)), type),
      to,
      cx,
    );
  }
  if (isInteger(v.type) || v.type.k === 'decimal' || v.type.k === 'boolean')
    return orFail(v, call('accurateCastOrNull', v.ch, type), to, cx);
  throw noCast(v, to, cx);
}

function toBoolean(v: Val, cx: CastContext): Val {
  const to: SqlType = { k: 'boolean' };
  if (isInteger(v.type) || isFloat(v.type) || v.type.k === 'decimal') return val(raw('(', v.ch, ' != 0)'), to, v.nullable);
  if (v.type.k !== 'varchar') throw noCast(v, to, cx);
  const lower = call('lower', v.ch);
  return orFail(v, raw('multiIf(', lower, " IN ('true', 't', '1'), true, ", lower, " IN ('false', 'f', '0'), false, NULL)"), to, cx);
}

const DATE_TEXT = "'^[+-]?[0-9]{1,9}-[0-9]{1,2}-[0-9]{1,2}$'";
const TIME_TEXT =
  "'^[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}( [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}([.][0-9]{1,9})?)?)?( ?([A-Z][A-Za-z_/+-]+[0-9]*|[+-][0-9]{2}:[0-9]{2}))?$'";

/** Nullable(Date32) of `Y-M-D` text; NULL when there is no such day. */
function dateOfText(text: Ch): Ch {
  const parsed = raw(
    "toDate32OrNull(concat(leftPad(splitByChar('-', ",
    text,
    ")[1], 4, '0'), '-', leftPad(splitByChar('-', ",
    text,
    ")[2], 2, '0'), '-', leftPad(splitByChar('-', ",
    text,
    ")[3], 2, '0')))",
  );
  // The engine moves the 30th of February on; what does not read back the same is no date.
  const day = raw("toUInt8OrZero(splitByChar('-', ", text, ')[3])');
  const month = raw("toUInt8OrZero(splitByChar('-', ", text, ')[2])');
  return raw(
    'if(match(',
    text,
    `, ${DATE_TEXT}) AND toDayOfMonth(`,
    parsed,
    ') = ',
    day,
    ' AND toMonth(',
    parsed,
    ') = ',
    month,
    ', ',
    parsed,
    ', NULL)',
  );
}

function toDate(v: Val, cx: CastContext): Val {
  const to: SqlType = { k: 'date' };
  if (v.type.k === 'varchar') return orFail(v, dateOfText(call('trimBoth', v.ch)), to, cx);
  if (v.type.k === 'timestamp') return val(call('toDate32', v.ch), to, v.nullable);
  if (v.type.k === 'timestamptz') return val(call('toDate32', localOf(v)), to, v.nullable);
  throw noCast(v, to, cx);
}

/** A timestamp as a DateTime64 that shows the wall clock of its zone; where the zone differs by row, that wall clock as if it were UTC. */
export function localOf(v: Val): Ch {
  if (v.type.k !== 'timestamptz') return v.ch;
  if (v.type.zone === null) return raw('addSeconds(', v.ch, '.1, ', v.ch, '.3)');
  return call('toTimeZone', v.ch, str(engineZone(v.type.zone)));
}

/** The instant as DateTime64, whatever zone it is shown in. */
export function instantOf(v: Val): Ch {
  return v.type.k === 'timestamptz' && v.type.zone === null ? raw(v.ch, '.1') : v.ch;
}

function toTimestamp(v: Val, to: SqlType, cx: CastContext): Val {
  const zone = to.k === 'timestamptz' ? (to.zone ?? cx.env.timeZone) : cx.env.timeZone;
  const result: SqlType = to.k === 'timestamptz' ? { k: 'timestamptz', zone } : to;
  if (v.type.k === 'varchar') {
    if (typeof v.lit === 'string') {
      const made = timestampText(v.lit, cx.env.timeZone);
      if (made !== null && (made.zone === null || to.k === 'timestamptz'))
        return val(made.ch, made.zone === null ? result : { k: 'timestamptz', zone: made.zone }, false);
      if (made !== null) return val(call('toTimeZone', made.ch, str(engineZone(cx.env.timeZone))), result, false);
    }
    const text = call('trimBoth', v.ch);
    const written = raw('extract(', text, ", '([A-Z][A-Za-z_/]+[+-]?[0-9]*|[+-][0-9]{2}:[0-9]{2})$')");
    const local = raw('trimRight(replaceRegexpOne(', text, ", ' ?([A-Z][A-Za-z_/]+[+-]?[0-9]*|[+-][0-9]{2}:[0-9]{2})$', ''))");
    const dayOk = call('isNotNull', dateOfText(raw("splitByChar(' ', ", local, ')[1]')));
    const full = raw(
      'if(position(',
      local,
      ", ' ') = 0, concat(",
      local,
      ", ' 00:00:00'), if(length(splitByChar(':', ",
      local,
      ')) = 2, concat(',
      local,
      ", ':00'), ",
      local,
      '))',
    );
    const own = raw('parseDateTime64BestEffortOrNull(', full, ', 3, ', str(engineZone(cx.env.timeZone)), ')');
    // Offsets are arithmetic; a zone's name in a text that is no literal is only known when it is UTC.
    const digits = raw('replaceRegexpAll(', written, ", '[^0-9]', '')");
    const offset = raw(
      '(if(startsWith(',
      written,
      ", '-'), -1, 1) * (toInt32OrZero(substring(",
      digits,
      ', 1, 2)) * 3600 + toInt32OrZero(substring(',
      digits,
      ', 3, 2)) * 60))',
    );
    const utc = raw('parseDateTime64BestEffortOrNull(', full, ", 3, 'UTC')");
    const other = raw(
      'if(match(',
      written,
      ", '^([+-]|UTC$|GMT$)'), toTimeZone(subtractSeconds(",
      utc,
      ', ',
      offset,
      '), ',
      str(engineZone(cx.env.timeZone)),
      '), NULL)',
    );
    const parsed = raw('if(', written, " = '', ", own, ', ', other, ')');
    return orFail(v, raw('if(match(', text, `, ${TIME_TEXT}) AND `, dayOk, ', ', parsed, ', NULL)'), result, cx);
  }
  if (v.type.k === 'date') return val(call('toDateTime64', v.ch, raw('3')), result, v.nullable);
  if (v.type.k === 'timestamp') return { ...v, type: result };
  if (v.type.k === 'timestamptz')
    return val(
      to.k === 'timestamptz' ? instantOf(v) : call('toTimeZone', instantOf(v), str(cx.env.timeZone)),
      to.k === 'timestamptz' ? v.type : result,
      v.nullable,
    );
  throw noCast(v, to, cx);
}
