import { createHash } from 'node:crypto';
import { columnType, KEEP_FOREVER_DAYS, logTableName, metaExpr, partitionSec, type LogColumn } from './log-table.ts';
import type { StoredLayout } from './table-layout.ts';

/** Columns that every logstore's table has, with their codecs. */
const FIXED: readonly string[] = [
  'shard UInt32 CODEC(Delta(4), ZSTD(1))',
  'cursor UInt64 CODEC(Delta(8), ZSTD(1))',
  'idx UInt32 CODEC(Delta(4), ZSTD(1))',
  "time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1))",
  "received DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1))",
  'source LowCardinality(String)',
  'topic LowCardinality(String)',
  'tags LowCardinality(String)',
  'meta LowCardinality(String)',
  'extra LowCardinality(String)',
  'shape LowCardinality(String)',
  'rest Map(String, String) CODEC(ZSTD(1))',
];

/** Indexes that every table has: places of cursors and times within the parts, and the words of source, topic and tags. */
const FIXED_INDEXES: readonly LogIndex[] = [
  { name: 'cursor_range', declaration: 'cursor TYPE minmax GRANULARITY 1' },
  { name: 'time_range', declaration: 'time TYPE minmax GRANULARITY 1' },
  // Source, topic and tags are the same for whole groups: few words in a granule.
  { name: 'meta_words', declaration: `${metaExpr} TYPE tokenbf_v1(4096, 3, 0) GRANULARITY 1` },
];

interface LogIndex {
  readonly name: string;
  readonly declaration: string;
}

/**
 * The full-text indexes of a layout. The name says what is declared: an index of another expression has another name, so that what the engine has and what the layout
 * wants can be compared by names alone.
 */
export function fullTextIndexes(layout: StoredLayout): readonly LogIndex[] {
  return layout.table.fullText.flatMap(({ generation, textExpr, bloomExpr }) => {
    const bytes = layout.bloomBytes[String(generation)] ?? 32_768;
    const indexes: LogIndex[] = [];
    if (textExpr !== null) indexes.push(named(`text_${generation}`, `${textExpr} TYPE text(tokenizer = splitByNonAlpha)`));
    if (bloomExpr !== null) indexes.push(named(`bloom_${generation}`, `${bloomExpr} TYPE tokenbf_v1(${bytes}, 3, 0) GRANULARITY 1`));
    return indexes;
  });
}

function named(prefix: string, declaration: string): LogIndex {
  return { name: `${prefix}_${createHash('sha256').update(declaration).digest('hex').slice(0, 8)}`, declaration };
}

function columnLine(column: LogColumn): string {
  const type = columnType(column);
  return `${column.name} ${type}${column.lowCardinality && column.type === 'text' ? '' : ' CODEC(ZSTD(1))'}`;
}

function ttlClause(ttlDays: number): string {
  return ttlDays >= KEEP_FOREVER_DAYS ? '' : `toDateTime(received) + toIntervalDay(${ttlDays})`;
}

/**
 * `CREATE TABLE` of a logstore. Rows lie in the order of their identity, which is the order they come in: steps and old pulls read ranges of shards, and do so in the same time
 * whatever the table's size; a time range or the newest page reads the granules that the minmax index on `time` leaves (logs come about in the order of their time).
 */
export function createTableSql(layout: StoredLayout): string {
  const { table } = layout;
  const indexes = [...FIXED_INDEXES, ...fullTextIndexes(layout)].map(({ name, declaration }) => `INDEX ${name} ${declaration}`);
  const lines = [...FIXED, ...table.columns.map(columnLine), ...indexes];
  const ttl = ttlClause(table.ttlDays);
  return `CREATE TABLE IF NOT EXISTS ${table.table} (
${lines.map((line) => `  ${line}`).join(',\n')}
)
ENGINE = MergeTree
PARTITION BY toStartOfInterval(toDateTime(received, 'UTC'), toIntervalSecond(${partitionSec(table.ttlDays)}))
ORDER BY (shard, cursor, idx)${ttl === '' ? '' : `\nTTL ${ttl}`}
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, min_bytes_for_wide_part = 134217728`;
}

/** What the engine has of a table. */
export interface ExistingTable {
  /** Name → type. */
  readonly columns: ReadonlyMap<string, string>;
  readonly indexes: ReadonlySet<string>;
  /** The clause as the engine prints the table. */
  readonly ttl: string;
}

/** Statements that bring an existing table to its layout, in order; none when it has it. Repeating them changes nothing. */
export function alterTableSql(
  layout: StoredLayout,
  existing: ExistingTable,
): { readonly alter: string | null; readonly materialize: string | null } {
  const { table } = layout;
  const actions: string[] = [];
  const wanted = fullTextIndexes(layout);
  const names = new Set(wanted.map((index) => index.name));
  for (const name of existing.indexes)
    if (/^(text|bloom)_\d+_/.test(name) && !names.has(name)) actions.push(`DROP INDEX IF EXISTS ${name}`);
  for (const column of table.columns) {
    const type = existing.columns.get(column.name);
    if (type === undefined) actions.push(`ADD COLUMN IF NOT EXISTS ${columnLine(column)}`);
    else if (type !== columnType(column)) actions.push(`MODIFY COLUMN ${columnLine(column)}`);
  }
  const missing = wanted.filter((index) => !existing.indexes.has(index.name));
  for (const { name, declaration } of missing) actions.push(`ADD INDEX IF NOT EXISTS ${name} ${declaration}`);
  const days = /toIntervalDay\((\d+)\)/.exec(existing.ttl)?.[1];
  const ttl = ttlClause(table.ttlDays);
  if (ttl === '' && days !== undefined) actions.push('REMOVE TTL');
  else if (ttl !== '' && days !== String(table.ttlDays)) actions.push(`MODIFY TTL ${ttl}`);
  return {
    alter: actions.length === 0 ? null : `ALTER TABLE ${table.table} ${actions.join(', ')}`,
    materialize:
      missing.length === 0 ? null : `ALTER TABLE ${table.table} ${missing.map(({ name }) => `MATERIALIZE INDEX ${name}`).join(', ')}`,
  };
}

export function dropTableSql(logstore: number): string {
  return `DROP TABLE IF EXISTS ${logTableName(logstore)} SYNC`;
}

/** Columns, indexes and declaration of a table; no rows: there is none. */
export function existingSql(logstore: number): string {
  const table = logTableName(logstore);
  return `SELECT 'column' AS kind, name, type FROM system.columns WHERE database = currentDatabase() AND table = '${table}'
UNION ALL SELECT 'index', name, '' FROM system.data_skipping_indices WHERE database = currentDatabase() AND table = '${table}'
UNION ALL SELECT 'table', name, create_table_query FROM system.tables WHERE database = currentDatabase() AND name = '${table}'`;
}

/** The answer of `existingSql`; null: no such table. */
export function readExisting(rows: readonly (readonly unknown[])[]): ExistingTable | null {
  const columns = new Map<string, string>();
  const indexes = new Set<string>();
  let declaration: string | null = null;
  for (const [kind, name, text] of rows as readonly (readonly [string, string, string])[]) {
    if (kind === 'column') columns.set(name, text);
    else if (kind === 'index') indexes.add(name);
    else declaration = text;
  }
  if (declaration === null) return null;
  return { columns, indexes, ttl: /\bTTL (.*?)(?: SETTINGS |$)/s.exec(declaration)?.[1] ?? '' };
}
