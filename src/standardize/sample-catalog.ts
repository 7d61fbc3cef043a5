import { FieldIndex, type CatalogField, type FieldCatalog } from '../query/catalog/field-catalog.ts';
import { call, col, raw, str, type Ch, type ChColumn } from '../query/clickhouse/ch.ts';
import { VARCHAR } from '../query/types/sql-type.ts';
import type { SampleLog } from './rule.ts';

/**
 * Logs written into the statement, as a source for a rule's program: its samples, or what someone tries it on. Rows are numbered by `idx` in the order given; shard and
 * cursor are 0; `received` is the log's own `__tag__:__receive_time__`, else its time.
 */
export function sampleCatalog(logs: readonly SampleLog[]): FieldCatalog {
  const rows: Ch = { t: 'param', type: 'Array(Map(String, String))', value: logs.map((log) => new Map(Object.entries(log))) };
  const timeOf = (key: string): Ch => raw('toInt64OrZero(r[', str(key), '])');
  const columns: ChColumn[] = [
    { as: 'p', ch: raw('arrayJoin(arrayZip(', call('arrayEnumerate', rows), ', ', rows, '))') },
    { as: 'r', ch: raw('p.2') },
    { as: 'shard', ch: raw('toUInt32(0)') },
    { as: 'cursor', ch: raw('toUInt64(0)') },
    { as: 'idx', ch: raw('toUInt32(p.1 - 1)') },
    { as: 'time', ch: raw('toDateTime64(', timeOf('__time__'), ", 9, 'UTC')") },
    { as: 'received', ch: raw('toDateTime64(greatest(', timeOf('__tag__:__receive_time__'), ', ', timeOf('__time__'), "), 3, 'UTC')") },
  ];
  const text = (name: string): Ch => raw('if(mapContains(r, ', str(name), '), r[', str(name), '], NULL)');
  const field = (name: string): CatalogField => ({
    name,
    alias: '',
    type: VARCHAR,
    nullable: true,
    value: text(name),
    text: text(name),
    shown: true,
  });
  const seconds: CatalogField = {
    name: '__time__',
    alias: '',
    type: { k: 'bigint' },
    nullable: true,
    value: call('toInt64OrNull', text('__time__')),
    text: text('__time__'),
    shown: true,
  };
  const index = new FieldIndex([seconds]);
  return {
    from: { t: 'sub', as: 'rows', of: { t: 'select', columns, from: null } },
    where: null,
    fields: () => index.fields,
    field: (name, fold) => index.find(name, fold),
    loose: field,
    record: () => col('r'),
  };
}
