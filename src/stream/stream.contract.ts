import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quietContext, type RunContext } from '../core/context.ts';
import { FakeClock, type Clock } from '../core/clock.ts';
import { SluiceError, type ErrorCode } from '../core/errors.ts';
import type { GroupBytes } from '../core/log.ts';
import { shardKey, type Cursor, type ShardRef, type Stream } from './stream.ts';

/** A stream under test. The contract steers `clock`; wherever it waits for real, it waits for an event, not for a time. */
export interface StreamUnderTest {
  readonly stream: Stream;
  /** Closes the stream and opens it again on the same data. */
  reopen(): Promise<Stream>;
  /** Closes and removes everything. */
  dispose(): Promise<void>;
}

export type StreamSkips = Partial<Record<'reopen' | 'receive times' | 'recreated shard', string>>;

/** Everything an adapter of the Stream port must do. A skip has a reason and is named by the run. */
export function streamContract(name: string, open: (clock: Clock) => Promise<StreamUnderTest>, skips: StreamSkips = {}): void {
  describe(`stream contract: ${name}`, () => {
    const clock = new FakeClock();
    const ctx = quietContext(clock);
    let under: StreamUnderTest;
    let stream: Stream;
    let nextLogstore = 1;

    const freshShard = async (): Promise<ShardRef> => {
      const at = { logstore: nextLogstore++, shard: 0 };
      await stream.createShard(at, ctx);
      return at;
    };
    const testUnless = (skip: keyof StreamSkips, title: string, body: () => Promise<void>): void => {
      const reason = skips[skip];
      if (reason === undefined) test(title, body);
      else test.skip(`${title} (left out: ${reason})`, body);
    };

    beforeAll(async () => {
      under = await open(clock);
      stream = under.stream;
    });
    afterAll(async () => {
      await under.dispose();
    });

    test('an empty shard begins where it ends, and reading it is an answer', async () => {
      const at = await freshShard();
      const bounds = await stream.bounds(at, ctx);
      expect(bounds.begin).toBe(bounds.end);
      expect(bounds.bytes).toBe(0);
      const page = await stream.read(at, bounds.end, { groups: 10, bytes: 1000, waitMs: 0 }, ctx);
      expect(page).toEqual({ first: bounds.end, groups: [], next: bounds.end, atEnd: true });
    });

    test('groups come back byte for byte, in order, one cursor each', async () => {
      const at = await freshShard();
      const begin = await stream.cursorAt(at, 'begin', ctx);
      expect(await stream.append(at, [group('a'), group('b', 'lz4', 99, 7)], ctx)).toBe(begin);
      expect(await stream.append(at, [group('c', 'zstd'), group('d', 'deflate')], ctx)).toBe(begin + 2n);
      const page = await stream.read(at, begin, { groups: 10, bytes: 1e9, waitMs: 0 }, ctx);
      expect(page.first).toBe(begin);
      expect(page.next).toBe(begin + 4n);
      expect(page.atEnd).toBe(true);
      expect(page.groups.map((g) => Buffer.from(g.bytes).toString())).toEqual(['a', 'b', 'c', 'd']);
      expect(page.groups.map((g) => g.codec)).toEqual(['none', 'lz4', 'zstd', 'deflate']);
      expect(page.groups[1]).toMatchObject({ rawBytes: 99, logs: 7 });
      const bounds = await stream.bounds(at, ctx);
      expect([bounds.begin, bounds.end]).toEqual([begin, begin + 4n]);
      expect(bounds.bytes).toBeGreaterThan(0);
    });

    test('reading from a cursor returns its group first', async () => {
      const at = await freshShard();
      const first = await stream.append(at, [group('a'), group('b'), group('c')], ctx);
      const page = await stream.read(at, first + 1n, { groups: 1, bytes: 1e9, waitMs: 0 }, ctx);
      expect(texts(page.groups)).toEqual(['b']);
      expect(page.next).toBe(first + 2n);
      expect(page.atEnd).toBe(false);
    });

    test('a page stops at the groups and at the raw bytes asked for, and never below one group', async () => {
      const at = await freshShard();
      const first = await stream.append(
        at,
        ['a', 'b', 'c', 'd'].map((t) => group(t, 'none', 100)),
        ctx,
      );
      const read = async (groups: number, bytes: number): Promise<string[]> =>
        texts((await stream.read(at, first, { groups, bytes, waitMs: 0 }, ctx)).groups);
      expect(await read(2, 1e9)).toEqual(['a', 'b']);
      expect(await read(10, 300)).toEqual(['a', 'b', 'c']);
      expect(await read(10, 299)).toEqual(['a', 'b']);
      expect(await read(10, 1)).toEqual(['a']);
    });

    test('shards know nothing of each other', async () => {
      const one = await freshShard();
      const two = { logstore: one.logstore, shard: 7 };
      await stream.createShard(two, ctx);
      await stream.append(one, [group('one')], ctx);
      const first = await stream.append(two, [group('two')], ctx);
      expect(texts((await stream.read(two, first, { groups: 9, bytes: 1e9, waitMs: 0 }, ctx)).groups)).toEqual(['two']);
      expect((await stream.bounds(one, ctx)).end - (await stream.bounds(one, ctx)).begin).toBe(1n);
    });

    test('appends that run together keep every group once, in the order each caller sent', async () => {
      const at = await freshShard();
      const begin = await stream.cursorAt(at, 'begin', ctx);
      const callers = Array.from({ length: 10 }, async (_, caller) => {
        for (let i = 0; i < 20; i++) await stream.append(at, [group(`${caller}:${i}`)], ctx);
      });
      await Promise.all(callers);
      const all = texts((await stream.read(at, begin, { groups: 1000, bytes: 1e9, waitMs: 0 }, ctx)).groups);
      expect(all).toHaveLength(200);
      for (let caller = 0; caller < 10; caller++) {
        expect(all.filter((t) => t.startsWith(`${caller}:`))).toEqual(Array.from({ length: 20 }, (_, i) => `${caller}:${i}`));
      }
    });

    test('a shard that does not exist is named, for every call', async () => {
      const at = { logstore: 999_999, shard: 3 };
      const max = { groups: 1, bytes: 1, waitMs: 0 };
      await rejects(() => stream.append(at, [group('x')], ctx), 'stream.shard_missing');
      await rejects(() => stream.read(at, 0n, max, ctx), 'stream.shard_missing');
      await rejects(() => stream.bounds(at, ctx), 'stream.shard_missing');
      await rejects(() => stream.cursorAt(at, 'begin', ctx), 'stream.shard_missing');
      await rejects(() => stream.trim(at, 1n, ctx), 'stream.shard_missing');
    });

    test('a cursor beyond the end is invalid', async () => {
      const at = await freshShard();
      const first = await stream.append(at, [group('a')], ctx);
      await rejects(() => stream.read(at, first + 2n, { groups: 1, bytes: 1, waitMs: 0 }, ctx), 'stream.cursor_invalid');
      await rejects(() => stream.receivedMsAt(at, first + 2n, ctx), 'stream.cursor_invalid');
    });

    test('trim drops what is before the cursor and nothing else; older cursors expire with the first one kept', async () => {
      const at = await freshShard();
      const first = await stream.append(
        at,
        ['a', 'b', 'c', 'd'].map((t) => group(t)),
        ctx,
      );
      const before = await stream.bounds(at, ctx);
      await stream.trim(at, first + 2n, ctx);
      const after = await stream.bounds(at, ctx);
      expect([after.begin, after.end]).toEqual([first + 2n, first + 4n]);
      expect(after.bytes).toBe(before.bytes / 2);
      expect(texts((await stream.read(at, after.begin, { groups: 9, bytes: 1e9, waitMs: 0 }, ctx)).groups)).toEqual(['c', 'd']);
      const error = await rejects(() => stream.read(at, first + 1n, { groups: 1, bytes: 1, waitMs: 0 }, ctx), 'stream.cursor_expired');
      expect(error.details['begin']).toBe(String(first + 2n));
      await stream.trim(at, first, ctx);
      expect((await stream.bounds(at, ctx)).begin).toBe(first + 2n);
    });

    test('a shard trimmed to its end goes on counting where it was', async () => {
      const at = await freshShard();
      const first = await stream.append(at, [group('a'), group('b')], ctx);
      await stream.trim(at, first + 2n, ctx);
      expect(await stream.bounds(at, ctx)).toEqual({ begin: first + 2n, end: first + 2n, bytes: 0 });
      expect(await stream.append(at, [group('c')], ctx)).toBe(first + 2n);
    });

    testUnless('receive times', 'places by receive time: clamped to begin and end, exact within a second', async () => {
      const at = await freshShard();
      const t0 = clock.nowMs();
      const cursors: Cursor[] = [];
      for (const wait of [0, 400, 400, 1000, 5000]) {
        await clock.advance(wait);
        cursors.push(await stream.append(at, [group('x')], ctx));
      }
      const place = (ms: number): Promise<Cursor> => stream.cursorAt(at, { receivedMs: ms }, ctx);
      const [c0, c1, c2, c3, c4] = cursors as [Cursor, Cursor, Cursor, Cursor, Cursor];
      expect(await place(t0 - 100_000)).toBe(c0);
      expect(await place(t0)).toBe(c0);
      expect(await place(t0 + 1)).toBe(c1);
      expect(await place(t0 + 800)).toBe(c2);
      expect(await place(t0 + 801)).toBe(c3);
      expect(await place(t0 + 2000)).toBe(c4);
      expect(await place(t0 + 6800)).toBe(c4);
      expect(await place(t0 + 6801)).toBe(c4 + 1n);
      expect(await place(t0 + 1e9)).toBe(c4 + 1n);
      expect(await stream.receivedMsAt(at, c1, ctx)).toBe(t0 + 400);
      expect(await stream.receivedMsAt(at, c4 + 1n, ctx)).toBe(t0 + 6800);
      await stream.trim(at, c2, ctx);
      expect(await place(t0)).toBe(c2);
      await rejects(() => stream.receivedMsAt(at, c1, ctx), 'stream.cursor_expired');
    });

    testUnless('receive times', 'receive times never decrease within a shard, though the clock does', async () => {
      const back = new FakeClock(clock.nowMs());
      const at = await freshShard();
      const first = await stream.append(at, [group('a')], quietContext(back));
      await stream.append(at, [group('b')], quietContext(new FakeClock(back.nowMs() - 3_600_000)));
      const { groups } = await stream.read(at, first, { groups: 9, bytes: 1e9, waitMs: 0 }, ctx);
      expect(groups[1]?.receivedMs).toBe(groups[0]?.receivedMs);
    });

    test('the receive time at the end of a shard that never had a group is now', async () => {
      const at = await freshShard();
      expect(await stream.receivedMsAt(at, (await stream.bounds(at, ctx)).end, ctx)).toBe(clock.nowMs());
    });

    test('a reader at the end waits for the next group', async () => {
      const at = await freshShard();
      const end = await stream.cursorAt(at, 'end', ctx);
      const page = stream.read(at, end, { groups: 9, bytes: 1e9, waitMs: 60_000 }, ctx);
      await stream.append(at, [group('late')], ctx);
      expect(texts((await page).groups)).toEqual(['late']);
    });

    test('a reader at the end gets an empty page when the time is over', async () => {
      const at = await freshShard();
      const end = await stream.cursorAt(at, 'end', ctx);
      const page = stream.read(at, end, { groups: 9, bytes: 1e9, waitMs: 500 }, ctx);
      await clock.advance(500);
      expect((await page).groups).toEqual([]);
    });

    test('a waiting reader leaves when its caller does', async () => {
      const at = await freshShard();
      const end = await stream.cursorAt(at, 'end', ctx);
      const caller = new AbortController();
      const page = stream.read(at, end, { groups: 9, bytes: 1e9, waitMs: 60_000 }, quietContext(clock, caller.signal));
      caller.abort();
      await rejects(() => page, 'aborted');
    });

    test('changed names the shards that have grown, and only those asked for', async () => {
      const one = await freshShard();
      const two = await freshShard();
      const other = await freshShard();
      const known = new Map<string, Cursor>();
      for (const at of [one, two]) known.set(shardKey(at), await stream.cursorAt(at, 'end', ctx));
      expect(await stream.changed(known, 0, ctx)).toEqual([]);
      const wake = stream.changed(known, 60_000, ctx);
      await stream.append(other, [group('x')], ctx);
      await stream.append(two, [group('x')], ctx);
      expect(await wake).toEqual([two]);
      expect(await stream.changed(known, 60_000, ctx)).toEqual([two]);
    });

    test('a deleted shard is gone with its data; deleting and creating twice is safe', async () => {
      const at = await freshShard();
      await stream.createShard(at, ctx);
      const first = await stream.append(at, [group('a')], ctx);
      await stream.createShard(at, ctx);
      expect((await stream.bounds(at, ctx)).end).toBe(first + 1n);
      await stream.deleteShard(at, ctx);
      await stream.deleteShard(at, ctx);
      await rejects(() => stream.bounds(at, ctx), 'stream.shard_missing');
    });

    testUnless('recreated shard', 'a shard made again never uses a cursor of the old one, even when the clock went back', async () => {
      const at = await freshShard();
      await stream.append(at, [group('a'), group('b')], ctx);
      const { end } = await stream.bounds(at, ctx);
      await stream.deleteShard(at, ctx);
      await stream.createShard(at, quietContext(new FakeClock(0)));
      const bounds = await stream.bounds(at, ctx);
      expect(bounds.begin).toBe(bounds.end);
      expect(bounds.begin).toBeGreaterThanOrEqual(end);
    });

    testUnless('reopen', 'everything is there after closing and opening', async () => {
      const at = await freshShard();
      const first = await stream.append(at, [group('a'), group('b'), group('c')], ctx);
      await stream.trim(at, first + 1n, ctx);
      const before = await stream.bounds(at, ctx);
      stream = await under.reopen();
      expect(await stream.bounds(at, ctx)).toEqual(before);
      expect(texts((await stream.read(at, first + 1n, { groups: 9, bytes: 1e9, waitMs: 0 }, ctx)).groups)).toEqual(['b', 'c']);
      expect(await stream.append(at, [group('d')], ctx)).toBe(first + 3n);
    });
  });
}

function group(text: string, codec: GroupBytes['codec'] = 'none', rawBytes = text.length, logs = 1): GroupBytes {
  return { bytes: Buffer.from(text), codec, rawBytes, logs };
}

function texts(groups: readonly GroupBytes[]): string[] {
  return groups.map((g) => Buffer.from(g.bytes).toString());
}

async function rejects(call: () => Promise<unknown>, code: ErrorCode): Promise<SluiceError> {
  const thrown: unknown = await call().then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(SluiceError);
  expect((thrown as SluiceError).code).toBe(code);
  return thrown as SluiceError;
}

/** For adapters' own tests. */
export const contractHelpers: {
  readonly group: typeof group;
  readonly texts: typeof texts;
  readonly rejects: typeof rejects;
  readonly context: (clock: Clock) => RunContext;
} = { group, texts, rejects, context: (clock) => quietContext(clock) };
