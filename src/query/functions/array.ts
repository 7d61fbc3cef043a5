import { call, fresh, raw, type Ch } from '../clickhouse/ch.ts';
import { elementAt, valueOf } from '../lower/subscript.ts';
import { guard } from '../lower/env.ts';
import { asElement, element, holds, val, type Val } from '../lower/val.ts';
import { arrayOf, BIGINT, BOOLEAN, engineType, isComplex, type SqlType } from '../types/sql-type.ts';
import { fn, type FunctionEntry } from './define.ts';

const TOPIC = 'Arrays';
const itemType = (v: Val): SqlType => (v.type.k === 'array' ? v.type.of : { k: 'unknown' });

const hasNull = (a: Val): Ch => raw('arrayExists(e -> ', isComplex(itemType(a)) ? 'empty(e)' : 'isNull(e)', ', ', a.ch, ')');
const notNulls = (a: Val): Ch => raw('arrayFilter(e -> ', isComplex(itemType(a)) ? 'notEmpty(e)' : 'isNotNull(e)', ', ', a.ch, ')');

function extreme(a: Val, which: 'min' | 'max'): Ch {
  const type = itemType(a);
  if (type.k === 'unknown') return raw('NULL');
  const sorted = raw(which === 'min' ? 'arraySort(' : 'arrayReverseSort(', a.ch, ')');
  const nan = type.k === 'double' || type.k === 'real' ? raw('arrayExists(e -> isNaN(assumeNotNull(e)), ', a.ch, ')') : raw('0');
  const best = raw('arrayElementOrNull(', sorted, ', 1)');
  return raw('multiIf(', hasNull(a), ', NULL, ', nan, `, ${type.k === 'double' ? 'nan' : 'NULL'}, `, best, ')');
}

function sequence(a: Ch, b: Ch, step: Ch, cx: Parameters<typeof guard>[0]): Val {
  const bad = raw(
    '(',
    step,
    ' = 0 OR (',
    step,
    ' > 0 AND ',
    a,
    ' > ',
    b,
    ') OR (',
    step,
    ' < 0 AND ',
    a,
    ' < ',
    b,
    ') OR abs(intDiv(',
    b,
    ' - ',
    a,
    ', if(',
    step,
    ' = 0, 1, ',
    step,
    '))) >= 10000)',
  );
  const safe = raw('if(', bad, ', 1, ', step, ')');
  const count = raw('if(', bad, ', 0, toUInt64(intDiv(', b, ' - ', a, ', ', safe, ')) + 1)');
  return guard(
    cx,
    bad,
    'sequence: the step is zero or has the wrong sign, or there are more than 10000 items',
    val(raw('arrayMap(i -> toNullable(toInt64(', a, ' + toInt64(i) * ', safe, ')), range(', count, '))'), arrayOf(BIGINT), false),
  );
}

export const ARRAY_FUNCTIONS: readonly FunctionEntry[] = [
  fn(TOPIC, 'Element of an array (1-based, negative from the end) or value of a map; NULL when there is none.', [
    ['element_at(array(T), bigint): T?', ([a, i], cx) => elementAt(a!, i!, cx, false)],
    ['element_at(map(K,V), K): V?', ([m, k], cx) => valueOf(m!, k!, cx, false)],
  ]),
  fn(TOPIC, 'Number of elements or entries.', [
    ['cardinality(array(T)): bigint', ([a]) => call('toInt64', call('length', a!.ch))],
    ['cardinality(map(K,V)): bigint', ([m]) => call('toInt64', call('length', m!.ch))],
    ['cardinality(hyperloglog): bigint', ([h]) => raw('toInt64(finalizeAggregation(', h!.ch, '))')],
  ]),
  fn(TOPIC, 'True when an element equals the value; unknown when none does and one is NULL.', [
    [
      'contains(array(T), T): boolean?',
      ([a, x]) =>
        itemType(a!).k === 'unknown'
          ? val(raw('if(empty(', a!.ch, '), false, NULL)'), BOOLEAN)
          : val(
              raw(
                'if(isNull(',
                asElement(x!),
                '), NULL, multiIf(has(',
                a!.ch,
                ', ',
                asElement(x!),
                '), true, ',
                hasNull(a!),
                ', NULL, false))',
              ),
              BOOLEAN,
              true,
            ),
    ],
  ]),
  fn(TOPIC, '1-based position of the value, 0 when it is not there.', [
    ['array_position(array(T), T): bigint', ([a, x]) => raw('if(isNull(', x!.ch, '), NULL, toInt64(indexOf(', a!.ch, ', ', x!.ch, ')))')],
    [
      'array_position(array(T), T, bigint): bigint',
      ([a, x, n], cx) => {
        const all = raw('arrayFilter(i -> ', a!.ch, '[i] = ', x!.ch, ', arrayEnumerate(', a!.ch, '))');
        return guard(
          cx.failing,
          raw('(', n!.ch, ' = 0)'),
          'the instance must not be zero',
          val(raw('toInt64(', all, '[', n!.ch, '])'), BIGINT),
        );
      },
    ],
  ]),
  fn(TOPIC, 'Without the elements that equal the value; NULL when the value is NULL.', [
    [
      'array_remove(array(T), T): array(T)',
      ([a, x]) =>
        call(
          'arrayFilter',
          fresh((e) => raw('ifNull(', e, ' != ', x!.ch, ', 1)')),
          a!.ch,
        ),
    ],
  ]),
  fn(TOPIC, 'Each value once, in order of its first place.', [
    [
      'array_distinct(array(T)): array(T)',
      ([a]) => {
        const nothing = itemType(a!).k === 'unknown';
        if (nothing) return raw('arraySlice(', a!.ch, ', 1, 1)');
        return raw('arrayFilter((e, i) -> indexOf(', a!.ch, ', e) = i, ', a!.ch, ', arrayEnumerate(', a!.ch, '))');
      },
    ],
  ]),
  fn(TOPIC, 'Sorted ascending, NULL last; a lambda compares two elements.', [
    [
      'array_sort(array(T)): array(T)',
      ([a]) => {
        const type = itemType(a!);
        if (type.k === 'double' || type.k === 'real')
          return raw(
            'arrayConcat(arraySort(arrayFilter(e -> isNotNull(e) AND NOT isNaN(assumeNotNull(e)), ',
            a!.ch,
            ')), arrayFilter(e -> isNotNull(e) AND isNaN(assumeNotNull(e)), ',
            a!.ch,
            '), arrayFilter(e -> isNull(e), ',
            a!.ch,
            '))',
          );
        return type.k === 'unknown' ? a!.ch : call('arraySort', a!.ch);
      },
    ],
    [
      'array_sort(array(T), (T,T)->bigint): array(T)',
      ([a, f]) => {
        // Place of an element: how many come before it under the comparison, ties in order.
        const before = raw(
          'arrayCount((y, j) -> ',
          holds(val(raw('(', f!.fn!([element(raw('y'), itemType(a!)), element(raw('x'), itemType(a!))]).ch, ' < 0)'), BOOLEAN, true)),
          ' OR (ifNull(',
          f!.fn!([element(raw('y'), itemType(a!)), element(raw('x'), itemType(a!))]).ch,
          ' = 0, 0) AND j < i), ',
          a!.ch,
          ', arrayEnumerate(',
          a!.ch,
          '))',
        );
        return raw('arraySort((x, i) -> ', before, ', ', a!.ch, ', arrayEnumerate(', a!.ch, '))');
      },
    ],
  ]),
  fn(TOPIC, 'Greatest element; NULL when one is NULL.', [['array_max(array(T)): T?', ([a]) => extreme(a!, 'max')]]),
  fn(TOPIC, 'Least element; NULL when one is NULL.', [['array_min(array(T)): T?', ([a]) => extreme(a!, 'min')]]),
  fn(TOPIC, 'Sum of the elements, NULLs left out; 0 of none.', [
    ['array_sum(array(bigint)): bigint', ([a]) => raw('toInt64(arraySum(arrayMap(e -> ifNull(e, 0), ', a!.ch, ')))')],
    ['array_sum(array(double)): double', ([a]) => raw('toFloat64(arraySum(arrayMap(e -> ifNull(e, 0), ', a!.ch, ')))')],
  ]),
  fn(TOPIC, 'Mean of the elements that are not NULL.', [
    [
      'array_average(array(double)): double?',
      ([a]) => raw('if(empty(', notNulls(a!), '), NULL, arrayAvg(arrayMap(e -> assumeNotNull(e), ', notNulls(a!), ')))'),
    ],
  ]),
  fn(TOPIC, 'Values of either array, each once.', [
    ['array_union(array(T), array(T)): array(T)', ([a, b]) => raw('arrayDistinct(arrayConcat(', a!.ch, ', ', b!.ch, '))')],
  ]),
  fn(TOPIC, 'Values of both arrays, each once.', [
    [
      'array_intersect(array(T), array(T)): array(T)',
      ([a, b]) =>
        raw('arrayFilter((e, i) -> indexOf(', a!.ch, ', e) = i AND has(', b!.ch, ', e), ', a!.ch, ', arrayEnumerate(', a!.ch, '))'),
    ],
  ]),
  fn(TOPIC, 'Values of the first array that the second lacks, each once.', [
    [
      'array_except(array(T), array(T)): array(T)',
      ([a, b]) =>
        raw('arrayFilter((e, i) -> indexOf(', a!.ch, ', e) = i AND NOT has(', b!.ch, ', e), ', a!.ch, ', arrayEnumerate(', a!.ch, '))'),
    ],
  ]),
  fn(TOPIC, 'True when both have a value; unknown when that hangs on a NULL.', [
    [
      'arrays_overlap(array(T), array(T)): boolean?',
      ([a, b]) =>
        itemType(a!).k === 'unknown'
          ? val(raw('false'), BOOLEAN, false)
          : val(
              raw(
                'multiIf(hasAny(',
                notNulls(a!),
                ', ',
                notNulls(b!),
                '), true, (',
                hasNull(a!),
                ' AND notEmpty(',
                b!.ch,
                ')) OR (',
                hasNull(b!),
                ' AND notEmpty(',
                a!.ch,
                ')), NULL, false)',
              ),
              BOOLEAN,
              true,
            ),
    ],
  ]),
  fn(TOPIC, 'Elements as one text; NULLs are left out or written as the third argument.', [
    ['array_join(array(T), varchar): varchar', ([a, d]) => joined(a!, d!.ch, null)],
    ['array_join(array(T), varchar, varchar): varchar', ([a, d, n]) => joined(a!, d!.ch, n!.ch)],
  ]),
  fn(TOPIC, 'Part of an array from a 1-based start (negative from the end).', [
    [
      'slice(array(T), bigint, bigint): array(T)',
      ([a, i, n], cx) => {
        const at = raw('if(', i!.ch, ' = 0, 1, ', i!.ch, ')');
        const part = raw(
          'if(',
          i!.ch,
          ' < -toInt64(length(',
          a!.ch,
          ')), arraySlice(',
          a!.ch,
          ', 1, 0), arraySlice(',
          a!.ch,
          ', ',
          at,
          ', greatest(',
          n!.ch,
          ', 0)))',
        );
        return guard(
          cx.failing,
          raw('(', i!.ch, ' = 0 OR ', n!.ch, ' < 0)'),
          'slice: the start must not be zero nor the length negative',
          val(part, a!.type, false),
        );
      },
    ],
  ]),
  fn(TOPIC, 'The elements in random order.', [['shuffle(array(T)): array(T)', ([a]) => call('arrayShuffle', a!.ch)]]),
  fn(TOPIC, 'One level of nesting taken away; NULL arrays are left out.', [
    [
      'flatten(array(array(T))): array(T)',
      ([a]) => {
        const inner = itemType(a!);
        return raw(
          "arrayFold((acc, x) -> arrayConcat(acc, if(empty(x), CAST([], '",
          engineType(inner),
          "'), x[1])), ",
          a!.ch,
          `, CAST([], '${engineType(inner)}'))`,
        );
      },
    ],
  ]),
  fn(TOPIC, 'Numbers from one to another, both included; the step may be given. At most 10,000.', [
    [
      'sequence(bigint, bigint): array(bigint)',
      ([a, b], cx) => sequence(a!.ch, b!.ch, raw('if(', a!.ch, ' > ', b!.ch, ', -1, 1)'), cx.failing),
    ],
    ['sequence(bigint, bigint, bigint): array(bigint)', ([a, b, s], cx) => sequence(a!.ch, b!.ch, s!.ch, cx.failing)],
    [
      'sequence(timestamp, timestamp, intervalDay): array(timestamp)',
      ([a, b, s]) =>
        raw(
          'arrayMap(i -> toNullable(',
          a!.ch,
          ' + toIntervalMillisecond(toInt64(i) * ',
          s!.ch,
          ')), range(toUInt64(intDiv(toUnixTimestamp64Milli(',
          b!.ch,
          ') - toUnixTimestamp64Milli(',
          a!.ch,
          '), ',
          s!.ch,
          ')) + 1))',
        ),
    ],
    [
      'sequence(date, date, intervalDay): array(date)',
      ([a, b, s]) =>
        raw(
          'arrayMap(i -> toNullable(addDays(',
          a!.ch,
          ', toInt64(i) * intDiv(',
          s!.ch,
          ", 86400000))), range(toUInt64(intDiv(dateDiff('day', ",
          a!.ch,
          ', ',
          b!.ch,
          '), intDiv(',
          s!.ch,
          ', 86400000))) + 1))',
        ),
    ],
  ]),
  fn(
    TOPIC,
    'An array of one value n times.',
    [
      [
        'repeat(T, bigint): array(T)',
        ([x, n], cx) =>
          guard(
            cx.failing,
            raw('(', n!.ch, ' < 0 OR ', n!.ch, ' > 10000)'),
            'repeat: the count must lie between 0 and 10000',
            val(
              raw('arrayMap(i -> ', asElement(x!), ', range(toUInt64(greatest(0, least(', n!.ch, ', 10000)))))'),
              arrayOf(x!.type),
              false,
            ),
          ),
      ],
    ],
    { strict: false },
  ),
  fn(TOPIC, 'Rows of elements at the same place; missing ones are NULL.', [
    ['zip(array(T), array(U)): array(row(T,U))', ([a, b]) => zip([a!, b!])],
    ['zip(array(T), array(U), array(V)): array(row(T,U,V))', ([a, b, c]) => zip([a!, b!, c!])],
    ['zip(array(T), array(U), array(V), array(W)): array(row(T,U,V,W))', (args) => zip(args)],
  ]),
  fn(
    TOPIC,
    'Divided by its p-norm.',
    [
      [
        'array_normalize(array(double), double): array(double)',
        ([a, p]) =>
          raw(
            'arrayMap(e -> e / pow(arraySum(arrayMap(x -> pow(abs(assumeNotNull(x)), ',
            p!.ch,
            '), ',
            a!.ch,
            ')), 1 / ',
            p!.ch,
            '), ',
            a!.ch,
            ')',
          ),
      ],
    ],
    { languages: 'QS' },
  ),
  fn(TOPIC, 'All groups of n elements in order, n up to 5.', [
    ['combinations(array(T), bigint): array(array(T))', ([a, n], cx) => combinations(a!, n!, cx.failing)],
  ]),
  fn(TOPIC, 'Runs of n neighbours.', [
    [
      'ngrams(array(T), bigint): array(array(T))',
      ([a, n]) =>
        raw(
          'arrayMap(i -> [arraySlice(',
          a!.ch,
          ', i, ',
          n!.ch,
          ')], range(1, greatest(2, toUInt64(greatest(0, toInt64(length(',
          a!.ch,
          ')) - ',
          n!.ch,
          ' + 2)))))',
        ),
    ],
  ]),
];

function joined(a: Val, d: Ch, none: Ch | null): Val {
  const type = itemType(a);
  const text = (e: Ch): Ch =>
    type.k === 'boolean'
      ? raw('if(', e, ", 'true', 'false')")
      : type.k === 'double'
        ? raw(
            'if(position(toString(',
            e,
            "), '.') > 0 OR NOT isFinite(assumeNotNull(",
            e,
            ')), toString(',
            e,
            '), concat(toString(',
            e,
            "), '.0'))",
          )
        : raw('toString(', e, ')');
  if (type.k === 'unknown')
    return val(
      none === null ? raw("''") : raw('arrayStringConcat(arrayMap(e -> ', none, ', ', a.ch, '), ', d, ')'),
      { k: 'varchar' },
      false,
    );
  const items =
    none === null
      ? call(
          'arrayMap',
          fresh((e) => raw('assumeNotNull(', text(e), ')')),
          notNulls(a),
        )
      : call(
          'arrayMap',
          fresh((e) => raw('ifNull(', text(e), ', ', none, ')')),
          a.ch,
        );
  return val(raw('arrayStringConcat(', items, ', ', d, ')'), { k: 'varchar' }, false);
}

function zip(args: readonly Val[]): Val {
  const n = raw('toUInt64(arrayMax([', ...args.flatMap((a, i): (string | Ch)[] => [i === 0 ? '' : ', ', raw('length(', a.ch, ')')]), ']))');
  const at = (v: Val, i: Ch): Ch => (isComplex(itemType(v)) ? raw(v.ch, '[', i, ']') : raw('arrayElementOrNull(', v.ch, ', ', i, ')'));
  const type: SqlType = { k: 'row', fields: args.map((a) => ({ name: null, type: itemType(a) })) };
  return val(
    raw(
      'arrayMap(',
      fresh((i) => raw('[tuple(', ...args.flatMap((a, k): (string | Ch)[] => [k === 0 ? '' : ', ', at(a, i)]), ')]')),
      ', range(1, ',
      n,
      ' + 1))',
    ),
    arrayOf(type),
    false,
  );
}

function combinations(a: Val, n: Val, failing: Parameters<typeof guard>[0]): Val {
  const size = typeof n.lit === 'bigint' ? Number(n.lit) : -1;
  const type = arrayOf(a.type);
  if (size < 0 || size > 5)
    return guard(
      failing,
      raw('materialize(1)'),
      'combinations: n must be a literal between 0 and 5',
      val(raw(`CAST([], '${engineType(type)}')`), type, false),
    );
  if (size === 0) return val(raw(`[[CAST([], '${engineType(a.type)}')]]`), type, false);
  // Growing index lists, then the elements at them.
  let lists: Ch = raw('arrayMap(i -> [i], arrayEnumerate(', a.ch, '))');
  for (let k = 1; k < size; k++) {
    lists = raw(
      'arrayFold((acc, p) -> arrayConcat(acc, arrayMap(j -> arrayPushBack(p, j), arrayFilter(j -> j > p[-1], arrayEnumerate(',
      a.ch,
      ')))), ',
      lists,
      ", CAST([], 'Array(Array(UInt32))'))",
    );
  }
  return val(raw('arrayMap(p -> [arrayMap(i -> ', a.ch, '[i], p)], ', lists, ')'), type, false);
}
