import type { IndexConfig, IndexKey, LogstoreInfo } from '../../control/catalog.ts';
import { SluiceError } from '../../core/errors.ts';
import type { LogGroup } from '../../core/log.ts';
import {
  columnType,
  metaExpr,
  searchText,
  SHAPE_NANOS,
  SHAPE_REST,
  shapeChar,
  type LogColumn,
  type LogTable,
} from '../../store/log-table.ts';
import type { CompiledSql, QueryResult, Store } from '../../store/store.ts';
import { DEFAULT_TOKENS } from '../search/terms.ts';
import type { TestEngine } from './engine.ts';

export const key = (change: Partial<IndexKey> = {}): IndexKey => ({
  type: 'text',
  token: [...DEFAULT_TOKENS],
  caseSensitive: false,
  chn: false,
  docValue: true,
  alias: '',
  jsonKeys: {},
  indexAll: false,
  maxDepth: -1,
  ...change,
});

export const index = (keys: Readonly<Record<string, IndexKey>>, line: Partial<IndexConfig['line']> | null = {}): IndexConfig => ({
  line: line === null ? null : { token: [...DEFAULT_TOKENS], caseSensitive: false, chn: false, includeKeys: [], excludeKeys: [], ...line },
  keys,
  maxTextLen: 2048,
  wire: {},
  lastModifySec: 0,
});

export const logstore = (config: IndexConfig | null, change: Partial<LogstoreInfo> = {}): LogstoreInfo => ({
  id: 1,
  project: 'p',
  name: 'l',
  ttlDays: 3650,
  shardCount: 2,
  autoSplit: false,
  maxSplitShard: 8,
  enableTracking: false,
  appendMeta: false,
  mode: 'standard',
  telemetryType: '',
  createdSec: 0,
  modifiedSec: 0,
  index: config,
  profile: 'balanced',
  extra: {},
  ...change,
});

/** Layout for an index configuration; keys named in `unique` go under the bloom filter, as near-unique values do. */
export function tableFor(id: number, config: IndexConfig, unique: readonly string[] = []): LogTable {
  const columns = Object.entries(config.keys).map(([name, one], i): LogColumn => ({
    key: name,
    name: `f_${i + 1}`,
    number: i + 1,
    type: one.type,
    lowCardinality: false,
    fullText: unique.includes(name) ? 'B' : 'A',
    generation: 1,
    active: true,
  }));
  const text = (of: readonly string[]): string | null => (of.length === 0 ? null : `lower(concatWithSeparator('\\n', ${of.join(', ')}))`);
  return {
    logstore: id,
    table: `logs_${id}`,
    version: 1,
    columns,
    restFullText: 'B',
    profile: 'balanced',
    ttlDays: 3650,
    fullText: [
      {
        generation: 1,
        textExpr: text(columns.filter((one) => one.fullText === 'A').map(searchText)),
        bloomExpr: text([...columns.filter((one) => one.fullText === 'B').map(searchText), "arrayStringConcat(mapValues(rest), '\\n')"]),
      },
    ],
  };
}

/** Makes the table and fills it, each group at its own cursor of shard 0; small granules, so that pruning shows. */
export function fillTable(engine: TestEngine, table: LogTable, groups: readonly LogGroup[]): void {
  const [{ textExpr, bloomExpr }] = table.fullText as [LogTable['fullText'][number]];
  engine.run(`CREATE TABLE ${table.table} (shard UInt32, cursor UInt64, idx UInt32, time DateTime64(9, 'UTC'), received DateTime64(3, 'UTC'),
    source LowCardinality(String), topic LowCardinality(String), tags LowCardinality(String), meta LowCardinality(String), extra LowCardinality(String),
    shape LowCardinality(String), rest Map(String, String)${table.columns.map((one) => `, ${one.name} ${columnType(one)}`).join('')}
    ${textExpr === null ? '' : `, INDEX text_1 ${textExpr} TYPE text(tokenizer = splitByNonAlpha)`}, INDEX bloom_1 ${bloomExpr} TYPE tokenbf_v1(4096, 3, 0) GRANULARITY 1,
    INDEX meta_1 ${metaExpr} TYPE tokenbf_v1(4096, 3, 0) GRANULARITY 1)
    ENGINE = MergeTree ORDER BY (time, shard, cursor, idx) SETTINGS index_granularity = 64`);
  const rows = groups.flatMap((group, cursor) =>
    group.logs.map((log, idx) => {
      const cells: Record<string, unknown> = {};
      const rest: Record<string, string> = {};
      let shape = '';
      for (const [name, value] of Object.entries(log.fields)) {
        const column = table.columns.find((one) => one.key === name);
        const number = column?.type === 'long' || column?.type === 'double';
        const exact = !number || (column.type === 'long' ? /^-?(0|[1-9]\d{0,17})$/.test(value) : String(Number(value)) === value);
        if (column !== undefined && number && value !== '' && Number.isFinite(Number(value))) cells[column.name] = Number(value);
        if (column !== undefined && exact) {
          if (!number) cells[column.name] = value;
          shape += shapeChar(column.number);
        } else {
          rest[name] = value;
          shape += SHAPE_REST;
        }
      }
      if (log.timeNsPart !== 0) shape += SHAPE_NANOS;
      const time = `${log.timeSec}.${String(log.timeNsPart).padStart(9, '0')}`;
      const meta = [group.source, group.topic, ...Object.values(group.tags)].join('\n');
      return {
        shard: 0,
        cursor,
        idx,
        time,
        received: log.timeSec,
        source: group.source,
        topic: group.topic,
        tags: JSON.stringify(group.tags),
        meta,
        extra: '',
        shape,
        rest,
        ...cells,
      };
    }),
  );
  for (let at = 0; at < rows.length; at += 5000) engine.insert(table.table, rows.slice(at, at + 5000));
}

/** The store's port over the engine of the test. */
export function testStore(engine: TestEngine): Store {
  const unused = (): never => {
    throw new TypeError('not part of this test');
  };
  return {
    insert: unused,
    stream: unused,
    bytes: unused,
    ready: () => Promise.resolve(),
    close: () => Promise.resolve(),
    command(sql: CompiledSql) {
      engine.query(sql);
      return Promise.resolve({ writtenRows: 0 });
    },
    query(sql: CompiledSql): Promise<QueryResult> {
      let answer: ReturnType<TestEngine['query']>;
      try {
        answer = engine.query(sql);
      } catch (thrown) {
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        return Promise.reject(new SluiceError('store.query', message, { clickhouseCode: Number(/Code: (\d+)/.exec(message)?.[1]) }));
      }
      const { columns, rows } = answer;
      return Promise.resolve({ columns, rows, rowsRead: rows.length, bytesRead: 0, elapsedMs: 1, complete: true });
    },
  };
}
