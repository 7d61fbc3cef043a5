import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compress, decompress } from './codec.ts';
import { joinLz4, type JoinPart } from './lz4-join.ts';

/** Bytes that repeat themselves at many distances, and some that do not. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(12)), { maxLength: 40 })
  .map((parts) => Buffer.concat(parts.flatMap(([bytes, times]) => Array.from({ length: times + 1 }, () => bytes))));

const part = fc.oneof(
  { weight: 3, arbitrary: repetitive.map((raw) => ({ raw, block: raw.length > 0 })) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 700 }).map((raw) => ({ raw: Buffer.from(raw), block: false })) },
);

/** Lengths of the matches and literals of a block, read in the simplest way. */
function sequences(block: Uint8Array): { readonly literals: number; readonly match: number }[] {
  const found: { literals: number; match: number }[] = [];
  let i = 0;
  const long = (length: number): number => {
    if (length !== 15) return length;
    for (;;) {
      const more = block[i++]!;
      length += more;
      if (more !== 255) return length;
    }
  };
  while (i < block.length) {
    const token = block[i++]!;
    const literals = long(token >>> 4);
    i += literals;
    if (i === block.length) found.push({ literals, match: 0 });
    else {
      i += 2;
      found.push({ literals, match: long(token & 15) + 4 });
    }
  }
  return found;
}

describe('LZ4 blocks joined without decoding', () => {
  it('decode to their parts behind each other, and end as the format wants it', () => {
    let joinedSome = 0;
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const joined = joinLz4(parts.map(({ raw, block }): JoinPart => ({ bytes: block ? compress('lz4', raw) : raw, block })));
        const whole = Buffer.concat(parts.map(({ raw }) => raw));
        // The library's own blocks end well, whatever stands between them.
        expect(joined).not.toBeNull();
        if (joined === null) return;
        expect(Buffer.from(decompress('lz4', joined, whole.length))).toEqual(whole);
        const all = sequences(joined);
        expect(all.at(-1)?.match).toBe(0);
        if (all.length > 1) {
          expect(all.at(-1)!.literals).toBeGreaterThanOrEqual(5);
          expect(all.at(-1)!.literals + all.at(-2)!.match).toBeGreaterThanOrEqual(12);
          joinedSome++;
        }
      }),
      { numRuns: 3000 },
    );
    expect(joinedSome).toBeGreaterThan(1000);
  });

  it('gives up on a block that is cut or ends with a match', () => {
    const block = compress('lz4', Buffer.from('hello hello hello hello hello hello'));
    expect(joinLz4([{ bytes: block, block: true }])).not.toBeNull();
    for (let length = 1; length < block.length; length++) {
      const cut = joinLz4([{ bytes: block.subarray(0, length), block: true }]);
      // Behind its first literals it is a block again, of those alone.
      expect(cut === null ? null : String(decompress('lz4', cut, 6))).toBe(length === 7 ? 'hello ' : null);
    }
    // literal a, match of 4 at distance 1, and no last literals
    expect(joinLz4([{ bytes: Buffer.from('10610100', 'hex'), block: true }])).toBeNull();
    // … with one last literal, where five are wanted
    expect(joinLz4([{ bytes: Buffer.from('106101001061', 'hex'), block: true }])).toBeNull();
    // … and with what is enough behind it
    const joined = joinLz4([
      { bytes: Buffer.from('106101001061', 'hex'), block: true },
      { bytes: Buffer.from('12345678'), block: false },
    ]);
    expect(joined === null ? '' : Buffer.from(decompress('lz4', joined, 14)).toString()).toBe('aaaaaa12345678');
  });

  it('answers the empty block for nothing', () => {
    expect(joinLz4([])?.toString('hex')).toBe('00');
  });
});
