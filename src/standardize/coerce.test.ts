import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BIGINT, BOOLEAN, DOUBLE, VARCHAR, arrayOf, type SqlType } from '../query/types/sql-type.ts';
import { classColumn, classTable } from './class-table.ts';
import { coerce, type RuleField } from './coerce.ts';
import { TestEngine } from './testing/engine.ts';

let shared: TestEngine;

beforeAll(() => {
  shared = new TestEngine();
});

afterAll(() => shared.close());

/** Values of one field as the column takes them, in the engine. */
function coerced(
  path: string,
  type: SqlType,
  engine: string,
  values: readonly unknown[],
  options: { zone?: string; absent?: readonly string[] } = {},
): unknown[] {
  const table = classTable(path.startsWith('finding_info') || path.startsWith('evidences') ? 2004 : 4002);
  const column = classColumn(table, path);
  if (column === null) throw new Error(`no column ${path}`);
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const field: RuleField = { name: path, sql: 'v', type, boxed: engine.startsWith('Array(Array') };
  const absent = (options.absent ?? []).map(quote);
  const sql = coerce(column, field, { zone: quote(options.zone ?? 'UTC'), absent });
  if (sql === null) return ['refused'];
  const shown = column.kind === 'time' ? `toUnixTimestamp64Milli(${sql})` : sql;
  const rows = values.map(
    (value) => `(${value === null ? 'NULL' : typeof value === 'string' ? quote(value) : JSON.stringify(value).replaceAll('"', "'")})`,
  );
  return shared.run(`SELECT ${shown} FROM values('v ${engine.replaceAll("'", "\\'")}', ${rows.join(', ')})`).map((row) => row[0]);
}

const text = 'Nullable(String)';

describe('times', () => {
  test.each([
    ['1725961920', 1725961920000],
    ['1725961920250', 1725961920250],
    ['1725961920250123', 1725961920250],
    ['1725961920250123456', 1725961920250],
    ['1725961923.101', 1725961923101],
    ['2024-09-10T09:52:00Z', 1725961920000],
    ['2024-09-10T17:52:00+08:00', 1725961920000],
    ['2024-09-10T09:52:45.1234567Z', 1725961965123],
    ['2024-09-10T09:52:33.123456789Z', 1725961953123],
    ['10/Sep/2024:17:52:00 +0800', 1725961920000],
    ['10/Sep/2024:09:52:05 +0000', 1725961925000],
    ['', null],
    ['N/A', null],
    ['-', null],
    ['0', null],
    ['yesterday', null],
    ['2024-13-45 99:00:00', null],
    ['99999999999999999999999', null],
  ])('%s', (value, expected) => {
    const [found] = coerced('time', VARCHAR, text, [value]);
    expect(found === null ? null : Number(found)).toBe(expected);
  });

  test('a time without a zone is in the zone of the rule', () => {
    expect(coerced('time', VARCHAR, text, ['2024-09-10 17:52:00', '10/Sep/2024:17:52:00'], { zone: 'Asia/Shanghai' }).map(Number)).toEqual([
      1725961920000, 1725961920000,
    ]);
    expect(coerced('time', VARCHAR, text, ['2024-09-10 09:52:00']).map(Number)).toEqual([1725961920000]);
  });

  test('numbers and NULL', () => {
    expect(coerced('time', BIGINT, 'Nullable(Int64)', [1725961920, null]).map((v) => (v === null ? null : Number(v)))).toEqual([
      1725961920000,
      null,
    ]);
    expect(coerced('time', DOUBLE, 'Nullable(Float64)', [1725961923.101]).map(Number)).toEqual([1725961923101]);
  });

  test('no text of a log stops the engine', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.stringMatching(/^[0-9TZ:+./ -]{0,30}$/)), { minLength: 1, maxLength: 200 }),
        (values) => {
          const clean = values.map((value) => value.replaceAll('\0', ''));
          expect(coerced('time', VARCHAR, text, clean)).toHaveLength(clean.length);
          expect(coerced('src_endpoint.port', VARCHAR, text, clean)).toHaveLength(clean.length);
          expect(coerced('is_alert', VARCHAR, text, clean)).toHaveLength(clean.length);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('values', () => {
  test('numbers of a log are text; what the column cannot hold is absent', () => {
    expect(coerced('src_endpoint.port', VARCHAR, text, ['443', '-', '', '70000', '-1', '4.5', null])).toEqual([
      443,
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(coerced('severity_id', BIGINT, 'Nullable(Int64)', [4, null, 300])).toEqual([4, 0, 0]);
    expect(coerced('duration', DOUBLE, 'Nullable(Float64)', [11.6])).toEqual([12]);
  });

  test('truth as text', () => {
    expect(coerced('is_alert', VARCHAR, text, ['true', 'False', '0', '1', 'maybe', null])).toEqual([true, false, false, true, null, null]);
    expect(coerced('is_alert', BOOLEAN, 'Nullable(Bool)', [null])).toEqual([null]);
  });

  test('text: NULL and what the rule calls absent are empty', () => {
    expect(coerced('app_name', VARCHAR, text, ['HTTP', '-', null], { absent: ['-'] })).toEqual(['HTTP', '', '']);
    expect(coerced('app_name', VARCHAR, text, ['-'])).toEqual(['-']);
    expect(coerced('app_name', BIGINT, 'Nullable(Int64)', [7])).toEqual(['7']);
  });

  test('lists: one value is a list of one, none an empty list', () => {
    expect(coerced('finding_info.types', VARCHAR, text, ['a', '', null])).toEqual([['a'], [], []]);
    expect(coerced('finding_info.types', arrayOf(VARCHAR), 'Array(Nullable(String))', [['a', '', null, 'b']])).toEqual([['a', 'b']]);
    expect(coerced('evidences.dst_endpoint.port', VARCHAR, text, ['22', 'x'])).toEqual([[22], []]);
  });

  test('what can never fit is refused', () => {
    expect(coerced('app_name', arrayOf(VARCHAR), 'Array(Nullable(String))', [['a']])).toEqual(['refused']);
    expect(coerced('src_endpoint.port', arrayOf(BIGINT), 'Array(Nullable(Int64))', [[1]])).toEqual(['refused']);
  });
});
