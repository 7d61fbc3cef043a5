import { call, raw, type Ch } from '../clickhouse/ch.ts';

/**
 * Text of a double as Java prints it (`cast(x as varchar)`): `100.0`, `1.0E10`, `1.23E-5`, `NaN`, `Infinity`; plain digits for 1e-3 ≤ |x| < 1e7.
 * The engine prints the same shortest digits, only laid out otherwise. A value that is never NULL gives a text that is not Nullable either.
 */
export function javaDouble(x: Ch, nullable: boolean): Ch {
  const a = call('abs', x);
  const s = call('toString', a);
  const sign = raw('if(bitTest(reinterpretAsUInt64(toFloat64(', x, ")), 63), '-', '')");
  const withFraction = raw('if(position(', s, ", '.') > 0, ", s, ', concat(', s, ", '.0'))");
  // mantissa and exponent of `1.5e300`, `1e21`
  const m = raw("splitByChar('e', ", s, ')[1]');
  const e = raw("replaceOne(splitByChar('e', ", s, ")[2], '+', '')");
  const scientific = raw('concat(if(position(', m, ", '.') > 0, ", m, ', concat(', m, ", '.0')), 'E', ", e, ')');
  // 12345678.9 → 1.23456789E7
  const whole = raw("splitByChar('.', ", s, ')[1]');
  const bigDigits = raw('replaceRegexpOne(replaceOne(', s, ", '.', ''), '0+$', '')");
  const big = raw(
    'concat(substring(',
    bigDigits,
    ", 1, 1), '.', if(length(",
    bigDigits,
    ') > 1, substring(',
    bigDigits,
    ", 2), '0'), 'E', toString(length(",
    whole,
    ') - 1))',
  );
  // 0.00012 → 1.2E-4
  const fraction = raw("splitByChar('.', ", s, ')[2]');
  const smallDigits = raw('replaceRegexpOne(', fraction, ", '^0+', '')");
  const small = raw(
    'concat(substring(',
    smallDigits,
    ", 1, 1), '.', if(length(",
    smallDigits,
    ') > 1, substring(',
    smallDigits,
    ", 2), '0'), 'E-', toString(length(",
    fraction,
    ') - length(',
    smallDigits,
    ') + 1))',
  );
  return raw(
    'multiIf(',
    ...(nullable ? ['isNull(', x, '), NULL, '] : []),
    'isNaN(',
    x,
    "), 'NaN', isInfinite(",
    x,
    '), concat(',
    sign,
    ", 'Infinity'), ",
    a,
    ' = 0, concat(',
    sign,
    ", '0.0'), ",
    a,
    ' >= 0.001 AND ',
    a,
    ' < 10000000, concat(',
    sign,
    ', ',
    withFraction,
    '), position(',
    s,
    ", 'e') > 0, concat(",
    sign,
    ', ',
    scientific,
    '), ',
    a,
    ' >= 1, concat(',
    sign,
    ', ',
    big,
    '), concat(',
    sign,
    ', ',
    small,
    '))',
  );
}
