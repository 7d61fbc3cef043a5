import type { CommandOf, SeriesBound } from '../../ast/spl.ts';
import type { Ident } from '../../ast/span.ts';
import { agg, call, raw, str, type Ch } from '../../clickhouse/ch.ts';
import { arrayOf, BIGINT, DOUBLE, isFloat, isInteger, TIMESTAMP, typeName, type SqlType } from '../../types/sql-type.ts';
import { castTo } from '../cast.ts';
import { fail, type Env } from '../env.ts';
import { timestampText } from '../timestamp-text.ts';
import { alone, val, type Val } from '../val.ts';
import type { Level } from './level.ts';

/** Time of each point, Unix seconds: what a series has beside its values. */
export const SERIES_TIME = '__ts__';
/** Points of one series: more make no picture, and one careless step (a second over a year) would fill the memory of the query. */
const MAX_POINTS = 100_000;
const STEP_SEC: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Rows become one row for each combination of the `by` fields, with an array for each series and one of times. With a step there is a point for each step from
 * the begin to before the end (without bounds: from the first to the last step that has a row), the last value within a step counting; a step without
 * one gets the default: `null` (when none is given), `nan`, a number, or `last`, `next`, `avg` of the points around it. Without a step each time that occurs is a point.
 */
export function makeSeries(
  level: Level,
  command: CommandOf<'make-series'>,
  range: { readonly fromSec: number; readonly toSec: number } | null,
  env: Env,
): Level {
  const fieldOf = (field: Ident): Val => {
    const v = level.field(field.name);
    if (v !== null) return alone(v);
    throw fail(env, 'query.unknown_field', field.span, `field '${field.name}' is not known here`, { field: field.name });
  };
  if ((command.begin === null) !== (command.end === null))
    throw fail(env, 'query.syntax', command.span, 'make-series takes from and to together', { expected: "from … to … step '1m'" });
  if (command.begin !== null && command.step === null)
    throw fail(env, 'query.syntax', command.span, 'make-series with from and to needs a step', { expected: "step '1m'" });
  const step = command.step === null ? null : stepSec(command.step, command, env);
  const names = [...command.by.map((one) => one.name), ...command.series.map((one) => one.name.name), SERIES_TIME];
  for (const [i, name] of names.entries())
    if (names.findIndex((one) => level.key(one) === level.key(name)) !== i)
      throw fail(env, 'query.type', command.span, `make-series would give two fields '${name}'`);

  // One row a step and group: the last value of each series.
  const points = level.above();
  const time = seconds(fieldOf(command.on), command.on, env);
  const bound = (of: SeriesBound): Ch => boundSec(of, range, (field) => seconds(fieldOf(field), field, env), command, env);
  const [begin, end] = [command.begin === null ? null : bound(command.begin), command.end === null ? null : bound(command.end)];
  points.wheres.push(raw('isNotNull(', time, ')'));
  if (begin !== null && end !== null) points.wheres.push(raw('ifNull(', time, ' >= ', begin, ' AND ', time, ' < ', end, ', 0)'));
  const sec = raw('assumeNotNull(', time, ')');
  const from = begin === null ? raw('0') : raw('assumeNotNull(', begin, ')');
  // Steps count from the begin; without one, from 1970, so that groups have the same steps.
  const place = step === null ? sec : raw(`toInt64(floor((`, sec, ' - ', from, `) / ${step}))`);
  const tags = command.by.map((field) => ({ name: field.name, v: fieldOf(field) }));
  const made = new Map<string, Val>(tags.map((one) => [points.key(one.name), one.v]));
  const inner = (what: string, ch: Ch, type: SqlType = BIGINT): void => void made.set(`\0${what}`, val(ch, type, true));
  inner('place', place);
  if (begin !== null && end !== null) {
    inner('begin', agg('any', [from]));
    inner('end', agg('any', [raw('assumeNotNull(', end, ')')]));
  }
  for (const [i, one] of command.series.entries()) {
    const number = numberOf(fieldOf(one.from ?? one.name), one.from ?? one.name, env);
    inner(`v${i}`, agg('argMax', [number, sec]), DOUBLE);
  }
  points.group = [...tags.map((one) => one.v.ch), place];
  points.provide = (name) => made.get(name.startsWith('\0') ? name : points.key(name)) ?? null;
  points.list = [];
  ungrouped(points);

  // One row a group.
  const on = points.above();
  const at = (what: string): Ch => points.field(`\0${what}`)!.ch;
  const values = command.series.map((_, i) => at(`v${i}`));
  const sorted = on.hidden('r', () =>
    raw('arraySort(p_ -> p_.1, ', agg('groupArray', [call('tuple', at('place'), ...values.map((v) => call('toNullable', v)))]), ')'),
  );
  const places = on.hidden('k', () => raw('arrayMap(p_ -> p_.1, ', sorted, ')'));
  const bounded = begin !== null && end !== null;
  const first = bounded ? raw('0') : raw('if(empty(', places, '), 0, ', places, '[1])');
  const count = on.hidden('n', () => {
    const size = bounded
      ? raw(
          'toInt64(ceil((',
          fixedBound(end, agg('max', [at('end')])),
          ' - ',
          fixedBound(begin, agg('min', [at('begin')])),
          `) / ${step}))`,
        )
      : raw('if(empty(', places, '), 0, ', places, '[-1] - ', places, '[1] + 1)');
    const message = str(`make-series gives more than ${MAX_POINTS} points a series, a longer step gives fewer`);
    return raw('if(throwIf(', size, ` > ${MAX_POINTS}, `, message, ') = 0, greatest(', size, ', 0), 0)');
  });
  const gaps = raw('arrayMap((k_, q_) -> k_ - q_ - 1, ', places, ', arrayPopBack(arrayPushFront(', places, ', ', first, ' - 1)))');
  const none = "CAST(NULL, 'Nullable(Float64)')";
  const filled = (i: number): Ch => {
    const own = raw(`arrayMap(p_ -> p_.${i + 2}, `, sorted, ')');
    if (step === null) return own;
    const before = raw(`arrayFlatten(arrayMap((g_, v_) -> arrayPushBack(arrayWithConstant(g_, ${none}), v_), `, gaps, ', ', own, '))');
    const behind = raw('greatest(', count, ' - if(empty(', places, '), 0, ', places, '[-1] - ', first, ' + 1), 0)');
    return raw('arrayConcat(', before, `, arrayWithConstant(`, behind, `, ${none}))`);
  };
  const times =
    step === null
      ? places
      : raw(
          'arrayMap(i_ -> toInt64(',
          bounded ? raw(fixedBound(begin, agg('min', [at('begin')])), ` + i_ * ${step}`) : raw('(', first, ` + i_) * ${step}`),
          '), range(toUInt64(',
          count,
          ')))',
        );
  const out = new Map<string, Val>(tags.map((one) => [on.key(one.name), points.field(one.name)!]));
  for (const [i, one] of command.series.entries())
    out.set(on.key(one.name.name), val(withDefault(filled(i), one.fill ?? 'null', one.name, env), arrayOf(DOUBLE), false));
  out.set(on.key(SERIES_TIME), val(raw('arrayMap(t_ -> toNullable(t_), ', times, ')'), arrayOf(BIGINT), false));
  on.group = tags.map((one) => points.field(one.name)!.ch);
  on.provide = (name) => out.get(on.key(name)) ?? null;
  on.list = names;
  ungrouped(on);
  return on;
}

/** Rows of groups are no rows of the log any more. */
function ungrouped(level: Level): void {
  (level as { carry: readonly string[] }).carry = [];
}

/** A bound that is the same for all rows, else what the group has. */
function fixedBound(bound: Ch | null, ofGroup: Ch): Ch {
  return bound !== null && isConstant(bound) ? bound : ofGroup;
}

function isConstant(ch: Ch): boolean {
  if (ch.t === 'col') return false;
  if (ch.t === 'call') return ch.args.every(isConstant);
  return ch.t === 'raw' ? ch.parts.every((part) => typeof part === 'string' || isConstant(part)) : ch.t === 'param';
}

function stepSec(text: string, command: CommandOf<'make-series'>, env: Env): number {
  const match = /^([1-9]\d{0,5})([smhdw])$/.exec(text);
  if (match === null)
    throw fail(env, 'query.type', command.span, `'${text}' is not a step`, { expected: "a number and s, m, h, d or w, such as '1m'" });
  return Number(match[1]) * STEP_SEC[match[2]!]!;
}

/** Nullable(Int64): Unix seconds of a time, NULL for what is none. */
function seconds(v: Val, field: Ident, env: Env): Ch {
  const cx = { env, failing: 'null' as const, span: field.span };
  if (isInteger(v.type)) return call('toInt64', v.ch);
  if (isFloat(v.type)) return call('accurateCastOrNull', call('floor', v.ch), raw("'Int64'"));
  const ofTime = (ch: Ch): Ch => raw('toInt64(floor(toUnixTimestamp64Milli(toDateTime64(', ch, ', 3)) / 1000))');
  if (v.type.k === 'date' || v.type.k === 'timestamp') return ofTime(castTo(v, TIMESTAMP, cx).ch);
  if (v.type.k === 'varchar') return call('coalesce', castTo(v, BIGINT, cx).ch, ofTime(castTo(v, TIMESTAMP, cx).ch));
  throw fail(env, 'query.type', field.span, `'${field.name}' is ${typeName(v.type)}, make-series wants a time`, {
    expected: 'Unix seconds, a timestamp, or text of one',
  });
}

/** Nullable(Float64). */
function numberOf(v: Val, field: Ident, env: Env): Ch {
  if (isInteger(v.type) || isFloat(v.type) || v.type.k === 'decimal' || v.type.k === 'varchar' || v.type.k === 'unknown')
    return castTo(v, DOUBLE, { env, failing: 'null', span: field.span }).ch;
  throw fail(env, 'query.type', field.span, `'${field.name}' is ${typeName(v.type)}, a series has numbers`, { expected: 'numbers' });
}

function boundSec(
  of: SeriesBound,
  range: { readonly fromSec: number; readonly toSec: number } | null,
  field: (field: Ident) => Ch,
  command: CommandOf<'make-series'>,
  env: Env,
): Ch {
  if (of.k === 'field') return field(of.field);
  const constant = (sec: number): Ch => ({ t: 'param', type: 'Int64', value: String(sec) });
  if (of.value === 'sls_begin_time' || of.value === 'sls_end_time') {
    if (range === null)
      throw fail(env, 'query.refused', command.span, `'${of.value}' is not known here: there is no time range`, {
        reason: 'no time range',
      });
    return constant(of.value === 'sls_begin_time' ? range.fromSec : range.toSec);
  }
  if (/^\d{1,11}$/.test(of.value)) return constant(Number(of.value));
  const time = timestampText(of.value, env.timeZone);
  if (time === null)
    throw fail(env, 'query.type', command.span, `'${of.value}' is not a time`, {
      expected: "'sls_begin_time', 'sls_end_time', '2024-09-10 12:00:00', Unix seconds or a field",
    });
  return raw('intDiv(toUnixTimestamp64Milli(', time.ch, '), 1000)');
}

/** Points without a value filled. @throws query.type for a default there is not */
function withDefault(array: Ch, fill: string, field: Ident, env: Env): Ch {
  const last = raw('arrayFill(x_ -> isNotNull(x_), ', array, ')');
  const next = raw('arrayReverseFill(x_ -> isNotNull(x_), ', array, ')');
  switch (fill) {
    case 'null':
      return array;
    case 'nan':
      return raw('arrayMap(x_ -> toNullable(ifNull(x_, nan)), ', array, ')');
    case 'last':
      return last;
    case 'next':
      return next;
    case 'avg':
      return raw('arrayMap((a_, b_) -> (a_ + b_) / 2, ', last, ', ', next, ')');
    default:
  }
  if (!/^-?\d+(\.\d+)?$/.test(fill))
    throw fail(env, 'query.type', field.span, `'${fill}' is not a default of make-series`, {
      expected: "'null', 'nan', a number, 'last', 'next' or 'avg'",
    });
  return raw('arrayMap(x_ -> toNullable(ifNull(x_, ', { t: 'param', type: 'Float64', value: fill }, ')), ', array, ')');
}
