import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../core/clock.ts';
import { quietContext } from '../core/context.ts';
import type { LogGroup } from '../core/log.ts';
import type { QueryAnswer, QueryRequest } from './queries.ts';
import { RunQueries, type QuerySettings } from './run-queries.ts';
import { openTestEngine, type TestEngine } from './testing/engine.ts';
import { fillTable, index, key, logstore, tableFor, testStore } from './testing/log-store.ts';

const START = 1_700_000_000;
const CONFIG = index({ status: key({ type: 'long' }), rt: key({ type: 'double' }), msg: key(), ip: key({ alias: 'client' }) });
const OTHER = index({ ip: key(), owner: key() });
const log = (at: number, fields: Record<string, string>, ns = 0): LogGroup['logs'][number] => ({
  timeSec: START + at,
  timeNsPart: ns,
  fields,
});
const GROUPS: LogGroup[] = [
  {
    topic: 't1',
    source: 's1',
    tags: { __pack_id__: 'AB-1' },
    logs: [log(0, { status: '200', ip: 'a', msg: 'first', rt: '0.50' }), log(1, { status: '500', ip: 'b', msg: 'second', z: '1' })],
  },
  {
    topic: 't2',
    source: 's2',
    tags: {},
    logs: [log(59, { status: 'x', ip: 'a', msg: '' }, 999_000_000), log(60, { status: '200', ip: 'c', msg: '{"k":"v"}' })],
  },
  { topic: 't1', source: 's1', tags: { __pack_id__: 'AB-2' }, logs: [log(120, { status: '404', ip: 'a', msg: 'third first' })] },
];
const SETTINGS: QuerySettings = {
  timeZone: 'UTC',
  maxSec: 10,
  maxMemoryBytes: 1e9,
  maxRowsToRead: 1e9,
  flushWaitMs: 100,
  maxRows: 1_000_000,
};

describe('RunQueries', () => {
  let engine: TestEngine;
  let queries: RunQueries;
  const flushed: number[][] = [];
  const table = tableFor(1, CONFIG);
  const other = tableFor(2, OTHER);
  const store = logstore(CONFIG);
  const ctx = quietContext(new FakeClock((START + 600) * 1000));
  beforeAll(() => {
    engine = openTestEngine();
    fillTable(engine, table, GROUPS);
    fillTable(engine, other, [
      { topic: '', source: '', tags: {}, logs: [log(5, { ip: 'a', owner: 'ann' }), log(6, { ip: 'b', owner: 'bob' })] },
    ]);
    const tables = new Map([
      [1, table],
      [2, other],
    ]);
    const freshness = { flush: (ids: readonly number[]) => Promise.resolve(flushed.push([...ids]) > 0) };
    queries = new RunQueries(
      testStore(engine),
      { table: (id) => tables.get(id) ?? null },
      freshness,
      { logstore: (_, name) => (name === 'owners' ? logstore(OTHER, { id: 2, name }) : null) },
      SETTINGS,
    );
  });
  afterAll(() => engine.close());

  const ask = (query: string, change: Partial<QueryRequest> = {}): Promise<QueryAnswer> =>
    queries.query({ logstore: store, fromSec: START, toSec: START + 121, query, line: 100, offset: 0, reverse: false, ...change }, ctx);
  const column = (answer: QueryAnswer, name: string): (string | null)[] =>
    answer.rows.map((row) => row[answer.columns.findIndex((one) => one.name === name)]!);

  it('gives logs as they were, oldest first, and who they are', async () => {
    const answer = await ask('*');
    expect(answer.columns.map((one) => one.name)).toEqual([
      '__time__',
      '__time_ns_part__',
      '__source__',
      '__topic__',
      '__tag__:__pack_id__',
      'status',
      'ip',
      'msg',
      'rt',
      'z',
    ]);
    expect(answer.rows[0]).toEqual([String(START), null, 's1', 't1', 'AB-1', '200', 'a', 'first', '0.50', null]);
    expect(answer.rows[2]).toEqual([String(START + 59), '999000000', 's2', 't2', null, 'x', 'a', '', null, null]);
    expect(answer.identities[1]).toEqual({ shard: 0, cursor: '0', index: 1 });
    expect(answer).toMatchObject({ complete: true, hasSql: false, whereQuery: '*', mode: 0 });
  });

  it('pages, newest first, by topic, within [from, to) to the nanosecond', async () => {
    expect(column(await ask('*', { line: 2, offset: 1 }), 'msg')).toEqual(['second', '']);
    expect(column(await ask('*', { reverse: true, line: 1 }), 'msg')).toEqual(['third first']);
    expect(column(await ask('*', { topic: 't2' }), 'msg')).toEqual(['', '{"k":"v"}']);
    expect(column(await ask('*', { toSec: START + 60 }), 'ip')).toEqual(['a', 'b', 'a']);
    expect(column(await ask('*', { toSec: START + 120 }), 'ip')).toEqual(['a', 'b', 'a', 'c']);
  });

  it('searches', async () => {
    const answer = await ask('first not status:404');
    expect(column(answer, 'msg')).toEqual(['first']);
    expect(answer.terms).toEqual([{ key: '', term: 'first' }]);
  });

  it('reads a page of logs with a word in it from the full-text index, not from the rows', () => {
    const request = { logstore: store, fromSec: START, toSec: START + 121, line: 100, offset: 0, reverse: true };
    for (const query of ['first', 'msg: first', 'first | select msg order by __time__ desc limit 5', 'first | where true']) {
      const { sql } = queries.explain({ ...request, query }, ctx);
      const plan = engine
        .query({ ...sql, text: `EXPLAIN actions = 1 ${sql.text}` })
        .rows.flat()
        .join('\n');
      expect(plan).toContain('__text_index_');
      expect(plan).not.toContain('__topKFilter');
    }
  });

  it('flushes what the logstores still have pending, of joined logstores too', async () => {
    flushed.length = 0;
    const answer = await ask(
      '* | select l.ip, o.owner, count(*) as n from log l join owners o on l.ip = o.ip group by l.ip, o.owner order by n desc, l.ip',
    );
    expect(answer.rows).toEqual([
      ['a', 'ann', '3'],
      ['b', 'bob', '1'],
    ]);
    expect(flushed).toEqual([[1, 2]]);
  });

  it('answers SQL as SLS prints it', async () => {
    const answer = await ask(
      'status >= 200 | select status, count(*), avg(rt) as a, array_agg(client) as c, from_unixtime(max(__time__)) as t, max(msg) is null as e where status < 500 group by status order by 1',
    );
    expect(answer.columns).toEqual([
      { name: 'status', type: 'bigint' },
      { name: '_col1', type: 'bigint' },
      { name: 'a', type: 'double' },
      { name: 'c', type: 'array' },
      { name: 't', type: 'timestamp' },
      { name: 'e', type: 'boolean' },
    ]);
    expect(answer.rows).toEqual([
      ['200', '2', '0.5', '["a","c"]', '2023-11-14 22:14:20.000', 'false'],
      ['404', '1', null, '["a"]', '2023-11-14 22:15:20.000', 'false'],
    ]);
    expect(answer).toMatchObject({ hasSql: true, whereQuery: 'status >= 200', mode: 0 });
  });

  it('gives 100 rows when SQL says nothing else, and refuses more than the limit', async () => {
    expect((await ask('* | select x from unnest(sequence(1, 300)) as t(x)')).rows).toHaveLength(100);
    await expect(ask('* | select msg limit 999999, 2')).rejects.toMatchObject({ code: 'query.limit' });
  });

  it('expands * to the indexed fields', async () => {
    const answer = await ask('* | select * order by __time__ limit 1');
    expect(answer.columns.map((one) => one.name)).toEqual(['status', 'rt', 'msg', 'ip', '__source__', '__topic__', '__time__']);
    expect(answer.rows).toEqual([['200', '0.5', 'first', 'a', 's1', 't1', String(START)]]);
  });

  it('scans with SPL over fields without an index', async () => {
    const fixed = await ask("* | where z = '1' | extend n = cast(status as bigint) + 1 | project ip, n");
    expect(fixed.columns.map((one) => one.name)).toEqual(['__time__', '__time_ns_part__', 'ip', 'n']);
    expect(fixed.rows.map((row) => row.slice(2))).toEqual([['b', '501']]);
    expect(fixed.identities).toEqual([{ shard: 0, cursor: '0', index: 1 }]);
    const open = await ask('third | project-away msg');
    expect(column(open, '__tag__:__pack_id__')).toEqual(['AB-2']);
    expect(column(open, 'status')).toEqual(['404']);
    const stats = await ask('* | stats n = count(*) by ip | sort n desc, ip | limit 2');
    expect(stats.rows).toEqual([
      ['a', '3'],
      ['b', '1'],
    ]);
  });

  it('fills the windows of a time series', async () => {
    const answer = await ask(
      "* | select time_series(__time__, '1m', '%H:%i', '0') as t, count(*) as n, max(status) as m group by t order by t",
    );
    expect(answer.rows).toEqual([
      ['22:13', '2', '500'],
      ['22:14', '2', '200'],
      ['22:15', '1', '404'],
    ]);
    const gaps = await ask(
      "ip:b or third | select time_series(__time__, '1m', '%H:%i', 'last') as t, max(status) as m from log group by t order by t",
    );
    expect(gaps.rows).toEqual([
      ['22:13', '500'],
      ['22:14', '500'],
      ['22:15', '404'],
    ]);
    const nulls = await ask(
      "ip:b or third | select time_series(__time__, '1m', '%i', 'null') as t, count(*) as n group by t order by t desc",
    );
    expect(nulls.rows).toEqual([
      ['15', '1'],
      ['14', null],
      ['13', '1'],
    ]);
  });

  it('compares with earlier periods', async () => {
    const now = { fromSec: START + 60, toSec: START + 120 };
    expect((await ask('* | select compare(n, 60) as c from (select count(*) as n from log)', now)).rows).toEqual([
      ['[1.0,3.0,0.3333333333333333]'],
    ]);
    const series = await ask(
      '* | select t, ts_compare(n, 60) as c from (select __time__ - __time__ % 60 as t, count(*) as n from log group by t) group by t order by t',
      { fromSec: START + 40, toSec: START + 100 },
    );
    expect(series.rows).toEqual([[String(START + 40), '[2.0,2.0,1.0]']]);
  });

  it('counts per bar, aligned, over the whole range', async () => {
    const answer = await queries.histogram(
      {
        logstore: store,
        fromSec: START - 20,
        toSec: START + 130,
        query: '* not second',
        line: 0,
        offset: 0,
        reverse: false,
        intervalSec: 60,
      },
      ctx,
    );
    expect(answer.total).toBe(4);
    expect(answer.buckets.map((one) => [one.fromSec - START, one.toSec - START, one.count])).toEqual([
      [-20, 40, 1],
      [40, 100, 2],
      [100, 130, 1],
    ]);
  });

  it('finds one log and those around it from the same source', async () => {
    const found = await queries.log(store, { shard: 0, cursor: '1', index: 1 }, ctx);
    expect(found).toMatchObject({ timeSec: START + 60, topic: 't2', source: 's2', fields: { status: '200', ip: 'c', msg: '{"k":"v"}' } });
    const around = await queries.context(store, { shard: 0, cursor: '0', index: 1 }, 5, 5, ctx);
    expect(around.map((one) => one.fields['msg'])).toEqual(['first', 'second', 'third first']);
    await expect(queries.log(store, { shard: 0, cursor: '9', index: 0 }, ctx)).rejects.toMatchObject({ code: 'request.not_found' });
  });

  it('tells which value cannot be computed', async () => {
    await expect(ask('* | select 1 / (status - 200) where status = 200')).rejects.toMatchObject({
      code: 'query.value',
      message: 'division by zero',
    });
    await expect(ask('* | select cast(msg as bigint)')).rejects.toMatchObject({ code: 'query.value' });
  });

  it('answers over a logstore that never had a log', async () => {
    const empty = { logstore: logstore(CONFIG, { id: 9 }) };
    expect((await ask('status:200 and first', empty)).rows).toEqual([]);
    expect((await ask('* | select count(*) as n, max(status) as m', empty)).rows).toEqual([['0', null]]);
    expect((await ask('* | where a is null', empty)).rows).toEqual([]);
  });

  it('needs an index', async () => {
    await expect(ask('*', { logstore: logstore(null) })).rejects.toMatchObject({ code: 'query.no_index' });
  });
});
