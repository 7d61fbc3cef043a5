import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compress } from './codec.ts';
import { decodeLz4Block } from './lz4-block.ts';

const GUARD = 0xa5;

/** Decodes into the middle of a larger buffer and sees that nothing around it was touched. */
function decoded(block: Uint8Array, rawBytes: number): Buffer | string {
  const target = Buffer.alloc(rawBytes + 32, GUARD);
  const reason = decodeLz4Block(block, target, 16, rawBytes);
  expect(target.subarray(0, 16).every((byte) => byte === GUARD)).toBe(true);
  expect(target.subarray(16 + rawBytes).every((byte) => byte === GUARD)).toBe(true);
  return reason ?? target.subarray(16, 16 + rawBytes);
}

/** Bytes that repeat themselves at many distances, and some that do not. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(12)), { maxLength: 40 })
  .map((parts) => Buffer.concat(parts.flatMap(([bytes, times]) => Array.from({ length: times + 1 }, () => bytes))));

describe('raw LZ4 blocks', () => {
  it('decodes what the library encodes', () => {
    fc.assert(
      fc.property(repetitive, (raw) => {
        if (raw.length > 0) expect(decoded(compress('lz4', raw), raw.length)).toEqual(raw);
      }),
      { numRuns: 2000 },
    );
  });

  it('decodes the vectors of the wire format', () => {
    expect(String(decoded(Buffer.from('5068656c6c6f', 'hex'), 5))).toBe('hello');
    expect(String(decoded(Buffer.from('6f68656c6c6f200600055068656c6c6f', 'hex'), 35))).toBe('hello hello hello hello hello hello');
  });

  it('says what is wrong with any other bytes, and writes nowhere else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(2000), (block, rawBytes) => {
        const answer = decoded(block, rawBytes);
        expect(typeof answer === 'string' || answer.length === rawBytes).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('never takes a block for a size it does not have', () => {
    fc.assert(
      fc.property(repetitive, fc.integer({ min: -20, max: 20 }), (raw, more) => {
        if (raw.length === 0 || more === 0 || raw.length + more < 0) return;
        expect(decoded(compress('lz4', raw), raw.length + more)).toBeTypeOf('string');
      }),
      { numRuns: 1000 },
    );
  });
});
