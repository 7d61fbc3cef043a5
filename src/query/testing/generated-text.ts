import * as fc from 'fast-check';

/** Texts that are mostly queries of the three languages, by their grammar; some of them changed a little, as a slip of the hand does. */
export function generatedText(corpus: readonly string[]): fc.Arbitrary<string> {
  const of = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
  const joined = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> => fc.tuple(...parts).map((all) => all.join(''));
  const listed = (item: fc.Arbitrary<string>, between: string, most: number): fc.Arbitrary<string> =>
    fc.array(item, { minLength: 1, maxLength: most }).map((all) => all.join(between));

  const field = of('status', 'rt', 'msg', 'user', 'info', '__time__', '__source__', '__topic__', '"__tag__:k"', 'a', 'b', 'nosuch');
  const odd = fc.string({ unit: 'grapheme', maxLength: 8 });
  const text = fc.oneof(
    of("''", "'a'", "'%x_'", "'2024-09-10'", "'1m'", "'$.a'", "'(\\d+)'", "'%H:%i'", '\'{"a":1}\''),
    odd.map((one) => `'${one.replaceAll("'", "''")}'`),
  );
  const number = of('0', '1', '-1', '2147483647', '9223372036854775807', '99999999999999999999', '1.5', '.5', '1e308', '0x10');
  const { expr, query } = fc.letrec<{ expr: string; query: string }>((tie) => ({
    expr: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(field, text, number, of('null', 'true', 'now()', 'count(*)', 'count(1)', "interval '1' day", 'current_date')),
      joined(tie('expr'), of(' + ', ' - ', ' * ', ' / ', ' % ', ' || ', ' = ', ' <> ', ' < ', ' >= ', ' and ', ' or '), tie('expr')),
      joined(of('(', 'not (', '-('), tie('expr'), of(')')),
      joined(
        of(
          'lower(',
          'length(',
          'sum(',
          'max(',
          'avg(',
          'abs(',
          'round(',
          'json_parse(',
          'cardinality(',
          'from_unixtime(',
          'array_agg(',
          'nosuch(',
        ),
        tie('expr'),
        of(')'),
      ),
      joined(
        of(
          'coalesce(',
          'concat(',
          'split(',
          'regexp_extract(',
          'regexp_like(',
          'json_extract(',
          'date_trunc(',
          'date_format(',
          'greatest(',
          'if(',
        ),
        listed(tie('expr'), ', ', 3),
        of(')'),
      ),
      joined(
        of('cast(', 'try_cast('),
        tie('expr'),
        of(' as bigint)', ' as varchar)', ' as double)', ' as timestamp)', ' as array(bigint))', ' as nothing)'),
      ),
      joined(of('case when '), tie('expr'), of(' then '), tie('expr'), of(' else '), tie('expr'), of(' end')),
      joined(tie('expr'), of(' in (', ' not in ('), listed(tie('expr'), ', ', 3), of(')')),
      joined(tie('expr'), of(' like ', ' not like '), text),
      joined(tie('expr'), of(' between '), tie('expr'), of(' and '), tie('expr')),
      joined(tie('expr'), of(' is null', ' is not null', '[1]', '.a')),
      joined(of('array['), listed(tie('expr'), ', ', 3), of(']')),
      joined(of('transform(array[1, 2], x -> '), tie('expr'), of(')')),
      joined(of('row_number() over (partition by '), tie('expr'), of(' order by '), tie('expr'), of(')')),
      joined(of('('), tie('query'), of(')')),
    ),
    query: fc
      .tuple(
        listed(joined(tie('expr'), of('', '', ' as a', ' as b')), ', ', 3),
        fc.oneof(
          { weight: 4, arbitrary: of('', ' from log', ' from log t') },
          joined(of(' from ('), tie('query'), of(') as q')),
          of(' from log a join log b on a.msg = b.msg'),
        ),
        fc.option(tie('expr'), { nil: '' }).map((test) => (test === '' ? '' : ` where ${test}`)),
        fc.option(listed(tie('expr'), ', ', 2), { nil: '' }).map((keys) => (keys === '' ? '' : ` group by ${keys}`)),
        fc.option(tie('expr'), { nil: '' }).map((key) => (key === '' ? '' : ` order by ${key} desc`)),
        of('', '', ' limit 10', ' limit 5, 10', ' limit all', ' union all select 1'),
      )
      .map(([columns, from, where, group, order, limit]) => `select ${columns}${from}${where}${group}${order}${limit}`),
  }));

  const value = fc.oneof(
    of('*', 'a', 'err*', 'e?r', '200', '"a b"', '#"a b"', '""', '中文', 'a-b.c', '192.0.2.1'),
    odd.map((one) => `"${one.replaceAll(/["\\]/g, '\\$&')}"`),
  );
  const { search } = fc.letrec<{ search: string }>((tie) => ({
    search: fc.oneof(
      { depthSize: 'small' },
      fc.oneof(
        value,
        joined(field, of(':', ': '), value),
        joined(field, of('>', '>=', '<', '='), number),
        joined(field, of(' in ['), number, of(' '), number, of(']', ')')),
      ),
      joined(tie('search'), of(' and ', ' or ', ' not ', ' '), tie('search')),
      joined(of('not ', '('), tie('search'), of('', ')')),
    ),
  }));

  const command = fc.oneof(
    joined(of('where '), expr),
    joined(of('extend a = ', 'extend b = 1, c = ', 'extend __time__ = '), expr),
    joined(of('project ', 'project-away ', 'project -wildcard "s*", ', 'project-rename x='), field),
    joined(of('parse-json ', "parse-json -prefix='p_' ", "parse-json -path='$.a' "), field),
    joined(of('parse-regexp '), field, of(", '(\\w+)=(\\d+)' as k, v", ", 'x' as y", ", '(' as y")),
    joined(of('parse-csv ', "parse-csv -delim=';' ", 'parse-kv '), field, of(' as x, y', ", '&', '='", '')),
    joined(of('expand-values '), field),
    of('pack-fields as all', "pack-fields -include='s.*' as all", 'limit 10', 'limit 5, 10', 'render x', "sample -method='bernoulli' 10"),
    joined(of('stats n=count(*) by ', 'stats m=max(a), n=count(*) by '), field),
    joined(of('sort '), field, of('', ' desc')),
    joined(
      of('make-series n', "make-series n default='last', a"),
      of(' on __time__', ' on a'),
      of('', " step '1m'", " from 'sls_begin_time' to 'sls_end_time' step '1m'"),
      of('', ' by msg'),
    ),
    joined(of('join $d on $d.', 'join -kind=left $d on $d.'), field, of(' = '), field),
  );
  const pipeline = fc
    .tuple(fc.oneof(of('*', '$d'), search), fc.array(command, { minLength: 1, maxLength: 4 }))
    .map(([from, all]) => [from, ...all].join(' | '));
  const spl = fc.oneof(pipeline, joined(of('.let d = '), pipeline, of('; '), pipeline));
  const whole = fc.oneof(
    { weight: 2, arbitrary: search },
    { weight: 4, arbitrary: joined(fc.oneof(of('*'), search), of(' | '), query) },
    { weight: 3, arbitrary: spl },
    { weight: 2, arbitrary: of(...corpus) },
  );
  const slip = fc.record({
    at: fc.nat(),
    much: fc.integer({ min: 0, max: 6 }),
    put: fc.oneof(odd, of("'", '"', '(', ')', ',', '|', ';', '\\', '--', '/*', ' ', '{', '`', '$', '\0')),
    other: fc.nat(),
  });
  return fc.tuple(whole, fc.array(slip, { maxLength: 3 }), of(...corpus)).map(([start, slips, donor]) =>
    slips.reduce((made, one, i) => {
      const at = one.at % (made.length + 1);
      // Left out, put in, or a piece of another query.
      const put = i === 2 ? donor.slice(one.other % (donor.length + 1)).slice(0, 20) : one.put;
      return made.slice(0, at) + put + made.slice(at + one.much);
    }, start),
  );
}
