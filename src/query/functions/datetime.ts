import { call, raw, str, type Ch } from '../clickhouse/ch.ts';
import { always, fail, guard } from '../lower/env.ts';
import { castTo, instantOf } from '../lower/cast.ts';
import { engineZone } from '../lower/engine-zone.ts';
import { nowOf, timeZoneOf } from '../lower/literals.ts';
import { isZone } from '../lower/timestamp-text.ts';
import { strict, val, type Val } from '../lower/val.ts';
import { BIGINT, DATE, DOUBLE, isComplex, TIMESTAMP, VARCHAR, type SqlType } from '../types/sql-type.ts';
import { jodaFormat, jodaParseFormat, mysqlFormat, mysqlParseFormat } from './date-format.ts';
import { alias, fn, type CallContext, type FunctionEntry } from './define.ts';
import { coarseMoment, fromSeconds, moment, momentVal, type Moment } from './moment.ts';

const TOPIC = 'Date and time';
const UNIT_MS: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};
const UNIT_MONTHS: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 };

/** Lifts a function of a moment over rows whose zone is in the row (boxed). */
function on(v: Val, cx: CallContext, result: SqlType, body: (m: Moment) => Val): Val {
  if (isComplex(v.type) && v.nullable) return strict([v], result, ([one]) => body(moment(one!, cx)));
  return body(moment(v, cx));
}

function unitOf(v: Val, cx: CallContext): string {
  const unit = typeof v.lit === 'string' ? v.lit.toLowerCase() : null;
  if (unit === null || (UNIT_MS[unit] === undefined && UNIT_MONTHS[unit] === undefined)) {
    throw fail(cx.env, 'query.type', cx.span, `'${String(v.lit ?? 'unit')}' is not a valid unit`, {
      expected: 'millisecond, second, minute, hour, day, week, month, quarter or year',
    });
  }
  return unit;
}

function literal(v: Val, cx: CallContext, what: string): string {
  if (typeof v.lit !== 'string')
    throw fail(cx.env, 'query.refused', cx.span, `the ${what} of ${cx.name} must be a literal`, { reason: `${what} is not constant` });
  return v.lit;
}

/** What to cut down to whole seconds or more; see `coarseMoment`. */
const coarse = (t: Val, cx: CallContext, m: Moment): Ch => (t.time === undefined ? m.ch : coarseMoment(t, cx).ch);

function truncated(x: Ch, unit: string): Ch {
  if (unit === 'millisecond') return x;
  if (unit === 'week') return call('toMonday', x);
  const names: Readonly<Record<string, string>> = {
    second: 'Second',
    minute: 'Minute',
    hour: 'Hour',
    day: 'Day',
    month: 'Month',
    quarter: 'Quarter',
    year: 'Year',
  };
  return call(`toStartOf${names[unit]!}`, x);
}

function added(m: Moment, unit: string, n: Ch): Ch {
  const names: Readonly<Record<string, string>> = {
    second: 'Seconds',
    minute: 'Minutes',
    hour: 'Hours',
    day: 'Days',
    week: 'Weeks',
    month: 'Months',
    quarter: 'Quarters',
    year: 'Years',
  };
  if (unit === 'millisecond') return raw('(', m.ch, ' + toIntervalMillisecond(', n, '))');
  return call(`add${names[unit]!}`, m.ch, n);
}

const millis = (x: Ch): Ch => raw('toUnixTimestamp64Milli(toDateTime64(', x, ', 3))');

/** Complete units from a to b. Hours and less count instants, days and more the wall clock; months clamp to the month's end. */
function difference(unit: string, a: Moment, b: Moment): Ch {
  if (UNIT_MS[unit] !== undefined && UNIT_MS[unit] <= 3_600_000)
    return raw('toInt64(intDiv(', millis(b.instant), ' - ', millis(a.instant), `, ${UNIT_MS[unit]}))`);
  const wall = (m: Moment): Ch => raw('(', millis(m.ch), ' + timeZoneOffset(', m.ch, ') * 1000)');
  if (UNIT_MS[unit] !== undefined) return raw('toInt64(intDiv(', wall(b), ' - ', wall(a), `, ${UNIT_MS[unit]}))`);
  const months = raw('((toYear(', b.ch, ') - toYear(', a.ch, ')) * 12 + toMonth(', b.ch, ') - toMonth(', a.ch, '))');
  const reached = raw('addMonths(', a.ch, ', ', months, ')');
  const whole = raw(
    '(',
    months,
    ' - if(',
    b.ch,
    ' >= ',
    a.ch,
    ', toInt64(',
    reached,
    ' > ',
    b.ch,
    '), -toInt64(',
    reached,
    ' < ',
    b.ch,
    ')))',
  );
  return raw('toInt64(intDiv(', whole, `, ${UNIT_MONTHS[unit]!}))`);
}

const part = (name: string, engine: string, doc: string): FunctionEntry =>
  fn(TOPIC, doc, [
    [`${name}(any): bigint`, ([t], cx) => on(t!, cx, BIGINT, (m) => val(call('toInt64', call(engine, m.ch)), BIGINT, m.nullable))],
  ]);

const parts: readonly FunctionEntry[] = [
  part('year', 'toYear', 'Year.'),
  part('quarter', 'toQuarter', 'Quarter, 1 to 4.'),
  part('month', 'toMonth', 'Month, 1 to 12.'),
  part('week', 'toISOWeek', 'ISO week, 1 to 53.'),
  part('day', 'toDayOfMonth', 'Day of the month.'),
  part('hour', 'toHour', 'Hour, 0 to 23.'),
  part('minute', 'toMinute', 'Minute.'),
  part('second', 'toSecond', 'Second.'),
  part('millisecond', 'toMillisecond', 'Millisecond.'),
  part('day_of_week', 'toDayOfWeek', 'Day of the week, Monday is 1.'),
  part('day_of_year', 'toDayOfYear', 'Day of the year.'),
  part('year_of_week', 'toISOYear', 'Year the ISO week belongs to.'),
];
const named = (name: string): FunctionEntry => parts.find((one) => one.name === name)!;

const fromUnixtime = fn(
  TOPIC,
  'Unix seconds as a timestamp, in a zone when one is given.',
  [
    ['from_unixtime(double): timestamp', ([s], cx) => val(fromSeconds(s!, str(cx.env.timeZone)), TIMESTAMP, s!.nullable)],
    ['from_unixtime(bigint): timestamp', ([s], cx) => val(fromSeconds(s!, str(cx.env.timeZone)), TIMESTAMP, s!.nullable)],
    ['from_unixtime(double, varchar): timestamptz', ([s, z], cx) => inZone(s!, zoneOf(z!, cx))],
    ['from_unixtime(bigint, varchar): timestamptz', ([s, z], cx) => inZone(s!, zoneOf(z!, cx))],
    [
      'from_unixtime(double, bigint, bigint): timestamptz',
      ([s, h, m], cx) => {
        if (typeof h!.lit !== 'bigint' || typeof m!.lit !== 'bigint')
          throw fail(cx.env, 'query.refused', cx.span, 'hours and minutes must be literals', { reason: 'zone is not constant' });
        const minutes = Number(h!.lit * 60n + m!.lit);
        const text = `${minutes < 0 ? '-' : '+'}${String(Math.floor(Math.abs(minutes) / 60)).padStart(2, '0')}:${String(Math.abs(minutes) % 60).padStart(2, '0')}`;
        if (!isZone(text))
          throw fail(cx.env, 'query.type', cx.span, `the offset ${text} is no time zone`, { expected: 'at most 14 hours' });
        return inZone(s!, text);
      },
    ],
  ],
  { strict: false },
);

function zoneOf(v: Val, cx: CallContext): string {
  return timeZoneOf(v, cx.span, cx);
}

function inZone(s: Val, zone: string): Val {
  return val(fromSeconds(s, str(engineZone(zone))), { k: 'timestamptz', zone }, s.nullable);
}

const iso =
  "'^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?|[0-9]{4}-W[0-9]{2}-[0-9]|[0-9]{4}-[0-9]{3})?(T[0-9]{2}(:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?$'";

/** Wall-clock text (parsed as UTC) and the text of its zone, '' for none: a timestamp that keeps the zone of its row. */
function zonedText(zoneText: Ch, wall: Ch, cx: CallContext): Ch {
  const session = str(engineZone(cx.env.timeZone));
  const digits = raw('replaceRegexpAll(', zoneText, ", '[^0-9]', '')");
  const own = raw(
    '(if(startsWith(',
    zoneText,
    ", '-'), -1, 1) * (toInt32OrZero(substring(",
    digits,
    ', 1, 2)) * 3600 + toInt32OrZero(substring(',
    digits,
    ', 3, 2)) * 60))',
  );
  const inSession = raw(
    'timeZoneOffset(toTimeZone(addSeconds(',
    wall,
    ', -timeZoneOffset(toTimeZone(',
    wall,
    ', ',
    session,
    '))), ',
    session,
    '))',
  );
  const offset = raw('toInt32(multiIf(', zoneText, " = '', ", inSession, ', ', zoneText, " = 'Z', 0, ", own, '))');
  const name = raw(
    'multiIf(',
    zoneText,
    " = '', ",
    str(cx.env.timeZone),
    ', ',
    zoneText,
    " = 'Z', 'UTC', concat(substring(",
    zoneText,
    ", 1, 3), ':', if(length(",
    digits,
    ') >= 4, substring(',
    digits,
    ", 3, 2), '00')))",
  );
  return raw('[tuple(toDateTime64(addSeconds(', wall, ', -', offset, "), 3, 'UTC'), ", name, ', ', offset, ')]');
}

const ZONED: SqlType = { k: 'timestamptz', zone: null };
const NO_ZONED = "CAST([], 'Array(Tuple(DateTime64(3, \\'UTC\\'), String, Int32))')";

function failing(v: Val, ok: Ch, made: Ch, message: string, cx: CallContext): Val {
  const result = val(raw('if(', ok, ', ', made, `, ${NO_ZONED})`), ZONED, true);
  return guard(cx.failing, raw('NOT (', ok, ')'), message, result);
}

const dateParse = fn(TOPIC, 'Text as a timestamp, by MySQL letters. Unpadded numbers are taken, trailing text is an error.', [
  [
    'date_parse(varchar, varchar): timestamp',
    ([s, f], cx) => {
      const format = mysqlParseFormat(literal(f!, cx, 'format'));
      if (format === null)
        throw fail(cx.env, 'query.type', cx.span, `the format '${String(f!.lit)}' cannot be parsed`, { expected: 'letters of MySQL' });
      const parsed = raw(
        'toDateTime64(parseDateTime64OrNull(',
        s!.ch,
        ', ',
        str(format),
        ', ',
        str(cx.env.timeZone),
        '), 3, ',
        str(cx.env.timeZone),
        ')',
      );
      const made = val(parsed, TIMESTAMP, true);
      return cx.failing === 'null'
        ? made
        : guard(
            'raise',
            s!.nullable ? raw('(isNull(', parsed, ') AND isNotNull(', s!.ch, '))') : call('isNull', parsed),
            'the text does not have the format',
            made,
          );
    },
  ],
]);

export const DATETIME_FUNCTIONS: readonly FunctionEntry[] = [
  fromUnixtime,
  fn(TOPIC, 'A timestamp as Unix seconds.', [
    ['to_unixtime(any): double', ([t], cx) => on(t!, cx, DOUBLE, (m) => val(raw('(', millis(m.instant), ' / 1000)'), DOUBLE, m.nullable))],
  ]),
  fn(TOPIC, 'The current time; one value for the whole query.', [
    ['now(): timestamptz', (_, cx) => val(nowOf(cx), { k: 'timestamptz', zone: cx.env.timeZone }, false)],
  ]),
  fn(TOPIC, 'Name of the time zone of this query.', [
    ['current_timezone(): varchar', (_, cx) => val(str(cx.env.timeZone), VARCHAR, false)],
  ]),
  fn(
    TOPIC,
    'Start of the unit a time lies in; also of Unix seconds.',
    [
      [
        'date_trunc(varchar, any): any',
        ([u, t], cx) => {
          const unit = unitOf(u!, cx);
          return on(t!, cx, t!.type, (m) => {
            if (m.type.k === 'date' && (UNIT_MS[unit] ?? 86_400_000) < 86_400_000)
              return always(cx.failing, `'${unit}' is not a valid unit of a date`, DATE);
            return momentVal(m, truncated(unit === 'millisecond' ? m.ch : coarse(t!, cx, m), unit));
          });
        },
      ],
    ],
    { strict: false, state: 'differs' },
  ),
  fn(
    TOPIC,
    'A time as text, by MySQL letters.',
    [
      [
        'date_format(any, varchar): varchar',
        ([t, f], cx) => {
          const format = literal(f!, cx, 'format');
          return on(t!, cx, VARCHAR, (m) => {
            const made = mysqlFormat(m.ch, format);
            return typeof made === 'string'
              ? always(cx.failing, `%${made} is not available in a date format`, VARCHAR)
              : val(made, VARCHAR, m.nullable);
          });
        },
      ],
    ],
    { strict: false, state: 'differs' },
  ),
  dateParse,
  fn(
    TOPIC,
    'A time as text, by Joda letters.',
    [
      [
        'format_datetime(any, varchar): varchar',
        ([t, f], cx) => {
          const format = literal(f!, cx, 'format');
          return on(t!, cx, VARCHAR, (m) => {
            const made = jodaFormat(m.ch, format, m.zoneName, m.boxed === null ? null : raw(m.boxed, '.3'));
            return made === null ? always(cx.failing, `'${format}' is not a format of Joda`, VARCHAR) : val(made, VARCHAR, m.nullable);
          });
        },
      ],
    ],
    { strict: false },
  ),
  fn(TOPIC, 'Text as a timestamp with zone, by Joda letters.', [
    [
      'parse_datetime(varchar, varchar): timestamptz',
      ([s, f], cx) => {
        const format = jodaParseFormat(literal(f!, cx, 'format'));
        if (format === null)
          throw fail(cx.env, 'query.type', cx.span, `the format '${String(f!.lit)}' cannot be parsed`, {
            expected: 'letters of Joda, the zone last',
          });
        if (!format.zoned) {
          const at = raw(
            'toDateTime64(parseDateTime64OrNull(',
            s!.ch,
            ', ',
            str(format.format),
            ', ',
            str(cx.env.timeZone),
            '), 3, ',
            str(cx.env.timeZone),
            ')',
          );
          const made = val(at, { k: 'timestamptz' as const, zone: cx.env.timeZone }, true);
          return cx.failing === 'null'
            ? made
            : guard('raise', raw('(isNull(', at, ') AND isNotNull(', s!.ch, '))'), 'the text does not have the format', made);
        }
        const zone = raw('extract(', s!.ch, ", '(Z|[+-][0-9]{2}:?[0-9]{2})$')");
        const text = raw('trimRight(replaceRegexpOne(', s!.ch, ", ' ?(Z|[+-][0-9]{2}:?[0-9]{2})$', ''))");
        const wall = raw('toDateTime64(parseDateTime64OrNull(', text, ', ', str(format.format), ", 'UTC'), 3, 'UTC')");
        return failing(
          s!,
          raw('(isNotNull(', wall, ') AND ', zone, " != '')"),
          zonedText(zone, raw('assumeNotNull(', wall, ')'), cx),
          'the text does not have the format',
          cx,
        );
      },
    ],
  ]),
  fn(TOPIC, 'ISO 8601 text as a timestamp with zone.', [
    [
      'from_iso8601_timestamp(varchar): timestamptz',
      ([s], cx) => {
        const zone = raw('extract(', s!.ch, ", 'T.*?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)$')");
        const text = raw('replaceRegexpOne(', s!.ch, ", '(T.*?)(Z|[+-][0-9]{2}(:?[0-9]{2})?)$', '\\\\1')");
        const wall = raw(
          'parseDateTime64BestEffortOrNull(if(match(',
          text,
          ", 'T[0-9]{2}$'), concat(",
          text,
          ", ':00'), ",
          text,
          "), 3, 'UTC')",
        );
        return failing(
          s!,
          raw('(match(', s!.ch, `, ${iso}) AND isNotNull(`, wall, '))'),
          zonedText(zone, raw('assumeNotNull(', wall, ')'), cx),
          'not an ISO 8601 timestamp',
          cx,
        );
      },
    ],
  ]),
  fn(TOPIC, 'ISO 8601 text as a date.', [['from_iso8601_date(varchar): date', ([s], cx) => castTo(s!, DATE, cx)]]),
  fn(
    TOPIC,
    'A date or time as ISO 8601 text.',
    [
      ['to_iso8601(date): varchar', ([d]) => call('toString', d!.ch)],
      [
        'to_iso8601(any): varchar',
        ([t], cx) =>
          on(t!, cx, VARCHAR, (m) => {
            const offset = m.boxed === null ? raw('timeZoneOffset(', m.ch, ')') : raw(m.boxed, '.3');
            const zone = raw('if(', offset, " = 0, 'Z', ", jodaFormat(m.ch, 'ZZ', m.zoneName, offset)!, ')');
            return val(
              raw(
                'concat(formatDateTime(',
                m.ch,
                ", '%Y-%m-%dT%H:%i:%S'), '.', leftPad(toString(toMillisecond(",
                m.ch,
                ")), 3, '0'), ",
                zone,
                ')',
              ),
              VARCHAR,
              m.nullable,
            );
          }),
      ],
    ],
    { strict: false },
  ),
  fn(
    TOPIC,
    'A time moved by so many units.',
    [
      [
        'date_add(varchar, bigint, any): any',
        ([u, n, t], cx) => {
          const unit = unitOf(u!, cx);
          return on(t!, cx, t!.type, (m) => {
            if (m.type.k === 'date' && (UNIT_MS[unit] ?? 86_400_000) < 86_400_000)
              return always(cx.failing, `'${unit}' is not a valid unit of a date`, DATE);
            return { ...momentVal(m, added(m, unit, n!.ch)), nullable: m.nullable || n!.nullable };
          });
        },
      ],
    ],
    { strict: false },
  ),
  fn(
    TOPIC,
    'Complete units from the first time to the second.',
    [
      [
        'date_diff(varchar, any, any): bigint',
        ([u, a, b], cx) => {
          const unit = unitOf(u!, cx);
          return strict([a!, b!], BIGINT, ([x, y]) => {
            const [from, to] = [moment(x!, cx), moment(y!, cx)];
            return val(difference(unit, from, to), BIGINT, from.nullable || to.nullable);
          });
        },
      ],
    ],
    { strict: false },
  ),
  ...parts,
  alias('day_of_month', named('day')),
  alias('dow', named('day_of_week')),
  alias('doy', named('day_of_year')),
  alias('yow', named('year_of_week')),
  alias('week_of_year', named('week')),
  fn(TOPIC, 'Hours of the offset of a time zone.', [
    [
      'timezone_hour(any): bigint',
      ([t], cx) => on(t!, cx, BIGINT, (m) => val(raw('toInt64(intDiv(timeZoneOffset(', m.ch, '), 3600))'), BIGINT, m.nullable)),
    ],
  ]),
  fn(TOPIC, 'Minutes of the offset of a time zone.', [
    [
      'timezone_minute(any): bigint',
      ([t], cx) => on(t!, cx, BIGINT, (m) => val(raw('toInt64(intDiv(timeZoneOffset(', m.ch, ') % 3600, 60))'), BIGINT, m.nullable)),
    ],
  ]),
  fn(
    TOPIC,
    'The day of a time.',
    [
      ['date(varchar): date', ([s], cx) => castTo(s!, DATE, cx)],
      ['date(any): date', ([t], cx) => on(t!, cx, DATE, (m) => val(call('toDate32', m.ch), DATE, m.nullable))],
    ],
    { strict: false },
  ),
  fn(TOPIC, 'Last day of the month.', [
    [
      'last_day_of_month(any): date',
      ([t], cx) => on(t!, cx, DATE, (m) => val(call('toDate32', call('toLastDayOfMonth', m.ch)), DATE, m.nullable)),
    ],
  ]),
  fn(TOPIC, 'An interval in milliseconds.', [['to_milliseconds(intervalDay): bigint', ([i]) => i!.ch]]),
  fn(TOPIC, 'Seconds as nanoseconds.', [['second_to_nano(bigint): bigint', ([s]) => raw('(', s!.ch, ' * 1000000000)')]]),
  fn(
    TOPIC,
    'A time shown in another zone; also AT TIME ZONE.',
    [
      [
        'at_timezone(any, varchar): timestamptz',
        ([t, z], cx) => {
          const zone = zoneOf(z!, cx);
          const m = moment(t!, cx);
          return val(
            call('toTimeZone', t!.type.k === 'timestamptz' ? instantOf(t!) : m.ch, str(engineZone(zone))),
            { k: 'timestamptz', zone },
            m.nullable,
          );
        },
      ],
    ],
    { strict: false },
  ),
];
