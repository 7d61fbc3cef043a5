import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogstoreInfo } from '../control/catalog.ts';
import { controlSetup, type ControlSetup } from '../control/testing/control-setup.ts';
import { decompress } from '../core/codec.ts';
import { GroupBuilder } from '../core/group-builder.ts';
import { LogTables } from '../store/log-tables.ts';
import { SessionStore } from '../store/testing/session-store.ts';
import { IndexStep } from './index-step.ts';
import { StoreOldPulls } from './old-pulls.ts';

describe('old pulls', () => {
  let setup: ControlSetup;
  let store: SessionStore;
  let info: LogstoreInfo;
  let pulls: StoreOldPulls;
  let tables: LogTables;

  beforeEach(async () => {
    setup = await controlSetup();
    store = new SessionStore();
    await setup.catalog.createProject('proj', '', {}, setup.ctx);
    info = await setup.catalog.createLogstore('proj', { name: 'store', ttlDays: 3000, shardCount: 1 }, setup.ctx);
    tables = await LogTables.open(setup.state, store, setup.ctx);
    pulls = new StoreOldPulls({ store, tables, windowRows: 10, cacheBytes: 1000, limits: { maxSec: 60, maxMemoryBytes: 1e9 } });
  });
  afterEach(async () => {
    await store.close();
    await setup.close();
  });

  const index = async (): Promise<void> => {
    const { stream, catalog, ctx } = setup;
    const step = new IndexStep({ stream, store, tables, catalog, batchBytes: 1 << 20, parallel: 1 });
    const at = { logstore: info.id, shard: 0 };
    const { begin, end } = await stream.bounds(at, ctx);
    await step.process([{ at, from: begin, to: end }], ctx);
  };

  test('a consumer that goes through history gets every group, as the stream had it, and cannot tell the difference', async () => {
    await setup.put(info.id, 0, 57);
    const at = { logstore: info.id, shard: 0 };
    const { begin, end } = await setup.stream.bounds(at, setup.ctx);
    const wanted = await setup.stream.read(at, begin, { groups: 100, bytes: 1e9, waitMs: 0 }, setup.ctx);
    await index();
    const seen: string[] = [];
    for (let from = begin; from < end;) {
      const page = await pulls.readOld(info, 0, from, end, { groups: 7, bytes: 1e6 }, setup.ctx);
      expect(page.first).toBe(from);
      expect(page.next).toBe(from + BigInt(page.groups.length));
      expect(page.groups.length).toBeGreaterThan(0);
      expect(page.groups.length).toBeLessThanOrEqual(7);
      for (const group of page.groups) {
        expect(group.receivedMs).toBe(wanted.groups[0]?.receivedMs);
        seen.push(Buffer.from(decompress(group.codec, group.bytes, group.rawBytes)).toString('hex'));
      }
      from = page.next;
    }
    expect(seen).toEqual(wanted.groups.map((group) => Buffer.from(group.bytes).toString('hex')));
    const reads = store.statements.filter((text) => text.includes('ORDER BY shard, cursor, idx')).length;
    expect(reads).toBeLessThanOrEqual(8);
    // One group, however little room there is.
    expect((await pulls.readOld(info, 0, begin, end, { groups: 5, bytes: 1 }, setup.ctx)).groups).toHaveLength(1);
  });

  test('groups that no longer exist are skipped, also all of them; a logstore without a table has none', async () => {
    expect(await pulls.readOld(info, 0, 5n, 9n, { groups: 7, bytes: 1e6 }, setup.ctx)).toMatchObject({ first: 5n, groups: [], next: 9n });
    await setup.put(info.id, 0, 3);
    const { begin, end } = await setup.stream.bounds({ logstore: info.id, shard: 0 }, setup.ctx);
    await index();
    pulls = new StoreOldPulls({ store, tables, windowRows: 10, cacheBytes: 0, limits: { maxSec: 60, maxMemoryBytes: 1e9 } });
    const before = await pulls.readOld(info, 0, begin - 4n, end, { groups: 7, bytes: 1e6 }, setup.ctx);
    expect(before).toMatchObject({ first: begin, next: end });
    await store.command({ text: `DELETE FROM logs_${info.id} WHERE cursor = ${begin + 1n}`, params: {} });
    pulls = new StoreOldPulls({ store, tables, windowRows: 10, cacheBytes: 0, limits: { maxSec: 60, maxMemoryBytes: 1e9 } });
    const one = await pulls.readOld(info, 0, begin, end, { groups: 7, bytes: 1e6 }, setup.ctx);
    expect([one.first, one.groups.length, one.next]).toEqual([begin, 1, begin + 1n]);
    const two = await pulls.readOld(info, 0, one.next, end, { groups: 7, bytes: 1e6 }, setup.ctx);
    expect([two.first, two.groups.length, two.next]).toEqual([begin + 2n, 1, end]);
    // Past the retention: hidden before the partition is dropped.
    setup.clock.nowMs = () => Date.UTC(2040, 0);
    pulls = new StoreOldPulls({ store, tables, windowRows: 10, cacheBytes: 0, limits: { maxSec: 60, maxMemoryBytes: 1e9 } });
    expect(await pulls.readOld(info, 0, begin, end, { groups: 7, bytes: 1e6 }, setup.ctx)).toMatchObject({ groups: [], next: end });
  });

  test('a group larger than a window is read whole', async () => {
    const builder = new GroupBuilder();
    builder.begin();
    for (let i = 0; i < 45; i++) {
      builder.beginLog(1_700_000_000);
      builder.field('i', String(i));
      builder.endLog();
    }
    const bytes = builder.finish();
    const at = { logstore: info.id, shard: 0 };
    const first = await setup.stream.append(at, [{ bytes, codec: 'none', rawBytes: bytes.length, logs: 45 }], setup.ctx);
    await index();
    const page = await pulls.readOld(info, 0, first, first + 1n, { groups: 7, bytes: 1 }, setup.ctx);
    expect(page.groups).toHaveLength(1);
    expect(Buffer.from(page.groups[0]?.bytes ?? []).equals(bytes)).toBe(true);
  });
});
