import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowCatalog } from './catalog/row-catalog.ts';
import { printInsert, printQuery } from './clickhouse/print.ts';
import { compileSpl, type SplOptions } from './compile-spl.ts';
import { SluiceError } from '../core/errors.ts';
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

/** Points of a series are easier to read as text. */
const EVENTS = [
  { t: '100', host: 'a', n: '1' },
  { t: '130', host: 'a', n: '2' },
  { t: '165', host: 'a', n: '3' },
  { t: '290', host: 'a', n: '7' },
  { t: '170', host: 'b', n: '5' },
  { t: 'no time', host: 'b', n: '6' },
];

describe('datasets and series', () => {
  let engine: TestEngine;
  beforeAll(() => {
    engine = openTestEngine();
  });
  afterAll(() => engine.close());

  const run = (
    program: string,
    rows: readonly Record<string, string>[] = EVENTS,
    options: Partial<SplOptions> = {},
  ): Record<string, unknown>[] => {
    const compiled = compileSpl(program, rowCatalog(rows, []), { ...OPTIONS, range: { fromSec: 60, toSec: 300 }, ...options });
    const answer = engine.query(printQuery(compiled.query));
    return answer.rows.map((row) =>
      Object.fromEntries(compiled.columns.map((column, i) => [column.name, decode(row[i], column.type, column.nullable)])),
    );
  };
  const refused = (program: string): unknown => {
    try {
      run(program);
    } catch (thrown) {
      return thrown instanceof SluiceError ? [thrown.code, thrown.message.replace(/^line \d+:\d+: /, '')] : thrown;
    }
    return 'it runs';
  };

  const USERS = [
    { kind: 'login', uid: '1', ip: '10.0.0.1' },
    { kind: 'login', uid: '2', ip: '10.0.0.2' },
    { kind: 'login', uid: '1', ip: '10.0.0.3' },
    { kind: 'login', ip: '10.0.0.4' },
    { kind: 'user', uid: '1', name: 'ada' },
    { kind: 'user', uid: '3', name: 'eve' },
    { kind: 'user', name: 'nobody' },
  ];
  const BOTH = ".let a = * | where kind = 'login' | project uid, ip; .let b = * | where kind = 'user' | project uid, name; ";

  it('joins datasets by what the condition says, a missing key with nothing', () => {
    expect(run(`${BOTH} $a | join $b on $b.uid = uid | sort ip`, USERS)).toEqual([
      { uid: '1', ip: '10.0.0.1', name: 'ada' },
      { uid: '1', ip: '10.0.0.3', name: 'ada' },
    ]);
    expect(run(`${BOTH} $a | join $b on $a.uid = $b.uid and ip <> '10.0.0.1' | project ip, who=name`, USERS)).toEqual([
      { ip: '10.0.0.3', who: 'ada' },
    ]);
  });

  it('keeps rows without a partner in a left join', () => {
    expect(run(`${BOTH} $a | join -kind=left $b on $b.uid = uid | sort ip | project ip, name`, USERS)).toEqual([
      { ip: '10.0.0.1', name: 'ada' },
      { ip: '10.0.0.2', name: null },
      { ip: '10.0.0.3', name: 'ada' },
      { ip: '10.0.0.4', name: null },
    ]);
  });

  it('joins what was counted, and goes on after it', () => {
    const program =
      ".let l = * | where kind = 'login' | stats logins=count(*) by uid; .let u = * | where kind = 'user' | project uid, name; " +
      "$l | join $u on $u.uid = uid | where logins > 1 | extend line = concat(name, ':', cast(logins as varchar)) | project line";
    expect(run(program, USERS)).toEqual([{ line: 'ada:2' }]);
    expect(run(`${BOTH} $a | join $b on $b.uid = uid | stats n=count(*), ips=array_agg(ip) by name`, USERS)).toEqual([
      { name: 'ada', n: 2, ips: ['10.0.0.1', '10.0.0.3'] },
    ]);
    expect(run(`${BOTH} $a | join $b on $b.uid = uid | pack-fields as all | sort all | limit 1`, USERS)).toEqual([
      { all: '{"uid":"1","ip":"10.0.0.1","name":"ada"}' },
    ]);
  });

  it('refuses a join whose fields nobody can know', () => {
    expect(refused(`${BOTH} * | join $b on $b.uid = uid`)).toEqual([
      'query.refused',
      "'join' needs a fixed list of columns before it: use project or stats first",
    ]);
    expect(refused('.let b = * | where uid is not null; * | project uid | join $b on $b.uid = uid')).toEqual([
      'query.refused',
      "'join' needs a fixed list of columns in $b: use project or stats first",
    ]);
    expect(refused(`${BOTH} $a | join $c on $c.uid = uid`)).toEqual(['query.unknown_field', "dataset '$c' is not defined"]);
    expect(refused(`${BOTH} $a | join $b on $b.nothing = uid`)).toEqual(['query.unknown_field', 'there is no field $b.nothing to join on']);
    expect(refused('.let a = $a | project x; $a')).toEqual(['query.unknown_field', "dataset '$a' is not defined"]);
    const many = Array.from({ length: 40 }, () => 'join $b on $b.uid = uid').join(' | ');
    expect(refused(`${BOTH} $a | ${many}`)).toEqual(['query.limit', 'datasets are used more than 32 times']);
  });

  it('refuses commands the reference only names', () => {
    for (const command of ['lookup', 'union', 'dedup', 'unnest'])
      expect(refused(`* | ${command} x`)).toEqual(['query.refused', expect.stringContaining(`command '${command}' is not available`)]);
    expect(() => compileSpl(`${BOTH} $a | join $b on $b.uid = uid`, rowCatalog(USERS, []), { ...OPTIONS, context: 'row' })).toThrow(
      /only available in queries/,
    );
  });

  it('makes a series of the values there are, in order of time', () => {
    expect(run('* | make-series n on t by host')).toEqual(
      expect.arrayContaining([
        { host: 'a', n: [1, 2, 3, 7], __ts__: [100, 130, 165, 290] },
        { host: 'b', n: [5], __ts__: [170] },
      ]),
    );
  });

  it('makes a point of each step of a range, and fills those without a value', () => {
    const fill = (fill: string): unknown =>
      run(`* | where host = 'a' | make-series v=n default='${fill}' on t from 'sls_begin_time' to 'sls_end_time' step '1m'`)[0]!['v'];
    expect(run("* | make-series v=n on t from 'sls_begin_time' to 'sls_end_time' step '1m' by host | sort host")).toEqual([
      { host: 'a', v: [1, 3, null, 7], __ts__: [60, 120, 180, 240] },
      { host: 'b', v: [null, 5, null, null], __ts__: [60, 120, 180, 240] },
    ]);
    expect(fill('0')).toEqual([1, 3, 0, 7]);
    expect(fill('-2.5')).toEqual([1, 3, -2.5, 7]);
    expect(fill('last')).toEqual([1, 3, 3, 7]);
    expect(fill('next')).toEqual([1, 3, 7, 7]);
    expect(fill('avg')).toEqual([1, 3, 5, 7]);
    expect(fill('nan')).toEqual([1, 3, 'NaN', 7]);
  });

  it('takes bounds from texts and fields, and without them the steps that have rows', () => {
    const v = (rest: string): unknown => run(`* | where host = 'a' | ${rest}`).map((row) => [row['v'], row['__ts__']]);
    expect(v("make-series v=n on t from '1970-01-01 00:02:00' to '250' step '1m'")).toEqual([
      [
        [3, null, null],
        [120, 180, 240],
      ],
    ]);
    expect(v("extend b = 100, e = 200 | make-series v=n on t from b to e step '30s'")).toEqual([
      [
        [1, 2, 3, null],
        [100, 130, 160, 190],
      ],
    ]);
    expect(v("make-series v=n on t step '1m'")).toEqual([
      [
        [1, 3, null, 7],
        [60, 120, 180, 240],
      ],
    ]);
    expect(v("extend at = from_unixtime(cast(t as bigint)) | make-series v=n on at step '2m'")).toEqual([
      [
        [1, 3, 7],
        [0, 120, 240],
      ],
    ]);
    expect(v("where n = 'none' | make-series v=n default='0' on t from '60' to '180' step '1m'")).toEqual([
      [
        [0, 0],
        [60, 120],
      ],
    ]);
    expect(v("where n = 'none' | make-series v=n on t step '1m'")).toEqual([[[], []]]);
  });

  it('makes a series of what was counted', () => {
    expect(
      run(
        "* | extend m = try_cast(t as bigint) - try_cast(t as bigint) % 60 | stats n=count(*) by m, host | make-series n default='0' on m step '1m' by host | sort host",
      ),
    ).toEqual([
      { host: 'a', n: [1, 2, 0, 1], __ts__: [60, 120, 180, 240] },
      { host: 'b', n: [1], __ts__: [120] },
    ]);
  });

  it('says which defaults and steps there are', () => {
    expect(refused("* | make-series n default='maybe' on t step '1m'")).toEqual(['query.type', "'maybe' is not a default of make-series"]);
    expect(refused("* | make-series n on t step '1y'")).toEqual(['query.type', "'1y' is not a step"]);
    expect(() => run("* | make-series n on t from 'sls_begin_time' to '99999999999' step '1s'")).toThrow(
      /more than 100000 points a series/,
    );
    expect(refused("* | make-series n on t from 'sls_begin_time' to 'sls_end_time'")).toEqual([
      'query.syntax',
      'make-series with from and to needs a step',
    ]);
    expect(refused("* | make-series n on t from 'yesterday' to 'sls_end_time' step '1m'")).toEqual([
      'query.type',
      "'yesterday' is not a time",
    ]);
  });
});
