import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../core/clock.ts';
import { quietContext, type RunContext } from '../core/context.ts';
import { SluiceError } from '../core/errors.ts';
import type { State } from './state.ts';
import { nextNumber, requireFence } from './tables/state.ts';

/** One database that can be opened several times, as by several nodes or after a restart. */
export interface OpenedStates {
  open(ctx: RunContext): Promise<State>;
  /** Closes what is open and removes the database. */
  remove(): Promise<void>;
}

const code = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
    return 'no error';
  } catch (thrown) {
    return thrown instanceof SluiceError ? thrown.code : `other: ${String(thrown)}`;
  }
};

/** What every adapter of the state port must do. */
export function stateContract(name: string, make: () => Promise<OpenedStates>): void {
  describe(`state contract: ${name}`, () => {
    const made: OpenedStates[] = [];
    const begin = async (): Promise<{ states: OpenedStates; state: State; clock: FakeClock; ctx: RunContext }> => {
      const clock = new FakeClock();
      const ctx = quietContext(clock);
      const states = await make();
      made.push(states);
      return { states, state: await states.open(ctx), clock, ctx };
    };
    /** Advances the fake clock until the promise settles: retries sleep by it. */
    const driven = async <T>(clock: FakeClock, promise: Promise<T>): Promise<T> => {
      let settled = false;
      const done = promise.finally(() => {
        settled = true;
      });
      done.catch(() => undefined);
      while (!settled) {
        await clock.advance(50);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return await done;
    };
    const put = (state: State, counter: string, value: number, ctx: RunContext): Promise<unknown> =>
      state.transact((db) => db.insertInto('counters').values({ name: counter, value }).execute(), ctx);
    const get = (state: State, counter: string, ctx: RunContext): Promise<number | undefined> =>
      state.read(
        async (db) => (await db.selectFrom('counters').select('value').where('name', '=', counter).executeTakeFirst())?.value,
        ctx,
      );

    afterEach(async () => {
      for (const states of made.splice(0)) await states.remove();
    });

    test('keeps what was committed over a close and an open', async () => {
      const { states, state, ctx } = await begin();
      await put(state, 'kept', 2 ** 53 - 1, ctx);
      await state.close();
      await state.close();
      const again = await states.open(ctx);
      expect(await get(again, 'kept', ctx)).toBe(2 ** 53 - 1);
    });

    test('answers state.unavailable once closed', async () => {
      const { state, ctx } = await begin();
      await state.close();
      expect(await code(get(state, 'x', ctx))).toBe('state.unavailable');
    });

    test('rolls everything back when the work throws, and throws the same error on', async () => {
      const { state, ctx } = await begin();
      const refused = new SluiceError('request.conflict', 'no');
      const work = state.transact(async (db) => {
        await db.insertInto('counters').values({ name: 'half', value: 1 }).execute();
        throw refused;
      }, ctx);
      await expect(work).rejects.toBe(refused);
      expect(await get(state, 'half', ctx)).toBeUndefined();
    });

    test('loses no update of many that run at once', async () => {
      const { states, state, clock, ctx } = await begin();
      const other = await states.open(ctx);
      const bump = (on: State): Promise<number> => on.transact((db) => nextNumber(db, 'shared'), ctx);
      const numbers = await driven(clock, Promise.all(Array.from({ length: 30 }, (_, i) => bump(i % 2 === 0 ? state : other))));
      expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    });

    test('keeps an invariant over two rows that two writers read and each change one of (write skew)', async () => {
      const { states, state, clock, ctx } = await begin();
      const other = await states.open(ctx);
      await put(state, 'left', 1, ctx);
      await put(state, 'right', 1, ctx);
      const takeOne = (on: State, mine: string): Promise<boolean> =>
        on.transact(async (db) => {
          const rows = await db.selectFrom('counters').select('value').where('name', 'in', ['left', 'right']).execute();
          if (rows.reduce((sum, row) => sum + row.value, 0) < 2) return false;
          await db.updateTable('counters').set({ value: 0 }).where('name', '=', mine).execute();
          return true;
        }, ctx);
      const took = await driven(clock, Promise.all([takeOne(state, 'left'), takeOne(other, 'right')]));
      expect(took.filter(Boolean)).toHaveLength(1);
    });

    test('reads one moment beside a writer, and refuses to write', async () => {
      const { state, ctx } = await begin();
      await put(state, 'seen', 1, ctx);
      const writing = Promise.withResolvers<void>();
      const before = await state.read(async (db) => {
        const first = await db.selectFrom('counters').select('value').where('name', '=', 'seen').executeTakeFirstOrThrow();
        // Outside the reader's async context: a transaction within a transaction would be refused.
        setImmediate(() => writing.resolve());
        await writing.promise;
        return first.value;
      }, ctx);
      expect(before).toBe(1);
      await expect(state.read((db) => db.updateTable('counters').set({ value: 9 }).execute(), ctx)).rejects.toThrow();
      expect(await get(state, 'seen', ctx)).toBe(1);
    });

    test('a reader does not wait for an open write transaction', async () => {
      const { state, ctx } = await begin();
      await put(state, 'level', 1, ctx);
      const opened = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      const writing = state.transact(async (db) => {
        await db.updateTable('counters').set({ value: 2 }).where('name', '=', 'level').execute();
        opened.resolve();
        await finish.promise;
      }, ctx);
      await opened.promise;
      expect(await get(state, 'level', ctx)).toBe(1);
      finish.resolve();
      await writing;
      expect(await get(state, 'level', ctx)).toBe(2);
    });

    test('refuses a transaction inside a transaction instead of waiting for itself', async () => {
      const { state, ctx } = await begin();
      const nested = state.transact(() => get(state, 'x', ctx), ctx);
      expect(await code(nested)).toBe('internal.unexpected');
    });

    test('does not begin when the caller has cancelled', async () => {
      const { state, clock } = await begin();
      const cancelled = quietContext(clock, AbortSignal.abort());
      expect(await code(put(state, 'never', 1, cancelled))).toBe('aborted');
      expect(await get(state, 'never', quietContext(clock))).toBeUndefined();
    });

    test('a lease is held by one, renews itself, and passes on with a higher fence', async () => {
      const { states, state, clock, ctx } = await begin();
      const other = await states.open(ctx);
      const mine = await state.lease('job', 3000, ctx);
      expect(mine).not.toBeNull();
      expect(await other.lease('job', 3000, ctx)).toBeNull();
      expect(await state.lease('job', 3000, ctx)).toBeNull();
      for (let i = 0; i < 12; i++) {
        await clock.advance(500);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(mine?.lost.aborted).toBe(false);
      expect(await other.lease('job', 3000, ctx)).toBeNull();
      await mine?.release();
      await mine?.release();
      expect(mine?.lost.aborted).toBe(true);
      const theirs = await other.lease('job', 3000, ctx);
      expect(theirs?.fence).toBe((mine?.fence ?? 0n) + 1n);
      await theirs?.release();
    });

    test('a holder that was paused past its time learns it and may write no more', async () => {
      const { states, state, clock, ctx } = await begin();
      const mine = await state.lease('job', 3000, ctx);
      if (mine === null) throw new Error('the lease was free');
      const later = new FakeClock(clock.nowMs() + 3001);
      const other = await states.open(quietContext(later));
      const theirs = await other.lease('job', 3000, quietContext(later));
      expect(theirs?.fence).toBe(mine.fence + 1n);
      const write = state.transact(async (db) => {
        await requireFence(db, mine);
        await db.insertInto('counters').values({ name: 'late', value: 1 }).execute();
      }, ctx);
      expect(await code(write)).toBe('state.lease_lost');
      expect(await get(state, 'late', ctx)).toBeUndefined();
      const lost = new Promise((resolve) => mine.lost.addEventListener('abort', resolve));
      await clock.advance(1000);
      await lost;
      await mine.release();
      // Releasing what is no longer ours leaves the new holder alone.
      expect(await state.lease('job', 3000, quietContext(later))).toBeNull();
      await theirs?.release();
    });

    test('a lease ends with its taker, and closing gives leases back', async () => {
      const { states, state, clock, ctx } = await begin();
      const stop = new AbortController();
      const first = await state.lease('stopped', 3000, quietContext(clock, stop.signal));
      stop.abort();
      expect(first?.lost.aborted).toBe(true);
      await first?.release();
      const second = await state.lease('closed', 3000, ctx);
      await state.close();
      expect(second?.lost.aborted).toBe(true);
      const other = await states.open(ctx);
      const third = await other.lease('closed', 3000, ctx);
      expect(third?.fence).toBe(2n);
      const fourth = await other.lease('stopped', 3000, ctx);
      expect(fourth?.fence).toBe(2n);
      await third?.release();
      await fourth?.release();
    });
  });
}
