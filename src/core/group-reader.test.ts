import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SluiceError } from './errors.ts';
import { GroupBuilder, appendTags, type Text } from './group-builder.ts';
import { GroupReader, checkGroup, decodeGroup } from './group-reader.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const VECTOR_1 = hex('0a1e08f8b2939e0512160a07546573744b6579120b54657374436f6e74656e741a00220e31302e3233302e3230312e313137');
const VECTOR_2 = hex(
  '0a1b0880e2cfaa06120e0a056c6576656c12056572726f722515cd5b071a0174220831302e302e302e3132210a0b5f5f7061636b5f69645f5f1212414243444546303132333435363738392d30',
);

/** Everything a group says, through the reader: keys may repeat, values may be any bytes. */
interface Walked {
  readonly topic: string;
  readonly source: string;
  readonly tags: readonly (readonly [string, string])[];
  readonly logs: readonly {
    readonly timeSec: number;
    readonly timeNsPart: number;
    readonly contents: readonly (readonly [string, string])[];
  }[];
}

function walk(bytes: Uint8Array): Walked {
  const reader = new GroupReader();
  reader.open(bytes);
  const hexOf = (start: number, end: number): string => Buffer.from(bytes.subarray(start, end)).toString('hex');
  const tags = Array.from(
    { length: reader.tags },
    (_, i) =>
      [
        hexOf(reader.tagSpans[i * 4] as number, reader.tagSpans[i * 4 + 1] as number),
        hexOf(reader.tagSpans[i * 4 + 2] as number, reader.tagSpans[i * 4 + 3] as number),
      ] as const,
  );
  const logs = [];
  while (reader.nextLog()) {
    const contents: (readonly [string, string])[] = [];
    const { timeSec, timeNsPart } = reader;
    const announced = reader.contents;
    while (reader.nextContent()) contents.push([hexOf(reader.keyStart, reader.keyEnd), hexOf(reader.valueStart, reader.valueEnd)]);
    expect(contents).toHaveLength(announced);
    logs.push({ timeSec, timeNsPart, contents });
  }
  expect(logs).toHaveLength(reader.logs);
  return { topic: hexOf(reader.topicStart, reader.topicEnd), source: hexOf(reader.sourceStart, reader.sourceEnd), tags, logs };
}

const malformed = (bytes: Uint8Array): SluiceError => {
  try {
    checkGroup(bytes);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SluiceError);
    expect((thrown as SluiceError).code).toBe('group.malformed');
    return thrown as SluiceError;
  }
  throw new Error('the group was accepted');
};

const bytesOf = (text: Text): string => Buffer.from(typeof text === 'string' ? Buffer.from(text) : text).toString('hex');
const anyText: fc.Arbitrary<Text> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }).map((s) => s.toWellFormed()) },
  { weight: 3, arbitrary: fc.string({ maxLength: 60 }) },
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ maxLength: 200 }).map((s) => s.repeat(100)),
);
const anyGroup = fc.record({
  topic: fc.option(anyText, { nil: null }),
  source: fc.option(anyText, { nil: null }),
  tags: fc.array(fc.tuple(anyText, anyText), { maxLength: 3 }),
  logs: fc.array(
    fc.record({
      timeSec: fc.nat(0xffff_ffff),
      timeNsPart: fc.option(fc.nat(999_999_999), { nil: null }),
      // Few keys, so that they repeat.
      contents: fc.array(fc.tuple(fc.oneof(anyText, fc.constantFrom<Text>('a', 'b')), anyText), { maxLength: 8 }),
    }),
    { maxLength: 6 },
  ),
});
type AnyGroup = typeof anyGroup extends fc.Arbitrary<infer T> ? T : never;

function build(group: AnyGroup, builder = new GroupBuilder(64)): Buffer {
  builder.begin();
  if (group.topic !== null) builder.topic(group.topic);
  for (const log of group.logs) {
    builder.beginLog(log.timeSec, log.timeNsPart);
    for (const [key, value] of log.contents) builder.field(key, value);
    builder.endLog();
  }
  if (group.source !== null) builder.source(group.source);
  for (const [key, value] of group.tags) builder.tag(key, value);
  return builder.finish();
}

describe('group reader and builder', () => {
  test('the vectors of the wire reference decode', () => {
    expect(decodeGroup(VECTOR_1)).toEqual({
      topic: '',
      source: '10.230.201.117',
      tags: {},
      logs: [{ timeSec: 1405409656, timeNsPart: 0, fields: { TestKey: 'TestContent' } }],
    });
    expect(decodeGroup(VECTOR_2)).toEqual({
      topic: 't',
      source: '10.0.0.1',
      tags: { __pack_id__: 'ABCDEF0123456789-0' },
      logs: [{ timeSec: 1700000000, timeNsPart: 123456789, fields: { level: 'error' } }],
    });
    expect(checkGroup(VECTOR_2)).toEqual({ logs: 1, minTimeSec: 1700000000, maxTimeSec: 1700000000 });
  });

  test('what the builder writes of the second vector is as long and says the same', () => {
    const builder = new GroupBuilder();
    builder.begin();
    builder.beginLog(1700000000, 123456789);
    builder.field('level', 'error');
    builder.endLog();
    builder.topic('t');
    builder.source('10.0.0.1');
    builder.tag('__pack_id__', 'ABCDEF0123456789-0');
    expect(decodeGroup(builder.finish())).toEqual(decodeGroup(VECTOR_2));
    expect(builder.size).toBe(VECTOR_2.length);
  });

  test('build, then walk, gives the same: any bytes, repeated keys, any sizes', () => {
    const builder = new GroupBuilder(64);
    fc.assert(
      fc.property(anyGroup, (group) => {
        expect(walk(build(group, builder))).toEqual({
          topic: group.topic === null ? '' : bytesOf(group.topic),
          source: group.source === null ? '' : bytesOf(group.source),
          tags: group.tags.map(([k, v]) => [bytesOf(k), bytesOf(v)]),
          logs: group.logs.map((log) => ({
            timeSec: log.timeSec,
            timeNsPart: log.timeNsPart ?? 0,
            contents: log.contents.map(([k, v]) => [bytesOf(k), bytesOf(v)]),
          })),
        });
      }),
      { numRuns: 300 },
    );
  });

  test('a cut group is refused or, cut between fields, is a shorter group; never anything else', () => {
    fc.assert(
      fc.property(anyGroup, fc.double({ min: 0, max: 1, noNaN: true }), (group, part) => {
        const bytes = build(group);
        const cut = bytes.subarray(0, Math.floor(bytes.length * part));
        try {
          expect(checkGroup(cut).logs).toBeLessThanOrEqual(group.logs.length);
        } catch (thrown) {
          expect((thrown as SluiceError).code).toBe('group.malformed');
        }
      }),
    );
  });

  test('random changes of bytes never crash, hang or read outside', () => {
    fc.assert(
      fc.property(anyGroup, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }), (group, changes) => {
        const bytes = build(group);
        if (bytes.length === 0) return;
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        try {
          const facts = checkGroup(bytes);
          const seen = walk(bytes);
          expect(seen.logs).toHaveLength(facts.logs);
          decodeGroup(bytes);
        } catch (thrown) {
          if (!(thrown instanceof SluiceError)) throw thrown;
          expect(thrown.code).toBe('group.malformed');
          expect(thrown.details['offset']).toBeTypeOf('number');
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('random bytes never crash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          checkGroup(bytes);
        } catch (thrown) {
          if (!(thrown instanceof SluiceError)) throw thrown;
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['a log longer than the group', '0a7f08'],
    ['a log that is a number', '0801'],
    ['a proto group at the top', '0b0c'],
    ['a proto group in a log', '0a040801130c'],
    ['field number 0', '0200'],
    ['a time that is text', '0a030a0131'],
    ['a time beyond 32 bits', '0a0708808080808010'],
    ['a content without a value', '0a0708011203' + '0a0161'],
    ['a content without a key', '0a070801' + '1203120161'],
    ['a content longer than its log', '0a0508011209' + '00'],
    ['a nanosecond part of a whole second', '0a0708012500ca9a3b'],
    ['a nanosecond part that is a varint', '0a0408012001'],
    ['a number of eleven bytes', '0a0f08ffffffffffffffffffff01' + '1000'],
    ['a tag pair without a key', '32021200'],
    ['a log without a time', '0a0812060a016112' + '0162'],
  ])('refused: %s', (_, bytes) => {
    expect(malformed(hex(bytes)).details['offset']).toBeTypeOf('number');
  });

  test('unknown fields, legacy fields and fields out of order are walked over', () => {
    const content = '12060a0161120162';
    // In the log: content, fixed64 9, varint 7, legacy field 3, then the time. In the group: category 2, MachineUUID 5, fixed32 11.
    const log = `${content}49000000000000000038011a01780801`;
    const bytes = hex(`5d00000000120163${'0a'}${(log.length / 2).toString(16).padStart(2, '0')}${log}2a0175`);
    expect(decodeGroup(bytes).logs).toEqual([{ timeSec: 1, timeNsPart: 0, fields: { a: 'b' } }]);
  });

  test('numbers written longer than needed are read', () => {
    const content = '0a81006112' + '0162';
    expect(decodeGroup(hex(`0a8e800008818000128700${content}`)).logs).toEqual([{ timeSec: 1, timeNsPart: 0, fields: { a: 'b' } }]);
  });

  test('the last of a repeated single field stands, as in proto2', () => {
    expect(decodeGroup(hex('1a01611a0162')).topic).toBe('b');
  });

  test('tags can be added behind a finished group', () => {
    const decoded = decodeGroup(appendTags(VECTOR_1, { __client_ip__: '192.0.2.1', __receive_time__: '1700000000' }));
    expect(decoded.tags).toEqual({ __client_ip__: '192.0.2.1', __receive_time__: '1700000000' });
    expect(decoded.logs).toEqual(decodeGroup(VECTOR_1).logs);
  });

  test.each([-1, 1.5, 2 ** 32, NaN])('the builder refuses the time %s', (time) => {
    const builder = new GroupBuilder();
    builder.begin();
    expect(() => builder.beginLog(time)).toThrow('Unix seconds');
  });

  test('a key named like a property of every object is only a key', () => {
    const builder = new GroupBuilder();
    builder.begin();
    builder.beginLog(1);
    builder.field('__proto__', 'x');
    builder.endLog();
    expect(Object.entries(decodeGroup(builder.finish()).logs[0]?.fields ?? {})).toEqual([['__proto__', 'x']]);
  });
});
