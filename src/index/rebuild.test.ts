import { array, assert, boolean, constantFrom, double, integer, nat, oneof, option, property, string, tuple, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GroupBuilder } from '../core/group-builder.ts';
import { decodeGroup } from '../core/group-reader.ts';
import type { LogColumn, LogTable } from '../store/log-table.ts';
import { GroupRebuilder } from './rebuild.ts';
import { RowBuffer } from './row-buffer.ts';
import { RowWriter } from './row-writer.ts';

const KEYS: readonly (readonly [string, LogColumn['type']])[] = [
  ['text', 'text'],
  ['n', 'long'],
  ['d', 'double'],
  ['j', 'json'],
  ['', 'text'],
  ['schlüssel', 'text'],
  ['old', 'text'],
];

/** Columns with numbers of one, two and three bytes in `shape`. */
const NUMBERS = [1, 2, 63, 64, 2000, 2001, 9];

const table: LogTable = {
  logstore: 1,
  table: 'logs_1',
  version: 1,
  columns: KEYS.map(([key, type], i) => ({
    key,
    name: `f_${NUMBERS[i]}`,
    number: NUMBERS[i] ?? 0,
    type,
    lowCardinality: false,
    fullText: 'A',
    generation: 1,
    active: key !== 'old',
  })),
  fullText: [],
  restFullText: 'A',
  profile: 'balanced',
  ttlDays: 30,
};

const writer = new RowWriter(table);
const out = new RowBuffer(64);

function there(groups: readonly Uint8Array[]): readonly Buffer[] {
  out.begin();
  for (const [i, group] of groups.entries()) writer.write(out, 3, BigInt(i) + 2n ** 60n, 1_700_000_000_123, group);
  return new GroupRebuilder(table, writer.columns).groups(Buffer.from(out.view())).map((group) => group.bytes);
}

const varint = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 128))]);
const bytesField = (number: number, bytes: readonly number[]): number[] => [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];

const anyBytes = oneof(
  constantFrom('', '0', '7', '007', '-0', '-7', '+7', '1e5', '1.5', '1.50', '.5', '5.', '0.1', '0.000001', '1e400', 'NaN', 'abc', ' 1').map(
    (s) => [...Buffer.from(s)],
  ),

  constantFrom(
    '9223372036854775807',
    '-9223372036854775808',
    '9223372036854775808',
    '99999999999999999999',
    '4294967296',
    '-4294967296',
  ).map((s) => [...Buffer.from(s)]),
  integer().map((n) => [...Buffer.from(String(n))]),
  double({ noNaN: true }).map((n) => [...Buffer.from(String(n))]),
  string({ unit: 'binary', maxLength: 200 }).map((s) => [...Buffer.from(s)]),
  uint8Array({ maxLength: 40 }).map((b) => [...b]),
);
const key = oneof(
  constantFrom(...KEYS.map(([name]) => [...Buffer.from(name)])),
  string({ maxLength: 6 }).map((s) => [...Buffer.from(s)]),
);
const pair = tuple(key, anyBytes).map(([k, v]) => [...bytesField(1, k), ...bytesField(2, v)]);
const unknown = oneof(
  tuple(integer({ min: 7, max: 4000 }), anyBytes).map(([n, b]) => bytesField(n, b)),
  tuple(integer({ min: 7, max: 500 }), nat()).map(([n, v]) => [...varint(n * 8), ...varint(v)]),
  tuple(integer({ min: 7, max: 15 }), uint8Array({ minLength: 4, maxLength: 4 })).map(([n, b]) => [n * 8 + 5, ...b]),
);
const nanos = integer({ min: 0, max: 999_999_999 }).map((n) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(n);
  return [0x25, ...bytes];
});
const log = tuple(
  oneof(integer({ min: 0, max: 0xffff_ffff }), constantFrom(0, 1, 0xffff_ffff, 4_294_967, 1_700_000_000)),
  array(oneof({ weight: 8, arbitrary: pair.map((p) => bytesField(2, p)) }, { weight: 1, arbitrary: unknown })),
  option(nanos),
  boolean(),
).map(([time, fields, ns, behind]) => [
  0x08,
  ...varint(time),
  ...(ns !== null && !behind ? ns : []),
  ...fields.flat(),
  ...(ns !== null && behind ? ns : []),
]);
const group = array(
  oneof(
    { weight: 6, arbitrary: log.map((l) => bytesField(1, l)) },
    { weight: 1, arbitrary: anyBytes.map((b) => bytesField(3, b)) },
    { weight: 1, arbitrary: anyBytes.map((b) => bytesField(4, b)) },
    { weight: 2, arbitrary: pair.map((p) => bytesField(6, p)) },
    { weight: 1, arbitrary: tuple(constantFrom(2, 5), anyBytes).map(([n, b]) => bytesField(n, b)) },
    { weight: 1, arbitrary: unknown },
  ),
).map((fields) => Uint8Array.from(fields.flat()));

describe('rebuilding groups from rows', () => {
  test('random groups come back byte for byte: repeated keys, odd numbers, unknown fields, any bytes, any order of the group', () => {
    assert(
      property(array(group, { minLength: 1, maxLength: 4 }), (groups) => {
        // A group without logs has no rows.
        const wanted = groups.filter((one) => decodeGroup(one).logs.length > 0).map((one) => Buffer.from(one).toString('hex'));
        expect(there(groups).map((one) => one.toString('hex'))).toEqual(wanted);
      }),
      { numRuns: 1500 },
    );
  });

  test('another encoding of a log is the same log: lengths longer than needed, the time behind, a value before its key', () => {
    const content = [0x12, ...varint(7), 0x12, 2, 0x76, 0x31, 0x0a, 1, 0x6b];
    const wide = [0x12, 0x86, 0x00, 0x0a, 0x01, 0x61, 0x12, 0x01, 0x62];
    const odd = Uint8Array.from(bytesField(1, [...content, ...wide, 0x08, ...varint(1_700_000_001)]));
    const [back] = there([odd]);
    expect(decodeGroup(back ?? Buffer.alloc(0))).toEqual(decodeGroup(odd));
  });

  test('bytes that are no group are kept whole', () => {
    const broken = Uint8Array.from([0x0a, 0x7f, 1, 2, 3]);
    expect(writer.write(new RowBuffer(), 0, 0n, 0, broken)).toBe(false);
    expect(there([broken])[0]).toEqual(Buffer.from(broken));
  });

  test('a cut anywhere in a group is noticed or gives the same bytes', () => {
    const builder = new GroupBuilder();
    builder.begin();
    builder.beginLog(1_700_000_000, 5);
    builder.field('text', 'x'.repeat(300));
    builder.field('n', '12');
    builder.endLog();
    builder.topic('t');
    const whole = builder.finish();
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.subarray(0, length);
      const back = there([cut]);
      if (back.length > 0) expect(back[0]).toEqual(cut);
    }
  });
});
