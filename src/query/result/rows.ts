import type { CompiledStatement } from '../compile.ts';
import type { FoundLog, LogIdentity, QueryAnswer } from '../queries.ts';
import { columnType, render } from './render.ts';

type Rows = Pick<QueryAnswer, 'columns' | 'rows' | 'identities'>;

/** Logs of a search as one table: the columns any of them has. */
export function logRows(logs: readonly (FoundLog & { readonly hasNanos: boolean })[], packMeta: boolean): Rows {
  const heads = ['__time__', ...(logs.some((log) => log.hasNanos) ? ['__time_ns_part__'] : []), '__source__', '__topic__'];
  const tags = new Set(logs.flatMap((log) => Object.keys(log.tags)));
  const keys = new Set(logs.flatMap((log) => Object.keys(log.fields)));
  const names = [...heads, ...[...tags].map((tag) => `__tag__:${tag}`), ...(packMeta ? ['__pack_meta__'] : []), ...keys];
  const rows = logs.map((log) => [
    String(log.timeSec),
    ...(heads.includes('__time_ns_part__') ? [log.hasNanos ? String(log.timeNsPart) : null] : []),
    log.source,
    log.topic,
    ...[...tags].map((tag) => log.tags[tag] ?? null),
    // Opaque to clients: enough to find the log again.
    ...(packMeta ? [`${log.identity.shard}|${log.identity.cursor}|${log.identity.index}`] : []),
    ...[...keys].map((key) => log.fields[key] ?? null),
  ]);
  return { columns: names.map((name) => ({ name, type: 'varchar' })), rows, identities: logs.map((log) => log.identity) };
}

/** Rows of a scan that still are logs: identity, then fixed columns or the open record. */
export function recordRows(statement: CompiledStatement, rows: readonly (readonly unknown[])[]): Rows {
  const identities = rows.map((row): LogIdentity => ({ shard: Number(row[0]), cursor: String(row[1]), index: Number(row[2]) }));
  const seconds = (row: readonly unknown[]): string => String(row[3]).slice(0, -9) || '0';
  if (!statement.open) {
    return {
      columns: statement.columns.map((column) => ({ name: column.name, type: columnType(column.type) })),
      rows: rows.map((row) => row.slice(4).map((value, i) => render(value, statement.columns[i]!))),
      identities,
    };
  }
  const records = rows.map((row) => row[4] as Record<string, string>);
  const keys = [...new Set(records.flatMap((record) => Object.keys(record)))].filter((key) => key !== '__time__');
  return {
    columns: ['__time__', ...keys].map((name) => ({ name, type: 'varchar' })),
    rows: rows.map((row, i) => [records[i]!['__time__'] ?? seconds(row), ...keys.map((key) => records[i]![key] ?? null)]),
    identities,
  };
}
