import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange, printRange, readRange, windowOf } from './time-range.ts';

const now = new Date(2024, 8, 10, 18, 8, 0).getTime();

describe('time ranges', () => {
  it('keep their meaning through the address', () => {
    const range = fc.oneof(
      fc.integer({ min: 1, max: 40_000 }).map((seconds) => ({ kind: 'relative' as const, ms: seconds * 1000 })),
      fc
        .tuple(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 1, max: 1e10 }))
        .map(([from, span]) => ({ kind: 'absolute' as const, fromMs: from, toMs: from + span })),
    );
    fc.assert(
      fc.property(range, (given) => {
        expect(parseRange(printRange(given))).toEqual(given);
      }),
    );
    for (const text of ['15m', '1h', '24h', '3d', '7d', '30d']) expect(printRange(parseRange(text)!)).toBe(text);
  });

  it('refuse nonsense', () => {
    for (const text of ['', '0h', 'x', '1y', '2024-09-10~2024-09-09', '~', 'a~b']) expect(parseRange(text)).toBeNull();
  });

  it('read what people write', () => {
    expect(readRange('last 90 min', now)).toEqual({ kind: 'relative', ms: 90 * 60_000 });
    expect(readRange('2 hours ago', now)).toEqual({ kind: 'relative', ms: 7_200_000 });
    expect(readRange('最近 2 小时', now)).toEqual({ kind: 'relative', ms: 7_200_000 });
    expect(readRange('17:20 - 17:50', now)).toEqual({ kind: 'absolute', fromMs: now - 48 * 60_000, toMs: now - 18 * 60_000 });
    expect(readRange('2024-09-10 17:00 to now', now)).toEqual({ kind: 'absolute', fromMs: now - 68 * 60_000, toMs: now });
    expect(readRange('2024-09-10T09:00:00Z ~ 2024-09-10T10:00:00Z', now)).toEqual({
      kind: 'absolute',
      fromMs: Date.UTC(2024, 8, 10, 9),
      toMs: Date.UTC(2024, 8, 10, 10),
    });
    expect(readRange('yesterday', now)).toEqual({
      kind: 'absolute',
      fromMs: new Date(2024, 8, 9).getTime(),
      toMs: new Date(2024, 8, 10).getTime(),
    });
    expect(readRange('soon', now)).toBeNull();
  });

  it('mean instants only when asked', () => {
    expect(windowOf({ kind: 'relative', ms: 1000 }, now)).toEqual({ fromMs: now - 1000, toMs: now });
  });
});
