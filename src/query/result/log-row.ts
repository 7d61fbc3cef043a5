import type { ChColumn } from '../clickhouse/ch.ts';
import { col, raw } from '../clickhouse/ch.ts';
import { SHAPE_NANOS, SHAPE_RAW, SHAPE_REST, shapeChar, type LogTable } from '../../store/log-table.ts';
import { plainText } from './plain-text.ts';
import type { FoundLog } from '../queries.ts';

/** Which columns a search selects, and which of them hold which key. */
export interface LogRowLayout {
  readonly columns: readonly ChColumn[];
  /** Character of `shape` → key and place in the row. */
  readonly keys: ReadonlyMap<string, { readonly key: string; readonly at: number }>;
}

const FIXED: readonly ChColumn[] = [
  { as: 'shard', ch: col('shard') },
  { as: 'cursor_text', ch: raw('toString(cursor)') },
  { as: 'idx', ch: col('idx') },
  { as: 'time_ns', ch: raw('toString(toUnixTimestamp64Nano(time))') },
  { as: 'received_ms', ch: raw('toString(toUnixTimestamp64Milli(received))') },
  { as: 'source_text', ch: raw('toString(source)') },
  { as: 'topic_text', ch: raw('toString(topic)') },
  { as: 'tags_text', ch: raw('toString(tags)') },
  { as: 'shape_text', ch: raw('toString(shape)') },
  { as: 'rest_keys', ch: raw('mapKeys(rest)') },
  { as: 'rest_values', ch: raw('mapValues(rest)') },
];

export function logRowColumns(table: LogTable): LogRowLayout {
  const keys = new Map<string, { key: string; at: number }>();
  const columns = [...FIXED];
  for (const column of table.columns) {
    keys.set(shapeChar(column.number), { key: column.key, at: columns.length });
    columns.push({ as: `k_${column.number}`, ch: raw(`toString(${column.name})`) });
  }
  return { columns, keys };
}

/** A row of those columns as the log it was, its contents in their order. */
export function readLog(row: readonly unknown[], layout: LogRowLayout): FoundLog & { readonly hasNanos: boolean } {
  const [shard, cursor, idx, ns, received, source, topic, tags, shape, restKeys, restValues] = row as [
    number,
    string,
    number,
    string,
    string,
    string,
    string,
    string,
    string,
    string[],
    string[],
  ];
  const fields: Record<string, string> = {};
  let rest = 0;
  let hasNanos = false;
  for (const c of shape) {
    if (c === SHAPE_NANOS) hasNanos = true;
    else if (c === SHAPE_REST || c === SHAPE_RAW) {
      if (c === SHAPE_REST) fields[restKeys[rest]!] = restValues[rest]!;
      rest++;
    } else {
      const place = layout.keys.get(c);
      if (place !== undefined) fields[place.key] = plainText(row[place.at] ?? '');
    }
  }
  const nanos = BigInt(ns);
  const seconds = nanos >= 0n ? nanos / 1_000_000_000n : (nanos - 999_999_999n) / 1_000_000_000n;
  return {
    identity: { shard, cursor, index: idx },
    timeSec: Number(seconds),
    timeNsPart: Number(nanos - seconds * 1_000_000_000n),
    receivedMs: Number(received),
    topic,
    source,
    tags: tags === '' ? {} : (JSON.parse(tags) as Record<string, string>),
    fields,
    hasNanos,
  };
}
