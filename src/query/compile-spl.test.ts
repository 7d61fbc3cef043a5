import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowCatalog } from './catalog/row-catalog.ts';
import { printInsert, printQuery } from './clickhouse/print.ts';
import { compileSpl, type SplOptions } from './compile-spl.ts';
import { decode } from './result/decode.ts';
import { openTestEngine, type TestEngine } from './testing/engine.ts';

const OPTIONS: SplOptions = { timeZone: 'UTC', nowMs: Date.UTC(2024, 8, 10), context: 'query' };
const LOGS = [
  { content: '{"a":"x","b":{"c":[1,2]},"n":5,"z":null}', status: '500', ip: '10.0.0.1', kv: 'k=v&u="q"&bad&e=' },
  { content: 'no json', status: 'abc', line: 'GET /x 200', csv: 'p,"q,""r""",' },
];

describe('compileSpl', () => {
  let engine: TestEngine;
  beforeAll(() => {
    engine = openTestEngine();
  });
  afterAll(() => engine.close());

  const run = (program: string, options: Partial<SplOptions> = {}): Record<string, unknown>[] => {
    const compiled = compileSpl(program, rowCatalog(LOGS, []), { ...OPTIONS, ...options });
    const answer = engine.query(printQuery(compiled.query));
    return answer.rows.map((row) =>
      Object.fromEntries(compiled.columns.map((column, i) => [column.name, decode(row[i], column.type, column.nullable)])),
    );
  };

  it('keeps rows where the condition is true', () => {
    expect(run("* | where status = '500' | project ip, status")).toEqual([{ ip: '10.0.0.1', status: '500' }]);
    expect(run('* | where ip is null | project status')).toEqual([{ status: 'abc' }]);
    expect(run("* | where not ip = 'q' | project status")).toEqual([{ status: '500' }]);
  });

  it('assigns fields, later ones seeing earlier ones', () => {
    expect(run("* | extend n = try_cast(status as bigint), m = n + 1, status = 'z' | project n, m, status")).toEqual([
      { n: 500, m: 501, status: 'z' },
      { n: null, m: null, status: 'z' },
    ]);
  });

  it('gives NULL where a cast fails', () => {
    expect(run('* | extend n = cast(status as bigint) | project n')).toEqual([{ n: 500 }, { n: null }]);
  });

  it('opens JSON: members become fields, nested ones JSON text', () => {
    expect(run('* | parse-json content | project a, b, n, z, status')).toEqual([
      { a: 'x', b: '{"c":[1,2]}', n: '5', z: null, status: '500' },
      { a: null, b: null, n: null, z: null, status: 'abc' },
    ]);
    expect(run("* | parse-json -prefix='p_' -path='$.b' content | project p_c, a")).toEqual([
      { p_c: '[1,2]', a: null },
      { p_c: null, a: null },
    ]);
  });

  it('takes lines apart by pattern, separators and keys', () => {
    expect(
      run("* | parse-regexp line, '(\\w+) (\\S+) (\\d+)' as method, path, code | where method is not null | project method, path, code"),
    ).toEqual([{ method: 'GET', path: '/x', code: '200' }]);
    expect(run('* | parse-csv csv as a, b, c, d | where csv is not null | project a, b, c, d')).toEqual([
      { a: 'p', b: 'q,"r"', c: '', d: null },
    ]);
    expect(run("* | parse-kv -prefix='q_' kv, '&', '=' | where kv is not null | project q_k, q_u, q_e, q_bad")).toEqual([
      { q_k: 'v', q_u: 'q', q_e: '', q_bad: null },
    ]);
  });

  it('counts by group and sorts', () => {
    expect(run('* | extend one = 1 | stats n=count(*), s=sum(one) by status | sort status desc | limit 1')).toEqual([
      { status: 'abc', n: 1, s: 1 },
    ]);
  });

  it('gives the whole record when the columns are open', () => {
    expect(run("* | extend status = 'q', gone = null | project-away csv, kv | project-rename addr=ip")).toEqual([
      { record: { content: LOGS[0]!.content, status: 'q', addr: '10.0.0.1' } },
      { record: { content: 'no json', status: 'q', line: 'GET /x 200' } },
    ]);
    expect(run("* | where kv is not null | parse-json content | pack-fields -include='[ab]' as packed | project-away content, kv")).toEqual(
      [{ record: { status: '500', ip: '10.0.0.1', n: '5', packed: '{"a":"x","b":"{\\"c\\":[1,2]}"}' } }],
    );
  });

  it('fills columns of a table, converting what it can', () => {
    engine.run("CREATE TABLE events (user String, code Nullable(Int32), tags Array(String), at DateTime64(3, 'UTC')) ENGINE = Memory");
    const program =
      "* | parse-json content | extend code = try_cast(status as bigint), tags = split(ip, '.'), at = from_unixtime(1700000000)";
    const outputs = [
      { field: 'a', as: 'user', type: 'String' },
      { field: 'code', as: 'code', type: 'Nullable(Int32)' },
      { field: 'tags', as: 'tags', type: 'Array(String)' },
      { field: 'at', as: 'at', type: "DateTime64(3, 'UTC')" },
    ];
    const select = compileSpl(program, rowCatalog(LOGS, []), { ...OPTIONS, context: 'row', outputs });
    const insert = printInsert(
      'events',
      outputs.map((one) => one.as),
      [select.query, select.query],
    );
    engine.query(insert);
    expect(engine.query({ text: 'SELECT * FROM events ORDER BY user LIMIT 1 BY user', params: {} }).rows).toEqual([
      ['', null, [], '2023-11-14 22:13:20.000'],
      ['x', 500, ['10', '0', '0', '1'], '2023-11-14 22:13:20.000'],
    ]);
  });

  it.each([
    ['* | limit 100', 'query.refused'],
    ['* | sort status', 'query.refused'],
    ["* | extend __time__ = 'abc'", 'query.type'],
    ['* | where status', 'query.type'],
    ['* | where status > 400', 'query.type'],
    ['$missing | project a', 'query.unknown_field'],
    ["* | where nosuch(status) = '1'", 'query.unknown_function'],
    ["error | where a = '1'", 'query.refused'],
    ["* | where regexp_like(status, 'a(?=b)')", 'query.refused'],
  ])('refuses %s', (program, code) => {
    expect(() => compileSpl(program, rowCatalog(LOGS, []), OPTIONS)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('says where an error is and what may be meant', () => {
    expect(() => compileSpl("* | where uper(status) = 'A'", rowCatalog(LOGS, []), OPTIONS)).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({ line: 1, column: 11, token: 'uper', suggestion: 'upper' }) as object,
      }) as Error,
    );
  });
});
