import { SluiceError } from '../core/errors.ts';
import { type ClassColumn, type ClassTable, classColumn, quoted } from './class-table.ts';
import { coerce, emptyOf, fieldTypeName, isAbsent, type RuleField } from './coerce.ts';
import { ocsfPath } from './ocsf-schema.ts';
import { type StandardizationRule, zoneName } from './rule.ts';

/** The rows a rule's program puts out. */
export interface RuleOutput {
  /** A SELECT, or a table expression that can stand after FROM. */
  readonly from: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly fields: readonly RuleField[];
}

/** Columns of the log that pass through a program beside its fields; what reads them in `RuleOutput.from`. */
export interface LogIdentityColumns {
  readonly shard: string;
  readonly cursor: string;
  readonly idx: string;
  readonly time: string;
  readonly received: string;
}

export interface EventSelect {
  /** Columns that the rule fills, in the order of the table. */
  readonly columns: readonly ClassColumn[];
  readonly params: Readonly<Record<string, unknown>>;
  /** The SELECT of these columns, at least those above: others come out absent, so that several rules can stand in one UNION ALL. Its rows also know `_shard`, `_cursor`, `_idx`. */
  text(columns: readonly ClassColumn[]): string;
}

/** Where the logs are from: for the identity of the events and their `metadata.log_name`. */
export interface EventOriginFacts {
  readonly logstore: number;
  /** `project/logstore`. */
  readonly logName: string;
}

/**
 * Observable types (OCSF) that become observables: what an investigation pivots on. Ports, command lines and user agents are no entities.
 * 1 hostname, 2 IP, 4 user name, 5 e-mail, 8 hash, 10 resource uid, 18 CVE, 19 credential, 31 user.uid, 45 file path, 47 device.uid.
 */
const OBSERVABLE_TYPES: ReadonlySet<number> = new Set([1, 2, 4, 5, 8, 10, 18, 19, 31, 45, 47]);

const TYPE_OBSERVABLES: Readonly<Record<string, number>> = {
  hostname_t: 1,
  ip_t: 2,
  username_t: 4,
  email_t: 5,
  file_hash_t: 8,
  resource_uid_t: 10,
  file_path_t: 45,
};

/** Paths that OCSF gives no observable type, though they name a thing. */
const PATH_OBSERVABLES: Readonly<Record<string, number>> = {
  'device.instance_uid': 10,
  'src_endpoint.instance_uid': 10,
  'dst_endpoint.instance_uid': 10,
  'device.uid': 47,
  'vulnerabilities.cve.uid': 18,
  'file.hashes.value': 8,
  'process.file.hashes.value': 8,
};

/** Observable type id of a path; null: it is none. */
export function observableType(classUid: number, path: string): number | null {
  const own = PATH_OBSERVABLES[path];
  if (own !== undefined) return own;
  const attribute = ocsfPath(classUid, path)?.attribute;
  if (attribute === undefined) return null;
  const type = attribute.o ?? TYPE_OBSERVABLES[attribute.t];
  return type !== undefined && OBSERVABLE_TYPES.has(type) ? type : null;
}

/** A field in the type of its column. Not under the path itself: `time` is a column of the log too, and the engine takes an alias before a column. */
function made(path: string): string {
  return quoted(`@${path}`);
}

/** A parsed time further ahead of receipt than this, or before 2010, is replaced by the channel's. */
const FUTURE_SEC = 86_400;

/**
 * The SELECT that makes events of a rule's output: fields to columns by name, everything OCSF demands filled in, observables gathered.
 * `prefix` keeps the parameters of several selects in one statement apart.
 * @throws rule.invalid when a field has no column, or a type its column cannot take
 */
export function eventSelect(
  rule: StandardizationRule,
  table: ClassTable,
  origin: EventOriginFacts,
  output: RuleOutput,
  identity: LogIdentityColumns,
  prefix: string,
): EventSelect {
  const params: Record<string, unknown> = { ...output.params };
  let count = 0;
  const param = (type: string, value: unknown): string => {
    const name = `${prefix}e${count++}`;
    params[name] = value;
    return `{${name}:${type}}`;
  };
  const rules = { zone: param('String', zoneName(rule)), absent: rule.absent.map((value) => param('String', value)) };

  const { mapped, unmapped } = sortFields(rule, table, output.fields);
  // First level: each field in the type of its column, under the column's path.
  const inner = new Map<string, string>();
  for (const { column, field } of mapped) {
    const sql = coerce(column, field, rules);
    if (sql === null) {
      throw new SluiceError(
        'rule.invalid',
        `rule ${rule.id}: field ${field.name} is ${fieldTypeName(field)}, but its column is ${column.type}`,
        { rule: rule.id, path: field.name },
      );
    }
    inner.set(column.path, sql);
  }
  const lists = listLengths(table, [...inner.keys()]);
  const textual = (field: RuleField): string =>
    field.type.k === 'varchar' || field.type.k === 'json' ? `ifNull(${field.sql}, '')` : `ifNull(toString(${field.sql}), '')`;
  const pairs = unmapped.filter(
    (field) => field.type.k !== 'array' && field.type.k !== 'map' && field.type.k !== 'row' && field.type.k !== 'unknown',
  );
  if (pairs.length > 0 && !inner.has('unmapped')) {
    const entries = pairs.map((field) => `${param('String', field.name.slice('unmapped.'.length))}, ${textual(field)}`);
    const kept = `v != '' AND NOT (${isAbsent('v', rules.absent)})`;
    inner.set('unmapped', `toJSONString(mapFilter((k, v) -> ${kept}, map(${entries.join(', ')})))`);
  }

  const set = (path: string): string | null => (inner.has(path) ? made(path) : null);
  const outer = new Map<string, string>();
  for (const [path] of inner) {
    const column = classColumn(table, path) as ClassColumn;
    const length = column.list === null ? undefined : lists.get(column.list);
    const filler = column.kind === 'numbers' ? 'NULL' : "''";
    outer.set(path, length === undefined ? made(path) : `arrayResize(${made(path)}, ${length}, ${filler})`);
  }
  const orElse = (path: string, sql: string): void => {
    const own = set(path);
    outer.set(path, own === null ? sql : `if(${own} = '', ${sql}, ${own})`);
  };
  const activity = set('activity_id') ?? '0';
  const time = set('time');
  const usable =
    time === null
      ? '0'
      : `ifNull(${time} >= toDateTime64('2010-01-01 00:00:00', 3, 'UTC') AND ${time} <= _received + toIntervalSecond(${FUTURE_SEC}), 0)`;
  outer.set('logstore', `toUInt32(${origin.logstore})`);
  outer.set('shard', '_shard');
  outer.set('cursor', '_cursor');
  outer.set('idx', '_idx');
  outer.set('rule', param('String', rule.id));
  outer.set('revision', `toUInt32(${rule.revision})`);
  outer.set('received', '_received');
  outer.set('time_replaced', time === null ? 'toUInt8(0)' : `toUInt8(isNotNull(${time}) AND NOT ${usable})`);
  outer.set('time', time === null ? '_time' : `if(${usable}, assumeNotNull(${time}), _time)`);
  outer.set('class_uid', `toUInt16(${table.classUid})`);
  outer.set('category_uid', `toUInt8(${table.categoryUid})`);
  outer.set('activity_id', activity);
  outer.set('type_uid', `toUInt32(${table.classUid * 100} + ${activity})`);
  outer.set('severity_id', set('severity_id') ?? 'toUInt8(1)');
  outer.set('metadata.logged_time', set('metadata.logged_time') ?? '_time');
  orElse('metadata.uid', `concat('${origin.logstore}/', toString(_shard), '/', toString(_cursor), '/', toString(_idx))`);
  orElse('metadata.product.vendor_name', param('String', rule.vendor));
  orElse('metadata.product.name', param('String', rule.product));
  orElse('metadata.log_name', param('String', origin.logName));
  if (rule.provider !== '') orElse('cloud.provider', param('String', rule.provider));
  if (inner.has('unmapped')) outer.set('unmapped', `if(${made('unmapped')} = '{}', '', ${made('unmapped')})`);
  outer.set('observables', observablesSql(table, [...inner.keys()]));

  const columns = table.columns.filter((column) => outer.has(column.path));
  const absent = (column: ClassColumn): string => {
    const length = column.list === null ? undefined : lists.get(column.list);
    return length === undefined
      ? emptyOf(column)
      : `arrayResize(${emptyOf(column)}, ${length}, ${column.kind === 'numbers' ? 'NULL' : "''"})`;
  };
  const innerList = [
    ...[...inner].map(([path, sql]) => `${sql} AS ${made(path)}`),
    `${identity.shard} AS _shard`,
    `${identity.cursor} AS _cursor`,
    `${identity.idx} AS _idx`,
    `CAST(${identity.time}, 'DateTime64(3, \\'UTC\\')') AS _time`,
    `${identity.received} AS _received`,
  ];
  const from = `(SELECT ${innerList.join(', ')} FROM ${output.from})`;
  return {
    columns,
    params,
    text: (wanted) =>
      `SELECT ${wanted.map((column) => `${outer.get(column.path) ?? absent(column)} AS ${quoted(`=${column.path}`)}`).join(', ')} FROM ${from}`,
  };
}

/** Fields by the column they are for. A field that has neither a column nor the prefix `unmapped.` is refused with its name, so that a typo is no silent loss. */
function sortFields(
  rule: StandardizationRule,
  table: ClassTable,
  fields: readonly RuleField[],
): { readonly mapped: readonly { column: ClassColumn; field: RuleField }[]; readonly unmapped: readonly RuleField[] } {
  const mapped: { column: ClassColumn; field: RuleField }[] = [];
  const unmapped: RuleField[] = [];
  for (const field of fields) {
    if (field.name.startsWith('unmapped.')) {
      unmapped.push(field);
      continue;
    }
    const column = classColumn(table, field.name);
    if (column !== null && column.requirement !== 'ours' && !DERIVED.has(field.name)) mapped.push({ column, field });
    else if (field.name.includes('.')) {
      throw new SluiceError(
        'rule.invalid',
        `rule ${rule.id}: ${table.caption} has no column ${field.name}; name it unmapped.<name> to keep it`,
        {
          rule: rule.id,
          path: field.name,
        },
      );
    }
  }
  return { mapped, unmapped };
}

/** Columns that follow from others: a program that sets them is not heard. */
const DERIVED: ReadonlySet<string> = new Set(['class_uid', 'category_uid', 'type_uid', 'observables']);

/** For each list of objects: an expression of how many objects it has. */
function listLengths(table: ClassTable, paths: readonly string[]): ReadonlyMap<string, string> {
  const members = new Map<string, string[]>();
  for (const path of paths) {
    const list = classColumn(table, path)?.list;
    if (list === null || list === undefined) continue;
    members.set(list, [...(members.get(list) ?? []), `length(${made(path)})`]);
  }
  return new Map(
    [...members].map(([list, lengths]) => [list, lengths.length === 1 ? (lengths[0] as string) : `arrayMax([${lengths.join(', ')}])`]),
  );
}

function observablesSql(table: ClassTable, paths: readonly string[]): string {
  const scalars: string[] = [];
  const arrays: string[] = [];
  for (const path of paths) {
    const type = observableType(table.classUid, path);
    const column = classColumn(table, path) as ClassColumn;
    if (type === null) continue;
    if (column.kind === 'text') scalars.push(`(toUInt8(${type}), '${path}', toString(${made(path)}))`);
    else if (column.kind === 'texts') arrays.push(`arrayMap(x -> (toUInt8(${type}), '${path}', x), ${made(path)})`);
  }
  const parts = [...(scalars.length > 0 ? [`[${scalars.join(', ')}]`] : []), ...arrays];
  if (parts.length === 0) return emptyOf(classColumn(table, 'observables') as ClassColumn);
  return `arrayFilter(x -> x.3 != '', ${parts.length === 1 ? parts[0] : `arrayConcat(${parts.join(', ')})`})`;
}
