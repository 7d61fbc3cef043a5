import { call, cond, fresh, raw, str, type Ch } from '../clickhouse/ch.ts';
import { fail, guard } from '../lower/env.ts';
import { val, type Val } from '../lower/val.ts';
import { arrayOf, mapOf, VARBINARY, VARCHAR } from '../types/sql-type.ts';
import { alias, fn, type FunctionEntry } from './define.ts';

const TOPIC = 'Strings';
const WHITE = "'^[\\\\s\\\\x{00a0}\\\\x{1680}\\\\x{2000}-\\\\x{200a}\\\\x{2028}\\\\x{2029}\\\\x{202f}\\\\x{205f}\\\\x{3000}]+'";
const WHITE_END = "'[\\\\s\\\\x{00a0}\\\\x{1680}\\\\x{2000}-\\\\x{200a}\\\\x{2028}\\\\x{2029}\\\\x{202f}\\\\x{205f}\\\\x{3000}]+$'";
const ltrim = (s: Ch): Ch => raw('replaceRegexpOne(', s, `, ${WHITE}, '')`);
const rtrim = (s: Ch): Ch => raw('replaceRegexpOne(', s, `, ${WHITE_END}, '')`);

/** One code point to one, as Java's Character.toLowerCase does. The only letter that grows under the full mapping is İ. */
const lowered = (s: Ch): Ch => call('lowerUTF8', call('replaceAll', s, raw("'İ'"), raw("'i'")));

/** As Character.toUpperCase: what grows under the full mapping (ß, ligatures) stays as it is. */
function uppered(s: Ch): Ch {
  const full = call('upperUTF8', s);
  const each = fresh((c) => raw('if(lengthUTF8(', call('upperUTF8', c), ') = 1, ', call('upperUTF8', c), ', ', c, ')'));
  const slow = call('arrayStringConcat', call('arrayMap', each, call('ngrams', call('assumeNotNull', s), raw('1'))));
  return raw('if(lengthUTF8(', full, ') = lengthUTF8(', s, ') OR isNull(', s, '), ', full, ', ', slow, ')');
}

/** `s` from the 1-based `start`, negative from the end; outside gives ''. `n`: at most so many characters. */
function substr(s: Val, start: Val, n: Val | null, bytes: boolean): Ch {
  const length = call(bytes ? 'length' : 'lengthUTF8', s.ch);
  const cut = bytes ? 'substring' : 'substringUTF8';
  const count = n === null ? [] : [typeof n.lit === 'bigint' && n.lit >= 0n ? n.ch : raw('greatest(', n.ch, ', 0)')];
  const piece = call(cut, s.ch, start.ch, ...count);
  if (typeof start.lit === 'bigint' && start.lit > 0n) return piece;
  return raw('if(', start.ch, ' = 0 OR ', start.ch, ' < -toInt64(', length, "), '', ", piece, ')');
}

function splitParts(s: Ch, d: Ch): Ch {
  return call('splitByString', d, s);
}

/** Position of the n-th `sub`, from the front or the back; 0: there is none. */
function nthPosition(s: Ch, sub: Ch, n: Ch, back: boolean): Ch {
  const all = raw(
    'arrayFilter(',
    fresh((i) => raw('substringUTF8(', s, ', ', i, ', lengthUTF8(', sub, ')) = ', sub)),
    ', range(1, toUInt64(lengthUTF8(',
    s,
    ')) + 2))',
  );
  return raw('toInt64(', call('arrayElement', back ? call('arrayReverse', all) : all, n), ')');
}

const length = fn(TOPIC, 'Number of characters; of bytes for varbinary.', [
  ['length(varchar): bigint', ([s]) => call('toInt64', call('lengthUTF8', s!.ch))],
  ['length(varbinary): bigint', ([s]) => call('toInt64', call('length', s!.ch))],
]);

const concat = fn(TOPIC, 'Joins texts, binaries or arrays; also written ||. An element may stand beside an array.', [
  ['concat(varchar...): varchar', (args) => call('concat', ...args.map((a) => a.ch))],
  ['concat(varbinary...): varbinary', (args) => call('concat', ...args.map((a) => a.ch))],
  ['concat(array(T)...): array(T)', (args) => call('arrayConcat', ...args.map((a) => a.ch))],
  ['concat(array(T), T): array(T)', ([a, x]) => call('arrayPushBack', a!.ch, x!.ch)],
  ['concat(T, array(T)): array(T)', ([x, a]) => call('arrayPushFront', a!.ch, x!.ch)],
]);

const substring = fn(TOPIC, 'Part of a text from a 1-based position, negative from the end; position 0 or outside gives an empty text.', [
  ['substr(varchar, bigint): varchar', ([s, i]) => substr(s!, i!, null, false)],
  ['substr(varchar, bigint, bigint): varchar', ([s, i, n]) => substr(s!, i!, n!, false)],
  ['substr(varbinary, bigint): varbinary', ([s, i]) => substr(s!, i!, null, true)],
  ['substr(varbinary, bigint, bigint): varbinary', ([s, i, n]) => substr(s!, i!, n!, true)],
]);

const strpos = fn(TOPIC, '1-based position of a text within another, 0 when it is not there; the third argument asks for the n-th.', [
  ['strpos(varchar, varchar): bigint', ([s, x]) => call('toInt64', raw('if(', x!.ch, " = '', 1, positionUTF8(", s!.ch, ', ', x!.ch, '))'))],
  [
    'strpos(varchar, varchar, bigint): bigint',
    ([s, x, n], cx) =>
      guard(
        cx.failing,
        raw('(', n!.ch, ' <= 0)'),
        'the instance must be greater than zero',
        val(nthPosition(s!.ch, x!.ch, raw('greatest(', n!.ch, ', 1)'), false), { k: 'bigint' }),
      ),
  ],
]);

const pads = (name: 'lpad' | 'rpad'): FunctionEntry => {
  const engine = name === 'lpad' ? 'leftPad' : 'rightPad';
  const at = (s: Ch, n: Ch, p: Ch, bytes: boolean): Ch => call(bytes ? engine : `${engine}UTF8`, s, raw('greatest(', n, ', 0)'), p);
  return fn(TOPIC, `Fills a text up to a length at its ${name === 'lpad' ? 'start' : 'end'}, or cuts it.`, [
    [
      `${name}(varchar, bigint, varchar): varchar`,
      ([s, n, p], cx) =>
        guard(
          cx.failing,
          raw('(', n!.ch, ' < 0 OR ', p!.ch, " = '')"),
          'the length must not be negative nor the padding empty',
          val(at(s!.ch, n!.ch, p!.ch, false), VARCHAR),
        ),
    ],
    [
      `${name}(varbinary, bigint, varbinary): varbinary`,
      ([s, n, p], cx) =>
        guard(
          cx.failing,
          raw('(', n!.ch, ' < 0 OR ', p!.ch, " = '')"),
          'the length must not be negative nor the padding empty',
          val(at(s!.ch, n!.ch, p!.ch, true), VARBINARY),
        ),
    ],
  ]);
};

export const STRING_FUNCTIONS: readonly FunctionEntry[] = [
  length,
  fn(TOPIC, 'Lower case, one character to one.', [['lower(varchar): varchar', ([s]) => lowered(s!.ch)]]),
  fn(TOPIC, 'Upper case, one character to one (ß stays ß).', [['upper(varchar): varchar', ([s]) => uppered(s!.ch)]]),
  concat,
  substring,
  alias('substring', substring),
  fn(TOPIC, 'Without white space at both ends (also tab, newline and U+3000).', [['trim(varchar): varchar', ([s]) => rtrim(ltrim(s!.ch))]]),
  fn(TOPIC, 'Without white space at the start.', [['ltrim(varchar): varchar', ([s]) => ltrim(s!.ch)]]),
  fn(TOPIC, 'Without white space at the end.', [['rtrim(varchar): varchar', ([s]) => rtrim(s!.ch)]]),
  pads('lpad'),
  pads('rpad'),
  fn(TOPIC, 'Every occurrence replaced; without a third argument removed. An empty search text stands between all characters.', [
    ['replace(varchar, varchar): varchar', ([s, a]) => raw('if(', a!.ch, " = '', ", s!.ch, ', replaceAll(', s!.ch, ', ', a!.ch, ", ''))")],
    [
      'replace(varchar, varchar, varchar): varchar',
      ([s, a, b]) => {
        if (typeof a!.lit === 'string' && a!.lit !== '') return call('replaceAll', s!.ch, a!.ch, b!.ch);
        const safe = raw('if(', a!.ch, " = '', 'x', ", a!.ch, ')');
        const between = raw(
          'concat(',
          b!.ch,
          ', arrayStringConcat(arrayMap(c -> concat(c, assumeNotNull(',
          b!.ch,
          ')), if(empty(assumeNotNull(',
          s!.ch,
          ')), [], ngrams(assumeNotNull(',
          s!.ch,
          '), 1)))))',
        );
        return raw('if(', a!.ch, " = '', ", between, ', replaceAll(', s!.ch, ', ', safe, ', ', b!.ch, '))');
      },
    ],
  ]),
  fn(TOPIC, 'The first occurrence replaced.', [
    ['replace_first(varchar, varchar, varchar): varchar', ([s, a, b]) => call('replaceOne', s!.ch, a!.ch, b!.ch)],
  ]),
  fn(TOPIC, 'Characters, bytes or elements in reverse order.', [
    ['reverse(varchar): varchar', ([s]) => call('reverseUTF8', s!.ch)],
    ['reverse(varbinary): varbinary', ([s]) => call('reverse', s!.ch)],
    ['reverse(array(T)): array(T)', ([a]) => call('arrayReverse', a!.ch)],
  ]),
  fn(TOPIC, 'Parts of a text between separators; with a limit the last part keeps the rest.', [
    ['split(varchar, varchar): array(varchar)', ([s, d]) => nullableItems(splitParts(s!.ch, d!.ch))],
    [
      'split(varchar, varchar, bigint): array(varchar)',
      ([s, d, n], cx) => {
        const parts = splitParts(s!.ch, d!.ch);
        const rest = raw('arrayStringConcat(arraySlice(', parts, ', ', n!.ch, '), ', d!.ch, ')');
        const limited = raw(
          'if(length(',
          parts,
          ') <= ',
          n!.ch,
          ', ',
          parts,
          ', arrayPushBack(arraySlice(',
          parts,
          ', 1, greatest(',
          n!.ch,
          ' - 1, 0)), ',
          rest,
          '))',
        );
        return guard(
          cx.failing,
          raw('(', n!.ch, ' <= 0)'),
          'the limit must be positive',
          val(nullableItems(limited), arrayOf(VARCHAR), false),
        );
      },
    ],
  ]),
  fn(TOPIC, 'The n-th part between separators, NULL past the last one.', [
    [
      'split_part(varchar, varchar, bigint): varchar?',
      ([s, d, n], cx) => {
        const part = (t: Ch): Ch =>
          call('arrayElementOrNull', splitParts(t, call('assumeNotNull', d!.ch)), raw('greatest(', n!.ch, ', 1)'));
        const value = s!.nullable ? cond(call('isNull', s!.ch), raw('NULL'), part(call('assumeNotNull', s!.ch))) : part(s!.ch);
        return typeof n!.lit === 'bigint' && n!.lit > 0n
          ? val(value, VARCHAR, true)
          : guard(cx.failing, raw('(', n!.ch, ' <= 0)'), 'the index must be greater than zero', val(value, VARCHAR, true));
      },
    ],
  ]),
  fn(
    TOPIC,
    'Map of key and value pairs; an entry without exactly one separator or a repeated key is an error.',
    [
      [
        'split_to_map(varchar, varchar, varchar): map(varchar,varchar)',
        ([s, d, kv], cx) => {
          const items = raw('if(', s!.ch, " = '', [], ", splitParts(s!.ch, d!.ch), ')');
          const pairs = raw(
            'arrayMap(',
            fresh((i) => splitParts(i, kv!.ch)),
            ', ',
            items,
            ')',
          );
          const keys = raw('arrayMap(p -> p[1], ', pairs, ')');
          const bad = raw(
            '(arrayExists(p -> length(p) != 2, ',
            pairs,
            ') OR length(arrayDistinct(',
            keys,
            ')) != length(',
            keys,
            ') OR ',
            d!.ch,
            ' = ',
            kv!.ch,
            ')',
          );
          return guard(
            cx.failing,
            bad,
            'an entry must have one separator between key and value, and keys must differ',
            val(raw('mapFromArrays(', keys, ', arrayMap(p -> toNullable(p[2]), ', pairs, '))'), mapOf(VARCHAR, VARCHAR), false),
          );
        },
      ],
    ],
    { languages: 'QS' },
  ),
  fn(TOPIC, 'Map of keys to all their values.', [
    [
      'split_to_multimap(varchar, varchar, varchar): map(varchar,array(varchar))',
      ([s, d, kv]) => {
        const pairs = raw(
          'arrayMap(',
          fresh((i) => splitParts(i, kv!.ch)),
          ', if(',
          s!.ch,
          " = '', [], ",
          splitParts(s!.ch, d!.ch),
          '))',
        );
        const keys = raw('arrayDistinct(arrayMap(p -> p[1], ', pairs, '))');
        return raw(
          'mapFromArrays(',
          keys,
          ', arrayMap(k -> [arrayMap(p -> toNullable(p[2]), arrayFilter(p -> p[1] = k, ',
          pairs,
          '))], ',
          keys,
          '))',
        );
      },
    ],
  ]),
  strpos,
  alias('position', strpos),
  fn(TOPIC, 'Position of the last occurrence, or of the n-th from the end; 0 when there is none.', [
    ['strrpos(varchar, varchar): bigint', ([s, x]) => nthPosition(s!.ch, x!.ch, raw('1'), true)],
    [
      'strrpos(varchar, varchar, bigint): bigint',
      ([s, x, n], cx) =>
        guard(
          cx.failing,
          raw('(', n!.ch, ' <= 0)'),
          'the instance must be greater than zero',
          val(nthPosition(s!.ch, x!.ch, raw('greatest(', n!.ch, ', 1)'), true), { k: 'bigint' }),
        ),
    ],
  ]),
  fn(TOPIC, 'The character of a code point.', [
    [
      'chr(bigint): varchar',
      ([n], cx) => {
        const c = n!.ch;
        // A known one is a constant: separators of split must be.
        const { lit } = n!;
        const isCharacter = typeof lit === 'bigint' && lit >= 0n && lit <= 0x10ffffn && !(lit >= 0xd800n && lit <= 0xdfffn);
        if (isCharacter) return val(str(String.fromCodePoint(Number(lit))), VARCHAR);
        const bytes = raw(
          'multiIf(',
          c,
          ' < 128, char(',
          c,
          '), ',
          c,
          ' < 2048, char(192 + intDiv(',
          c,
          ', 64), 128 + ',
          c,
          ' % 64), ',
          c,
          ' < 65536, char(224 + intDiv(',
          c,
          ', 4096), 128 + intDiv(',
          c,
          ', 64) % 64, 128 + ',
          c,
          ' % 64), char(240 + intDiv(',
          c,
          ', 262144), 128 + intDiv(',
          c,
          ', 4096) % 64, 128 + intDiv(',
          c,
          ', 64) % 64, 128 + ',
          c,
          ' % 64))',
        );
        return guard(cx.failing, raw('(', c, ' < 0 OR ', c, ' > 1114111)'), 'not a valid Unicode code point', val(bytes, VARCHAR));
      },
    ],
  ]),
  fn(TOPIC, 'Code point of a text of one character.', [
    [
      'codepoint(varchar): bigint',
      ([s], cx) => {
        if (typeof s!.lit === 'string' && Array.from(s!.lit).length > 1)
          throw fail(cx.env, 'query.type', cx.span, `codepoint takes one character, got '${s!.lit}'`, { expected: 'one character' });
        const b = (i: number): Ch => raw('toInt64(reinterpretAsUInt8(substring(', s!.ch, `, ${i}, 1)))`);
        const n = raw(
          'multiIf(',
          b(1),
          ' < 128, ',
          b(1),
          ', ',
          b(1),
          ' < 224, (',
          b(1),
          ' - 192) * 64 + ',
          b(2),
          ' - 128, ',
          b(1),
          ' < 240, (',
          b(1),
          ' - 224) * 4096 + (',
          b(2),
          ' - 128) * 64 + ',
          b(3),
          ' - 128, (',
          b(1),
          ' - 240) * 262144 + (',
          b(2),
          ' - 128) * 4096 + (',
          b(3),
          ' - 128) * 64 + ',
          b(4),
          ' - 128)',
        );
        return guard(cx.failing, raw('(lengthUTF8(', s!.ch, ') != 1)'), 'codepoint takes one character', val(n, { k: 'bigint' }));
      },
    ],
  ]),
  fn(TOPIC, 'Number of edits between two texts.', [
    ['levenshtein_distance(varchar, varchar): bigint', ([a, b]) => call('toInt64', call('editDistanceUTF8', a!.ch, b!.ch))],
  ]),
  fn(TOPIC, 'Number of places where two texts of one length differ.', [
    [
      'hamming_distance(varchar, varchar): bigint',
      ([a, b], cx) => {
        const chars = (s: Ch): Ch => raw('if(empty(assumeNotNull(', s, ')), [], ngrams(assumeNotNull(', s, '), 1))');
        const same = raw('lengthUTF8(', a!.ch, ') = lengthUTF8(', b!.ch, ')');
        const n = raw(
          'if(',
          same,
          ', toInt64(arraySum(arrayMap((x, y) -> x != y, ',
          chars(a!.ch),
          ', if(',
          same,
          ', ',
          chars(b!.ch),
          ', ',
          chars(a!.ch),
          ')))), NULL)',
        );
        return guard(cx.failing, raw('not(', same, ')'), 'the texts must have one length', val(n, { k: 'bigint' }, true));
      },
    ],
  ]),
  fn(TOPIC, 'Unicode normal form C (or the form named).', [
    ['normalize(varchar): varchar', ([s]) => call('normalizeUTF8NFC', s!.ch)],
    [
      'normalize(varchar, varchar): varchar',
      ([s, form]) =>
        call(
          ({ NFD: 'normalizeUTF8NFD', NFKC: 'normalizeUTF8NFKC', NFKD: 'normalizeUTF8NFKD' } as Record<string, string>)[
            String(form!.lit)
          ] ?? 'normalizeUTF8NFC',
          s!.ch,
        ),
    ],
  ]),
  fn(TOPIC, 'A text as its UTF-8 bytes.', [['to_utf8(varchar): varbinary', ([s]) => s!.ch]]),
  fn(TOPIC, 'Bytes as text; what is no UTF-8 becomes U+FFFD or the second argument.', [
    ['from_utf8(varbinary): varchar', ([b]) => call('toValidUTF8', b!.ch)],
    ['from_utf8(varbinary, varchar): varchar', ([b, r]) => raw('replaceAll(toValidUTF8(', b!.ch, "), '\\xEF\\xBF\\xBD', ", r!.ch, ')')],
  ]),
  fn(TOPIC, 'True when a text starts with another.', [
    ['starts_with(varchar, varchar): boolean', ([s, p]) => call('startsWith', s!.ch, p!.ch)],
  ]),
  fn(TOPIC, 'True when a text ends with another.', [['ends_with(varchar, varchar): boolean', ([s, p]) => call('endsWith', s!.ch, p!.ch)]]),
  fn(
    TOPIC,
    'Undoes backslash escapes (\\n, \\t, \\r, \\0, \\\\, \\xHH).',
    [['ascii_unescape(varchar): varchar', ([s]) => unescaped(s!.ch)]],
    { languages: 'S' },
  ),
  fn(
    TOPIC,
    'Writes control characters and backslashes as escapes.',
    [
      [
        'ascii_escape(varchar): varchar',
        ([s]) =>
          raw(
            'replaceAll(replaceAll(replaceAll(replaceAll(',
            s!.ch,
            ", '\\\\', '\\\\\\\\'), '\\n', '\\\\n'), '\\t', '\\\\t'), '\\r', '\\\\r')",
          ),
      ],
    ],
    { languages: 'S' },
  ),
  fn(
    TOPIC,
    'Undoes \\uXXXX escapes.',
    [
      [
        'unicode_unescape(varchar): varchar',
        ([s]) =>
          raw(
            'JSONExtractString(concat(\'{"a":"\', replaceAll(replaceRegexpAll(',
            s!.ch,
            ", '\\\\\\\\([^u])', '\\\\\\\\\\\\\\\\\\\\1'), '\"', '\\\\\"'), '\"}'), 'a')",
          ),
      ],
    ],
    { languages: 'S', state: 'differs' },
  ),
];

function unescaped(s: Ch): Ch {
  let out: Ch = call('replaceAll', s, raw("'\\\\\\\\'"), raw("'\\0\\0'"));
  for (const [from, to] of [
    ["'\\\\n'", "'\\n'"],
    ["'\\\\t'", "'\\t'"],
    ["'\\\\r'", "'\\r'"],
  ] as const)
    out = call('replaceAll', out, raw(from), raw(to));
  return call('replaceAll', out, raw("'\\0\\0'"), raw("'\\\\'"));
}

/** Items of an array are Nullable in the compiler's books (see `val.ts`). */
export function nullableItems(array: Ch): Ch {
  return call(
    'arrayMap',
    fresh((e) => call('toNullable', e)),
    array,
  );
}
