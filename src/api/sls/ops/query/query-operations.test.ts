import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogGroup } from '../../../../core/log.ts';
import { RunQueries } from '../../../../query/run-queries.ts';
import { openTestEngine, type TestEngine } from '../../../../query/testing/engine.ts';
import { fillTable, tableFor, testStore } from '../../../../query/testing/log-store.ts';
import type { LogTable } from '../../../../store/log-table.ts';
import { controlOperations } from '../control/control-operations.ts';
import { opSetup, type OpSetup } from '../control/testing/op-setup.ts';
import { queryOperations } from './query-operations.ts';

const START = 1_725_000_000;
const group = (
  topic: string,
  tags: Record<string, string>,
  logs: [at: number, fields: Record<string, string>, ns?: number][],
): LogGroup => ({
  topic,
  source: '10.0.0.1',
  tags,
  logs: logs.map(([at, fields, ns = 0]) => ({ timeSec: START + at, timeNsPart: ns, fields })),
});
const GROUPS = [
  group('web', { __pack_id__: 'ABC-1' }, [
    [0, { level: 'error', n: '1', ключ: 'значение' }],
    [1, { level: 'info', n: '2' }, 5],
  ]),
  group('db', { __pack_id__: 'DEF-1' }, [[2, { level: 'error', n: '3' }]]),
  group('web', { __pack_id__: 'ABC-2' }, [
    [3, { level: 'warn', n: '4' }],
    [4, { level: 'error', other: 'x' }],
  ]),
];

let setup: OpSetup;
let engine: TestEngine;
const tables = new Map<number, LogTable>();

beforeAll(async () => {
  engine = openTestEngine();
  setup = await opSetup([...controlOperations, ...queryOperations], (control) => {
    const settings = { timeZone: 'UTC', maxSec: 10, maxMemoryBytes: 1e9, maxRowsToRead: 1e9, flushWaitMs: 100, maxRows: 1_000_000 };
    const freshness = { flush: () => Promise.resolve(true) };
    return new RunQueries(testStore(engine), { table: (id) => tables.get(id) ?? null }, freshness, control.catalog, settings);
  });
  await setup.call('POST', '/', { projectName: 'p-1' });
  await setup.call('POST', '/logstores', { logstoreName: 'app', ttl: 3650, shardCount: 2 });
  await setup.call('POST', '/logstores', { logstoreName: 'bare', ttl: 3650, shardCount: 1 });
  const text = { type: 'text', token: [' '], doc_value: true };
  await setup.call('POST', '/logstores/app/index', {
    line: { token: [' '] },
    keys: { level: text, n: { type: 'long', doc_value: true }, other: text },
  });
  const app = setup.catalog.logstore('p-1', 'app')!;
  tables.set(app.id, tableFor(app.id, app.index!));
  fillTable(engine, tables.get(app.id)!, GROUPS);
});
afterAll(async () => {
  engine.close();
  await setup.close();
});

type Body = { meta: Record<string, unknown>; data: Record<string, string>[] };
const ask = (body: object, ls = 'app') => setup.call('POST', `/logstores/${ls}/logs`, { from: START, to: START + 60, ...body });
const get = (query: string, path = '/logstores/app') => setup.call('GET', `${path}?from=${START}&to=${START + 60}&${query}`);

describe('GetLogs V2', () => {
  it('answers logs as maps of text with everything that is known about the answer', async () => {
    const { status, body } = await ask({ query: 'level: error', line: 2, topic: '' });
    expect(status).toBe(200);
    expect(body).toEqual({
      meta: {
        progress: 'Complete',
        count: 2,
        limited: 100,
        mode: 0,
        hasSQL: false,
        whereQuery: 'level: error',
        aggQuery: '',
        processedRows: 2,
        processedBytes: 0,
        elapsedMillisecond: 1,
        cpuSec: 0,
        cpuCores: 0,
        powerSql: false,
        insertedSQL: '',
        telementryType: '',
        isAccurate: true,
        keys: [],
        columnTypes: [],
        terms: [{ key: 'level', term: 'error' }],
        highlights: [],
        marker: '',
        scanBytes: 0,
        shard: 0,
      },
      data: [
        {
          __time__: String(START),
          __source__: '10.0.0.1',
          __topic__: 'web',
          '__tag__:__pack_id__': 'ABC-1',
          level: 'error',
          n: '1',
          ключ: 'значение',
        },
        { __time__: String(START + 2), __source__: '10.0.0.1', __topic__: 'db', '__tag__:__pack_id__': 'DEF-1', level: 'error', n: '3' },
      ],
    });
  });

  it('pages, turns around, keeps nanoseconds, and cuts a page of more than 100 lines', async () => {
    const n = async (body: object): Promise<unknown[]> => ((await ask(body)).body as Body).data.map((row) => row['n'] ?? row['other']);
    expect(await n({})).toEqual(['1', '2', '3', '4', 'x']);
    expect(await n({ line: 2, offset: 2 })).toEqual(['3', '4']);
    expect(await n({ line: 2, reverse: true })).toEqual(['x', '4']);
    expect(await n({ line: 1_000_000 })).toHaveLength(5);
    expect(await n({ topic: 'db' })).toEqual(['3']);
    expect(await n({ to: START + 1, toNsPart: 6 })).toEqual(['1', '2']);
    expect(((await ask({ offset: 1, line: 1 })).body as Body).data[0]).toMatchObject({ __time_ns_part__: '5' });
  });

  it('answers SQL in the order of its columns, with their types and NULL as text', async () => {
    const { body } = await ask({
      query: '* | select level, count(*) as c, max(n) as m from log group by level order by level',
      powerSql: true,
    });
    expect(body).toMatchObject({
      meta: {
        hasSQL: true,
        keys: ['level', 'c', 'm'],
        columnTypes: ['varchar', 'bigint', 'bigint'],
        count: 3,
        powerSql: true,
        whereQuery: '*',
      },
      data: [
        { level: 'error', c: '3', m: '3' },
        { level: 'info', c: '1', m: '2' },
        { level: 'warn', c: '1', m: '4' },
      ],
    });
    expect(((await ask({ query: 'other: x | select n, other' })).body as Body).data).toEqual([{ n: 'null', other: 'x' }]);
  });

  it('answers SPL and scans', async () => {
    const { body } = await ask({ query: "* | where level = 'error' | project level, n" });
    expect(body).toMatchObject({ meta: { mode: 2, phraseQueryInfo: { scanAll: true } }, data: [{ level: 'error', n: '1' }, {}, {}] });
    expect((await ask({ query: '*', session: 'mode=scan' })).body).toMatchObject({ meta: { mode: 2 } });
  });

  it('answers an empty logstore with nothing', async () => {
    expect(await ask({}, 'bare')).toMatchObject({ status: 400, errorCode: 'IndexConfigNotExist', body: 'logstore without index config' });
    await setup.call('POST', '/logstores', { logstoreName: 'empty', ttl: 1, shardCount: 1 });
    await setup.call('POST', '/logstores/empty/index', { line: { token: [' '] } });
    expect((await ask({}, 'empty')).body).toMatchObject({ meta: { count: 0, progress: 'Complete' }, data: [] });
  });

  it('refuses what is wrong by its code, and names it', async () => {
    expect(await ask({ from: -1 })).toMatchObject({
      status: 400,
      errorCode: 'ParameterInvalid',
      body: expect.stringContaining('The parameter from must be a positive integer') as string,
    });
    for (const bad of [
      { to: undefined },
      { offset: -1 },
      { query: '* | selec' },
      { query: 'a: "' },
      { from: START + 60, to: START },
      { fromNs: 1e9 },
    ])
      expect(await ask(bad)).toMatchObject({ status: 400, errorCode: 'ParameterInvalid' });
    expect(await ask({}, 'none')).toMatchObject({ status: 404, errorCode: 'LogStoreNotExist' });
  });
});

describe('GetLogs V1', () => {
  it('answers a bare array, the rest in headers that any client can read', async () => {
    const query = encodeURIComponent('level: error and ключ: значение | select n');
    const { headers, body } = await get(
      `type=log&topic=&line=&offset=&reverse=False&powerSql=True&query=${encodeURIComponent('level: error')}`,
    );
    expect(body).toMatchObject([{ level: 'error', n: '1' }, { n: '3' }, { other: 'x' }]);
    expect(headers).toMatchObject({
      'x-log-progress': 'Complete',
      'x-log-count': '3',
      'x-log-has-sql': 'false',
      'x-log-where-query': 'level: error',
      'x-log-agg-query': '',
    });
    expect(JSON.parse(headers['x-log-query-info'] ?? '')).toMatchObject({ terms: [['error', 'level']], limited: '100', mode: 0 });
    const foreign = await get(`type=log&query=${query}`);
    if (foreign.status === 200) for (const value of Object.values(foreign.headers)) expect(value).toMatch(/^[\x20-\x7e]*$/);
    else expect(foreign.errorCode).toBe('ParameterInvalid');
    const inLine = await get(`type=log&query=${encodeURIComponent('level:error and "значение"')}`);
    for (const value of Object.values(inLine.headers)) expect(value).toMatch(/^[\x20-\x7e]*$/);
  });
});

describe('GetHistograms', () => {
  it('counts over time on both paths, the sum in a header', async () => {
    for (const path of ['/logstores/app', '/logstores/app/index']) {
      const { headers, body } = await get('type=histogram&query=level:error&interval=30', path);
      expect(headers).toEqual({ 'x-log-progress': 'Complete', 'x-log-count': '3' });
      expect(body).toEqual([
        { from: START, to: START + 30, count: 3, progress: 'Complete' },
        { from: START + 30, to: START + 60, count: 0, progress: 'Complete' },
      ]);
    }
    expect(await get('type=histogram', '/logstores/bare')).toMatchObject({ errorCode: 'IndexConfigNotExist' });
  });
});

describe('GetContextLogs', () => {
  it('answers the neighbours of a log in its packs, numbered from it', async () => {
    const { data } = (await ask({ query: 'level: warn | with_pack_meta' })).body as Body;
    const [{ __pack_meta__: meta = '', '__tag__:__pack_id__': id = '' } = {}] = data;
    expect(id).toBe('ABC-2');
    const around = (back: number, forward: number) =>
      setup.call(
        'GET',
        `/logstores/app?type=context_log&pack_id=${id}&pack_meta=${encodeURIComponent(meta)}&back_lines=${back}&forward_lines=${forward}`,
      );
    const { body } = await around(5, 5);
    expect(body).toMatchObject({
      progress: 'Complete',
      total_lines: 4,
      back_lines: 2,
      forward_lines: 1,
      logs: [
        { __index_number__: '-2', n: '1', '__tag__:__pack_id__': 'ABC-1' },
        { __index_number__: '-1', n: '2', __time_ns_part__: '5' },
        { __index_number__: '0', n: '4', __pack_meta__: meta, __time__: String(START + 3) },
        { __index_number__: '1', other: 'x' },
      ],
    });
    expect((await around(0, 1)).body).toMatchObject({ total_lines: 2, back_lines: 0, forward_lines: 1 });
    const last = (body as { logs: { __pack_meta__: string }[] }).logs.at(-1)?.__pack_meta__ ?? '';
    expect(
      (await setup.call('GET', `/logstores/app?type=context_log&pack_meta=${encodeURIComponent(last)}&back_lines=0&forward_lines=9`)).body,
    ).toMatchObject({ total_lines: 0, logs: [] });
    for (const [back, forward] of [
      [0, 0],
      [101, 0],
      [-1, 5],
    ] as const)
      expect(await around(back, forward)).toMatchObject({ errorCode: 'ParameterInvalid' });
    expect(await setup.call('GET', '/logstores/app?type=context_log&pack_meta=x&back_lines=1')).toMatchObject({
      errorCode: 'ParameterInvalid',
    });
  });
});

describe('ListTopics', () => {
  it('pages over the topics there are', async () => {
    const page = async (query: string) => {
      const { body, headers } = await setup.call('GET', `/logstores/app?type=topic&${query}`);
      return [body, headers['x-log-count'], headers['x-log-nexttoken']];
    };
    expect(await page('token=&line=100')).toEqual([['db', 'web'], '2', '']);
    expect(await page('line=1')).toEqual([['db'], '1', 'db']);
    expect(await page('line=1&token=db')).toEqual([['web'], '1', '']);
    expect(await page(`token=${encodeURIComponent("x' or 1=1 --")}`)).toEqual([[], '0', '']);
  });
});

describe('a store view', () => {
  beforeAll(async () => {
    await setup.call('POST', '/', { projectName: 'p-2' });
    const on = { project: 'p-2' };
    await setup.call('POST', '/logstores', { logstoreName: 'other', ttl: 3650, shardCount: 1 }, on);
    await setup.call(
      'POST',
      '/logstores/other/index',
      { line: { token: [' '] }, keys: { owner: { type: 'text', token: [' '], doc_value: true } } },
      on,
    );
    const other = setup.catalog.logstore('p-2', 'other')!;
    tables.set(other.id, tableFor(other.id, other.index!));
    fillTable(engine, tables.get(other.id)!, [
      group('hr', {}, [
        [1, { owner: 'ann error' }],
        [30, { owner: 'bob' }],
      ]),
    ]);
    const stores = [
      { project: 'p-1', storeName: 'app', query: 'level: error' },
      { project: 'p-2', storeName: 'other' },
    ];
    await setup.call('POST', '/storeviews', { name: 'all_of_it', storeType: 'logstore', stores });
    await setup.call('POST', '/storeviews', { name: 'one_of_it', storeType: 'logstore', stores: stores.slice(0, 1) });
  });

  it('is searched like a logstore: its logstores merged by time, each behind its own filter', async () => {
    const seen = async (body: object) =>
      ((await ask(body, 'all_of_it')).body as Body).data.map((row) => row['owner'] ?? row['n'] ?? row['other']);
    expect(await seen({})).toEqual(['1', 'ann error', '3', 'x', 'bob']);
    expect(await seen({ reverse: true, line: 2 })).toEqual(['bob', 'x']);
    expect(await seen({ offset: 1, line: 2 })).toEqual(['ann error', '3']);
    expect(await seen({ query: 'error' })).toEqual(['1', 'ann error', '3', 'x']);
    const { body, headers } = await get('type=histogram&query=error&interval=30', '/logstores/all_of_it');
    expect(headers['x-log-count']).toBe('4');
    expect(body).toMatchObject([{ count: 4 }, { count: 0 }]);
  });

  it('of one logstore takes any query; over several, statements are refused by name', async () => {
    expect(((await ask({ query: '* | select count(*) as c' }, 'one_of_it')).body as Body).data).toEqual([{ c: '3' }]);
    expect(await ask({ query: '* | select count(*) as c' }, 'all_of_it')).toMatchObject({
      errorCode: 'ParameterInvalid',
      body: expect.stringContaining('SQL over a store view of 2 logstores is not available') as string,
    });
  });

  it('needs the right to each of its logstores', async () => {
    await setup.access.createUser('eve', '', setup.ctx);
    await setup.access.putPolicy(
      'p-1-only',
      '',
      JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Action: 'log:*', Resource: 'acs:log:*:*:project/p-1/*' }] }),
      setup.ctx,
    );
    await setup.access.attach('eve', 'p-1-only', setup.ctx);
    const caller = { accessKeyId: 'K', owner: 'eve', root: false, policies: ['p-1-only'] };
    const asEve = (view: string) => setup.call('POST', `/logstores/${view}/logs`, { from: START, to: START + 60 }, { caller });
    expect(await asEve('one_of_it')).toMatchObject({ status: 200 });
    expect(await asEve('all_of_it')).toMatchObject({ status: 401, errorCode: 'Unauthorized' });
  });
});
