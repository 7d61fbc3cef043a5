import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { age, bytes, clockMs, count, dateTime, duration, fullTime, middle, short, zoneName } from './format.ts';

describe('numbers', () => {
  it('shortens without hiding the size', () => {
    expect([0, 948, 9_999, 38_412, 412_000, 1_400_000, 1_400_000_000].map(short)).toEqual([
      '0',
      '948',
      '9,999',
      '38.4 k',
      '412 k',
      '1.4 M',
      '1.4 B',
    ]);
    expect(short(0.4)).toBe('0.4');
    expect(count(6214)).toBe('6,214');
  });

  it('never prints four digits before a unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10_000, max: 999_000_000_000 }), (value) => {
        expect(short(value)).toMatch(/^\d{1,3}(\.\d)? [kMB]$/u);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (value) => {
        expect(bytes(value)).toMatch(/^\d{1,4}(\.\d)? (B|KB|MB|GB|TB|PB)$/u);
      }),
    );
  });
});

describe('times', () => {
  const at = new Date(Date.UTC(2024, 8, 10, 9, 52, 27, 412));

  it('prints UTC exactly', () => {
    expect(clockMs(at, 'utc')).toBe('09:52:27.412');
    expect(dateTime(at, 'utc')).toBe('2024-09-10 09:52:27');
    expect(fullTime(at, 'utc')).toBe('2024-09-10 09:52:27.412 +00:00');
    expect(zoneName('utc', at)).toBe('UTC');
  });

  it('prints a local time that reads back as the same instant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (ms) => {
        const [date, time, offset] = fullTime(new Date(ms), 'local').split(' ');
        expect(Date.parse(`${date}T${time}${offset}`)).toBe(ms);
      }),
    );
  });

  it('says ages in the unit that matters', () => {
    expect([400, 38_000, 370_000, 8_040_000, 90_000_000].map(duration)).toEqual(['0.4 s', '38 s', '6 min 10 s', '2 h 14 min', '1 d 1 h']);
    expect([4_000, 360_000, 7_200_000].map(age)).toEqual(['4 s', '6 min', '2 h']);
  });
});

describe('middle', () => {
  it('keeps both ends and the wanted length', () => {
    expect(middle('LTAI5tEXAMPLE0000000099', 10)).toBe('LTAI5t…0099');
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 4, max: 40 }), (text, keep) => middle(text, keep).length <= Math.max(keep + 1, 0)),
    );
  });
});
