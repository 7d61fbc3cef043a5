import { call, col, raw, str, type Ch, type ChFrom } from '../clickhouse/ch.ts';
import { storeExpr } from '../clickhouse/store-text.ts';
import type { IndexConfig, IndexKey } from '../../control/catalog.ts';
import { rawLineExpr, restExpr, tagExpr, tagPattern, textExpr, valueExpr, type LogColumn, type LogTable } from '../../store/log-table.ts';
import { BIGINT, DOUBLE, VARCHAR, type SqlType } from '../types/sql-type.ts';
import { FieldIndex, type CatalogField, type FieldCatalog } from './field-catalog.ts';

const TAG = '__tag__:';
/** `__time__` of a log: DateTime64(9) reaches from 1900 to 2262. */
const TIME_RANGE = { lo: -2_208_988_800n, hi: 9_223_372_036n };

export interface LogCatalogOptions {
  /** Rows that belong to the query. */
  readonly where: Ch | null;
  /** Other rows than those of the table, with its columns. */
  readonly from?: ChFrom;
  /** Time range of the rows, Unix seconds; null: not known. */
  readonly range?: { readonly fromSec: number; readonly toSec: number } | null;
  /** Scan mode: every field is text, indexed or not. */
  readonly scan?: boolean;
}

/** The fields of a logstore's table as its index configuration shows them (sls-query §3.2). */
export function logCatalog(table: LogTable, index: IndexConfig | null, options: LogCatalogOptions): FieldCatalog {
  const scan = options.scan ?? false;
  const keyed = Object.entries(index?.keys ?? {}).flatMap(([key, config]) => keyFields(table, key, config, scan));
  const fixed = fixedFields(table, options.range ?? null);
  const fields = new FieldIndex([...keyed, ...fixed]);
  return {
    from: options.from ?? { t: 'table', name: table.table },
    where: options.where,
    fields: () => fields.fields,
    field: (name, fold) => fields.find(name, fold) ?? (name.startsWith(TAG) ? tagField(name) : scan ? looseField(table, name) : null),
    loose: (name) => (name.startsWith(TAG) ? tagField(name) : looseField(table, name)),
    record: () => recordExpr(table),
  };
}

const field = (name: string, type: SqlType, nullable: boolean, value: Ch, text: Ch, more: Partial<CatalogField> = {}): CatalogField => ({
  name,
  alias: '',
  type,
  nullable,
  value,
  text,
  shown: true,
  ...more,
});

/** The log's time. Whole seconds of 32 bits, the quicker ones to cut down, reach from 1970 to 2106: a year at each end is left to week, month and year. */
function timeOf(range: LogCatalogOptions['range']): Ch {
  const year = 366 * 86_400;
  const fits = range !== null && range !== undefined && range.fromSec >= year && range.toSec <= 2 ** 32 - year;
  return fits ? raw("toDateTime(time, 'UTC')") : col('time');
}

function fixedFields(table: LogTable, range: LogCatalogOptions['range']): CatalogField[] {
  const seconds = raw('toInt64(toUnixTimestamp(time))');
  const nanos = raw('toInt64(toUnixTimestamp64Nano(time) % 1000000000)');
  return [
    field('__source__', VARCHAR, false, raw('toString(source)'), raw('toString(source)')),
    field('__topic__', VARCHAR, false, raw('toString(topic)'), raw('toString(topic)')),
    field('__time__', BIGINT, false, seconds, call('toString', seconds), { ...TIME_RANGE, time: timeOf(range) }),
    field('__time_ns_part__', BIGINT, false, nanos, call('toString', nanos), { lo: 0n, hi: 999_999_999n, shown: false }),
    field('__date__', { k: 'timestamp' }, false, raw('toDateTime64(time, 3)'), raw('toString(toDateTime64(time, 3))'), { shown: false }),
    field('__line__', VARCHAR, false, storeExpr(rawLineExpr(table)), storeExpr(rawLineExpr(table)), { shown: false }),
  ];
}

function tagField(name: string): CatalogField {
  const value = storeExpr(tagExpr('tag'), { tag: tagPattern(name.slice(TAG.length)) });
  return field(name, VARCHAR, true, value, value);
}

/** Every column that ever held the key, newest first, then what has none. */
function looseField(table: LogTable, name: string): CatalogField {
  const columns = table.columns.filter((column) => column.key === name).toReversed();
  const texts = columns.map((column) => storeExpr(textExpr(column, 'key'), { key: name }));
  if (columns.length === 0) texts.push(storeExpr(restExpr('key'), { key: name }));
  const value = texts.length === 1 ? texts[0]! : call('coalesce', ...texts);
  const [only] = columns;
  // The number of a text is in its column whatever the text looked like (`007`); NULL there says nothing about the text.
  const number =
    columns.length !== 1 || only === undefined || (only.type !== 'long' && only.type !== 'double')
      ? {}
      : { number: { type: only.type === 'long' ? ('bigint' as const) : ('double' as const), ch: col(only.name) } };
  const bare =
    columns.length === 1 && only?.generation === 1 && (only.type === 'text' || only.type === 'json') ? { bare: col(only.name) } : {};
  return field(name, VARCHAR, true, value, value, { ...number, ...bare });
}

function keyFields(table: LogTable, key: string, config: IndexKey, scan: boolean): CatalogField[] {
  if (key === '__time__' || key === '__source__' || key === '__topic__' || key === '__time_ns_part__') return [];
  if (key.startsWith(TAG)) return [{ ...tagField(key), alias: config.alias, shown: config.docValue }];
  const loose = looseField(table, key);
  const column = table.columns.find((one) => one.active && one.key === key);
  const old = table.columns.some((one) => !one.active && one.key === key);
  const whole = scan || column === undefined || old ? typed(loose, scan ? 'text' : config.type) : columnField(column, loose);
  const fields: CatalogField[] = [{ ...whole, alias: config.alias, shown: config.docValue }];
  if (config.type !== 'json') return fields;
  for (const [path, leaf] of Object.entries(config.jsonKeys)) {
    const text = jsonLeaf(column === undefined ? raw('ifNull(', loose.text, ", '')") : col(column.name), path);
    fields.push({
      ...typed(field(`${key}.${path}`, VARCHAR, true, text, text), scan ? 'text' : leaf.type),
      alias: leaf.alias,
      shown: leaf.docValue,
    });
  }
  return fields;
}

function columnField(column: LogColumn, loose: CatalogField): CatalogField {
  const value = storeExpr(valueExpr(column));
  const type = column.type === 'long' ? BIGINT : column.type === 'double' ? DOUBLE : VARCHAR;
  return { ...loose, type, value: column.lowCardinality ? raw('CAST(', value, ", 'Nullable(String)')") : value };
}

function typed(of: CatalogField, type: IndexKey['type']): CatalogField {
  if (type === 'long') return { ...of, type: BIGINT, value: call('accurateCastOrNull', of.text, raw("'Int64'")) };
  if (type === 'double') return { ...of, type: DOUBLE, value: call('toFloat64OrNull', of.text) };
  return of;
}

/** Text of a leaf `a.b` inside a JSON text; NULL when there is none. A key may itself hold dots: the whole path is tried as one key too. */
export function jsonLeaf(json: Ch, path: string): Ch {
  const leaf = (steps: readonly string[]): Ch => {
    const keys = steps.map(str);
    const kind = call('JSONType', json, ...keys);
    return raw(
      'multiIf(',
      kind,
      " = 'String', JSONExtractString(",
      json,
      ...keys.flatMap((k): (string | Ch)[] => [', ', k]),
      '), ',
      kind,
      " IN ('Null', 'Array', 'Object'), NULL, nullIf(",
      call('JSONExtractRaw', json, ...keys),
      ", ''))",
    );
  };
  const steps = path.split('.');
  return steps.length === 1 ? leaf(steps) : call('ifNull', leaf(steps), leaf([path]));
}

/** Map(String, String) of all contents, source, topic and tags; time is not in it. */
function recordExpr(table: LogTable): Ch {
  const entries: Ch[] = [
    raw("('__source__', toNullable(toString(source)))"),
    raw("('__topic__', toNullable(toString(topic)))"),
    ...table.columns.map((column) => raw('(', str(column.key), ', ', storeExpr(textExpr(column, 'key'), { key: column.key }), ')')),
  ];
  const columns = raw(
    'CAST(arrayMap(p_ -> (p_.1, assumeNotNull(p_.2)), arrayFilter(p_ -> isNotNull(p_.2), ',
    call('array', ...entries),
    ")), 'Map(String, String)')",
  );
  const tags = raw(`mapApply((k_, v_) -> (concat('${TAG}', k_), v_), JSONExtract(toString(tags), 'Map(String, String)'))`);
  return raw('mapUpdate(mapUpdate(', columns, ", mapFilter((k_, v_) -> k_ != '', rest)), ", tags, ')');
}
