import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compress, decompress } from './codec.ts';
import { SluiceError } from './errors.ts';
import type { Codec } from './log.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (thrown) {
    if (thrown instanceof SluiceError) return thrown.code;
    throw thrown;
  }
  return 'no error';
}

describe('codec', () => {
  test('the lz4 vectors of the wire reference decode', () => {
    expect(Buffer.from(decompress('lz4', hex('50 68656c6c6f'), 5)).toString()).toBe('hello');
    expect(Buffer.from(decompress('lz4', hex('6f68656c6c6f200600055068656c6c6f'), 35)).toString()).toBe(
      'hello hello hello hello hello hello',
    );
  });

  test('a literal-only block, as Go sends it for data that does not shrink, decodes', () => {
    const data = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 89) & 255));
    const block = Buffer.concat([hex('f0 ff'), Buffer.from([300 - 15 - 255]), data]);
    expect(Buffer.from(decompress('lz4', block, 300))).toEqual(data);
  });

  test('what we compress as lz4 is a raw block: no frame magic, no size in front', () => {
    expect(Buffer.from(compress('lz4', Buffer.from('hello'))).toString('hex')).toBe('5068656c6c6f');
  });

  test('every codec gives back what went in', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2000 }),
        fc.constantFrom<Codec>('none', 'lz4', 'zstd', 'deflate'),
        fc.nat(50),
        (bytes, codec, times) => {
          const raw = Buffer.concat(Array.from({ length: times + 1 }, () => bytes));
          const packed = compress(codec, raw);
          expect(Buffer.from(decompress(codec, packed, raw.length)).equals(raw)).toBe(true);
        },
      ),
    );
  });

  test.each<Codec>(['none', 'lz4', 'zstd', 'deflate'])(
    '%s: a declared size that is not the real one is refused, larger or smaller',
    (codec) => {
      const raw = Buffer.from('hello hello hello hello hello hello');
      const packed = compress(codec, raw);
      for (const declared of [0, raw.length - 1, raw.length + 1]) {
        expect(codeOf(() => decompress(codec, packed, declared))).toBe('codec.corrupt');
      }
    },
  );

  test.each<Codec>(['lz4', 'zstd', 'deflate'])('%s: a bomb stops at its declared size', (codec) => {
    const bomb = compress(codec, Buffer.alloc(64 * 1024 * 1024));
    expect(bomb.byteLength).toBeLessThan(400_000);
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 20; i++) expect(codeOf(() => decompress(codec, bomb, 1000))).toBe('codec.corrupt');
    expect(process.memoryUsage.rss() - before).toBeLessThan(48 * 1024 * 1024);
  });

  test('random bytes never crash and never give another size than declared', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom<Codec>('lz4', 'zstd', 'deflate'),
        fc.nat(1000),
        (bytes, codec, declared) => {
          try {
            expect(decompress(codec, bytes, declared).byteLength).toBe(declared);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(SluiceError);
            expect((thrown as SluiceError).code).toBe('codec.corrupt');
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a body larger than the buffer that is kept for reuse decodes as well', () => {
    const raw = Buffer.from(Array.from({ length: 5_000_000 }, (_, i) => (i * 2654435761) & 255));
    expect(Buffer.from(decompress('lz4', compress('lz4', raw), raw.length)).equals(raw)).toBe(true);
    expect(Buffer.from(decompress('lz4', hex('50 68656c6c6f'), 5)).toString()).toBe('hello');
  });

  test('an unknown codec is named', () => {
    expect(codeOf(() => decompress('snappy' as Codec, Buffer.alloc(3), 3))).toBe('codec.unknown');
    expect(codeOf(() => compress('snappy' as Codec, Buffer.alloc(3)))).toBe('codec.unknown');
  });
});
