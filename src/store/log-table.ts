import type { FieldType, LogstoreInfo } from '../control/catalog.ts';
import { SluiceError } from '../core/errors.ts';

/** A physical column of a logstore's table, for one key of the index configuration (design D6). */
export interface LogColumn {
  /** Key as it stands in the log. */
  readonly key: string;
  /** Column name in the engine: `f_<number>`, never text of a user. */
  readonly name: string;
  /** 1, 2, 3 …; never used twice within a table. Names the column in `shape`. */
  readonly number: number;
  /** text → String, long → Nullable(Int64), double → Nullable(Float64), json → String with the JSON text as it came. */
  readonly type: FieldType;
  /** Values repeat: LowCardinality(String). */
  readonly lowCardinality: boolean;
  /** Which full-text index of its generation covers the column: A = `text` index (tokens repeat), B = bloom filter (near-unique tokens). */
  readonly fullText: 'A' | 'B';
  /** Columns of one generation share its two full-text expressions. */
  readonly generation: number;
  /** False: the key's type was changed or the key was taken out of the index; nothing new is written here, old rows still rebuild from it. */
  readonly active: boolean;
}

/** The full-text expressions of a generation, exactly as their indexes were declared: a predicate prunes only with the same text. Null: no column of that kind. */
export interface FullTextGeneration {
  readonly generation: number;
  /** `lower(concatWithSeparator('\n', …))` under a `text` index. */
  readonly textExpr: string | null;
  /** The same under a `tokenbf_v1` bloom filter. */
  readonly bloomExpr: string | null;
}

/**
 * Layout of a logstore's table. Fixed columns:
 * - `shard UInt32, cursor UInt64, idx UInt32`: with the table the log's identity (D4).
 * - `time DateTime64(9,'UTC')` with the nanosecond part (0 when the log had none), `received DateTime64(3,'UTC')`.
 * - `source`, `topic`, both LowCardinality(String).
 * - `tags LowCardinality(String)`: the group's tags as one JSON object in their order; see `tagExpr`. LowCardinality because a group's logs share them: functions then run once per group, not per row.
 * - `meta LowCardinality(String)`: source, topic and tag values, each on a line: what a term without a key finds in them.
 * - `extra LowCardinality(String)`: protobuf fields of the group that have no column (machine id, category …), for rebuilding only.
 * - `shape LowCardinality(String)`: which keys the log had, in their order: one character per content, see `shapeChar`. Tells absent from empty.
 * - `rest Map(String, String)`: contents without a column (also repeated keys) and the text of values their typed column cannot give back exactly (`007` in a long,
 *   whose number is in the column all the same, so that ranges and sums count it). In the order of the log.
 * A text or json column holds '' when absent: take `valueExpr` / `presentExpr` wherever absence matters.
 */
export interface LogTable {
  readonly logstore: number;
  readonly table: string;
  /** Grows by one with each change of the layout; rows written under an older one stay readable. */
  readonly version: number;
  readonly columns: readonly LogColumn[];
  readonly fullText: readonly FullTextGeneration[];
  /** Which index of the first generation covers `rest`. */
  readonly restFullText: 'A' | 'B';
  readonly profile: LogstoreInfo['profile'];
  readonly ttlDays: number;
}

/** Contents that stand in `rest`. */
export const SHAPE_REST = '.';
/** A protobuf field of the log that is no content (kept as bytes under the key '' in `rest`). */
export const SHAPE_RAW = '!';
/** The log had a nanosecond part. */
export const SHAPE_NANOS = '#';

/** 3650 days keep for ever (SLS). */
export const KEEP_FOREVER_DAYS = 3650;

/** A table's columns are numbered up to here: beyond lie the surrogates, which no UTF-8 has. */
export const MAX_COLUMNS = 50_000;

/** Keys of an index configuration that name no content of a log but its time, topic, source or tags: they have a column already. */
export function isFixedKey(key: string): boolean {
  return key === '__time__' || key === '__time_ns_part__' || key === '__topic__' || key === '__source__' || key.startsWith('__tag__:');
}

/** The character of a column in `shape`: 'A' for column 1, 'B' for 2 … in the order of Unicode. UTF-8 makes a byte search for it exact. */
export function shapeChar(number: number): string {
  if (!Number.isInteger(number) || number < 1 || number > MAX_COLUMNS) {
    throw new SluiceError('internal.unexpected', `column number ${number} of a log table is outside 1..${MAX_COLUMNS}`, { number });
  }
  return String.fromCodePoint(0x40 + number);
}

/** The table name of a logstore. */
export function logTableName(logstore: number): string {
  return `logs_${logstore}`;
}

/** A string as a literal of the engine. Only for text of our own or already checked: what users write travels in params. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\0', '\\0')}'`;
}

/** The column that holds a key today; null: the key has none (then it is in `rest`: see `restExpr`). */
export function columnOf(table: LogTable, key: string): LogColumn | null {
  return table.columns.find((column) => column.active && column.key === key) ?? null;
}

/** Type of a column in the engine. */
export function columnType(column: Pick<LogColumn, 'type' | 'lowCardinality'>): string {
  if (column.type === 'long') return 'Nullable(Int64)';
  if (column.type === 'double') return 'Nullable(Float64)';
  return column.lowCardinality ? 'LowCardinality(String)' : 'String';
}

/** UInt8 expression: the log has the key and the column gives its text back exactly (a number whose text stands in `rest` answers 0). Costs next to nothing: it runs on the dictionary of shapes. */
export function presentExpr(column: LogColumn): string {
  return `(position(shape, ${literal(shapeChar(column.number))}) > 0)`;
}

/**
 * The key's value in its own type: Nullable(String), Nullable(Int64) or Nullable(Float64); NULL when the log has no such key (or a long/double that is no number).
 * Where NULL and '' need no telling apart (`= 'v'` with v not empty, hasToken, LIKE '%x%'), the bare `column.name` is quicker.
 */
export function valueExpr(column: LogColumn): string {
  if (column.type === 'long' || column.type === 'double') return column.name;
  return `if(${presentExpr(column)}, ${column.name}, NULL)`;
}

/** UInt8 expression: the log has the key, whatever its value (`key:*`). */
export function hasKeyExpr(column: LogColumn, keyParam: string): string {
  if (column.type === 'text' || column.type === 'json') return presentExpr(column);
  return `(${presentExpr(column)} OR mapContains(rest, {${keyParam}:String}))`;
}

/**
 * The key's value as the text it had in the log: Nullable(String), NULL when absent. `keyParam` names a String parameter that holds the key.
 * Reads `rest` only where it can matter: numbers, and columns that came later than the table (older rows have the key in `rest`).
 */
export function textExpr(column: LogColumn, keyParam: string): string {
  const numeric = column.type === 'long' || column.type === 'double';
  if (!numeric && column.generation === 1) return valueExpr(column);
  const own = numeric ? `toString(${column.name})` : column.name;
  return `multiIf(${presentExpr(column)}, ${own}, mapContains(rest, {${keyParam}:String}), rest[{${keyParam}:String}], NULL)`;
}

/** A key without a column, as text: Nullable(String), NULL when absent. For scan mode and SPL. */
export function restExpr(keyParam: string): string {
  return `if(mapContains(rest, {${keyParam}:String}), rest[{${keyParam}:String}], NULL)`;
}

/** Number of contents of each log. */
export const contentCountExpr = `toUInt32(lengthUTF8(replaceAll(shape, '${SHAPE_NANOS}', '')))`;

/**
 * A tag of the group: Nullable(String), NULL when absent. `tagParam` names a String parameter that holds `tagPattern(key)`, not the key itself.
 * Runs on the dictionary: once per group.
 */
export function tagExpr(tagParam: string): string {
  return `if(${hasTagExpr(tagParam)}, simpleJSONExtractString(tags, {${tagParam}:String}), NULL)`;
}

/** UInt8 expression: the group has the tag. */
export function hasTagExpr(tagParam: string): string {
  return `simpleJSONHas(tags, {${tagParam}:String})`;
}

/** What `tagExpr` and `hasTagExpr` want as their parameter: the key as it is written in the JSON text of `tags`. */
export function tagPattern(key: string): string {
  return JSON.stringify(key).slice(1, -1);
}

/**
 * UInt8 expression: some value of the log (contents, source, topic, tags) has the token; prunes with every index there is. `tokenParam` names a String parameter with one
 * token: lower-case (ASCII) and without any ASCII character that is no letter or digit, else the engine throws. A term with inner delimiters is the AND of its parts, each through
 * this, and is then checked on the row with `lineExpr`.
 */
export function anyTokenExpr(table: LogTable, tokenParam: string): string {
  const needle = `{${tokenParam}:String}`;
  const tests = table.fullText.flatMap((generation) =>
    [generation.textExpr, generation.bloomExpr].filter((expr) => expr !== null).map((expr) => `hasToken(${expr}, ${needle})`),
  );
  if (table.fullText.length === 0) tests.push(`hasToken(${restTextExpr}, ${needle})`);
  tests.push(`hasToken(${metaExpr}, ${needle})`);
  return `(${tests.join(' OR ')})`;
}

/**
 * UInt8 expression that prunes for a token of one key: the index that covers its column. Not the test itself (other columns share the index): AND it with the column's own.
 * Null: the column has no full-text index.
 */
export function columnTokenExpr(table: LogTable, column: LogColumn, tokenParam: string): string | null {
  const generation = table.fullText.find((one) => one.generation === column.generation);
  const expr = column.fullText === 'A' ? generation?.textExpr : generation?.bloomExpr;
  return expr === undefined || expr === null ? null : `hasToken(${expr}, {${tokenParam}:String})`;
}

/** Lower-cased text of `rest`, one value a line. */
export const restTextExpr = "lower(arrayStringConcat(mapValues(rest), '\\n'))";

/** Lower-cased source, topic and tag values, one a line, exactly as indexed. */
export const metaExpr = 'lower(meta)';

/** The whole log as one lower-cased text, one value a line, values separated by '\n': for the exact check of a term or phrase that the indexes only narrowed down. */
export function lineExpr(table: LogTable): string {
  const parts = table.fullText.flatMap((generation) => [generation.textExpr, generation.bloomExpr].filter((expr) => expr !== null));
  if (table.fullText.length === 0) parts.push(restTextExpr);
  return `concat(${[...parts, metaExpr].join(", '\\n', ")})`;
}

/** The same without lower-casing, for case-sensitive tests. */
export function rawLineExpr(table: LogTable): string {
  const columns = table.columns.map(searchText);
  return `concatWithSeparator('\\n', ${[...columns, "arrayStringConcat(mapValues(rest), '\\n')", 'meta'].join(', ')})`;
}

/** Text that a column brings to full-text search: a number only when it is exactly the text the log had (else that is in `rest`). Part of the declared index expressions: never change it for existing tables. */
export function searchText(column: LogColumn): string {
  if (column.type === 'text' || column.type === 'json') return column.name;
  return `if(${presentExpr(column)}, ifNull(toString(${column.name}), ''), '')`;
}

/** Predicate that hides what is past the retention before its partition is dropped; null: kept for ever. */
export function retainedExpr(ttlDays: number, nowMs: number): string | null {
  if (ttlDays >= KEEP_FOREVER_DAYS) return null;
  return `received >= fromUnixTimestamp64Milli(toInt64(${Math.floor(nowMs - ttlDays * 86_400_000)}), 'UTC')`;
}

/** Seconds of one partition: a twelfth of the retention, so that a thousand logstores stay at some twelve thousand parts (design D6). */
export function partitionSec(ttlDays: number): number {
  return Math.max(3600, Math.round((ttlDays * 86_400) / 12));
}
