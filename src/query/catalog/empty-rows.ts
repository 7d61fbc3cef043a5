import { raw, type ChFrom } from '../clickhouse/ch.ts';
import type { LogTable } from '../../store/log-table.ts';

const COLUMNS: Readonly<Record<string, string>> = {
  shard: 'UInt32',
  cursor: 'UInt64',
  idx: 'UInt32',
  time: "DateTime64(9, \\'UTC\\')",
  received: "DateTime64(3, \\'UTC\\')",
  source: 'LowCardinality(String)',
  topic: 'LowCardinality(String)',
  tags: 'LowCardinality(String)',
  meta: 'LowCardinality(String)',
  extra: 'LowCardinality(String)',
  shape: 'LowCardinality(String)',
  rest: 'Map(String, String)',
};

/** A logstore without a table, as no log has come: no rows, with the columns every log table has. */
export function emptyRows(logstore: number): { readonly table: LogTable; readonly from: ChFrom } {
  const columns = Object.entries(COLUMNS).map(([as, type]) => ({ as, ch: raw(`defaultValueOfTypeName('${type}')`) }));
  return {
    table: {
      logstore,
      table: `logs_${logstore}`,
      version: 0,
      columns: [],
      fullText: [],
      restFullText: 'B',
      profile: 'balanced',
      ttlDays: 3650,
    },
    from: { t: 'sub', as: 'none', of: { t: 'select', columns, from: null, where: raw('0') } },
  };
}
