import { call, raw, type Ch } from '../clickhouse/ch.ts';
import { arithmetic } from '../lower/arithmetic.ts';
import { roundHalfAway } from '../lower/cast.ts';
import { guard } from '../lower/env.ts';
import { val, type Val } from '../lower/val.ts';
import { BIGINT, VARCHAR } from '../types/sql-type.ts';
import { alias, fn, type Build, type FunctionEntry } from './define.ts';

const TOPIC = 'Numbers and bits';
const MATH: Readonly<Record<string, string>> = {
  cbrt: 'cbrt',
  sqrt: 'sqrt',
  exp: 'exp',
  ln: 'log',
  log2: 'log2',
  log10: 'log10',
  degrees: 'degrees',
  radians: 'radians',
  sin: 'sin',
  cos: 'cos',
  tan: 'tan',
  asin: 'asin',
  acos: 'acos',
  atan: 'atan',
  sinh: 'sinh',
  cosh: 'cosh',
  tanh: 'tanh',
};

const one = (name: string, engine: string, doc: string): FunctionEntry =>
  fn(TOPIC, doc, [[`${name}(double): double`, ([x]) => call(engine, x!.ch)]]);

function round(x: Val, n: Ch | null): Val {
  if (x.type.k === 'decimal') {
    const scale = n === null ? raw('0') : n;
    return val(
      call('toDecimal128', roundHalfAwayAt(call('toFloat64', x.ch), scale), raw(String(x.type.s))),
      { ...x.type, p: x.type.p + 1 },
      x.nullable,
    );
  }
  const rounded = n === null ? roundHalfAway(x.ch) : roundHalfAwayAt(x.ch, n);
  return val(raw('if(isFinite(', x.ch, '), ', rounded, ', ', x.ch, ')'), x.type, x.nullable);
}

/** Presto rounds the shortest decimal text of the number (2.45 to 2.5), not its binary value. */
function roundHalfAwayAt(x: Ch, n: Ch): Ch {
  const factor = raw('exp10(', n, ')');
  return raw(
    'if(',
    n,
    ' >= 0, ',
    raw('sign(', x, ') * floor(abs(', x, ') * ', factor, ' + 0.5) / ', factor),
    ', ',
    raw('sign(', x, ') * floor(abs(', x, ') / exp10(-', n, ') + 0.5) * exp10(-', n, ')'),
    ')',
  );
}

const int =
  (b: (x: Ch) => Ch): Build =>
  ([x]) =>
    b(x!.ch);
const bits2 = (name: string, engine: string, doc: string): FunctionEntry =>
  fn(TOPIC, doc, [[`${name}(bigint, bigint): bigint`, ([a, b]) => call('toInt64', call(engine, a!.ch, b!.ch))]]);

function shift(engine: 'bitShiftLeft' | 'bitShiftRight', logical: boolean): Build {
  return ([a, n]) => {
    const by = raw('toUInt8(least(', n!.ch, ', 63))');
    const base = logical && engine === 'bitShiftRight' ? call('reinterpretAsUInt64', a!.ch) : a!.ch;
    const over = engine === 'bitShiftRight' && !logical ? raw('if(', a!.ch, ' < 0, -1, 0)') : raw('0');
    return raw('if(', n!.ch, ' >= 64, toInt64(', over, '), toInt64(', call(engine, base, by), '))');
  };
}

function masked(x: Ch, bits: Ch): Ch {
  return raw('bitAnd(', x, ', if(', bits, ' >= 64, toInt64(-1), toInt64(bitShiftLeft(toInt64(1), toUInt8(least(', bits, ', 63)))) - 1))');
}

const floor = (name: string, engine: string, doc: string): FunctionEntry =>
  fn(TOPIC, doc, [
    [`${name}(int): int`, ([x]) => x!],
    [`${name}(double): double`, ([x]) => call(engine, x!.ch)],
    [`${name}(real): real`, ([x]) => call(engine, x!.ch)],
  ]);

const random = fn(TOPIC, 'A random double in [0, 1), or an integer below n.', [
  ['random(): double', () => raw('randCanonical()')],
  [
    'random(bigint): bigint',
    ([n], cx) =>
      guard(
        cx.failing,
        raw('(', n!.ch, ' <= 0)'),
        'the bound must be positive',
        val(raw('toInt64(rand64() % greatest(', n!.ch, ', 1))'), BIGINT),
      ),
  ],
  ['random(bigint, bigint): bigint', ([a, b]) => raw('(', a!.ch, ' + toInt64(rand64() % greatest(', b!.ch, ' - ', a!.ch, ', 1)))')],
]);

const ceil = floor('ceil', 'ceil', 'Up to a whole number.');
const pow = fn(TOPIC, 'x to the power y.', [['pow(double, double): double', ([x, y]) => call('pow', x!.ch, y!.ch)]]);

export const MATH_FUNCTIONS: readonly FunctionEntry[] = [
  fn(TOPIC, 'Absolute value.', [
    [
      'abs(int): int',
      ([x], cx) =>
        guard(
          cx.failing,
          raw('(', x!.ch, ' = -9223372036854775808)'),
          'integer overflow: the result is out of range',
          val(raw('toInt64(abs(', x!.ch, '))'), x!.type, x!.nullable),
        ),
    ],
    ['abs(double): double', ([x]) => call('abs', x!.ch)],
    ['abs(decimal): double', ([x]) => call('abs', call('toFloat64', x!.ch))],
  ]),
  ...Object.entries(MATH).map(([name, engine]) => one(name, engine, `${name} of a number.`)),
  fn(
    TOPIC,
    'Logarithm of the second argument to the base of the first.',
    [['log(double, double): double', ([b, x]) => raw('(log(', x!.ch, ') / log(', b!.ch, '))')]],
    { state: 'differs' },
  ),
  fn(TOPIC, 'Angle of a point.', [['atan2(double, double): double', ([y, x]) => call('atan2', y!.ch, x!.ch)]]),
  fn(TOPIC, '-1, 0 or 1.', [
    ['sign(int): int', ([x]) => raw('toInt64(sign(', x!.ch, '))')],
    ['sign(double): double', ([x]) => raw('if(isNaN(', x!.ch, '), nan, toFloat64(sign(', x!.ch, ')))')],
  ]),
  floor('floor', 'floor', 'Down to a whole number.'),
  ceil,
  alias('ceiling', ceil),
  fn(TOPIC, 'To n digits after the point (negative: before it), half away from zero.', [
    ['round(int): int', ([x]) => x!],
    // Presto leaves whole numbers as they are, whatever the second argument.
    ['round(int, bigint): int', ([x]) => x!],
    ['round(double): double', ([x]) => round(x!, null)],
    ['round(double, bigint): double', ([x, n]) => round(x!, n!.ch)],
    ['round(decimal): decimal', ([x]) => round(x!, null)],
    ['round(decimal, bigint): decimal', ([x, n]) => round(x!, n!.ch)],
  ]),
  fn(TOPIC, 'Digits after the point cut off.', [
    ['truncate(double): double', ([x]) => call('trunc', x!.ch)],
    ['truncate(double, bigint): double', ([x, n]) => raw('(trunc(', x!.ch, ' * exp10(', n!.ch, ')) / exp10(', n!.ch, '))')],
  ]),
  fn(TOPIC, 'Remainder with the sign of the first argument; also %.', [
    [
      'mod(int, int): int',
      ([a, b], cx) =>
        arithmetic('%', a!, b!, { k: 'null', span: cx.span }, { env: cx.env, failing: cx.failing } as Parameters<typeof arithmetic>[4]),
    ],
    ['mod(double, double): double', ([a, b]) => call('modulo', a!.ch, b!.ch)],
  ]),
  random,
  alias('rand', random),
  pow,
  alias('power', pow),
  fn(TOPIC, 'π.', [['pi(): double', () => raw('pi()')]]),
  fn(TOPIC, "Euler's number.", [['e(): double', () => raw('e()')]]),
  fn(TOPIC, 'Positive infinity.', [['infinity(): double', () => raw('inf')]]),
  fn(TOPIC, 'Not a number.', [['nan(): double', () => raw('nan')]]),
  fn(TOPIC, 'True for NaN.', [['is_nan(double): boolean', int((x) => call('isNaN', x))]]),
  fn(TOPIC, 'True for a finite number.', [['is_finite(double): boolean', int((x) => call('isFinite', x))]]),
  fn(TOPIC, 'True for an infinity.', [['is_infinite(double): boolean', int((x) => call('isInfinite', x))]]),
  fn(TOPIC, 'Greatest of the arguments; NULL when one is NULL.', [['greatest(T...): T', (args) => extreme('greatest', args)]], {
    strict: false,
  }),
  fn(TOPIC, 'Least of the arguments; NULL when one is NULL.', [['least(T...): T', (args) => extreme('least', args)]], { strict: false }),
  fn(TOPIC, 'Number of the bucket a value falls into.', [
    [
      'width_bucket(double, double, double, bigint): bigint',
      ([x, lo, hi, n], cx) => {
        const bucket = raw(
          'multiIf(',
          x!.ch,
          ' < ',
          lo!.ch,
          ', 0, ',
          x!.ch,
          ' >= ',
          hi!.ch,
          ', ',
          n!.ch,
          ' + 1, toInt64(floor((',
          x!.ch,
          ' - ',
          lo!.ch,
          ') * ',
          n!.ch,
          ' / (',
          hi!.ch,
          ' - ',
          lo!.ch,
          '))) + 1)',
        );
        return guard(
          cx.failing,
          raw('(', n!.ch, ' <= 0 OR ', lo!.ch, ' = ', hi!.ch, ')'),
          'the number of buckets must be positive and the bounds must differ',
          val(bucket, BIGINT),
        );
      },
    ],
    ['width_bucket(double, array(double)): bigint', ([x, a]) => raw('toInt64(arrayCount(b -> ', x!.ch, ' >= b, ', a!.ch, '))')],
  ]),
  fn(TOPIC, 'A number written to a base.', [
    [
      'from_base(varchar, bigint): bigint',
      ([s, r], cx) => {
        const digits = raw('lower(replaceRegexpOne(', s!.ch, ", '^[+-]', ''))");
        const values = raw(
          "arrayMap(c -> toInt64(position('0123456789abcdefghijklmnopqrstuvwxyz', c)) - 1, if(empty(assumeNotNull(",
          digits,
          ')), [], ngrams(assumeNotNull(',
          digits,
          '), 1)))',
        );
        const bad = raw(
          '(',
          r!.ch,
          ' < 2 OR ',
          r!.ch,
          ' > 36 OR empty(',
          digits,
          ') OR arrayExists(v -> v < 0 OR v >= assumeNotNull(',
          r!.ch,
          '), ',
          values,
          '))',
        );
        const n = raw(
          '(if(startsWith(',
          s!.ch,
          ", '-'), -1, 1) * arrayFold((acc, v) -> acc * assumeNotNull(",
          r!.ch,
          ') + v, ',
          values,
          ', toInt64(0)))',
        );
        return guard(cx.failing, bad, 'not a number of this base', val(n, BIGINT, true));
      },
    ],
  ]),
  fn(TOPIC, 'A number as text to a base.', [
    [
      'to_base(bigint, bigint): varchar',
      ([n, r], cx) => {
        const digits = raw(
          "arrayStringConcat(arrayReverse(arrayMap(i -> substring('0123456789abcdefghijklmnopqrstuvwxyz', toInt64(modulo(intDiv(toInt128(abs(",
          n!.ch,
          ')), toInt128(pow(',
          r!.ch,
          ', i))), ',
          r!.ch,
          ')) + 1, 1), range(64))))',
        );
        const trimmed = raw('if(', n!.ch, " = 0, '0', replaceRegexpOne(", digits, ", '^0+', ''))");
        return guard(
          cx.failing,
          raw('(', r!.ch, ' < 2 OR ', r!.ch, ' > 36)'),
          'the base must lie between 2 and 36',
          val(raw('concat(if(', n!.ch, " < 0, '-', ''), ", trimmed, ')'), VARCHAR),
        );
      },
    ],
  ]),
  fn(TOPIC, 'Cosine similarity of two sparse vectors.', [
    [
      'cosine_similarity(map(varchar,double), map(varchar,double)): double?',
      ([a, b]) =>
        raw(
          '(arraySum(arrayMap((k, v) -> if(mapContains(',
          b!.ch,
          ', k), assumeNotNull(v) * assumeNotNull(',
          b!.ch,
          '[k]), 0), mapKeys(',
          a!.ch,
          '), mapValues(',
          a!.ch,
          '))) / (sqrt(arraySum(arrayMap(v -> pow(assumeNotNull(v), 2), mapValues(',
          a!.ch,
          ')))) * sqrt(arraySum(arrayMap(v -> pow(assumeNotNull(v), 2), mapValues(',
          b!.ch,
          '))))))',
        ),
    ],
    [
      'cosine_similarity(array(double), array(double)): double',
      ([a, b]) => raw('(1 - cosineDistance(arrayMap(x -> assumeNotNull(x), ', a!.ch, '), arrayMap(x -> assumeNotNull(x), ', b!.ch, ')))'),
    ],
  ]),
  fn(TOPIC, 'Bits set among the lowest n of a number that fits into them.', [
    [
      'bit_count(bigint, bigint): bigint',
      ([x, n], cx) => {
        const bad = raw(
          '(',
          n!.ch,
          ' < 2 OR ',
          n!.ch,
          ' > 64 OR (',
          n!.ch,
          ' < 64 AND (',
          x!.ch,
          ' < -pow(2, ',
          n!.ch,
          ' - 1) OR ',
          x!.ch,
          ' > pow(2, ',
          n!.ch,
          ' - 1) - 1)))',
        );
        return guard(
          cx.failing,
          bad,
          'the number does not fit into so many bits (2 to 64)',
          val(raw('toInt64(bitCount(', masked(x!.ch, n!.ch), '))'), BIGINT),
        );
      },
    ],
  ]),
  bits2('bitwise_and', 'bitAnd', 'Bitwise and.'),
  bits2('bitwise_or', 'bitOr', 'Bitwise or.'),
  bits2('bitwise_xor', 'bitXor', 'Bitwise exclusive or.'),
  fn(TOPIC, 'Bitwise complement.', [['bitwise_not(bigint): bigint', ([x]) => call('toInt64', call('bitNot', x!.ch))]]),
  fn(TOPIC, 'Bits shifted left.', [['bitwise_left_shift(bigint, bigint): bigint', shift('bitShiftLeft', true)]]),
  fn(TOPIC, 'Bits shifted right, zeros from the left.', [['bitwise_right_shift(bigint, bigint): bigint', shift('bitShiftRight', true)]]),
  fn(TOPIC, 'Bits shifted right, the sign kept.', [
    ['bitwise_right_shift_arithmetic(bigint, bigint): bigint', shift('bitShiftRight', false)],
  ]),
  fn(TOPIC, 'The lowest `bits` bits shifted left.', [
    [
      'bitwise_shift_left(bigint, bigint, bigint): bigint',
      ([x, n, bits]) => masked(raw('toInt64(bitShiftLeft(', x!.ch, ', toUInt8(', n!.ch, ')))'), bits!.ch),
    ],
  ]),
  fn(TOPIC, 'The lowest `bits` bits shifted right, zeros from the left.', [
    [
      'bitwise_logical_shift_right(bigint, bigint, bigint): bigint',
      ([x, n, bits]) => raw('toInt64(bitShiftRight(reinterpretAsUInt64(', masked(x!.ch, bits!.ch), '), toUInt8(', n!.ch, ')))'),
    ],
  ]),
  fn(TOPIC, 'The lowest `bits` bits shifted right, the sign kept.', [
    ['bitwise_arithmetic_shift_right(bigint, bigint): bigint', shift('bitShiftRight', false)],
  ]),
];

function extreme(engine: 'greatest' | 'least', args: readonly Val[]): Val {
  return val(
    call(engine, ...args.map((a) => a.ch)),
    args[0]!.type,
    args.some((a) => a.nullable),
  );
}
