import type { CommandOf } from '../../ast/spl.ts';
import { call, raw, str, type Ch } from '../../clickhouse/ch.ts';
import { parseJsonPath } from '../../functions/json-path.ts';
import { checkRegexp } from '../../functions/regexp-text.ts';
import { VARCHAR } from '../../types/sql-type.ts';
import { fail, type Env } from '../env.ts';
import { val } from '../val.ts';
import type { Level } from './level.ts';
import { asText, TIME_FIELDS } from './pipeline.ts';

/** All fields whose whole name matches become one JSON object. */
export function packFields(level: Level, command: CommandOf<'pack-fields'>, env: Env): Level {
  const on = level.above();
  const test = (pattern: string | null, fallback: string): { js: RegExp; ch: (k: Ch) => Ch } => {
    const checked = checkRegexp(pattern ?? fallback);
    if (!checked.ok)
      throw fail(env, 'query.refused', command.span, `pattern '${pattern ?? ''}': ${checked.reason}`, { reason: checked.reason });
    return { js: new RegExp(`^(?:${pattern ?? fallback})$`), ch: (k) => call('match', k, str(`^(?:${checked.engine})$`)) };
  };
  const include = test(command.include, '.*');
  const exclude = command.exclude === null ? null : test(command.exclude, '');
  const packed = (name: string): boolean => !TIME_FIELDS.includes(name) && include.js.test(name) && !(exclude?.js.test(name) ?? false);
  const packedCh = (k: Ch): Ch =>
    raw(
      '(',
      k,
      " NOT IN ('__time__', '__time_ns_part__') AND ",
      include.ch(k),
      ...(exclude === null ? [] : [' AND NOT ', exclude.ch(k)]),
      ')',
    );
  const record = on.parent.record();
  const key =
    command.ltrim === null
      ? raw('k_')
      : raw('if(startsWith(k_, ', str(command.ltrim), '), substring(k_, ', String(Buffer.byteLength(command.ltrim) + 1), '), k_)');
  const made = raw(
    'replaceAll(toJSONString(mapApply((k_, v_) -> (',
    key,
    ', v_), mapFilter((k_, v_) -> ',
    packedCh(raw('k_')),
    ', ',
    record,
    "))), '\\\\/', '/')",
  );
  on.defs.set(on.key(command.as.name), val(made, VARCHAR, false));
  if (!command.keep) on.provide = (name, below) => (packed(name) ? null : below());
  const fixed = level.fixed();
  on.list = fixed === null ? null : [...fixed.filter((name) => command.keep || !packed(name)), command.as.name];
  on.provideRecord = (below) => {
    const rest = command.keep ? below() : raw('mapFilter((k_, v_) -> NOT ', packedCh(raw('k_')), ', ', below(), ')');
    return raw('mapUpdate(', rest, ', map(', str(command.as.name), ', ', made, '))');
  };
  return on;
}

/** One row for each element of a JSON array or member of an object; a text that is neither stays as it is. */
export function expandValues(level: Level, command: CommandOf<'expand-values'>, env: Env): Level {
  const on = level.above();
  const v = on.parent.field(command.field.name);
  if (v === null)
    throw fail(env, 'query.unknown_field', command.field.span, `field '${command.field.name}' is not known here`, {
      field: command.field.name,
    });
  const text = asText(v, env, command);
  let json: Ch = text.nullable ? call('ifNull', text.ch, raw("''")) : text.ch;
  if (command.path !== null) {
    const path = parseJsonPath(command.path);
    if (path === null)
      throw fail(env, 'query.syntax', command.span, `'${command.path}' is not a JSON path`, { expected: "a path such as '$.a'" });
    if (path.length > 0)
      json = call('JSONExtractRaw', json, ...path.map((step): Ch => (typeof step === 'number' ? raw(String(step + 1)) : str(step))));
  }
  const elements = raw(
    'multiIf(JSONType(',
    json,
    ") = 'Array', JSONExtractArrayRaw(",
    json,
    '), JSONType(',
    json,
    ") = 'Object', arrayMap(p_ -> p_.2, JSONExtractKeysAndValuesRaw(",
    json,
    ')), [',
    json,
    '])',
  );
  const limited = command.limit === null ? elements : raw('arraySlice(', elements, `, 1, ${command.limit})`);
  const out = (command.as ?? command.field).name;
  const e = `e${on.ids.next++}`;
  on.arrayJoin = { left: false, items: [{ as: e, ch: limited }] };
  const item = raw(`if(JSONType(${e}) = 'String', JSONExtractString(${e}), ${e})`);
  on.defs.set(on.key(out), val(item, VARCHAR, false));
  const fixed = level.fixed();
  on.list = fixed === null ? null : [...new Set([...fixed, out])];
  on.provideRecord = (below) => raw('mapUpdate(', below(), ', map(', str(out), ', ', item, '))');
  return on;
}
