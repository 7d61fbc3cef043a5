import { agg, call, digits, raw, type Ch } from '../clickhouse/ch.ts';
import { fail, guard } from '../lower/env.ts';
import { asElement, isNull, MAX64, MIN64, val, type Val } from '../lower/val.ts';
import { arrayOf, BIGINT, BOOLEAN, DOUBLE, mapOf, VARBINARY, type SqlType } from '../types/sql-type.ts';
import { alias, fn, refused, type Build, type CallContext, type FunctionEntry } from './define.ts';

const TOPIC = 'Aggregates';
const aggregate = (doc: string, overloads: readonly (readonly [string, Build])[], state: 'same' | 'differs' = 'same'): FunctionEntry =>
  fn(TOPIC, doc, overloads, { kind: 'aggregate', strict: false, state });

/** Rows a sum of checked integers may have without overflow being possible. */
const MANY_ROWS = 1n << 31n;

const rows = (): Ch => agg('count', []);
const count = (x: Val): Ch => call('toInt64', agg('count', [x.ch]));

function sumOf(x: Val, cx: CallContext): Val {
  if (x.type.k === 'unknown') return val(raw("CAST(max(NULL), 'Nullable(Int64)')"), BIGINT);
  const [lo, hi] = [x.lo ?? MIN64, x.hi ?? MAX64];
  if (lo * MANY_ROWS >= MIN64 && hi * MANY_ROWS <= MAX64) return val(agg('sumOrNull', [x.ch]), BIGINT);
  const wide = agg('sumOrNull', [call('toInt128', x.ch)]);
  const narrow = call('accurateCastOrNull', wide, raw("'Int64'"));
  return guard(
    cx.failing,
    raw('(isNull(', narrow, ') AND isNotNull(', wide, '))'),
    'integer overflow: the sum is out of range',
    val(narrow, BIGINT),
  );
}

/** A boxed array or map, NULL over no row. */
const orNone = (value: Ch, type: SqlType, test: Ch = rows()): Val => val(raw('if(', test, ' = 0, [], [', value, '])'), type, true);

const notNan = (x: Ch): Ch => raw('if(isNaN(', x, '), NULL, ', x, ')');
const statistic = (name: string, engine: string, doc: string): FunctionEntry =>
  aggregate(doc, [[`${name}(double): double?`, ([x]) => notNan(agg(`${engine}OrNull`, [x!.ch]))]]);
const pair = (name: string, engine: string, doc: string): FunctionEntry =>
  aggregate(doc, [[`${name}(double, double): double?`, ([y, x]) => notNan(agg(`${engine}OrNull`, [y!.ch, x!.ch]))]]);

function literalNumber(v: Val, cx: CallContext, what: string): number {
  const n = v.lit;
  if (typeof n !== 'number' && typeof n !== 'bigint')
    throw fail(cx.env, 'query.refused', cx.span, `${what} of ${cx.name} must be a literal`, { reason: `${what} is not constant` });
  return Number(n);
}

function fraction(v: Val, cx: CallContext): number {
  const p = literalNumber(v, cx, 'the percentage');
  if (!(p >= 0 && p <= 1)) throw fail(cx.env, 'query.type', cx.span, `the percentage ${p} must lie between 0 and 1`, { expected: '0..1' });
  return p;
}

function fractions(v: Val, cx: CallContext): number[] {
  if (v.items === undefined)
    throw fail(cx.env, 'query.refused', cx.span, 'the percentages must be written as array[…]', { reason: 'percentages are not constant' });
  return v.items.map((item) => fraction(item, cx));
}

const percentile = (name: string): FunctionEntry => {
  const make = (type: 'bigint' | 'double'): (readonly [string, Build])[] => {
    const t: SqlType = { k: type };
    return [
      [`${name}(${type}, double): ${type}?`, ([x, p], cx) => val(agg('quantileExactOrNull', [x!.ch], [fraction(p!, cx)]), t)],
      [
        `${name}(${type}, array(double)): array(${type})`,
        ([x, p], cx) =>
          orNone(
            raw('arrayMap(e -> toNullable(e), ', agg('quantilesExact', [x!.ch], fractions(p!, cx)), ')'),
            arrayOf(t),
            agg('count', [x!.ch]),
          ),
      ],
      [
        `${name}(${type}, bigint, double): ${type}?`,
        ([x, w, p], cx) => val(agg('quantileExactWeightedOrNull', [x!.ch, call('toUInt64', w!.ch)], [fraction(p!, cx)]), t),
      ],
      [
        `${name}(${type}, bigint, array(double)): array(${type})`,
        ([x, w, p], cx) =>
          orNone(
            raw('arrayMap(e -> toNullable(e), ', agg('quantilesExactWeighted', [x!.ch, call('toUInt64', w!.ch)], fractions(p!, cx)), ')'),
            arrayOf(t),
            agg('count', [x!.ch]),
          ),
      ],
    ];
  };
  return aggregate('The element below which a share of the values lies: exact here.', [...make('bigint'), ...make('double')], 'differs');
};

/** x of the row with the greatest or least y; the n best as an array. */
const best = (name: 'max_by' | 'min_by', engine: 'argMax' | 'argMin'): FunctionEntry =>
  aggregate(`The first argument where the second is ${name === 'max_by' ? 'greatest' : 'least'}.`, [
    [`${name}(T, U): T?`, ([x, y]) => val(raw(agg(engine, [call('tuple', nullable(x!)), y!.ch]), '.1'), x!.type, true)],
    [
      `${name}(T, U, bigint): array(T)`,
      ([x, y, n], cx) => {
        const sorted = raw(
          name === 'max_by' ? 'arrayReverseSort(' : 'arraySort(',
          'p -> p.1, ',
          agg('groupArrayIf', [call('tuple', call('assumeNotNull', y!.ch), nullable(x!)), call('isNotNull', y!.ch)]),
          ')',
        );
        return orNone(
          raw('arrayMap(p -> p.2, arraySlice(', sorted, ', 1, ', digits(literalNumber(n!, cx, 'n')), '))'),
          arrayOf(x!.type),
          agg('count', [y!.ch]),
        );
      },
    ],
  ]);

/** As an element, and Nullable for certain. */
function nullable(v: Val): Ch {
  return v.type.k === 'array' || v.type.k === 'map' || v.type.k === 'row' ? asElement(v) : call('toNullable', v.ch);
}

const extreme = (name: 'max' | 'min'): FunctionEntry =>
  aggregate(`${name === 'max' ? 'Greatest' : 'Least'} value; with n the n ${name === 'max' ? 'greatest' : 'least'} as an array.`, [
    [
      `${name}(T): T?`,
      ([x], cx) => {
        if (x!.type.k === 'unknown') return x!;
        if (['map', 'json', 'geometry', 'hyperloglog'].includes(x!.type.k))
          throw fail(cx.env, 'query.type', cx.span, `${name} cannot order ${x!.type.k}`);
        if (x!.type.k === 'array' || x!.type.k === 'row') return val(agg(name, [asElement(x!)]), x!.type, true);
        return val(agg(`${name}OrNull`, [x!.ch]), x!.type, true);
      },
    ],
    [
      `${name}(T, bigint): array(T)`,
      ([x, n], cx) => {
        const size = literalNumber(n!, cx, 'n');
        if (size <= 0) throw fail(cx.env, 'query.type', cx.span, `n must be positive, got ${size}`);
        const sorted = raw(name === 'max' ? 'arrayReverseSort(' : 'arraySort(', agg('groupArray', [x!.ch]), ')');
        return orNone(raw('arrayMap(e -> toNullable(e), arraySlice(', sorted, `, 1, ${size}))`), arrayOf(x!.type), agg('count', [x!.ch]));
      },
    ],
  ]);

const arrayAgg = aggregate('All values, NULLs too, as an array; may be ordered: array_agg(x order by y).', [
  [
    'array_agg(T): array(T)',
    ([x]) => orNone(raw('arrayMap(p -> p.1, ', agg('groupArray', [call('tuple', nullable(x!))]), ')'), arrayOf(x!.type)),
  ],
]);

/** Values by their key, each key once. */
function mapOfPairs(k: Val, v: Val): Ch {
  const pairs = raw(
    'arraySort(p -> p.1, ',
    agg('groupArrayIf', [call('tuple', call('assumeNotNull', k.ch), nullable(v)), call('isNotNull', k.ch)]),
    ')',
  );
  const once = raw('arrayFilter((p, n) -> n = 1, ', pairs, ', arrayEnumerateUniq(arrayMap(p -> p.1, ', pairs, ')))');
  return raw('mapFromArrays(arrayMap(p -> p.1, ', once, '), arrayMap(p -> p.2, ', once, '))');
}

function histogram(x: Val): Ch {
  const counts = agg('sumMapIf', [raw('[assumeNotNull(', x.ch, ')]'), raw('[toInt64(1)]'), call('isNotNull', x.ch)]);
  return raw('mapFromArrays(', counts, '.1, arrayMap(n -> toNullable(n), ', counts, '.2))');
}

const boolAnd = aggregate('True when no value is false.', [
  ['bool_and(boolean): boolean?', ([x]) => val(agg('minOrNull', [call('toUInt8', x!.ch)]), BOOLEAN)],
]);
const stddev = statistic('stddev', 'stddevSamp', 'Standard deviation of a sample.');
const variance = statistic('variance', 'varSamp', 'Variance of a sample.');
const both = (y: Val, x: Val): Ch => raw('(', 'isNotNull(', y.ch, ') AND isNotNull(', x.ch, '))');
const slope = (y: Val, x: Val): Ch => {
  const spread = agg('varPopOrNullIf', [x.ch, both(y, x)]);
  return raw('if(', spread, ' = 0, NULL, ', agg('covarPopOrNull', [y.ch, x.ch]), ' / ', spread, ')');
};

export const AGGREGATE_FUNCTIONS: readonly FunctionEntry[] = [
  aggregate('Rows, or values that are not NULL.', [
    ['count(): bigint', () => val(call('toInt64', rows()), BIGINT, false)],
    [
      'count(any): bigint',
      ([x]) =>
        val(
          x!.type.k === 'unknown'
            ? raw('toInt64(0 * ', rows(), ')')
            : x!.nullable && (x!.type.k === 'array' || x!.type.k === 'map')
              ? call('toInt64', agg('countIf', [raw('NOT ', isNull(x!))]))
              : count(x!),
          BIGINT,
          false,
        ),
    ],
  ]),
  aggregate('Rows for which a condition is true.', [
    ['count_if(boolean): bigint', ([x]) => val(call('toInt64', agg('countIf', [call('ifNull', x!.ch, raw('0'))])), BIGINT, false)],
  ]),
  aggregate('Sum; an integer overflow is an error.', [
    ['sum(bigint): bigint?', ([x], cx) => sumOf(x!, cx)],
    ['sum(double): double?', ([x]) => val(agg('sumOrNull', [x!.ch]), DOUBLE)],
    ['sum(intervalDay): intervalDay?', ([x]) => agg('sumOrNull', [x!.ch])],
  ]),
  aggregate('Mean.', [
    ['avg(double): double?', ([x]) => val(agg('avgOrNull', [x!.ch]), DOUBLE)],
    ['avg(intervalDay): intervalDay?', ([x]) => raw('toInt64(', agg('avgOrNull', [x!.ch]), ')')],
  ]),
  extreme('max'),
  extreme('min'),
  best('max_by', 'argMax'),
  best('min_by', 'argMin'),
  aggregate('Some value that is not NULL.', [['arbitrary(T): T?', ([x]) => val(agg('anyOrNull', [x!.ch]), x!.type)]]),
  arrayAgg,
  aggregate('The different values as an array.', [
    [
      'set_agg(T): array(T)',
      ([x]) => orNone(raw('arrayDistinct(arrayMap(p -> p.1, ', agg('groupArray', [call('tuple', nullable(x!))]), '))'), arrayOf(x!.type)),
    ],
  ]),
  boolAnd,
  alias('every', boolAnd),
  aggregate('True when some value is true.', [
    ['bool_or(boolean): boolean?', ([x]) => val(agg('maxOrNull', [call('toUInt8', x!.ch)]), BOOLEAN)],
  ]),
  aggregate('Bitwise and of all values.', [['bitwise_and_agg(bigint): bigint?', ([x]) => agg('groupBitAndOrNull', [x!.ch])]]),
  aggregate('Bitwise or of all values.', [['bitwise_or_agg(bigint): bigint?', ([x]) => agg('groupBitOrOrNull', [x!.ch])]]),
  aggregate('Geometric mean.', [['geometric_mean(double): double?', ([x]) => raw('exp(', agg('avgOrNull', [call('log', x!.ch)]), ')')]]),
  aggregate(
    'A checksum that does not depend on order; not the value Presto has.',
    [
      [
        'checksum(any): varbinary?',
        ([x]) =>
          val(
            raw('reinterpretAsString(', agg('groupBitXorOrNull', [call('cityHash64', raw('ifNull(toString(', x!.ch, "), '\\0')"))]), ')'),
            VARBINARY,
          ),
      ],
    ],
    'differs',
  ),
  aggregate('Skewness; NULL below 3 values.', [
    ['skewness(double): double?', ([x]) => raw('if(', agg('count', [x!.ch]), ' < 3, NULL, ', agg('skewPopOrNull', [x!.ch]), ')')],
  ]),
  aggregate('Excess kurtosis of a sample; NULL below 4 values.', [
    [
      'kurtosis(double): double?',
      ([x]) => {
        const n = call('toFloat64', agg('count', [x!.ch]));
        return raw(
          'if(',
          n,
          ' < 4, NULL, (',
          n,
          ' + 1) * (',
          n,
          ' - 1) / ((',
          n,
          ' - 2) * (',
          n,
          ' - 3)) * ',
          agg('kurtPopOrNull', [x!.ch]),
          ' - 3 * pow(',
          n,
          ' - 1, 2) / ((',
          n,
          ' - 2) * (',
          n,
          ' - 3)))',
        );
      },
    ],
  ]),
  aggregate('Union of maps; of equal keys some value.', [
    [
      'map_union(map(K,V)): map(K,V)',
      ([m]) => orNone(raw('arrayFold((acc, one) -> mapUpdate(acc, one), arraySlice(', mapsOf(m!), ', 2), ', mapsOf(m!), '[1])'), m!.type),
    ],
  ]),
  aggregate('How often each value occurs.', [
    ['histogram(T): map(T,bigint)', ([x]) => orNone(histogram(x!), mapOf(x!.type, BIGINT), agg('count', [x!.ch]))],
  ]),
  aggregate('A map of keys to values; of equal keys some value.', [
    ['map_agg(K, V): map(K,V)', ([k, v]) => orNone(mapOfPairs(k!, v!), mapOf(k!.type, v!.type), agg('count', [k!.ch]))],
  ]),
  aggregate('A map of keys to all their values.', [
    [
      'multimap_agg(K, V): map(K,array(V))',
      ([k, v]) => {
        const pairs = agg('groupArrayIf', [call('tuple', call('assumeNotNull', k!.ch), nullable(v!)), call('isNotNull', k!.ch)]);
        const keys = raw('arrayDistinct(arrayMap(p -> p.1, ', pairs, '))');
        return orNone(
          raw('mapFromArrays(', keys, ', arrayMap(key -> [arrayMap(p -> p.2, arrayFilter(p -> p.1 = key, ', pairs, '))], ', keys, '))'),
          mapOf(k!.type, arrayOf(v!.type)),
          agg('count', [k!.ch]),
        );
      },
    ],
  ]),
  aggregate(
    'About how many different values (0.8 % off at most; exact when few).',
    [
      [
        'approx_distinct(any): bigint',
        ([x]) =>
          val(
            x!.type.k === 'unknown'
              ? raw('toInt64(0 * ', rows(), ')')
              : call('ifNull', call('toInt64', agg('uniqCombined64', [x!.ch])), raw('0')),
            BIGINT,
            false,
          ),
      ],
      [
        'approx_distinct(any, double): bigint',
        ([x, e], cx) => {
          const error = literalNumber(e!, cx, 'the error');
          if (!(error >= 0.0040625 && error <= 0.26))
            throw fail(cx.env, 'query.type', cx.span, `the standard error ${error} must lie between 0.0040625 and 0.26`);
          return val(call('ifNull', call('toInt64', agg('uniqCombined64', [x!.ch])), raw('0')), BIGINT, false);
        },
      ],
    ],
    'differs',
  ),
  percentile('approx_percentile'),
  aggregate(
    'A histogram of n buckets: centre to weight; other buckets than Presto.',
    [
      [
        'numeric_histogram(bigint, double): map(double,double)',
        ([n, x], cx) => {
          const buckets = agg('histogram', [x!.ch], [literalNumber(n!, cx, 'n')]);
          return orNone(
            raw('mapFromArrays(arrayMap(b -> (b.1 + b.2) / 2, ', buckets, '), arrayMap(b -> toNullable(b.3), ', buckets, '))'),
            mapOf(DOUBLE, DOUBLE),
            agg('count', [x!.ch]),
          );
        },
      ],
    ],
    'differs',
  ),
  aggregate(
    'A sketch of the different values; see cardinality and merge.',
    [['approx_set(any): hyperloglog', ([x]) => val(agg('uniqCombined64State', [call('toString', x!.ch)]), { k: 'hyperloglog' }, false)]],
    'differs',
  ),
  aggregate('Sketches joined.', [
    ['merge(hyperloglog): hyperloglog', ([h]) => val(agg('uniqCombined64MergeState', [h!.ch]), { k: 'hyperloglog' }, false)],
  ]),
  stddev,
  alias('stddev_samp', stddev),
  statistic('stddev_pop', 'stddevPop', 'Standard deviation of a population.'),
  variance,
  alias('var_samp', variance),
  statistic('var_pop', 'varPop', 'Variance of a population.'),
  pair('covar_pop', 'covarPop', 'Covariance of a population.'),
  pair('covar_samp', 'covarSamp', 'Covariance of a sample.'),
  pair('corr', 'corr', 'Correlation.'),
  aggregate('Slope of the regression line of y over x.', [['regr_slope(double, double): double?', ([y, x]) => slope(y!, x!)]]),
  aggregate('Where the regression line of y over x starts.', [
    [
      'regr_intercept(double, double): double?',
      ([y, x]) =>
        raw('(', agg('avgOrNullIf', [y!.ch, both(y!, x!)]), ' - ', slope(y!, x!), ' * ', agg('avgOrNullIf', [x!.ch, both(y!, x!)]), ')'),
    ],
  ]),
  aggregate('Folds the values of a group: state and value to state. The values must be small enough to fold in one place.', [
    [
      'reduce_agg(T, S, (S,T)->S, (S,S)->S): S?',
      ([x, s, f]) => {
        const step = f!.fn!([val(raw('acc_'), s!.type, true), val(raw('item_'), x!.type, true)]);
        return val(
          raw('arrayFold((acc_, item_) -> ', asElement(step), ', ', agg('groupArray', [x!.ch]), ', ', call('toNullable', s!.ch), ')'),
          step.type,
          true,
        );
      },
    ],
  ]),
  aggregate('How far a chain of events got within a window of seconds; a break ends the attempt.', [
    [
      'window_funnel(bigint, bigint, varchar, array(varchar)): bigint',
      ([w, t, e, steps], cx) =>
        funnel(
          w!,
          t!,
          steps!.items?.map((step) => call('ifNull', call('equals', e!.ch, step.ch), raw('0'))),
          cx,
        ),
    ],
    [
      'window_funnel(bigint, bigint, array(boolean)): bigint',
      ([w, t, steps], cx) =>
        funnel(
          w!,
          t!,
          steps!.items?.map((step) => call('ifNull', step.ch, raw('0'))),
          cx,
        ),
    ],
  ]),
  ...refused(TOPIC, ['histogram_u', 'numeric_histogram_u'], 'use histogram with unnest'),
  ...refused(TOPIC, ['empty_approx_set'], 'sketches come from approx_set'),
];

function mapsOf(m: Val): Ch {
  return m.nullable ? raw('arrayMap(b -> b[1], ', agg('groupArrayIf', [m.ch, call('notEmpty', m.ch)]), ')') : agg('groupArray', [m.ch]);
}

function funnel(w: Val, t: Val, steps: readonly Ch[] | undefined, cx: CallContext): Val {
  if (steps === undefined)
    throw fail(cx.env, 'query.refused', cx.span, 'the steps must be written as array[…]', { reason: 'steps are not constant' });
  if (steps.length > 32)
    throw fail(cx.env, 'query.limit', cx.span, `window_funnel has at most 32 steps, not ${steps.length}`, { limit: 'steps' });
  return val(
    call('toInt64', agg('windowFunnel', [call('toUInt64', t.ch), ...steps], [literalNumber(w, cx, 'the window'), "'strict_order'"])),
    BIGINT,
    false,
  );
}
