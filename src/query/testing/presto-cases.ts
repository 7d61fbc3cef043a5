import { readFileSync } from 'node:fs';
import { rowCatalog, type RowField } from '../catalog/row-catalog.ts';
import type { FieldCatalog } from '../catalog/field-catalog.ts';
import { printQuery } from '../clickhouse/print.ts';
import { compileSql } from '../compile-sql.ts';
import type { SqlType } from '../types/sql-type.ts';
import { decode } from '../result/decode.ts';
import type { TestEngine } from './engine.ts';

/** A question put to the real Presto and what it answered (see testdata/README.md). */
export interface PrestoCase {
  readonly id: string;
  readonly topic: string;
  readonly sql: string;
  readonly tz: string;
  readonly now?: string;
  readonly constant?: boolean;
  readonly columns?: readonly { readonly name: string; readonly type: string }[];
  readonly rows?: readonly (readonly unknown[])[];
  readonly error?: { readonly name: string };
  readonly ordered: boolean;
  readonly approx: boolean;
}

const lines = (name: string): string[] =>
  readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

export const prestoCases = (): PrestoCase[] => lines('presto-cases.jsonl').map((line) => JSON.parse(line) as PrestoCase);

const BIGINT = ['__time__', 'seq', 'status', 'body_bytes', 'delta'];
const DOUBLE = ['request_time', 'upstream_time', 'score'];
const TEXT = [
  '__source__',
  '__topic__',
  'method',
  'host',
  'uri',
  'client_ip',
  'ua',
  'username',
  'level',
  'region',
  'msg',
  'tags',
  'event_time',
  'user_agent',
  'json',
];

export function prestoLog(): FieldCatalog {
  const rows = lines('presto-log.jsonl').map((line) =>
    Object.fromEntries(Object.entries(JSON.parse(line) as Record<string, unknown>).map(([key, value]) => [key, String(value)])),
  );
  const of = (names: readonly string[], type: SqlType): RowField[] => names.map((name) => ({ name, type }));
  return rowCatalog(rows, [...of(BIGINT, { k: 'bigint' }), ...of(DOUBLE, { k: 'double' }), ...of(TEXT, { k: 'varchar' })]);
}

/** What the compiler and the engine make of a case: null when it agrees, else how it differs. */
export function compare(one: PrestoCase, catalog: FieldCatalog, engine: TestEngine): string | null {
  let answer: { names: string[]; rows: unknown[][] };
  try {
    const text = `* | ${one.sql}`;
    const nowMs = one.now === undefined ? Date.UTC(2024, 2, 10, 17, 30, 15, 250) : Date.parse(one.now);
    const compiled = compileSql(text, 3, { catalog, search: null, timeZone: one.tz, nowMs, defaultLimit: 1000, maxLimit: 1_000_000 });
    const got = engine.query(printQuery(compiled.query, one.tz));
    answer = {
      names: compiled.columns.map((column) => column.name),
      rows: got.rows.map((row) => row.map((value, i) => decoded(value, compiled.columns[i]!))),
    };
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    if (one.error === undefined) return `unexpected error: ${message}`;
    return /SYNTAX_ERROR\)|UNKNOWN_IDENTIFIER|ILLEGAL_TYPE|NO_COMMON_TYPE|NOT_IMPLEMENTED|TypeError|LOGICAL_ERROR/.test(message)
      ? `refused by the engine, not by us: ${message}`
      : null;
  }
  if (one.error !== undefined) return `expected ${one.error.name}, got ${JSON.stringify(answer.rows).slice(0, 200)}`;
  const names = one.columns!.map((column) => column.name);
  if (JSON.stringify(names) !== JSON.stringify(answer.names))
    return `columns ${JSON.stringify(answer.names)}, expected ${JSON.stringify(names)}`;
  const [got, want] = [answer.rows.map((row) => row.map(plain)), one.rows!.map((row) => row.map(plain))];
  const key = (row: unknown): string =>
    JSON.stringify(row, (_, v: unknown) => (typeof v === 'number' && one.approx ? Number(v.toPrecision(9)) : v));
  if (!one.ordered) {
    got.sort((a, b) => (key(a) < key(b) ? -1 : 1));
    want.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }
  if (got.length !== want.length) return `${got.length} rows, expected ${want.length}: ${JSON.stringify(got).slice(0, 300)}`;
  for (const [i, row] of want.entries())
    if (!equal(got[i], row, one.approx)) return `row ${i}: ${JSON.stringify(got[i])}, expected ${JSON.stringify(row)}`;
  return null;
}

/** Times with a zone, intervals and sketches are text already (see `shown` of compile-sql.ts). */
function decoded(value: unknown, column: { readonly type: SqlType; readonly nullable: boolean }): unknown {
  if (['timestamptz', 'intervalDay', 'intervalYear', 'hyperloglog'].includes(column.type.k)) return value;
  return decode(value, column.type, column.nullable);
}

/** Maps with sorted keys. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, plain(one)]),
  );
}

function equal(a: unknown, b: unknown, approx: boolean): boolean {
  if (typeof a === 'number' && typeof b === 'number')
    return a === b || (approx && Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)));
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => equal(one, b[i], approx));
  if (a !== null && b !== null && typeof a === 'object' && typeof b === 'object') {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => equal((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], approx))
    );
  }
  return a === b;
}
