import { describe, expect, it } from 'vitest';
import { FakeClock, systemClock } from './clock.ts';

describe('FakeClock', () => {
  it('stands still until advanced, and wakes sleepers in the order of their deadlines', async () => {
    const clock = new FakeClock(1000);
    const woken: string[] = [];
    const { signal } = new AbortController();
    const late = clock.sleep(200, signal).then(() => woken.push(`late at ${clock.nowMs()}`));
    const early = clock.sleep(100, signal).then(() => woken.push(`early at ${clock.nowMs()}`));
    expect(clock.nowMs()).toBe(1000);
    await clock.advance(99);
    expect(woken).toEqual([]);
    await clock.advance(101);
    await Promise.all([late, early]);
    expect(woken).toEqual(['early at 1100', 'late at 1200']);
    expect(clock.nowMs()).toBe(1200);
  });

  it('a sleeper that sleeps again is woken again within the same step', async () => {
    const clock = new FakeClock(0);
    const at: number[] = [];
    const loop = (async () => {
      for (let i = 0; i < 3; i++) {
        await clock.sleep(10, new AbortController().signal);
        at.push(clock.nowMs());
      }
    })();
    await clock.advance(1000);
    await loop;
    expect(at).toEqual([10, 20, 30]);
  });

  it('an abort ends a sleep at once, also one that came before it', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const asleep = clock.sleep(1e9, stop.signal);
    stop.abort();
    await expect(asleep).rejects.toMatchObject({ code: 'aborted' });
    await expect(clock.sleep(1, stop.signal)).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('systemClock', () => {
  it('gives wall time, monotonic time, and sleeps that an abort ends', async () => {
    expect(systemClock.nowMs()).toBeGreaterThan(Date.UTC(2024, 0));
    const before = systemClock.elapsedMs();
    await systemClock.sleep(1, new AbortController().signal);
    expect(systemClock.elapsedMs()).toBeGreaterThanOrEqual(before);
    const stop = new AbortController();
    const asleep = systemClock.sleep(1e8, stop.signal);
    stop.abort();
    await expect(asleep).rejects.toMatchObject({ code: 'aborted' });
  });
});
