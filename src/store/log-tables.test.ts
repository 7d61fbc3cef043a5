import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { controlSetup, type ControlSetup } from '../control/testing/control-setup.ts';
import type { IndexConfig, IndexKey, LogstoreInfo } from '../control/catalog.ts';
import { LogTables } from './log-tables.ts';
import { SessionStore } from './testing/session-store.ts';
import { SETTLED_LOGS } from './token-sample.ts';

const key = (type: IndexKey['type'] = 'text'): IndexKey => ({
  type,
  token: [',', ' '],
  caseSensitive: false,
  chn: false,
  docValue: true,
  alias: '',
  jsonKeys: {},
  indexAll: false,
  maxDepth: -1,
});

const index = (keys: Record<string, IndexKey>): IndexConfig => ({
  line: { token: [',', ' '], caseSensitive: false, chn: false, includeKeys: [], excludeKeys: [] },
  keys,
  maxTextLen: 2048,
  wire: {},
  lastModifySec: 0,
});

const info = (config: IndexConfig | null, change: Partial<LogstoreInfo> = {}): LogstoreInfo => ({
  id: 7,
  project: 'p',
  name: 'l',
  ttlDays: 30,
  shardCount: 1,
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

describe('tables of logstores', () => {
  let setup: ControlSetup;
  let store: SessionStore;
  let tables: LogTables;
  beforeEach(async () => {
    setup = await controlSetup();
    store = new SessionStore();
    tables = await LogTables.open(setup.state, store, setup.ctx);
  });
  afterEach(async () => {
    await store.close();
    await setup.close();
  });

  const show = async (): Promise<string> => String((await store.query({ text: 'SHOW CREATE TABLE logs_7', params: {} })).rows[0]?.[0]);
  const indexes = async (): Promise<string[]> =>
    (
      await store.query({ text: "SELECT name FROM system.data_skipping_indices WHERE table = 'logs_7' ORDER BY name", params: {} })
    ).rows.map(([name]) => String(name));

  test('the first log makes the table; the same index again costs no statement', async () => {
    expect(tables.table(7)).toBeNull();
    const logstore = info(index({ ip: key(), n: key('long'), d: key('double'), j: key('json'), __topic__: key() }));
    const table = await tables.ready(logstore, setup.ctx);
    expect(table.columns.map((column) => [column.key, column.name, column.type])).toEqual([
      ['ip', 'f_1', 'text'],
      ['n', 'f_2', 'long'],
      ['d', 'f_3', 'double'],
      ['j', 'f_4', 'json'],
    ]);
    expect(tables.table(7)).toBe(table);
    const sql = await show();
    expect(sql).toContain('`f_2` Nullable(Int64)');
    expect(sql).toContain('ORDER BY (shard, cursor, idx)');
    expect(sql).toContain('toIntervalDay(30)');
    expect(sql).toContain('toIntervalSecond(216000)');
    const before = store.statements.length;
    expect(await tables.ready(logstore, setup.ctx)).toBe(table);
    expect(await tables.ready({ ...logstore, modifiedSec: 9 }, setup.ctx)).toBe(table);
    expect(store.statements).toHaveLength(before);
  });

  test('new keys become columns of a new generation; a key that changes its type gets a second column; nothing is dropped', async () => {
    await tables.ready(info(index({ a: key(), b: key() })), setup.ctx);
    const table = await tables.ready(info(index({ a: key('long'), c: key() })), setup.ctx);
    expect(table.version).toBe(2);
    expect(table.columns.map(({ key, name, generation, active }) => [key, name, generation, active])).toEqual([
      ['a', 'f_1', 1, false],
      ['b', 'f_2', 1, false],
      ['a', 'f_3', 2, true],
      ['c', 'f_4', 2, true],
    ]);
    expect(table.fullText.map((one) => one.generation)).toEqual([1, 2]);
    expect(await show()).toContain('`f_4` String');
    expect((await indexes()).filter((name) => name.startsWith('text_')).map((name) => name.slice(0, 6))).toEqual(['text_1', 'text_2']);
    // A key that comes back gets a fresh column: rows between the two have it in `rest`.
    const again = await tables.ready(info(index({ a: key('long'), b: key(), c: key() })), setup.ctx);
    expect(again.columns.filter((column) => column.key === 'b').map((column) => [column.name, column.active])).toEqual([
      ['f_2', false],
      ['f_5', true],
    ]);
  });

  test('a logstore without an index has no columns and no full text; an index that comes later covers rest too', async () => {
    const bare = await tables.ready(info(null), setup.ctx);
    expect(bare.columns).toEqual([]);
    expect(bare.fullText).toEqual([]);
    const later = await tables.ready(info(index({ a: key() })), setup.ctx);
    expect(later.columns.map((column) => column.generation)).toEqual([2]);
    expect(later.fullText).toHaveLength(1);
    expect(`${later.fullText[0]?.textExpr} ${later.fullText[0]?.bloomExpr}`).toContain('mapValues(rest)');
  });

  test('the nature of columns follows the tokens of the first logs, and is looked at again once there are enough', async () => {
    const logstore = info(index({ agent: key(), id: key(), other: key() }));
    await tables.ready(logstore, setup.ctx);
    const sample = tables.sample(7);
    for (let i = 0; i < SETTLED_LOGS; i++) {
      sample.log();
      sample.add('agent', `Mozilla/5.0 ${['Linux', 'Windows', 'Mac'][i % 3]}`);
      sample.add('id', (i * 7919).toString(16).padStart(12, '0') + 'af');
      sample.add('rare', 'x');
    }
    expect(tables.wantsSample(7)).toBe(true);
    const table = await tables.ready(logstore, setup.ctx);
    expect(tables.wantsSample(7)).toBe(false);
    const of = (name: string) => table.columns.find((column) => column.key === name);
    expect(of('agent')).toMatchObject({ lowCardinality: true, fullText: 'A' });
    expect(of('id')).toMatchObject({ lowCardinality: false, fullText: 'B' });
    expect(of('other')).toMatchObject({ lowCardinality: false });
    expect(await show()).toContain('`f_1` LowCardinality(String)');
    expect(table.fullText[0]?.bloomExpr).toContain('f_2');
    const names = await indexes();
    expect(names.filter((name) => name.startsWith('text_'))).toHaveLength(1);
    expect(names.filter((name) => name.startsWith('bloom_'))).toHaveLength(1);

    // A key that comes later is judged by itself: what is settled is never built again.
    const grown = await tables.ready(info(index({ agent: key(), id: key(), other: key(), late: key() })), setup.ctx);
    expect(grown.fullText[0]).toEqual(table.fullText[0]);
    expect(tables.wantsSample(7)).toBe(true);
    for (let i = 0; i < SETTLED_LOGS; i++) {
      tables.sample(7).log();
      tables.sample(7).add('late', (i * 7919).toString(16).padStart(12, '0') + 'af');
      tables.sample(7).add('agent', `now all different ${i * 7919}`);
    }
    const settled = await tables.ready(info(index({ agent: key(), id: key(), other: key(), late: key() })), setup.ctx);
    expect(settled.fullText[0]).toEqual(table.fullText[0]);
    expect(settled.columns.map((column) => column.fullText)).toEqual(['A', 'B', 'A', 'B']);
    expect(tables.wantsSample(7)).toBe(false);
  });

  test('profiles: search is one text index over all, compact one bloom filter; a change rebuilds the indexes only', async () => {
    const config = index({ a: key(), b: key() });
    const search = await tables.ready(info(config, { profile: 'search' }), setup.ctx);
    expect(search.fullText).toEqual([{ generation: 1, textExpr: expect.stringContaining('f_2') as string, bloomExpr: null }]);
    const compact = await tables.ready(info(config, { profile: 'compact' }), setup.ctx);
    expect(compact.fullText).toEqual([{ generation: 1, textExpr: null, bloomExpr: expect.stringContaining('f_2') as string }]);
    expect((await indexes()).map((name) => name.split('_')[0])).toEqual(['bloom', 'cursor', 'meta', 'time']);
  });

  test('retention follows the logstore', async () => {
    const config = index({ a: key() });
    await tables.ready(info(config), setup.ctx);
    await tables.ready(info(config, { ttlDays: 7 }), setup.ctx);
    expect(await show()).toContain('toIntervalDay(7)');
    await tables.ready(info(config, { ttlDays: 3650 }), setup.ctx);
    expect(await show()).not.toContain('TTL toDateTime');
  });

  test('a change that was cut off is carried out at the next start; a table of a deleted logstore is dropped', async () => {
    const logstore = info(index({ a: key() }));
    await tables.ready(logstore, setup.ctx);
    store.before = (text) => {
      if (text.startsWith('ALTER')) throw new Error('the process ends here');
    };
    const grown = info(index({ a: key(), b: key() }));
    await expect(tables.ready(grown, setup.ctx)).rejects.toThrow('ends here');
    store.before = () => {};
    const after = await LogTables.open(setup.state, store, setup.ctx);
    await after.follow([grown], setup.ctx);
    expect(after.table(7)?.columns).toHaveLength(2);
    expect(await show()).toContain('`f_2` String');
    await after.follow([], setup.ctx);
    expect(after.table(7)).toBeNull();
    const left = await store.query({ text: "SELECT count() FROM system.tables WHERE name = 'logs_7'", params: {} });
    expect(Number(left.rows[0]?.[0])).toBe(0);
  });
});
