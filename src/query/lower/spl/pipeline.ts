import type { Expr } from '../../ast/expr.ts';
import type { CommandOf, SplCommand } from '../../ast/spl.ts';
import type { Ident, Span } from '../../ast/span.ts';
import { call, raw, str, type Ch } from '../../clickhouse/ch.ts';
import { isInteger, typeName, VARCHAR } from '../../types/sql-type.ts';
import { lowerAggregate } from '../aggregate-call.ts';
import { coerce } from '../coerce.ts';
import { fail, type Env } from '../env.ts';
import { Lowering } from '../lowering.ts';
import { alone, holds, nullOf, val, type Val } from '../val.ts';
import { castTo } from '../cast.ts';
import { join } from './join.ts';
import { makeSeries } from './make-series.ts';
import { expandValues, packFields } from './reshape.ts';
import { parseCsv, parseJson, parseKv, parseRegexp } from './parse-commands.ts';
import type { Level } from './level.ts';

/** Which commands a place of use allows. */
export type SplContext =
  /** A query: everything. */
  | 'query'
  /** Consumption, ingest, standardization: one row in, one row (or none) out. */
  | 'row';

const ROW_COMMANDS = new Set<SplCommand['k']>([
  'where',
  'extend',
  'project',
  'project-away',
  'project-rename',
  'parse-json',
  'parse-regexp',
  'parse-csv',
  'parse-kv',
  'pack-fields',
]);
export const TIME_FIELDS = ['__time__', '__time_ns_part__'];
const isTimeField = (name: string): boolean => TIME_FIELDS.includes(name);

/** What a pipeline may ask of the program and the query around it. */
export interface SplSurroundings {
  /** Time range of the query, Unix seconds; null: not known. */
  readonly range: { readonly fromSec: number; readonly toSec: number } | null;
  /** Name of the dataset the pipeline begins with; null: it begins with a search. */
  readonly own: string | null;
  /** A dataset as a level of the same statement. @throws query.unknown_field */
  dataset(name: string, span: Span): Level;
}

/** Applies a command; answers the level that now stands on top. `around` is needed in queries only. */
export function applyCommand(
  level: Level,
  command: SplCommand,
  env: Env,
  context: SplContext,
  around: SplSurroundings | null = null,
): Level {
  if (context === 'row' && !ROW_COMMANDS.has(command.k)) {
    throw fail(env, 'query.refused', command.span, `command '${command.k}' is only available in queries`, {
      reason: 'row-level commands only',
    });
  }
  switch (command.k) {
    case 'where': {
      const on =
        level.defs.size > 0 ||
        level.provide !== null ||
        level.group !== null ||
        level.limit !== null ||
        level.arrayJoin !== null ||
        level.list !== undefined ||
        level.order.length > 0
          ? level.above()
          : level;
      on.wheres.push(holds(new Lowering(env, on).condition(command.test)));
      return on;
    }
    case 'extend':
      return extend(level, command, env);
    case 'project':
      return project(level, command, env);
    case 'project-away':
      return projectAway(level, command, env);
    case 'project-rename':
      return rename(level, command.items, env);
    case 'parse-json':
      return parseJson(level, command, env);
    case 'parse-regexp':
      return parseRegexp(level, command, env);
    case 'parse-csv':
      return parseCsv(level, command, env);
    case 'parse-kv':
      return parseKv(level, command, env);
    case 'pack-fields':
      return packFields(level, command, env);
    case 'expand-values':
      return expandValues(level, command, env);
    case 'stats':
      return stats(level, command, env);
    case 'sort':
      return sort(level, command, env);
    case 'limit': {
      requireFixed(level, command, env);
      const on = level.limit === null ? level : level.above();
      on.limit = { offset: command.offset, count: command.count };
      return on;
    }
    case 'sample': {
      const on = level.above();
      on.wheres.push(raw('(randCanonical() * 100 < ', { t: 'param', type: 'Float64', value: String(command.percent) }, ')'));
      return on;
    }
    case 'render':
      env.diagnostics.push({ message: 'render has no effect on the rows', from: command.span.from, to: command.span.to });
      return level;
    case 'make-series':
      return makeSeries(level, command, around?.range ?? null, env);
    case 'join':
      if (around === null) throw fail(env, 'query.refused', command.span, 'there are no datasets here to join', { reason: 'no datasets' });
      return join(level, around.dataset(command.dataset, command.span), command, around.own, env);
  }
}

/** Names an expression mentions, lower-case. */
export function mentions(e: Expr, out = new Set<string>()): Set<string> {
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) visit(one);
    else if (value !== null && typeof value === 'object') {
      const node = value as { k?: string; parts?: readonly Ident[] };
      if (node.k === 'name' && node.parts !== undefined) out.add(node.parts[0]!.name.toLowerCase());
      for (const [key, one] of Object.entries(value)) if (key !== 'span') visit(one);
    }
  };
  visit(e);
  return out;
}

function extend(level: Level, command: CommandOf<'extend'>, env: Env): Level {
  let on =
    level.limit !== null ||
    level.order.length > 0 ||
    level.group !== null ||
    level.list !== undefined ||
    level.provide !== null ||
    level.arrayJoin !== null
      ? level.above()
      : level;
  for (const item of command.items) {
    // What the item reads must not be defined on the same level: texts would nest without end.
    const read = mentions(item.expr);
    if ([...on.defs.keys()].some((key) => read.has(key.toLowerCase()))) on = on.above();
    const v = new Lowering(env, on).lower(item.expr);
    const { name } = item.name;
    if (isTimeField(name) && !isInteger(v.type)) {
      throw fail(env, 'query.type', item.expr.span, `'${name}' takes an integer, got ${typeName(v.type)}`, { expected: 'bigint' });
    }
    define(on, name, v.type.k === 'unknown' ? coerce(v, VARCHAR) : v, env, item.expr);
  }
  return on;
}

/** Sets a field of a level, in its record too. */
function define(level: Level, name: string, v: Val, env: Env, at: { readonly span: Expr['span'] }): void {
  const key = level.key(name);
  level.defs.set(key, v);
  level.gone.delete(key);
  const before = level.provideRecord;
  level.provideRecord = (below) => {
    const base = before === null ? below() : before(below);
    const text = v.type.k === 'hyperloglog' ? val(raw("''"), VARCHAR, false) : asText(v, env, at);
    const has = text.nullable ? call('isNotNull', text.ch) : raw('1');
    const one = raw('map(', str(name), ', ', text.nullable ? call('assumeNotNull', text.ch) : text.ch, ')');
    return raw('if(', has, ', mapUpdate(', base, ', ', one, '), ', without(base, [str(name)]), ')');
  };
}

/** A value as SLS writes it into a field: text, complex values as JSON. */
export function asText(v: Val, env: Env, at: { readonly span: Expr['span'] }): Val {
  const cx = { env, failing: 'null' as const, span: at.span };
  if (v.type.k === 'unknown') return val(nullOf(VARCHAR), VARCHAR, true);
  if (v.type.k === 'varchar' || v.type.k === 'json' || v.type.k === 'varbinary' || v.type.k === 'geometry') return { ...v, type: VARCHAR };
  if (v.type.k === 'array' || v.type.k === 'map' || v.type.k === 'row') return { ...castTo(v, { k: 'json' }, cx), type: VARCHAR };
  return castTo(v, VARCHAR, cx);
}

/** A record without some keys. */
export function without(record: Ch, keys: readonly Ch[]): Ch {
  return raw(
    'mapFilter((k_, v_) -> k_ NOT IN (',
    ...keys.flatMap((key, i): (string | Ch)[] => [i === 0 ? '' : ', ', key]),
    '), ',
    record,
    ')',
  );
}

function requireFixed(level: Level, command: SplCommand, env: Env): void {
  if (level.fixed() === null) {
    throw fail(env, 'query.refused', command.span, `'${command.k}' needs a fixed list of columns before it: use project or stats first`, {
      reason: 'columns are not fixed',
    });
  }
}

/** `*` in a quoted name, with -wildcard. */
function wildcard(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[\\s\\S]*')}$`,
  );
}

function wildcardTest(name: Ident, level: Level): { readonly js: (field: string) => boolean; readonly ch: (k: Ch) => Ch } {
  const regexp = wildcard(level.key(name.name));
  const source = `^${name.name
    .split('*')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('(?s:.*)')}$`;
  return { js: (field) => regexp.test(level.key(field)), ch: (k) => call('match', k, str(level.fold ? `(?i)${source}` : source)) };
}

function project(level: Level, command: CommandOf<'project'>, env: Env): Level {
  const seen = new Set<string>();
  for (const item of command.items) {
    const key = level.key(item.name.name);
    if (seen.has(key) && item.from !== null)
      throw fail(env, 'query.type', item.name.span, `two fields cannot both become '${item.name.name}'`);
    seen.add(key);
    if (isTimeField(item.name.name) && item.from !== null)
      throw fail(env, 'query.type', item.name.span, `'${item.name.name}' cannot be renamed or overwritten`);
    if (item.from !== null && isTimeField(item.from.name))
      throw fail(env, 'query.type', item.from.span, `'${item.from.name}' cannot be renamed`);
  }
  const on = level.above();
  const patterns = command.wildcard
    ? command.items
        .filter((item) => item.from === null && item.name.quoted && item.name.name.includes('*'))
        .map((item) => wildcardTest(item.name, level))
    : [];
  const plain = command.items.filter(
    (item) => !(command.wildcard && item.from === null && item.name.quoted && item.name.name.includes('*')),
  );
  const times = TIME_FIELDS.filter((name) => on.parent.field(name) !== null);
  const kept = new Map<string, string>();
  for (const name of times) kept.set(level.key(name), name);
  for (const item of plain) kept.set(level.key(item.name.name), item.from?.name ?? item.name.name);
  const fixedBelow = level.fixed();
  if (patterns.length > 0 && fixedBelow !== null)
    for (const name of fixedBelow) if (patterns.some((one) => one.js(name))) kept.set(level.key(name), name);
  on.provide = (name) => {
    const from = kept.get(on.key(name));
    if (from !== undefined) return on.parent.field(from);
    return patterns.some((one) => one.js(name)) ? on.parent.field(name) : null;
  };
  for (const item of plain) checkKnown(on, item.from ?? item.name, env);
  if (patterns.length === 0 || fixedBelow !== null)
    on.list = [
      ...times.filter((name) => !plain.some((item) => level.key(item.name.name) === level.key(name))),
      ...plain.map((item) => item.name.name),
      ...(patterns.length === 0 ? [] : (fixedBelow ?? []).filter((name) => patterns.some((one) => one.js(name)))),
    ];
  else on.list = null;
  on.provideRecord = (below) => {
    const base = below();
    const keeps = plain.filter((item) => item.from === null).map((item) => str(item.name.name));
    const test = (k: Ch): Ch =>
      raw(
        '(',
        ...[
          ...keeps.map((key) => raw(k, ' = ', key)),
          ...patterns.map((one) => one.ch(k)),
          ...times.map((name) => raw(k, ' = ', str(name))),
        ].flatMap((one, i): (string | Ch)[] => [i === 0 ? '' : ' OR ', one]),
        keeps.length + patterns.length + times.length === 0 ? '0' : '',
        ')',
      );
    let record: Ch = raw('mapFilter((k_, v_) -> ', test(raw('k_')), ', ', base, ')');
    for (const item of plain)
      if (item.from !== null)
        record = raw(
          'if(mapContains(',
          base,
          ', ',
          str(item.from.name),
          '), mapUpdate(',
          record,
          ', map(',
          str(item.name.name),
          ', ',
          base,
          '[',
          str(item.from.name),
          '])), ',
          record,
          ')',
        );
    return record;
  };
  return on;
}

/** A field of fixed columns must exist; an open record may lack it. */
function checkKnown(level: Level, name: Ident, env: Env): void {
  if (level.parent.field(name.name) === null && level.parent.fixed() !== null) {
    const known = level.parent.fixed()!;
    throw fail(env, 'query.unknown_field', name.span, `field '${name.name}' is not known here`, {
      field: name.name,
      expected: known.slice(0, 20).join(', '),
    });
  }
}

function projectAway(level: Level, command: CommandOf<'project-away'>, env: Env): Level {
  for (const field of command.fields)
    if (isTimeField(field.name)) throw fail(env, 'query.type', field.span, `'${field.name}' cannot be taken away`);
  const on = level.above();
  const tests = command.fields.map((field) =>
    command.wildcard && field.quoted && field.name.includes('*')
      ? wildcardTest(field, level)
      : { js: (name: string) => level.key(name) === level.key(field.name), ch: (k: Ch) => raw('(', k, ' = ', str(field.name), ')') },
  );
  on.provide = (name, below) => (!isTimeField(name) && tests.some((one) => one.js(name)) ? null : below());
  const below = level.fixed();
  on.list = below === null ? null : below.filter((name) => isTimeField(name) || !tests.some((one) => one.js(name)));
  on.provideRecord = (record) =>
    raw(
      'mapFilter((k_, v_) -> NOT (',
      ...tests.flatMap((one, i): (string | Ch)[] => [i === 0 ? '' : ' OR ', one.ch(raw('k_'))]),
      '), ',
      record(),
      ')',
    );
  return on;
}

function rename(level: Level, items: readonly { readonly name: Ident; readonly from: Ident }[], env: Env): Level {
  const on = level.above();
  const from = new Map<string, string>();
  const gone = new Set<string>();
  for (const item of items) {
    for (const one of [item.name, item.from])
      if (isTimeField(one.name)) throw fail(env, 'query.type', one.span, `'${one.name}' cannot be renamed or overwritten`);
    if (gone.has(level.key(item.from.name))) throw fail(env, 'query.type', item.from.span, `'${item.from.name}' cannot be renamed twice`);
    if (from.has(level.key(item.name.name)))
      throw fail(env, 'query.type', item.name.span, `two fields cannot both become '${item.name.name}'`);
    from.set(level.key(item.name.name), item.from.name);
    gone.add(level.key(item.from.name));
  }
  on.provide = (name, below) => {
    const old = from.get(on.key(name));
    if (old === undefined) return gone.has(on.key(name)) ? null : below();
    const moved = on.parent.field(old);
    // Renaming what a log lacks does nothing: the field it would have become stays.
    const own = gone.has(on.key(name)) ? null : on.parent.field(name);
    if (moved === null) return own;
    if (own === null || !moved.nullable || on.parent.fixed() !== null || own.type.k !== moved.type.k || own.type.k !== 'varchar')
      return moved;
    return val(call('ifNull', moved.ch, own.ch), moved.type, true);
  };
  const below = level.fixed();
  if (below !== null) {
    const back = new Map(
      [...from].map(([name, old]) => [level.key(old), items.find((item) => level.key(item.name.name) === name)!.name.name]),
    );
    on.list = below
      .filter((name) => !from.has(level.key(name)) || gone.has(level.key(name)))
      .map((name) => back.get(level.key(name)) ?? name);
  }
  on.provideRecord = (record) => {
    const base = record();
    let out: Ch = without(
      base,
      items.map((item) => str(item.from.name)),
    );
    for (const item of items)
      out = raw(
        'if(mapContains(',
        base,
        ', ',
        str(item.from.name),
        '), mapUpdate(',
        out,
        ', map(',
        str(item.name.name),
        ', ',
        base,
        '[',
        str(item.from.name),
        '])), ',
        out,
        ')',
      );
    return out;
  };
  return on;
}

function stats(level: Level, command: CommandOf<'stats'>, env: Env): Level {
  const on = level.above();
  const lowering = new Lowering(env, on);
  const keys = command.by.map((field) => {
    const v = on.parent.field(field.name);
    if (v === null) throw fail(env, 'query.unknown_field', field.span, `field '${field.name}' is not known here`, { field: field.name });
    // What stands behind a field of single rows is gone once they are grouped.
    return { name: field.name, v: alone(v) };
  });
  const made = command.aggregates.map((one) => ({ name: one.name.name, v: lowerAggregate(one.call, lowering) }));
  const all = new Map([...keys, ...made].map((one) => [on.key(one.name), one.v]));
  on.group = keys.map((one) => one.v.ch);
  on.provide = (name) => all.get(on.key(name)) ?? null;
  on.list = [...keys.map((one) => one.name), ...made.map((one) => one.name)];
  (on as { carry: readonly string[] }).carry = [];
  return on;
}

function sort(level: Level, command: CommandOf<'sort'>, env: Env): Level {
  requireFixed(level, command, env);
  const on = level.above();
  on.order = command.items.map((item) => {
    const v = on.parent.field(item.field.name);
    if (v === null)
      throw fail(env, 'query.unknown_field', item.field.span, `field '${item.field.name}' is not known here`, { field: item.field.name });
    return { by: v.ch, desc: item.desc, nullsFirst: false };
  });
  return on;
}
