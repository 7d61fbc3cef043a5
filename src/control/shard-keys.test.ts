import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenRanges, FIRST_KEY, inRange, LAST_KEY, normalKey, strictlyInside, type KeyRange } from './shard-keys.ts';

const ALL: KeyRange = { beginKey: FIRST_KEY, endKey: LAST_KEY };
const key = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((n) => n.toString(16).padStart(32, '0'));
const holders = (ranges: readonly KeyRange[], one: string): number => ranges.filter((range) => inRange(one, range)).length;

describe('the key space', () => {
  it('splits evenly, as the vendor shows it for powers of two', () => {
    expect(evenRanges(ALL, 1)).toEqual([ALL]);
    expect(evenRanges(ALL, 2)).toEqual([
      { beginKey: FIRST_KEY, endKey: `8${'0'.repeat(31)}` },
      { beginKey: `8${'0'.repeat(31)}`, endKey: LAST_KEY },
    ]);
    expect(evenRanges(ALL, 4).map((range) => range.beginKey.slice(0, 2))).toEqual(['00', '40', '80', 'c0']);
  });

  it('after any series of splits and merges still gives every key to exactly one range', () => {
    const change = fc.record({ at: fc.nat(), parts: fc.integer({ min: 2, max: 5 }), merge: fc.boolean() });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        fc.array(change, { maxLength: 30 }),
        fc.array(key, { minLength: 1 }),
        (first, changes, keys) => {
          let ranges: KeyRange[] = evenRanges(ALL, first);
          for (const { at, parts, merge } of changes) {
            const i = at % ranges.length;
            const [one, two] = [ranges[i]!, ranges[i + 1]];
            if (merge && two !== undefined) ranges = ranges.toSpliced(i, 2, { beginKey: one.beginKey, endKey: two.endKey });
            else if (!merge) ranges = ranges.toSpliced(i, 1, ...evenRanges(one, parts));
          }
          expect(ranges[0]?.beginKey).toBe(FIRST_KEY);
          expect(ranges.at(-1)?.endKey).toBe(LAST_KEY);
          for (let i = 1; i < ranges.length; i++) expect(ranges[i]?.beginKey).toBe(ranges[i - 1]?.endKey);
          for (const one of [...keys, FIRST_KEY, LAST_KEY, ...ranges.map((range) => range.beginKey)]) expect(holders(ranges, one)).toBe(1);
        },
      ),
    );
  });

  it('parts of a split differ in size by one at most', () => {
    fc.assert(
      fc.property(key, key, fc.integer({ min: 2, max: 300 }), (a, b, parts) => {
        const [beginKey, endKey] = [a, b].toSorted() as [string, string];
        const sizes = evenRanges({ beginKey, endKey }, parts).map((range) => {
          const end = range.endKey === LAST_KEY ? 2n ** 128n : BigInt(`0x${range.endKey}`);
          return end - BigInt(`0x${range.beginKey}`);
        });
        const sorted = sizes.toSorted((x, y) => (x < y ? -1 : x > y ? 1 : 0));
        expect(sorted.at(-1)! - sorted[0]!).toBeLessThanOrEqual(1n);
      }),
    );
  });

  it('takes short keys as clients send them, and nothing else', () => {
    expect(normalKey('5f')).toBe(`5f${'0'.repeat(30)}`);
    expect(normalKey('ABCDEF')).toBe(`abcdef${'0'.repeat(26)}`);
    for (const bad of ['', 'g', 'f'.repeat(33), ' 5f', '0x5f']) expect(normalKey(bad)).toBeNull();
  });

  it('is cut only strictly inside a range', () => {
    const range = { beginKey: `4${'0'.repeat(31)}`, endKey: `8${'0'.repeat(31)}` };
    expect(strictlyInside(`5${'0'.repeat(31)}`, range)).toBe(true);
    expect(strictlyInside(range.beginKey, range)).toBe(false);
    expect(strictlyInside(range.endKey, range)).toBe(false);
  });
});
