import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvCell, printable, tableText, widthOf } from './print.ts';
import { durationSec, instantOf, sizeText, spanText } from './when.ts';

const columns = [
  { head: 'Name', name: 'name', of: (row: { name: string; n: number }) => row.name },
  { head: 'Count', name: 'n', of: (row: { name: string; n: number }) => row.n, right: true as const },
];

describe('tableText', () => {
  it('lines up columns, also with Chinese text, and fits the terminal', () => {
    expect(
      tableText(
        [
          { name: '云 WAF', n: 1200 },
          { name: 'firewall', n: 7 },
        ],
        columns,
        80,
      ),
    ).toBe(['Name      Count', '云 WAF    1,200', 'firewall      7', ''].join('\n'));
    const wide = tableText([{ name: 'x'.repeat(500), n: 1 }], columns, 60);
    for (const line of wide.trimEnd().split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(60);
  });

  it('lets no log move the cursor or turn the text around', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // eslint-disable-next-line no-control-regex
        expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      }),
    );
    expect(printable('a\u001b[2Jb\nc')).toBe('a\\x1b[2Jb⏎c');
  });
});

describe('csvCell', () => {
  it('reads back as it was written, and never as a formula', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const cell = csvCell(text);
        const back = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
        expect(back.replace(/^'(?=[=+\-@\t\r])/, '')).toBe(text.replace(/^'(?=[=+\-@\t\r])/, ''));
        expect(back).not.toMatch(/^[=+@\t\r]/);
      }),
    );
    expect(csvCell('-12.5')).toBe('-12.5');
    expect(csvCell('-cmd')).toBe("'-cmd");
    expect(csvCell('a,"b"\n')).toBe('"a,""b""\n"');
    expect(csvCell(null)).toBe('');
  });
});

describe('times of people', () => {
  const now = Date.UTC(2024, 8, 10, 12);
  it('are ISO, Unix seconds, now, or ago', () => {
    expect(instantOf('now', now, '--from')).toBe('2024-09-10T12:00:00.000Z');
    expect(instantOf('-90m', now, '--from')).toBe('2024-09-10T10:30:00.000Z');
    expect(instantOf('1725961131', now, '--from')).toBe('2024-09-10T09:38:51.000Z');
    expect(instantOf('2024-09-10', now, '--from')).toBe('2024-09-10T00:00:00.000Z');
    expect(instantOf('2024-09-10 17:00+08:00', now, '--from')).toBe('2024-09-10T09:00:00.000Z');
    expect(instantOf('2024-09-10T17:00:00', now, '--from')).toBe('2024-09-10T17:00:00.000Z');
    for (const text of ['tomorrow', '10/09/2024', '-5', '5m']) expect(() => instantOf(text, now, '--from'), text).toThrow(/--from/);
    expect(durationSec('7d', '--last')).toBe(604_800);
    expect(() => durationSec('7', '--last')).toThrow(/--last/);
  });
  it('and are shown short', () => {
    expect([0, 0.4, 59, 600, 7200, 864_000].map(spanText)).toEqual(['0 s', '< 1 s', '59 s', '10 min', '2.0 h', '10 d']);
    expect([0, 999, 1500, 12_345_678, 8e12].map(sizeText)).toEqual(['0 B', '999 B', '1.50 kB', '12.3 MB', '8.00 TB']);
  });
});
