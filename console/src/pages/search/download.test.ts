import { describe, expect, it } from 'vitest';
import { csvOf, ndjsonOf } from './download.ts';

describe('export', () => {
  it('writes CSV that spreadsheets read as it was, and formulas as text', () => {
    expect(
      csvOf(
        ['a', 'b'],
        [
          ['x,"y"', null],
          ['=1+1', '-5'],
        ],
      ),
    ).toBe('\uFEFFa,b\r\n"x,""y""",\r\n\'=1+1,-5\r\n');
  });
  it('writes one JSON object per line without absent keys', () => {
    expect(
      ndjsonOf(
        ['a', 'b'],
        [
          ['1', null],
          ['2', 'é"'],
        ],
      ),
    ).toBe('{"a":"1"}\n{"a":"2","b":"é\\""}\n');
  });
});
