import { describe, expect, test } from 'vitest';
import { Gatherer, type Gathering, type Pending } from './gather.ts';

const one = (logstore: number, fullness = 0.01): Pending => ({ logstore, ranges: [], fullness });

/** Each logstore gets logs all the time; answers how long its oldest pending log waited, of every taking. */
function simulate(gathering: Gathering, logstores: number, seconds: number): { readonly delays: number[]; readonly takings: number } {
  const gatherer = new Gatherer(gathering, 0);
  const since = new Map(Array.from({ length: logstores }, (_, i) => [i, (i * 37) % 100]));
  const delays: number[] = [];
  let takings = 0;
  for (let now = 0; now < seconds * 1000; now += 10) {
    const pending = [...since].flatMap(([logstore, from]) => (from <= now ? [one(logstore)] : []));
    for (const { logstore } of gatherer.take(pending, 2, now).taken) {
      takings++;
      delays.push(now - (since.get(logstore) ?? now));
      // Ten logs a second: the next one is soon there.
      since.set(logstore, now + 100);
    }
  }
  return { delays: delays.toSorted((a, b) => a - b), takings };
}

const INDEX: Gathering = { targetDelayMs: 500, maxDelayMs: 10_000, perSec: 12, apart: 2 };

describe('gathering', () => {
  test('a few logstores are taken up within the target delay', () => {
    const { delays } = simulate(INDEX, 5, 60);
    expect(delays[Math.floor(delays.length * 0.95)]).toBeLessThanOrEqual(520);
  });

  test('a hundred trickling ones share the budget, and none waits longer than the most', () => {
    const { delays, takings } = simulate(INDEX, 100, 60);
    expect(takings).toBeLessThanOrEqual(12 * 61);
    expect(delays.at(-1)).toBeLessThanOrEqual(10_100);
  });

  test('quiet ones that no later step waits for share far fewer takings, within their own most', () => {
    const quiet = { maxDelayMs: 30_000, belowFullness: 0.1, isAwaited: (logstore: number) => logstore < 3 };
    const { delays, takings } = simulate({ ...INDEX, quiet }, 100, 120);
    // Three that are awaited take what they want: two a second each; the others one each in 24 seconds.
    expect(takings).toBeLessThan(3 * 2 * 120 + 97 * 6);
    expect(delays.at(-1)).toBeLessThanOrEqual(30_100);
    const gatherer = new Gatherer({ ...INDEX, quiet }, 0);
    expect(gatherer.take([one(1), one(7), one(8, 0.2)], 9, 0).taken).toEqual([]);
    // Awaited, and fuller than quiet ones are.
    expect(gatherer.take([one(1), one(7), one(8, 0.2)], 9, 600).taken.map((p) => p.logstore)).toEqual([8, 1]);
    gatherer.hurry(7);
    expect(gatherer.take([one(7)], 9, 610).taken.map((p) => p.logstore)).toEqual([7]);
  });

  test('what somebody waits for goes first, at once and over the budget; then the fullest and the oldest', () => {
    const gatherer = new Gatherer({ ...INDEX, perSec: 1 }, 0);
    expect(gatherer.take([one(1), one(2), one(3)], 9, 0).taken).toEqual([]);
    gatherer.hurry(3);
    expect(gatherer.take([one(1), one(2), one(3)], 9, 10).taken.map((p) => p.logstore)).toEqual([3]);
    expect(gatherer.take([one(1), one(2, 2)], 9, 20).taken).toEqual([]);
    expect(gatherer.take([one(1), one(2, 2)], 9, 2000).taken.map((p) => p.logstore)).toEqual([2]);
    expect(gatherer.take([one(1)], 9, 9990).taken.map((p) => p.logstore)).toEqual([1]);
  });

  test('a full one waits for nothing', () => {
    const gatherer = new Gatherer(INDEX, 0);
    expect(gatherer.take([one(1), one(2, 1)], 9, 0).taken.map((p) => p.logstore)).toEqual([2]);
  });

  test('a step that takes them together takes all when one is due', () => {
    const gatherer = new Gatherer({ targetDelayMs: 500, maxDelayMs: 5000, perSec: null }, 0);
    const first = gatherer.take([one(1)], 1, 0);
    expect(first).toEqual({ taken: [], waitMs: 500 });
    expect(gatherer.take([one(1), one(2)], 1, 400)).toEqual({ taken: [], waitMs: 100 });
    expect(gatherer.take([one(1), one(2)], 1, 500).taken.map((p) => p.logstore)).toEqual([1, 2]);
    expect(gatherer.take([], 1, 510).taken).toEqual([]);
  });
});
