import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JSON_TEXT_GROWTH, writeJsonText } from './json-text.ts';

function encode(bytes: Uint8Array): string {
  const out = Buffer.alloc(bytes.length * JSON_TEXT_GROWTH);
  return `"${out.subarray(0, writeJsonText(bytes, 0, bytes.length, out, 0)).toString('utf8')}"`;
}

describe('JSON text from bytes', () => {
  it('gives back any text through JSON.parse', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // a lone surrogate has no UTF-8 form: Buffer.from writes U+FFFD for it, so compare with what the bytes say
        const bytes = Buffer.from(text, 'utf8');
        expect(JSON.parse(encode(bytes))).toBe(bytes.toString('utf8'));
      }),
    );
  });

  it('makes valid JSON of any bytes and marks what is not UTF-8', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = JSON.parse(encode(bytes)) as string;
        const valid = Buffer.from(text, 'utf8').equals(Buffer.from(bytes));
        expect(valid).toBe(
          !new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).includes('\ufffd') ||
            Buffer.from(bytes).includes(Buffer.from('\ufffd')),
        );
      }),
      {
        examples: [
          [new Uint8Array([0xed, 0xa0, 0x80])],
          [new Uint8Array([0xf4, 0x90, 0x80, 0x80])],
          [new Uint8Array([0xc0, 0x80])],
          [new Uint8Array([0xe4, 0xb8])],
        ],
      },
    );
  });

  it('uses the short escapes', () => {
    expect(encode(Buffer.from('"\\\b\f\n\r\t\u0001\u007f/'))).toBe('"\\"\\\\\\b\\f\\n\\r\\t\\u0001\u007f/"');
  });
});
