import { columnType, literal, logTableName, shapeChar, SHAPE_REST, type LogColumn, type LogTable } from '../../store/log-table.ts';
import type { SampleLog } from '../rule.ts';
import type { TestEngine } from './engine.ts';

/** A logstore's table with text columns for some keys, as the store lays it out (`store/log-table.ts`); other keys go to `rest`. */
export function makeLogTable(engine: TestEngine, logstore: number, keys: readonly string[], version = 1): LogTable {
  const columns = keys.map((key, index): LogColumn => ({
    key,
    name: `f_${index + 1}`,
    number: index + 1,
    type: 'text',
    lowCardinality: index % 2 === 0,
    fullText: 'A',
    generation: 1,
    active: true,
  }));
  const table = logTableName(logstore);
  engine.run(`CREATE TABLE ${table} (shard UInt32, cursor UInt64, idx UInt32, time DateTime64(9, 'UTC'), received DateTime64(3, 'UTC'), source LowCardinality(String),
    topic LowCardinality(String), tags LowCardinality(String), meta LowCardinality(String), extra LowCardinality(String), shape LowCardinality(String), rest Map(String, String)
    ${columns.map((column) => `, ${column.name} ${columnType(column)}`).join('')}) ENGINE = MergeTree ORDER BY (shard, cursor, idx)`);
  return { logstore, table, version, columns, fullText: [], restFullText: 'A', profile: 'balanced', ttlDays: 30 };
}

/** Writes logs, one group (cursor) each, from a cursor on. */
export function insertLogs(engine: TestEngine, table: LogTable, shard: number, firstCursor: number, logs: readonly SampleLog[]): void {
  if (logs.length === 0) return;
  const rows = logs.map((log, index) => {
    const contents = Object.entries(log).filter(([key]) => !key.startsWith('__'));
    const tags = Object.fromEntries(
      Object.entries(log).flatMap(([key, value]) => (key.startsWith('__tag__:') ? [[key.slice(8), value]] : [])),
    );
    const known = new Map(table.columns.map((column) => [column.key, column]));
    const shape = contents.map(([key]) => (known.has(key) ? shapeChar((known.get(key) as LogColumn).number) : SHAPE_REST)).join('');
    const rest = contents.filter(([key]) => !known.has(key)).flatMap(([key, value]) => [literal(key), literal(value)]);
    const values = table.columns.map((column) => literal(log[column.key] ?? ''));
    const time = `toDateTime64(${log['__time__'] ?? '0'}, 9, 'UTC')`;
    return `(${[
      shard,
      firstCursor + index,
      0,
      time,
      `toDateTime64(${log['__tag__:__receive_time__'] ?? log['__time__'] ?? '0'}, 3, 'UTC')`,
      literal(log['__source__'] ?? ''),
      literal(log['__topic__'] ?? ''),
      literal(JSON.stringify(tags)),
      "''",
      "''",
      literal(shape),
      rest.length === 0 ? 'map()' : `map(${rest.join(', ')})`,
      ...values,
    ].join(', ')})`;
  });
  const names = [
    'shard',
    'cursor',
    'idx',
    'time',
    'received',
    'source',
    'topic',
    'tags',
    'meta',
    'extra',
    'shape',
    'rest',
    ...table.columns.map((column) => column.name),
  ];
  engine.run(`INSERT INTO ${table.table} (${names.join(', ')}) VALUES ${rows.join(', ')}`);
}
