import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogstoreInfo } from '../control/catalog.ts';
import { controlSetup, type ControlSetup } from '../control/testing/control-setup.ts';
import { compress } from '../core/codec.ts';
import { SluiceError } from '../core/errors.ts';
import { GroupBuilder } from '../core/group-builder.ts';
import type { RangeOutcome } from '../jobs/range-step.ts';
import { index, key } from '../query/testing/log-store.ts';
import { LogTables } from '../store/log-tables.ts';
import { textExpr } from '../store/log-table.ts';
import { SessionStore } from '../store/testing/session-store.ts';
import type { ShardRange } from '../stream/stream.ts';
import { IndexStep } from './index-step.ts';
import { GroupRebuilder, rebuildColumns } from './rebuild.ts';

describe('the step index', () => {
  let setup: ControlSetup;
  let store: SessionStore;
  let tables: LogTables;
  let step: IndexStep;
  let info: LogstoreInfo;
  const groups: Buffer[] = [];
  const builder = new GroupBuilder();

  /** A step as after a start: it knows nothing of what was done. */
  const restart = async (batchBytes = 1 << 20): Promise<void> => {
    tables = await LogTables.open(setup.state, store, setup.ctx);
    const { stream, catalog } = setup;
    step = new IndexStep({ stream, store, tables, catalog, batchBytes, parallel: 2 });
  };

  beforeEach(async () => {
    setup = await controlSetup();
    store = new SessionStore();
    groups.length = 0;
    await setup.catalog.createProject('proj', '', {}, setup.ctx);
    await setup.catalog.createLogstore('proj', { name: 'store', ttlDays: 3650, shardCount: 2 }, setup.ctx);
    await setup.catalog.putIndex(
      'proj',
      'store',
      index({ ip: key(), n: key({ type: 'long' }), d: key({ type: 'double' }) }),
      true,
      setup.ctx,
    );
    info = setup.catalog.logstore('proj', 'store') as LogstoreInfo;
    await restart();
  });
  afterEach(async () => {
    await store.close();
    await setup.close();
  });

  const put = async (shard: number, logs: readonly (readonly (readonly [string, string])[])[]): Promise<void> => {
    builder.begin();
    for (const [i, fields] of logs.entries()) {
      builder.beginLog(1_725_961_920 + i, i);
      for (const [name, value] of fields) builder.field(name, value);
      builder.endLog();
    }
    builder.topic('topic');
    builder.source('10.0.0.1');
    builder.tag('__hostname__', 'web-1');
    const bytes = builder.finish();
    groups.push(bytes);
    await setup.stream.append(
      { logstore: info.id, shard },
      [{ bytes: compress('lz4', bytes), codec: 'lz4', rawBytes: bytes.length, logs: logs.length }],
      setup.ctx,
    );
  };
  const all = async (): Promise<ShardRange[]> =>
    await Promise.all(
      [0, 1].map(async (shard) => {
        const at = { logstore: info.id, shard };
        const { begin, end } = await setup.stream.bounds(at, setup.ctx);
        return { at, from: begin, to: end };
      }),
    );
  const count = async (): Promise<number> => Number((await ask('SELECT count() FROM logs_1'))[0]?.[0]);
  const ask = async (text: string, params = {}): Promise<readonly (readonly unknown[])[]> => (await store.query({ text, params })).rows;
  const errors = (outcomes: readonly RangeOutcome[]): (string | null)[] => outcomes.map((outcome) => outcome.error?.code ?? null);

  test('logs become rows of typed columns, and the table gives back the very bytes', async () => {
    await put(0, [
      [
        ['ip', '10.0.0.1'],
        ['n', '007'],
        ['d', '0.25'],
        ['free', 'text'],
      ],
      [
        ['n', '7'],
        ['d', '1e5'],
        ['ip', ''],
        ['ip', 'again'],
      ],
      [['n', 'none']],
    ]);
    await put(1, [[['ip', 'ü']]]);
    const outcomes = await step.process(await all(), setup.ctx);
    expect(outcomes.map(({ rowsIn, rowsOut, error, acknowledgement }) => [rowsIn, rowsOut, error, acknowledgement])).toEqual([
      [3, 3, null, 'store: logs_1, 3 rows'],
      [1, 1, null, 'store: logs_1, 1 rows'],
    ]);
    expect(store.inserts).toBe(1);
    expect(
      await ask(
        'SELECT shard, idx, toString(time), topic, source, tags, meta, shape, f_1, f_2, f_3, toString(rest) FROM logs_1 ORDER BY shard, idx',
      ),
    ).toEqual([
      [
        0,
        0,
        '2024-09-10 09:52:00.000000000',
        'topic',
        '10.0.0.1',
        '{"__hostname__":"web-1"}',
        '10.0.0.1\ntopic\nweb-1',
        '#A.C.',
        '10.0.0.1',
        '7',
        0.25,
        "{'n':'007','free':'text'}",
      ],
      [
        0,
        1,
        '2024-09-10 09:52:01.000000001',
        'topic',
        '10.0.0.1',
        '{"__hostname__":"web-1"}',
        '10.0.0.1\ntopic\nweb-1',
        '#B.A.',
        '',
        '7',
        100000,
        "{'d':'1e5','ip':'again'}",
      ],
      [
        0,
        2,
        '2024-09-10 09:52:02.000000002',
        'topic',
        '10.0.0.1',
        '{"__hostname__":"web-1"}',
        '10.0.0.1\ntopic\nweb-1',
        '#.',
        '',
        null,
        null,
        "{'n':'none'}",
      ],
      [
        1,
        0,
        '2024-09-10 09:52:00.000000000',
        'topic',
        '10.0.0.1',
        '{"__hostname__":"web-1"}',
        '10.0.0.1\ntopic\nweb-1',
        '#A',
        'ü',
        null,
        null,
        '{}',
      ],
    ]);
    const table = tables.table(info.id);
    if (table === null) throw new Error('no table');
    const columns = rebuildColumns(table);
    const rebuilt = [];
    for (const shard of [0, 1]) {
      const text = `SELECT ${columns.join(', ')} FROM logs_1 WHERE shard = ${shard} ORDER BY cursor, idx`;
      const chunks: Uint8Array[] = [];
      const limits = { maxSec: 9, maxMemoryBytes: 1e9, maxResultRows: 1e6 };
      for await (const chunk of store.bytes({ text, params: {} }, 'RowBinary', 'background', limits, setup.ctx)) chunks.push(chunk);
      rebuilt.push(...new GroupRebuilder(table, columns).groups(Buffer.concat(chunks)));
    }
    expect(rebuilt.map((group) => group.bytes.toString('hex'))).toEqual(groups.map((bytes) => bytes.toString('hex')));
    expect(rebuilt[0]?.receivedMs).toBe(setup.clock.nowMs());
  });

  test('a number whose text its column is trusted with is printed by the engine as it came', async () => {
    const texts = [
      '0',
      '7',
      '-7',
      '0.5',
      '-0.25',
      '1000000000000000',
      '0.00001',
      '123456.789',
      '99999999999.9999',
      '0.3',
      '100',
      '0.000012',
    ];
    for (let i = 0; i < 300; i++) texts.push(String(Math.round((i * 7919.77) ** 2) / 10 ** (i % 6)));
    await put(
      0,
      texts.map((text) => [
        ['d', text],
        ['n', text],
        ['text', text],
      ]),
    );
    await step.process(await all(), setup.ctx);
    const table = tables.table(info.id);
    for (const column of table?.columns.slice(1) ?? []) {
      const wrong = await ask(`SELECT ${textExpr(column, 'key')} AS printed, rest['text'] FROM logs_1 WHERE printed != rest['text']`, {
        key: column.key,
      });
      expect(wrong).toEqual([]);
      const trusted = await ask(`SELECT countIf(position(shape, '${column.key === 'n' ? 'B' : 'C'}') > 0) FROM logs_1`);
      expect(Number(trusted[0]?.[0])).toBeGreaterThan(column.key === 'n' ? 40 : 250);
    }
  });

  test('whatever fails and comes again, each log is one row', async () => {
    for (let i = 0; i < 5; i++) await put(i % 2, [[['ip', `10.0.0.${i}`]], [['n', String(i)]]]);
    // The engine has the rows, but the answer was lost.
    store.afterInsert = () => {
      throw new SluiceError('store.unavailable', 'the connection broke');
    };
    expect(errors(await step.process(await all(), setup.ctx))).toEqual(['store.unavailable', 'store.unavailable']);
    store.afterInsert = () => {};
    expect(await count()).toBe(10);
    expect(errors(await step.process(await all(), setup.ctx))).toEqual([null, null]);
    expect(await count()).toBe(10);

    // A new process repeats the range, alone and with what came after it.
    await restart();
    const [first, second] = await all();
    if (first === undefined || second === undefined) throw new Error('two shards');
    const again = await step.process([second], setup.ctx);
    expect(again[0]).toMatchObject({ rowsIn: 4, rowsOut: 4, error: null });
    await put(0, [[['ip', 'late']]]);
    await restart();
    expect(errors(await step.process(await all(), setup.ctx))).toEqual([null, null]);
    expect(await count()).toBe(11);
  });

  test('a large range goes in several inserts; one that fails in the middle is completed', async () => {
    for (let i = 0; i < 40; i++) await put(0, [[['ip', 'x'.repeat(4000)]]]);
    await restart(20_000);
    let inserts = 0;
    store.before = (what) => {
      if (what.startsWith('INSERT') && ++inserts === 4) throw new SluiceError('store.full', 'the disk is full');
    };
    expect(errors(await step.process(await all(), setup.ctx))).toEqual(['store.full', 'store.full']);
    const before = await count();
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(40);
    expect(errors(await step.process(await all(), setup.ctx))).toEqual([null, null]);
    expect(await count()).toBe(40);
  });

  test('keys that come into the index later are columns from then on; the rows before keep them in rest', async () => {
    await put(0, [[['late', 'before']]]);
    const [first] = await all();
    if (first === undefined) throw new Error('a shard');
    await step.process([first], setup.ctx);
    await setup.catalog.putIndex('proj', 'store', index({ ip: key(), late: key() }), false, setup.ctx);
    await put(0, [
      [
        ['late', 'after'],
        ['n', '5'],
      ],
    ]);
    const [whole] = await all();
    if (whole === undefined) throw new Error('a shard');
    await step.process([{ ...whole, from: first.to }], setup.ctx);
    const late = tables.table(info.id)?.columns.find((column) => column.key === 'late');
    expect(late).toMatchObject({ name: 'f_4', generation: 2 });
    if (late === undefined) throw new Error('a column');
    expect(await ask(`SELECT ${textExpr(late, 'key')}, f_4, toString(rest) FROM logs_1 ORDER BY cursor`, { key: 'late' })).toEqual([
      ['before', '', "{'late':'before'}"],
      ['after', 'after', "{'n':'5'}"],
    ]);
  });

  test('a table that the store has lost is made again; a deleted logstore is no fault; bytes that are no group are kept', async () => {
    await put(0, [[['ip', 'a']]]);
    await step.process(await all(), setup.ctx);
    await store.command({ text: 'DROP TABLE logs_1 SYNC', params: {} });
    const at = { logstore: info.id, shard: 1 };
    await setup.stream.append(at, [{ bytes: Buffer.from([0x0a, 0x7f, 0x01]), codec: 'none', rawBytes: 3, logs: 1 }], setup.ctx);
    const { begin, end } = await setup.stream.bounds(at, setup.ctx);
    const [kept] = await step.process([{ at, from: begin, to: end }], setup.ctx);
    expect(kept).toMatchObject({ error: null, rowsOut: 1 });
    expect(kept?.acknowledgement).toContain('kept as bytes');
    expect(await count()).toBe(1);
    const ranges = await all();
    await setup.catalog.deleteLogstore('proj', 'store', setup.ctx);
    expect(errors(await step.process(ranges, setup.ctx))).toEqual([null, null]);
  });
});
