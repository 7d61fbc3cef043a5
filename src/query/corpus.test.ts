import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SluiceError } from '../core/errors.ts';
import { printSearch } from './syntax/search/print-search.ts';
import { parseSearch } from './syntax/search/parse-search.ts';
import { classify } from './syntax/split-query.ts';
import { parseSpl } from './syntax/spl/parse-spl.ts';
import { printSpl } from './syntax/spl/print-spl.ts';
import { parseSql } from './syntax/sql/parse-sql.ts';
import { printSql } from './syntax/sql/print-sql.ts';
import { compile, type CompileInput } from './compile.ts';
import { prestoCases } from './testing/presto-cases.ts';
import { index, key, tableFor } from './testing/log-store.ts';

interface Case {
  readonly kind: 'search' | 'sql' | 'spl';
  readonly query: string;
  readonly must: 'parse' | 'reject';
  readonly note: string;
}

const CASES = readFileSync(new URL('testdata/sls-query-cases.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Case);

const CONFIG = index({ status: key({ type: 'long' }), request_time: key({ type: 'double' }), method: key(), src_ip: key() });
const INPUT: CompileInput = {
  table: tableFor(1, CONFIG),
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

/** The whole query read as what it is, by syntax alone. */
function parse(query: string): void {
  const { mode, bar } = classify(query);
  if (mode === 'spl') {
    const program = parseSpl(query);
    for (const pipeline of [program.pipeline, ...program.datasets.map((one) => one.pipeline)])
      if (pipeline.source.k === 'search') parseSearch(query, pipeline.source.span.from, pipeline.source.span.to);
    return;
  }
  parseSearch(query, 0, bar ?? query.length);
  if (mode === 'sql') parseSql(query, bar! + 1);
}

describe('statements of the SLS documentation', () => {
  it.each(CASES.filter((one) => one.must === 'parse').map((one) => [one.query, one] as const))('takes %s', (query) => {
    expect(() => parse(query)).not.toThrow();
  });

  it.each(CASES.filter((one) => one.must === 'reject').map((one) => [one.query, one] as const))('refuses %s', (query) => {
    let thrown: unknown = null;
    try {
      compile(query, INPUT);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(SluiceError);
    const { code, details } = thrown as SluiceError;
    expect(code).toMatch(/^query\./);
    expect(details).toMatchObject({
      span: { from: expect.any(Number) as number, to: expect.any(Number) as number },
      line: expect.any(Number) as number,
      column: expect.any(Number) as number,
    });
  });
});

/** A tree without the places it was read from. */
function bare(tree: unknown): unknown {
  return JSON.parse(
    JSON.stringify(tree, (name, value: unknown) =>
      name === 'span' || name === 'patternSpan' ? undefined : typeof value === 'bigint' ? `${value}n` : value,
    ),
  );
}

describe('printing what was read and reading it again gives the same tree', () => {
  const sql = [
    ...CASES.filter((one) => one.kind === 'sql' && one.must === 'parse').map((one) => one.query.slice(classify(one.query).bar! + 1)),
    ...prestoCases()
      .filter((one) => one.error === undefined)
      .map((one) => one.sql),
  ];
  it.each(sql)('%s', (text) => {
    const tree = parseSql(text);
    const printed = printSql(tree);
    expect(bare(parseSql(printed))).toEqual(bare(tree));
    expect(printSql(parseSql(printed))).toBe(printed);
  });

  it.each(CASES.filter((one) => one.kind === 'spl' && one.must === 'parse').map((one) => one.query))('%s', (text) => {
    const tree = parseSpl(text);
    expect(bare(parseSpl(printSpl(tree)))).toEqual(bare(tree));
  });

  it.each(
    CASES.filter((one) => one.kind === 'search' && one.must === 'parse' && classify(one.query).mode === 'search').map((one) => one.query),
  )('search %s', (text) => {
    const { expr } = parseSearch(text);
    expect(bare(parseSearch(printSearch(expr)).expr)).toEqual(bare(expr));
  });
});
