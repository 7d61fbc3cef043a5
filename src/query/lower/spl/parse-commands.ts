import type { CommandOf, ParseMode } from '../../ast/spl.ts';
import type { Ident, Span } from '../../ast/span.ts';
import { call, cast, raw, str, type Ch } from '../../clickhouse/ch.ts';
import { parseJsonPath } from '../../functions/json-path.ts';
import { checkRegexp } from '../../functions/regexp-text.ts';
import { groupTakesText } from '../../functions/regexp.ts';
import { typeName, VARCHAR } from '../../types/sql-type.ts';
import { fail, type Env } from '../env.ts';
import { textOrEmpty, val, type Val } from '../val.ts';
import type { Level } from './level.ts';
import { asText, TIME_FIELDS } from './pipeline.ts';

/** The text a parse command reads, '' when absent: Ch of type String. */
function source(on: Level, field: Ident, env: Env): Ch {
  const v = on.parent.field(field.name);
  if (v === null) throw fail(env, 'query.unknown_field', field.span, `field '${field.name}' is not known here`, { field: field.name });
  if (v.type.k !== 'varchar' && v.type.k !== 'json' && v.type.k !== 'unknown')
    throw fail(env, 'query.type', field.span, `'${field.name}' is ${typeName(v.type)}, a parse command reads varchar`, {
      expected: 'varchar',
    });
  return textOrEmpty(v);
}

/** A parsed value over or under what the row had. */
function merged(parsed: Ch, below: () => Val | null, mode: ParseMode | null, env: Env, at: Span): Val {
  const old = below();
  if (old === null) return val(parsed, VARCHAR, true);
  const text = asText(old, env, { span: at });
  return val(mode === 'preserve' ? call('ifNull', text.ch, parsed) : call('ifNull', parsed, text.ch), VARCHAR, true);
}

const isFixedName = (name: string): boolean => TIME_FIELDS.includes(name);

/** A JSON object's members become fields. One parse of the text serves all fields that later stages read. */
export function parseJson(level: Level, command: CommandOf<'parse-json'>, env: Env): Level {
  const on = level.above();
  const text = source(on, command.field, env);
  let object = text;
  if (command.path !== null) {
    const path = parseJsonPath(command.path);
    if (path === null)
      throw fail(env, 'query.syntax', command.span, `'${command.path}' is not a JSON path`, { expected: "a path such as '$.a[0]'" });
    if (path.length > 0)
      object = call('JSONExtractRaw', text, ...path.map((step): Ch => (typeof step === 'number' ? raw(String(step + 1)) : str(step))));
  }
  const prefix = command.prefix ?? '';
  const keys: string[] = [];
  const tuple = on.hidden('j', () => {
    const type = `Tuple(${keys.map((key) => `\`${key.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\` Nullable(String)`).join(', ')})`;
    return keys.length === 0 ? raw('0') : call('JSONExtract', object, str(type));
  });
  const place = (key: string): number => {
    const at = keys.indexOf(key);
    return at < 0 ? keys.push(key) : at + 1;
  };
  on.provide = (name, below) => {
    if (isFixedName(name) || !name.startsWith(prefix)) return below();
    const key = name.slice(prefix.length);
    if (key === '') return below();
    return merged(call('tupleElement', tuple, raw(String(place(key)))), below, command.mode, env, command.span);
  };
  on.list = null;
  on.provideRecord = (below) => {
    const parsed = raw(
      'mapFromArrays(arrayMap(p_ -> ',
      prefix === '' ? raw('p_.1') : call('concat', str(prefix), raw('p_.1')),
      ', pairs_), arrayMap(p_ -> assumeNotNull(p_.2), pairs_))',
    );
    const all = raw(
      'arrayMap(pairs_ -> ',
      parsed,
      ", [arrayFilter(p_ -> isNotNull(p_.2) AND p_.1 NOT IN ('__time__', '__time_ns_part__'), CAST(JSONExtract(",
      object,
      ", 'Map(String, Nullable(String))'), 'Array(Tuple(String, Nullable(String)))'))])[1]",
    );
    return command.mode === 'preserve' ? call('mapUpdate', all, below()) : call('mapUpdate', below(), all);
  };
  return on;
}

function regexp(pattern: string, span: Span, env: Env): { engine: string; groups: number } {
  const checked = checkRegexp(pattern);
  if (!checked.ok)
    throw fail(env, checked.refused ? 'query.refused' : 'query.syntax', span, `pattern '${pattern}': ${checked.reason}`, {
      reason: checked.reason,
    });
  return checked;
}

/** Names of an array's places become fields. */
function places(on: Level, names: readonly string[], array: Ch, mode: ParseMode | null, env: Env, at: Span, first?: Ch): void {
  on.provide = (name, below) => {
    const place = names.findIndex((one) => on.key(one) === on.key(name));
    if (place < 0 || isFixedName(name)) return below();
    const value = place === 0 && first !== undefined ? first : call('arrayElementOrNull', array, raw(String(place + 1)));
    return merged(value, below, mode, env, at);
  };
  const below = on.parent.fixed();
  on.list = below === null ? null : [...below, ...names.filter((name) => !below.some((one) => on.key(one) === on.key(name)))];
  on.provideRecord = (record) => {
    const list = raw('[', ...names.flatMap((name, i): (string | Ch)[] => [i === 0 ? '' : ', ', str(name)]), ']');
    const parsed = raw('mapFromArrays(arraySlice(', list, ', 1, length(', array, ')), arraySlice(', array, `, 1, ${names.length}))`);
    return mode === 'preserve' ? call('mapUpdate', parsed, record()) : call('mapUpdate', record(), parsed);
  };
}

export function parseRegexp(level: Level, command: CommandOf<'parse-regexp'>, env: Env): Level {
  const on = level.above();
  const text = source(on, command.field, env);
  const { engine, groups } = regexp(command.pattern, command.patternSpan, env);
  const named = [...command.pattern.matchAll(/\((?:\?P?<([A-Za-z][A-Za-z0-9_]*)>|(?!\?))/g)].map((one) => one[1] ?? '');
  const names = command.names.length > 0 ? command.names.map((one) => one.name) : named;
  if (names.every((name) => name === ''))
    throw fail(env, 'query.syntax', command.patternSpan, 'the pattern has no groups to name', {
      expected: "groups and 'as', or named groups",
    });
  if (names.length > groups)
    throw fail(
      env,
      'query.type',
      command.names.at(-1)?.span ?? command.patternSpan,
      `the pattern has ${groups} groups, ${names.length} names are given`,
    );
  const array = on.hidden('g', () => call('extractGroups', text, str(engine)));
  // One group that cannot be empty needs no list of groups.
  const first =
    names.length === 1 && groupTakesText(engine, 1)
      ? cast(call('nullIf', call('extract', text, str(engine)), raw("''")), 'Nullable(String)')
      : undefined;
  places(on, names, array, command.mode, env, command.span, first);
  return on;
}

export function parseCsv(level: Level, command: CommandOf<'parse-csv'>, env: Env): Level {
  const on = level.above();
  const text = source(on, command.field, env);
  const delim = command.delim ?? ',';
  const quote = command.quote ?? '"';
  const escape = (part: string): string => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const [d, q] = [escape(delim), escape(quote)];
  // Every cell ends in a delimiter; a quoted one may hold delimiters, and a doubled quote stands for itself.
  const cells = `(?s)(?:${q}((?:[^${q === '\\^' ? '\\^' : q}]|${q}${q})*)${q}|(.*?))${d}`;
  const array = on.hidden('v', () => {
    const plain = call('splitByString', str(delim), text);
    const groups = call('extractAllGroupsVertical', call('concat', text, str(delim)), str(cells));
    const quoted = raw(
      "arrayMap(g_ -> if(g_[1] = '', g_[2], replaceAll(g_[1], ",
      str(quote + quote),
      ', ',
      str(quote),
      ')), ',
      groups,
      ')',
    );
    const all = raw('if(position(', text, ', ', str(quote), ') = 0, ', plain, ', ', quoted, ')');
    const present = raw('if(', text, " = '', [], ", all, ')');
    return command.strict ? raw(`if(length(`, present, `) = ${command.names.length}, `, present, ', [])') : present;
  });
  places(
    on,
    command.names.map((one) => one.name),
    array,
    command.mode,
    env,
    command.span,
  );
  return on;
}

export function parseKv(level: Level, command: CommandOf<'parse-kv'>, env: Env): Level {
  const on = level.above();
  const text = source(on, command.field, env);
  const prefix = command.prefix ?? '';
  const { how } = command;
  let pairs: Ch;
  if (how.k === 'regexp') {
    const { engine, groups } = regexp(how.pattern, how.patternSpan, env);
    if (groups < 2) throw fail(env, 'query.type', how.patternSpan, 'the pattern needs two groups: key and value');
    pairs = raw('arrayMap(g_ -> (g_[1], g_[2]), ', call('extractAllGroupsVertical', text, str(engine)), ')');
  } else {
    const kv = how.kv ?? '=';
    const separators = how.k === 'separators' ? how.pair : (how.delims ?? ' \t\n\r,;&|');
    if (kv === '' || separators === '') throw fail(env, 'query.syntax', command.span, 'separators cannot be empty');
    const split =
      how.k === 'separators'
        ? call('splitByString', str(separators), text)
        : call('splitByRegexp', str(`[${separators.replaceAll(/[\]\\^-]/g, '\\$&')}]`), text);
    const at = raw('position(i_, ', str(kv), ')');
    const value = raw('substring(i_, ', at, ` + ${Buffer.byteLength(kv)})`);
    const bare = raw('replaceRegexpOne(trimBoth(', value, "), '^\"(.*)\"$|^\\'(.*)\\'$', '\\\\1\\\\2')");
    pairs = raw('arrayMap(i_ -> (trimBoth(substring(i_, 1, ', at, ' - 1)), ', bare, '), arrayFilter(i_ -> ', at, ' > 1, ', split, '))');
  }
  const map = on.hidden('m', () =>
    raw('arrayMap(l_ -> mapFromArrays(arrayMap(p_ -> p_.1, l_), arrayMap(p_ -> p_.2, l_)), [', pairs, '])[1]'),
  );
  on.provide = (name, below) => {
    if (isFixedName(name) || !name.startsWith(prefix)) return below();
    const key = str(name.slice(prefix.length));
    return merged(raw('if(mapContains(', map, ', ', key, '), ', map, '[', key, '], NULL)'), below, command.mode, env, command.span);
  };
  on.list = null;
  on.provideRecord = (below) => {
    const parsed = prefix === '' ? map : raw('mapApply((k_, v_) -> (concat(', str(prefix), ', k_), v_), ', map, ')');
    const all = raw("mapFilter((k_, v_) -> k_ NOT IN ('__time__', '__time_ns_part__'), ", parsed, ')');
    return command.mode === 'preserve' ? call('mapUpdate', all, below()) : call('mapUpdate', below(), all);
  };
  return on;
}
