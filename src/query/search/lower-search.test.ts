import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogGroup } from '../../core/log.ts';
import { col, raw } from '../clickhouse/ch.ts';
import { printQuery } from '../clickhouse/print.ts';
import { parseSearch } from '../syntax/search/parse-search.ts';
import { openTestEngine, type TestEngine } from '../testing/engine.ts';
import { fillTable, index, key, tableFor } from '../testing/log-store.ts';
import { logSearch } from './log-search.ts';
import { lowerSearch, type LoweredSearch } from './lower-search.ts';

const CONFIG = index({
  status: key({ type: 'long' }),
  cost: key({ type: 'double' }),
  msg: key(),
  user: key({ token: [] }),
  cased: key({ caseSensitive: true }),
  zh: key({ chn: true }),
  info: key({
    type: 'json',
    jsonKeys: { 'a.b': { type: 'text', docValue: true, alias: '' }, n: { type: 'long', docValue: true, alias: '' } },
  }),
  id: key(),
});
const log = (n: number, fields: Record<string, string>): LogGroup['logs'][number] => ({
  timeSec: 1_700_000_000 + n,
  timeNsPart: 0,
  fields: { n: String(n), ...fields },
});
const GROUPS: LogGroup[] = [
  {
    topic: 'nginx',
    source: '10.1.1.1',
    tags: { __path__: '/var/log/a.log', env: 'Prod' },
    logs: [
      log(1, { status: '200', msg: 'Failed password for root from 10.0.0.1', user: 'Alice Smith', id: 'deadbeef01' }),
      log(2, { status: '404', msg: 'failed-over to host nginx-01', user: 'bob', cost: '1.5' }),
      log(3, { status: '007', msg: 'path=/healthz?x=1', cased: 'Error HERE', zh: '用户登录失败：密码错误' }),
    ],
  },
  {
    topic: 'sshd',
    source: '10.1.1.2',
    tags: {},
    logs: [
      log(4, { status: 'n/a', msg: '', info: '{"a":{"b":"deep value"},"n":7,"list":[1]}', loose: 'only in rest' }),
      log(5, { msg: 'say "hi" and or', user: '' }),
    ],
  },
];

describe('search', () => {
  let engine: TestEngine;
  const table = tableFor(1, CONFIG, ['id']);
  beforeAll(() => {
    engine = openTestEngine();
    const many = Array.from({ length: 3000 }, (_, i) => log(1000 + i, { msg: `filler row ${i % 7}`, id: `id${i}` }));
    fillTable(engine, table, [...GROUPS, { topic: 'fill', source: 'f', tags: {}, logs: many }]);
  });
  afterAll(() => engine.close());

  const lower = (text: string): LoweredSearch => lowerSearch(parseSearch(text).expr, logSearch(table, CONFIG), text);
  /** Numbers of the logs found, fillers left out. */
  const find = (text: string): number[] => {
    const where = lower(text).test ?? raw('1');
    const sql = printQuery({
      t: 'select',
      columns: [{ as: 'n', ch: raw("toUInt32(rest['n'])") }],
      from: { t: 'table', name: table.table },
      where,
      order: [{ by: col('n'), desc: false, nullsFirst: false }],
    });
    return engine
      .query(sql)
      .rows.map((row) => Number(row[0]))
      .filter((n) => n < 1000);
  };

  it.each<[string, number[]]>([
    ['*', [1, 2, 3, 4, 5]],
    ['failed', [1, 2]],
    ['FAILED and password', [1]],
    ['password failed', [1]],
    ['"password root"', [1]],
    ['10.0.0.1', [1]],
    ['10.0.0', []],
    ['nginx-01', [2]],
    ['msg:failed', [1]],
    ['msg:failed-over', [2]],
    ['failed not root', [2]],
    ['not failed', [3, 4, 5]],
    ['failed or "only rest"', [1, 2, 4]],
    ['status:200', [1]],
    ['status>200', [2]],
    ['status >= 200 and status<404', [1]],
    ['status in [7 200]', [1, 3]],
    ['status in (7 200)', []],
    ['cost>1', [2]],
    ['cost:1.5', [2]],
    ['status:*', [1, 2, 3, 4]],
    ['not status:*', [5]],
    ['user:""', [5]],
    ['user:"alice smith"', [1]],
    ['user:alice', []],
    ['user:al*', [1]],
    ['cased:Error', [3]],
    ['cased:error', []],
    ['error', [3]],
    ['zh:登录失败', [3]],
    ['zh:登录成功', []],
    ['msg:#"password for root"', [1]],
    ['#"for password"', []],
    ['msg:pass*', [1]],
    ['msg:f?iled', [1]],
    ['pass*', [1]],
    ['msg:healthz', [3]],
    ['msg:"/healthz?x"', [3]],
    ['info.a.b:deep', [4]],
    ['info.n>6', [4]],
    ['info.a.b:*', [4]],
    ['info:value', [4]],
    ['__topic__:sshd', [4, 5]],
    ['__topic__:ss', []],
    ['__source__:10.1.1.1', [1, 2, 3]],
    ['source:10.1.1.*', [1, 2, 3, 4, 5]],
    ['__tag__:env:prod', [1, 2, 3]],
    ['__tag__:__path__:"/var/log/a.log"', [1, 2, 3]],
    ['__tag__:env:*', [1, 2, 3]],
    ['nginx', [1, 2, 3]],
    ['deadbeef01', [1]],
    ['"or" and hi', [5]],
    ['msg:"say \\"hi\\""', [5]],
    ['msg>100', []],
    ['MSG:failed', [1]],
    ['nosuchterm', []],
    ['n > 3', []],
  ])('%s finds %j', (text, found) => {
    expect(find(text)).toEqual(found);
  });

  it('says in words of SLS that a key has no index', () => {
    expect(() => lower('nokey:1')).toThrow(
      /key \(nokey\) is not config as key value config,if symbol : is in your log,please wrap : with quotation mark "/,
    );
  });

  it('refuses a term without a field when there is no full text index', () => {
    expect(() => lowerSearch(parseSearch('a').expr, logSearch(table, { ...CONFIG, line: null }), 'a')).toThrow(
      expect.objectContaining({ code: 'query.no_index' }) as Error,
    );
  });

  it('tells that a comparison with text becomes words', () => {
    expect(lower('msg>100').diagnostics.map((one) => one.message)).toEqual([
      "'msg' is indexed as text: the comparison is read as the words msg, > and 100",
    ]);
  });

  it('gives the terms to highlight, without those under not', () => {
    expect(lower('failed and msg:"a b" not x').terms).toEqual([
      { key: '', term: 'failed' },
      { key: 'msg', term: 'a' },
      { key: 'msg', term: 'b' },
    ]);
  });

  /** Names of the indexes that leave granules out. */
  const pruning = (text: string): string[] => {
    const sql = printQuery({
      t: 'select',
      columns: [{ as: 'n', ch: raw('count()') }],
      from: { t: 'table', name: table.table },
      where: lower(text).test,
    });
    const plan = engine
      .query({ ...sql, text: `EXPLAIN indexes = 1 ${sql.text}` })
      .rows.map((row) => String(row[0]))
      .join('\n');
    return [...plan.matchAll(/Name: (\w+)[\s\S]*?Granules: (\d+)\/(\d+)/g)]
      .filter((one) => Number(one[2]) < Number(one[3]))
      .map((one) => one[1]!);
  };

  it('prunes with the index of the column a term has before it', () => {
    expect(pruning('msg:password')).toContain('text_1');
    expect(pruning('id:deadbeef01')).toContain('bloom_1');
  });

  it('prunes with all indexes for a term without a field', () => {
    const sql = printQuery({
      t: 'select',
      columns: [{ as: 'n', ch: raw('count()') }],
      from: { t: 'table', name: table.table },
      where: lower('deadbeef01').test,
    });
    const plan = engine
      .query({ ...sql, text: `EXPLAIN indexes = 1 ${sql.text}` })
      .rows.map((row) => String(row[0]))
      .join('\n');
    for (const name of ['text_1', 'bloom_1', 'meta_1']) expect(plan).toContain(`Name: ${name}`);
    const granules = [...plan.matchAll(/Granules: (\d+)\/(\d+)/g)].at(-1)!;
    expect(Number(granules[1])).toBeLessThan(Number(granules[2]));
  });
});
