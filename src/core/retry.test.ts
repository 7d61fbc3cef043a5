import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from './clock.ts';
import { quietContext } from './context.ts';
import { SluiceError } from './errors.ts';
import { backoffMs, retry } from './retry.ts';

const policy = { attempts: 4, baseMs: 100, maxMs: 1000 };

describe('backoffMs', () => {
  it('stays within a bound that doubles up to the most, for any attempt and any luck', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, luck) => {
        const pause = backoffMs(attempt, policy, () => luck);
        expect(pause).toBeGreaterThanOrEqual(0);
        expect(pause).toBeLessThanOrEqual(Math.min(1000, 100 * 2 ** Math.min(attempt, 20)));
      }),
    );
    expect([0, 1, 2, 3, 4, 99].map((attempt) => backoffMs(attempt, policy, () => 1))).toEqual([100, 200, 400, 800, 1000, 1000]);
  });
});

describe('retry', () => {
  const ctx = () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    return { clock, stop, ctx: quietContext(clock, stop.signal) };
  };

  it('tries again until it works, and hands over the number of the attempt', async () => {
    const { clock, ctx: context } = ctx();
    const attempts: number[] = [];
    const answer = retry(
      (attempt) => {
        attempts.push(attempt);
        return attempt < 2 ? Promise.reject(new SluiceError('store.unavailable', 'not yet')) : Promise.resolve('done');
      },
      policy,
      context,
    );
    await clock.advance(0);
    await clock.advance(5000);
    expect(await answer).toBe('done');
    expect(attempts).toEqual([0, 1, 2]);
  });

  it('gives up at once on an error that is not worth it, and after the last attempt with the last error', async () => {
    const { clock, ctx: context } = ctx();
    let calls = 0;
    await expect(
      retry(
        () => {
          calls++;
          return Promise.reject(new SluiceError('source.auth', 'refused'));
        },
        policy,
        context,
      ),
    ).rejects.toMatchObject({ code: 'source.auth' });
    expect(calls).toBe(1);
    const failing = retry((attempt) => Promise.reject(new SluiceError('store.unavailable', `attempt ${attempt}`)), policy, context);
    const caught = failing.catch((thrown: unknown) => thrown);
    await clock.advance(0);
    await clock.advance(100_000);
    expect(await caught).toMatchObject({ message: 'attempt 3' });
  });

  it('ends during a pause when the caller gives up', async () => {
    const { clock, stop, ctx: context } = ctx();
    const caught = retry(() => Promise.reject(new SluiceError('store.unavailable', 'no')), policy, context).catch(
      (thrown: unknown) => thrown,
    );
    await clock.advance(0);
    stop.abort();
    expect(await caught).toMatchObject({ code: 'aborted' });
  });
});
