import { SluiceError } from '../core/errors.ts';
import { partitionSec, KEEP_FOREVER_DAYS } from '../store/log-table.ts';
import { CLASS_PATHS, COMMON_PATHS, IPV6_PATHS, NARROW_TYPES } from './class-paths.ts';
import { ocsfCategory, ocsfClass, ocsfPath } from './ocsf-schema.ts';

/** What a column holds, as far as readers care. `texts`, `numbers`: arrays. `json`: JSON text. */
export type ColumnKind = 'text' | 'number' | 'bool' | 'time' | 'texts' | 'numbers' | 'json';

/** One column of a class table. */
export interface ClassColumn {
  /** OCSF path, and the name to read by: `` `src_endpoint.ip` ``. Ours (identity, rule …) have no dots and no OCSF type. */
  readonly path: string;
  /** Name to write by; differs from `path` for arrays inside objects, which the engine would otherwise take for one Nested structure. */
  readonly column: string;
  readonly kind: ColumnKind;
  /** Type in the engine. */
  readonly type: string;
  /** What stands for absent: NULL, '' or [] (`empty`), or nothing because it is always there. */
  readonly absent: 'null' | 'empty' | 'never';
  /** OCSF type (`ip_t` …); '' for ours. */
  readonly ocsf: string;
  readonly requirement: 'required' | 'recommended' | 'optional' | 'ours';
  /** Path of the array of objects whose leaf this is: `resources` of `resources.uid`. Arrays of one list have equal lengths. */
  readonly list: string | null;
  /** A column of type IPv6 with the same address (IPv4 mapped, `::` when it is none): for cidr tests. */
  readonly ipv6: string | null;
}

/** The table of one OCSF class. */
export interface ClassTable {
  readonly classUid: number;
  readonly categoryUid: number;
  /** `API Activity`. */
  readonly caption: string;
  /** `ocsf_6003`. */
  readonly table: string;
  readonly columns: readonly ClassColumn[];
}

/** The observables of an event: entities by OCSF observable type, with the path they stand at. Subcolumns `observables.value` … are arrays. */
const OBSERVABLES_TYPE = 'Array(Tuple(type_id UInt8, name String, value String))';

/** Ours: the identity of the log (design D4), the rule that made the event, and when the log was received. */
const OWN_COLUMNS: readonly ClassColumn[] = [
  own('logstore', 'UInt32', 'number'),
  own('shard', 'UInt32', 'number'),
  own('cursor', 'UInt64', 'number'),
  own('idx', 'UInt32', 'number'),
  own('rule', 'LowCardinality(String)', 'text'),
  own('revision', 'UInt32', 'number'),
  own('received', "DateTime64(3, 'UTC')", 'time'),
  // The log's own time was absent, before 2010 or a day ahead of receipt: `time` is the time of the channel instead.
  own('time_replaced', 'UInt8', 'number'),
];

function own(path: string, type: string, kind: ColumnKind): ClassColumn {
  return { path, column: path, kind, type, absent: 'never', ocsf: '', requirement: 'ours', list: null, ipv6: null };
}

const SCALARS: Readonly<Record<string, { readonly kind: ColumnKind; readonly type: string }>> = {
  integer_t: { kind: 'number', type: 'Int64' },
  long_t: { kind: 'number', type: 'Int64' },
  port_t: { kind: 'number', type: 'UInt16' },
  float_t: { kind: 'number', type: 'Float64' },
  boolean_t: { kind: 'bool', type: 'Bool' },
  timestamp_t: { kind: 'time', type: "DateTime64(3, 'UTC')" },
  json_t: { kind: 'json', type: 'String' },
  object: { kind: 'json', type: 'String' },
};

/** Numbers and ids that every event has: 0 stands for unknown, as in OCSF. */
const ALWAYS: ReadonlySet<string> = new Set(['time', 'class_uid', 'category_uid', 'activity_id', 'type_uid', 'severity_id']);

/** `~` in front: values repeat (LowCardinality). */
function column(classUid: number, spec: string): ClassColumn {
  const low = spec.startsWith('~');
  const path = low ? spec.slice(1) : spec;
  const found = ocsfPath(classUid, path);
  if (found === null) {
    throw new SluiceError('internal.unexpected', `OCSF class ${classUid} has no attribute ${path} that a column can hold`, {
      classUid,
      path,
    });
  }
  const { attribute } = found;
  const requirement = attribute.r === 'q' ? 'required' : attribute.r === 'm' ? 'recommended' : 'optional';
  const scalar = SCALARS[attribute.t] ?? { kind: 'text' as const, type: low ? 'LowCardinality(String)' : 'String' };
  const bare = NARROW_TYPES[path] ?? NARROW_TYPES[path.split('.').at(-1) ?? ''] ?? scalar.type;
  const inList = found.list !== '';
  if (path === 'observables') {
    return {
      path,
      column: path,
      kind: 'json',
      type: OBSERVABLES_TYPE,
      absent: 'empty',
      ocsf: attribute.t,
      requirement,
      list: null,
      ipv6: null,
    };
  }
  if (inList || attribute.a === 1) {
    if (low) throw new SluiceError('internal.unexpected', `${path} is an array and cannot be LowCardinality`, { classUid, path });
    const numeric = scalar.kind === 'number' || scalar.kind === 'bool' || scalar.kind === 'time';
    // Never LowCardinality inside an array: writing 100,000 empty ones costs 30 ms of CPU, as String 1 ms (measured on 26.7).
    const element = numeric ? `Nullable(${bare})` : 'String';
    // The arrays of a list at the top share one length, which is what the engine demands of `a.b` beside `a.c`; any other array must not look like that.
    const top = inList ? !found.list.includes('.') : !path.includes('.');
    return {
      path,
      column: top ? path : path.replaceAll('.', '/'),
      kind: numeric ? 'numbers' : 'texts',
      type: `Array(${element})`,
      absent: 'empty',
      ocsf: attribute.t,
      requirement,
      list: inList ? found.list : null,
      ipv6: null,
    };
  }
  const textual = scalar.kind === 'text' || scalar.kind === 'json';
  const always = ALWAYS.has(path);
  return {
    path,
    column: path,
    kind: scalar.kind,
    type: textual || always ? bare : `Nullable(${bare})`,
    absent: always ? 'never' : textual ? 'empty' : 'null',
    ocsf: attribute.t,
    requirement,
    list: null,
    ipv6: IPV6_PATHS.has(path) ? `${path}@v6` : null,
  };
}

function build(classUid: number, paths: readonly string[]): ClassTable {
  const found = ocsfClass(classUid);
  const columns = [...OWN_COLUMNS, ...[...COMMON_PATHS, ...paths].map((path) => column(classUid, path))];
  const twice = columns.find((one, index) => columns.findIndex((other) => other.path === one.path) !== index);
  if (twice !== undefined) throw new SluiceError('internal.unexpected', `class ${classUid} names ${twice.path} twice`, { classUid });
  return { classUid, categoryUid: ocsfCategory(found).uid, caption: found.caption, table: `ocsf_${classUid}`, columns };
}

/** Every class that rules may target, by uid. */
export const CLASS_TABLES: ReadonlyMap<number, ClassTable> = new Map(
  Object.entries(CLASS_PATHS).map(([uid, paths]) => [Number(uid), build(Number(uid), paths)]),
);

/** @throws request.not_found when Sluice keeps no events of the class */
export function classTable(classUid: number): ClassTable {
  const found = CLASS_TABLES.get(classUid);
  if (found === undefined) {
    throw new SluiceError(
      'request.not_found',
      `there is no table for OCSF class ${classUid}, expected one of ${[...CLASS_TABLES.keys()].join(', ')}`,
      {
        classUid,
      },
    );
  }
  return found;
}

/** Null: no such column. */
export function classColumn(table: ClassTable, path: string): ClassColumn | null {
  return columnsByPath(table).get(path) ?? null;
}

const indexes = new WeakMap<ClassTable, ReadonlyMap<string, ClassColumn>>();

function columnsByPath(table: ClassTable): ReadonlyMap<string, ClassColumn> {
  let index = indexes.get(table);
  if (index === undefined) indexes.set(table, (index = new Map(table.columns.map((one) => [one.path, one]))));
  return index;
}

/** An identifier for SQL. Paths are ours and never hold a back quote. */
export function quoted(name: string): string {
  return `\`${name}\``;
}

/**
 * `CREATE TABLE` of a class. Range reads (`logstore`, `shard`, `cursor`) use the primary key; reads by time use the minmax index on `time` (cursors grow with time) and the
 * partitions; an entity is found through the bloom filter on `observables.value`. A range standardized again replaces its rows: `FINAL` shows each log's event once.
 */
export function classTableDdl(table: ClassTable, retentionDays: number): string {
  const lines = table.columns.flatMap(columnLines);
  const partition = partitionSec(retentionDays);
  const ttl = retentionDays >= KEEP_FOREVER_DAYS ? '' : `\nTTL toDateTime(received) + toIntervalDay(${retentionDays})`;
  return `CREATE TABLE IF NOT EXISTS ${table.table} (
${[...lines, ...INDEXES].map((line) => `  ${line}`).join(',\n')}
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toStartOfInterval(toDateTime(received, 'UTC'), toIntervalSecond(${partition}))
ORDER BY (logstore, shard, cursor, idx, rule)${ttl}
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1`;
}

const INDEXES: readonly string[] = [
  'INDEX time_range time TYPE minmax GRANULARITY 1',
  // 1 % wrong hits: an id anywhere reads a hundredth of the blocks, at about ten bits a value.
  'INDEX entities `observables.value` TYPE bloom_filter(0.01) GRANULARITY 1',
];

/** Column definitions of one column: itself, its reading name, its IPv6 twin. */
function columnLines(one: ClassColumn): string[] {
  const lines = [`${quoted(one.column)} ${one.type}${codec(one)}`];
  if (one.column !== one.path) lines.push(`${quoted(one.path)} ${one.type} ALIAS ${quoted(one.column)}`);
  if (one.ipv6 !== null) lines.push(`${quoted(one.ipv6)} IPv6 MATERIALIZED toIPv6OrDefault(${quoted(one.column)}) CODEC(ZSTD(1))`);
  return lines;
}

function codec(one: ClassColumn): string {
  if (one.path === 'cursor') return ' CODEC(Delta(8), ZSTD(1))';
  if (one.type === "DateTime64(3, 'UTC')") return ' CODEC(Delta(8), ZSTD(1))';
  return one.type.includes('LowCardinality') ? '' : ' CODEC(ZSTD(1))';
}

/** Name of the table over all classes. */
export const ALL_EVENTS = 'ocsf_all';

/**
 * `CREATE TABLE` of the view over all classes: the columns that every class has. One query over it sees the events of every cloud and class; an entity is found by
 * `has(observables.value, …)`, which prunes in each of them.
 */
export function allEventsDdl(): string {
  const first = [...CLASS_TABLES.values()][0] as ClassTable;
  const common = new Set(COMMON_PATHS.map((path) => path.replace(/^~/, '')));
  const columns = first.columns.filter((one) => one.requirement === 'ours' || common.has(one.path));
  const lines = columns.flatMap((one) => {
    const line = `${quoted(one.column)} ${one.type}`;
    return one.column === one.path ? [line] : [line, `${quoted(one.path)} ${one.type} ALIAS ${quoted(one.column)}`];
  });
  return `CREATE TABLE IF NOT EXISTS ${ALL_EVENTS} (${lines.join(', ')}) ENGINE = Merge(currentDatabase(), '^ocsf_[0-9]+$')`;
}

/** Brings a table of an older release to today's columns; null: the column list is complete. */
export function classTableUpgrade(table: ClassTable, existing: ReadonlySet<string>): string | null {
  const missing = table.columns.flatMap((one) => columnLines(one).filter((line) => !existing.has(line.slice(1, line.indexOf('`', 1)))));
  return missing.length === 0 ? null : `ALTER TABLE ${table.table} ${missing.map((line) => `ADD COLUMN IF NOT EXISTS ${line}`).join(', ')}`;
}
