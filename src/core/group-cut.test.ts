import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GroupBuilder, appendTags } from './group-builder.ts';
import { cutGroup } from './group-cut.ts';
import { decodeGroup } from './group-reader.ts';

function group(values: readonly string[]): Buffer {
  const builder = new GroupBuilder();
  builder.begin();
  builder.topic('t');
  for (const [i, value] of values.entries()) {
    builder.beginLog(1000 + i);
    builder.field('v', value);
    builder.endLog();
  }
  builder.source('10.0.0.1');
  return appendTags(builder.finish(), { host: 'h' });
}

describe('cutGroup', () => {
  it('keeps just the logs asked for, and everything that is not a log', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 300 }), { maxLength: 20 }), fc.infiniteStream(fc.boolean()), (values, stream) => {
        const mask = values.map(() => stream.next().value);
        const keep = mask.flatMap((yes, i) => (yes ? [i] : []));
        const cut = decodeGroup(cutGroup(group(values), keep));
        expect(cut.logs.map((log) => log.fields['v'])).toEqual(keep.map((i) => decodeGroup(group(values)).logs[i]?.fields['v']));
        expect([cut.topic, cut.source, cut.tags]).toEqual(['t', '10.0.0.1', { host: 'h' }]);
      }),
    );
  });

  it('gives the same bytes when all stay', () => {
    const bytes = group(['a', 'b'.repeat(20_000), '']);
    expect(cutGroup(bytes, [0, 1, 2]).equals(bytes)).toBe(true);
  });

  it('names the place where the bytes are broken', () => {
    expect(() => cutGroup(Buffer.from([0x0a, 0x7f, 0x01]), [])).toThrow(/broken at byte 0/);
  });
});
