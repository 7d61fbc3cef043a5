import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SluiceError } from '../core/errors.ts';
import { printQuery } from './clickhouse/print.ts';
import { compile, type CompiledStatement, type CompileInput } from './compile.ts';
import { compileSql } from './compile-sql.ts';
import { parseSearch } from './syntax/search/parse-search.ts';
import { printSearch } from './syntax/search/print-search.ts';
import { openTestEngine, type TestEngine } from './testing/engine.ts';
import { fillTable, index, key, tableFor } from './testing/log-store.ts';
import { prestoCases, prestoLog } from './testing/presto-cases.ts';

const CONFIG = index({
  status: key({ type: 'long' }),
  rt: key({ type: 'double' }),
  msg: key(),
  user: key({ token: [] }),
  info: key({ type: 'json', indexAll: true }),
});
const TABLE = tableFor(1, CONFIG);
const INPUT: CompileInput = {
  table: TABLE,
  logstore: 1,
  index: CONFIG,
  bounds: null,
  timeZone: 'UTC',
  nowMs: 0,
  line: 100,
  offset: 0,
  reverse: false,
  scan: false,
  maxRows: 1_000_000,
};

/** Words that the three languages are made of, so that what comes out is often nearly a query. */
const WORDS = readFileSync(new URL('testdata/sls-query-cases.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .flatMap((line) => (JSON.parse(line) as { query: string }).query.match(/\w+|\s+|'[^']*'|"[^"]*"|[^\w\s]/g) ?? []);
const word = fc.constantFrom(...new Set(WORDS));
const nearly = fc
  .array(fc.oneof({ weight: 9, arbitrary: word }, fc.string({ maxLength: 6 })), { maxLength: 24 })
  .map((parts) => parts.join(''));
const started = fc
  .tuple(
    fc.constantFrom('', '* | ', '* | select ', '* | where ', '* | extend a = ', 'status:200 | select count(*) from log where '),
    nearly,
  )
  .map((parts) => parts.join(''));

/** Numbers of the engine for text or types it cannot take: what a compiler of ours must never make. */
const OUR_FAULT = [62, 46, 47, 36, 42, 43, 44, 48, 49, 53, 179, 184, 215, 386, 403, 456, 457];

function attempt(text: string): CompiledStatement | null {
  try {
    return compile(text, INPUT);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SluiceError);
    expect((thrown as SluiceError).code).toMatch(/^query\./);
    return null;
  }
}

describe('any text is either refused with a place or compiled to what the engine takes', () => {
  let engine: TestEngine;
  beforeAll(() => {
    engine = openTestEngine();
    fillTable(engine, TABLE, [
      {
        topic: 't',
        source: 's',
        tags: { k: 'v' },
        logs: [{ timeSec: 1_700_000_000, timeNsPart: 0, fields: { status: '200', msg: 'a b', user: 'u', info: '{"a":1}' } }],
      },
    ]);
  });
  afterAll(() => engine.close());

  const runs = (statement: { readonly sql: CompiledStatement['sql'] }, text: string): void => {
    try {
      engine.query(statement.sql);
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      const code = Number(/Code: (\d+)/.exec(message)?.[1] ?? -1);
      if (OUR_FAULT.includes(code) || code === -1) throw new Error(`${text}\n${message.slice(0, 800)}`, { cause: thrown });
    }
  };

  it('whatever is typed', () => {
    fc.assert(
      fc.property(started, (text) => {
        const statement = attempt(text);
        if (statement !== null) runs(statement, text);
      }),
      { numRuns: 3000, examples: [['* | extend a = .0']] },
    );
  });

  it('random characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => void attempt(text)),
      { numRuns: 2000 },
    );
  });

  it('questions of Presto with words exchanged', () => {
    const catalog = prestoLog();
    const cases = prestoCases()
      .filter((one) => one.error === undefined && one.id !== 'subquery-dbbc76')
      .map((one) => one.sql.match(/'[^']*'|"[^"]*"|\w+|\s+|[^\w\s]/g)!);
    const exchanged = fc.tuple(fc.constantFrom(...cases), fc.constantFrom(...cases), fc.nat(), fc.nat()).map(([a, b, i, j]) => {
      const same = (x: string): string => (/^\w/.test(x) ? 'word' : x.startsWith("'") ? 'text' : x);
      const at = i % a.length;
      const others = b.filter((one) => same(one) === same(a[at]!));
      return others.length === 0 ? a.join('') : [...a.slice(0, at), others[j % others.length]!, ...a.slice(at + 1)].join('');
    });
    fc.assert(
      fc.property(exchanged, (sql) => {
        let query;
        try {
          query = compileSql(sql, 0, { catalog, search: null, timeZone: 'UTC', nowMs: 0, defaultLimit: 100, maxLimit: 1_000_000 });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(SluiceError);
          expect((thrown as SluiceError).code).toMatch(/^query\./);
          return;
        }
        runs({ sql: printQuery(query.query) }, sql);
      }),
      { numRuns: 700 },
    );
  });

  it('texts come back as they were, and never stand in the statement', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (value) => {
        const statement = compile(`* | select '${value.replaceAll("'", "''")}' as x, 1 from unnest(array[1]) as t(y)`, INPUT);
        if (value.length > 3) expect(statement.sql.text).not.toContain(value);
        expect(engine.query(statement.sql).rows).toEqual([[value, '1']]);
      }),
      { numRuns: 150 },
    );
  });

  it('deep nesting is a limit, not a crash', () => {
    expect(() => compile(`* | select ${'('.repeat(5000)}1${')'.repeat(5000)}`, INPUT)).toThrow(
      expect.objectContaining({ code: 'query.limit' }) as Error,
    );
    expect(() => compile('('.repeat(5000), INPUT)).toThrow(expect.objectContaining({ code: 'query.limit' }) as Error);
    expect(() => compile(`* | select ${'not '.repeat(5000)}true`, INPUT)).toThrow(
      expect.objectContaining({ code: 'query.limit' }) as Error,
    );
    expect(() => compile('not '.repeat(5000), INPUT)).toThrow(expect.objectContaining({ code: 'query.limit' }) as Error);
  });

  it.each([
    "* | select * from file('/etc/passwd')",
    "* | select * from url('http://127.0.0.1/', 'CSV')",
    "* | select * from s3('http://x/y')",
    '* | select * from system.tables',
    '* | select * from "system.tables"',
    '* | select * from system',
    '* | select * from information_schema.columns',
    '* | select * from logs_2',
    '* | select * from "logs_1"',
    "* | select 1 into outfile 'x.csv'",
    '* | select 1 format CSV',
    '* | select 1 settings max_threads = 1',
    '* | select 1 limit 1 settings readonly = 0',
    "* | select file('x')",
    "* | select getSetting('x')",
    '* | select hostName()',
    "* | select dictGet('d', 'a', 1)",
    '* | select sleep(3)',
    '* | select shard, cursor, idx from log',
    '* | select rest from log',
    '* | select f_1 from log',
    '* | select t0.x1 from log',
    '* | select 1; drop table logs_1',
    "* | where file('x') = '1'",
    "* | stats n=count(*) by status | extend a = file('x')",
    '* | project a | join $b on $b.a = a',
    ".let b = system.tables | project a; * | project a | join $b on $b.a = file('x')",
    '.let b = * | project a; $b | join $system.tables on a = a',
    "* | make-series n on (select 1) step '1m'",
    "* | make-series n on __time__ from url('x') to 'y' step '1m'",
    "* | make-series n on __time__ step '1m settings x = 1'",
    "status in [1 2] into outfile 'x' | select file('x')",
    'similarity(msg, "a") < 1 settings x = 1',
    '.set "max_threads" = 1; * | where true',
    '* | extend a = (select 1)',
    '* | extend a = 1 format CSV',
    '* | project `rest`',
    '* | select {p0:String}',
    "* | select x'00'')'",
    '* | select "a`b" from log',
    '* | select 1 union all select name from system.users',
    '* | select cast(1 as Nullable(String))',
    '* | select cast(1 as AggregateFunction(sum, Int64))',
    '* | with x as (select * from numbers(10)) select * from x',
  ])('does not let through %s', (text) => {
    expect(attempt(text)).toBeNull();
  });

  it('prints any search so that it reads the same', () => {
    fc.assert(
      fc.property(nearly, (text) => {
        let tree;
        try {
          tree = parseSearch(text).expr;
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(SluiceError);
          return;
        }
        const bare = (of: unknown): string => JSON.stringify(of, (name, value: unknown) => (name === 'span' ? undefined : value));
        expect(bare(parseSearch(printSearch(tree)).expr)).toBe(bare(tree));
      }),
      { numRuns: 2000 },
    );
  });
});
