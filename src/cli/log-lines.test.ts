import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf, logOfLine, parseTime, type LineOptions } from './log-lines.ts';

const options: LineOptions = { plain: false, topic: 't0', source: 's0', tags: [['host', 'h1']], timeKey: null };

describe('parseTime', () => {
  it('reads seconds, ms, µs, ns and ISO 8601 as the same moment', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000_000_000, max: 4_000_000_000 }), fc.integer({ min: 0, max: 999 }), (sec, ms) => {
        const nsPart = ms * 1_000_000;
        const fraction = String(ms).padStart(3, '0');
        expect(parseTime(String(sec))).toEqual({ sec, nsPart: 0 });
        for (const text of [
          `${sec}${fraction}`,
          `${sec}${fraction}000`,
          `${sec}${fraction}000000`,
          `${sec}.${fraction}`,
          new Date(sec * 1000 + ms).toISOString(),
          new Date(sec * 1000 + ms).toISOString().replace('T', ' ').replace('Z', ''),
        ])
          expect(parseTime(text), text).toEqual({ sec, nsPart });
      }),
    );
    expect(parseTime('2024-09-10T17:38:51.000000001+08:00')).toEqual({ sec: 1_725_961_131, nsPart: 1 });
    for (const text of ['', 'yesterday', '2024-09-10', '-5', '1e9', '12345678901234567890']) expect(parseTime(text), text).toBeNull();
  });
});

describe('logOfLine', () => {
  it('takes the fields of SLS for what they mean and keeps the others as text', () => {
    const log = logOfLine(
      '{"__time__":"1725961920","__time_ns_part__":7,"__topic__":"waf","__tag__:az":"b","n":1,"o":{"a":[1]},"e":null,"t":true}',
      1,
      options,
      0,
    );
    expect(log).toEqual({
      timeSec: 1_725_961_920,
      nsPart: 7,
      topic: 'waf',
      source: 's0',
      tags: [
        ['host', 'h1'],
        ['az', 'b'],
      ],
      fields: [
        ['n', '1'],
        ['o', '{"a":[1]}'],
        ['e', ''],
        ['t', 'true'],
      ],
    });
  });

  it('takes the time from a field when told so, and now when there is none', () => {
    expect(logOfLine('{"eventTime":"2024-09-10T09:38:51Z"}', 1, { ...options, timeKey: 'eventTime' }, 0)).toMatchObject({
      timeSec: 1_725_961_131,
      fields: [['eventTime', '2024-09-10T09:38:51Z']],
    });
    expect(logOfLine('{}', 1, options, 5_000_999)).toMatchObject({ timeSec: 5000, nsPart: null });
    expect(logOfLine('plain, not JSON {', 1, { ...options, plain: true }, 5_000_999)).toMatchObject({
      fields: [['content', 'plain, not JSON {']],
    });
  });

  it('names the line that cannot be read', () => {
    for (const line of ['{"a":', '[1]', 'null', '{"__time__":"soon"}', '{"__time__":99999999999999999999}'])
      expect(() => logOfLine(line, 12, options, 0)).toThrow(expect.objectContaining({ code: 'request.invalid', details: { line: 12 } }));
    expect(() => logOfLine('{"a":1}', 3, { ...options, timeKey: 'eventTime' }, 0)).toThrow(/line 3 has no eventTime/);
  });
});

describe('linesOf', () => {
  it('gives the same lines however the bytes are cut, also within a character', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n]/g, '')),
          { minLength: 1, maxLength: 8 },
        ),
        fc.boolean(),
        fc.integer({ min: 1, max: 7 }),
        async (lines, ended, size) => {
          const bytes = Buffer.from(lines.join('\n') + (ended ? '\n' : ''));
          async function* chunks() {
            for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
          }
          const read: string[] = [];
          for await (const line of linesOf(chunks())) read.push(line);
          // A last line that is empty and has no end is no line.
          const expected = !ended && lines.at(-1) === '' ? lines.slice(0, -1) : lines;
          expect(read).toEqual(expected.map((line) => Buffer.from(line).toString()));
        },
      ),
    );
  });
});
