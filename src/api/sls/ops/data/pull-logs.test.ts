import { afterEach, describe, expect, it } from 'vitest';
import type { LogstoreInfo } from '../../../../control/catalog.ts';
import { cursorText } from '../../../../control/consumer-groups/cursor-text.ts';
import { GroupBuilder } from '../../../../core/group-builder.ts';
import { decodeGroup } from '../../../../core/group-reader.ts';
import { IndexStep } from '../../../../index/index-step.ts';
import { StoreOldPulls } from '../../../../index/old-pulls.ts';
import { StorePullFilter } from '../../../../query/pull-filter.ts';
import type { SlsClient } from '../../../../sources/sls/sls-client.ts';
import { LogTables } from '../../../../store/log-tables.ts';
import { SessionStore } from '../../../../store/testing/session-store.ts';
import type { Cursor } from '../../../../stream/stream.ts';
import { groupsOf } from '../../testing/group-list.ts';
import { refusal, wireSetup, type WireSetup } from '../../testing/wire-setup.ts';

const number = (cursor: string): Cursor => BigInt(Buffer.from(cursor, 'base64').toString());

let setup: WireSetup;
let store: SessionStore;
let client: SlsClient;
let info: LogstoreInfo;
let step: IndexStep;
/** Up to where the engine has the shard. */
let indexed: Cursor | null;

/** With an engine behind the stream, as the server has it; a query has the engine take in what it has not yet. */
async function open(oldPulls = true): Promise<void> {
  indexed = null;
  store = new SessionStore();
  setup = await wireSetup({
    async services({ state, stream, catalog, ctx }) {
      const tables = await LogTables.open(state, store, ctx);
      step = new IndexStep({ stream, store, tables, catalog, batchBytes: 1 << 20, parallel: 1 });
      const limits = { maxSec: 60, maxMemoryBytes: 1e9 };
      const flush = async (): Promise<boolean> => {
        await index();
        return true;
      };
      return {
        oldPulls: oldPulls ? new StoreOldPulls({ store, tables, windowRows: 100, cacheBytes: 0, limits }) : null,
        pullFilter: new StorePullFilter(store, tables, { flush }, { timeZone: 'UTC', flushWaitMs: 1000, ...limits }),
      };
    },
  });
  client = setup.client();
  info = await setup.catalog.createLogstore('p-1', { name: 'app', ttlDays: 3000, shardCount: 1 }, setup.ctx);
}

afterEach(async () => {
  await setup.close();
  await store.close();
});

async function index(): Promise<void> {
  const at = { logstore: info.id, shard: 0 };
  const { begin, end } = await setup.stream.bounds(at, setup.ctx);
  const from = indexed !== null && indexed > begin ? indexed : begin;
  if (from < end) await step.process([{ at, from, to: end }], setup.ctx);
  indexed = end;
}

async function put(...logs: Readonly<Record<string, string>>[]): Promise<Buffer> {
  const builder = new GroupBuilder();
  builder.begin();
  for (const fields of logs) {
    builder.beginLog(Math.floor(setup.clock.nowMs() / 1000), 7);
    for (const [name, value] of Object.entries(fields)) builder.field(name, value);
    builder.endLog();
  }
  builder.topic('t');
  const bytes = builder.finish();
  await client.putLogs('app', { bytes, codec: 'none', rawBytes: bytes.length }, setup.ctx);
  return bytes;
}

const pull = async (cursor: string, query: Record<string, string> = {}) =>
  await client.call('GET', '/logstores/app/shards/0', { type: 'log', cursor, count: '100', ...query }, null, {}, setup.ctx);

describe('pulls with a program', () => {
  it('filter rows and trim columns, tell what they read and move the cursor over what they drop [K17]', async () => {
    await open();
    const first = await put({ level: 'error', code: '500', more: 'x' }, { level: 'info', code: '200' });
    await put({ level: 'info', code: '204' });
    const third = await put({ level: 'error', code: '503' });
    const begin = await client.cursor('app', 0, 'begin', setup.ctx);
    const end = await client.cursor('app', 0, 'end', setup.ctx);

    const kept = await client.pull('app', 0, begin, 100, "* | where level = 'error'", setup.ctx);
    expect(kept).toMatchObject({ groups: 2, next: end, atEnd: true, linesRead: 4, linesKept: 2 });
    const [cut, whole] = groupsOf(kept.list);
    expect(whole).toEqual(third);
    expect(decodeGroup(cut!)).toEqual({ ...decodeGroup(first), logs: decodeGroup(first).logs.slice(0, 1) });

    const trimmed = await client.pull('app', 0, begin, 100, "* | where level = 'error' | project code", setup.ctx);
    expect(groupsOf(trimmed.list).flatMap((bytes) => decodeGroup(bytes).logs.map(({ fields }) => fields))).toEqual([
      { code: '500' },
      { code: '503' },
    ]);

    // Java sends no pullMode.
    const none = await pull(begin, { query: "* | where level = 'debug'" });
    expect(none.body).toHaveLength(0);
    expect(none.headers).toMatchObject({
      'x-log-cursor': end,
      'x-log-count': '0',
      'x-log-bodyrawsize': '0',
      'x-log-rawdatacount': '3',
      'x-log-rawdatalines': '4',
      'x-log-resultlines': '0',
      'x-log-failedlines': '0',
    });
    const idle = await pull(end, { query: "* | where level = 'debug'" });
    expect(idle.headers).toMatchObject({ 'x-log-cursor': end, 'x-log-count': '0', 'x-log-end-of-cursor': '1' });

    // What was not filtered moves no cursor.
    expect(await refusal(pull(begin, { query: '* | where level =' }))).toBe('400 ParameterInvalid');
    expect(await refusal(pull(begin, { query: '* | stats n = count(*)' }))).toBe('400 ParameterInvalid');
  });
});

describe('pulls older than the stream', () => {
  it('come from the store, and nobody can tell where it ends and the stream begins', async () => {
    await open();
    const sent: Buffer[] = [];
    for (let n = 0; n < 10; n++) {
      sent.push(await put({ n: String(n) }, { n: `${n}-2` }));
      await setup.clock.advance(10_000);
    }
    const begin = await client.cursor('app', 0, 'begin', setup.ctx);
    const end = await client.cursor('app', 0, 'end', setup.ctx);
    const timeSec = await client.cursorTime('app', 0, begin, setup.ctx);
    await index();
    await setup.stream.trim({ logstore: info.id, shard: 0 }, number(begin) + 7n, setup.ctx);

    expect(await client.cursor('app', 0, 'begin', setup.ctx)).toBe(begin);
    expect(await client.cursorTime('app', 0, begin, setup.ctx)).toBe(timeSec);
    expect(await client.cursor('app', 0, String(timeSec + 20), setup.ctx)).toBe(cursorText(number(begin) + 2n));
    const got: Buffer[] = [];
    for (let cursor = begin; cursor !== end;) {
      const { headers } = await pull(cursor, { count: '3' });
      const page = await client.pull('app', 0, cursor, 3, null, setup.ctx);
      const groups = groupsOf(page.list);
      got.push(...groups);
      expect(page.next).toBe(cursorText(number(cursor) + BigInt(groups.length)));
      // Go names the cursor of each group of a page by it.
      expect(headers['x-log-read-last-cursor']).toBe(String(number(page.next) - 1n));
      cursor = page.next;
    }
    expect(got).toEqual(sent);
    const clamped = await pull(begin, { end_cursor: cursorText(number(begin) + 4n) });
    expect(clamped.headers).toMatchObject({ 'x-log-cursor': cursorText(number(begin) + 4n), 'x-log-count': '4' });
  });

  it('skip groups that are gone: the page begins later than it was asked for', async () => {
    await open();
    for (let n = 0; n < 6; n++) await put({ n: String(n) });
    const begin = await client.cursor('app', 0, 'begin', setup.ctx);
    await index();
    await setup.stream.trim({ logstore: info.id, shard: 0 }, number(begin) + 5n, setup.ctx);
    await store.command({ text: `DELETE FROM logs_${info.id} WHERE cursor < ${number(begin) + 2n}`, params: {} });
    const later = await pull(begin, { count: '2' });
    expect(later.headers).toMatchObject({
      'x-log-cursor': cursorText(number(begin) + 4n),
      'x-log-count': '2',
      'x-log-read-last-cursor': String(number(begin) + 3n),
    });
    const before = await pull(begin, { end_cursor: cursorText(number(begin) + 1n) });
    expect(before.headers).toMatchObject({ 'x-log-cursor': cursorText(number(begin) + 1n), 'x-log-count': '0' });
  });

  it('go on with what there is where there is no store, also when the stream is trimmed at that moment', async () => {
    await open(false);
    const sent: Buffer[] = [];
    for (let n = 0; n < 6; n++) sent.push(await put({ n: String(n) }));
    const begin = await client.cursor('app', 0, 'begin', setup.ctx);
    const at = { logstore: info.id, shard: 0 };
    await setup.stream.trim(at, number(begin) + 2n, setup.ctx);
    const page = await client.pull('app', 0, begin, 100, null, setup.ctx);
    expect(groupsOf(page.list)).toEqual(sent.slice(2));

    const cursor = cursorText(number(begin) + 2n);
    const { bounds } = setup.stream;
    setup.stream.bounds = async (ref, ctx) => {
      const known = await bounds.call(setup.stream, ref, ctx);
      await setup.stream.trim(at, number(begin) + 4n, ctx);
      return known;
    };
    const raced = await client.pull('app', 0, cursor, 100, null, setup.ctx);
    expect(groupsOf(raced.list)).toEqual(sent.slice(4));
  });
});

describe('a pull', () => {
  it('fills an answer up to its largest size', async () => {
    await open(false);
    const value = 'y'.repeat(900_000);
    for (let n = 0; n < 12; n++) await put({ n: String(n), value });
    const begin = await client.cursor('app', 0, 'begin', setup.ctx);
    const page = await client.pull('app', 0, begin, 1000, null, setup.ctx);
    // 11 of 0.9 MB make the 10 MB of the setting; the twelfth is the next answer's.
    expect(page.groups).toBe(Math.floor(setup.settings.sls.pullMaxBytes / groupsOf(page.list)[0]!.length));
    expect(page.list.length).toBeGreaterThan(9_000_000);
  });
});
