import { call, raw, str, type Ch } from '../clickhouse/ch.ts';
import { guard } from '../lower/env.ts';
import { val } from '../lower/val.ts';
import { BIGINT, typeName, VARBINARY, VARCHAR } from '../types/sql-type.ts';
import { fn, refused, type FunctionEntry } from './define.ts';

const TOPIC = 'Binary, hashes and types';
const hash = (name: string, engine: string): FunctionEntry =>
  fn(TOPIC, `${name} of bytes, as varbinary: wrap in to_hex for text.`, [
    [`${name}(varbinary): varbinary`, ([b]) => raw('CAST(', call(engine, b!.ch), ", 'Nullable(String)')")],
  ]);
const hmac = (name: string, algorithm: string): FunctionEntry =>
  fn(TOPIC, `HMAC with ${algorithm}: bytes and key.`, [
    [`${name}(varbinary, varbinary): varbinary`, ([b, k]) => call('HMAC', str(algorithm), b!.ch, k!.ch)],
  ]);
const reverse8 = (b: Ch): Ch => call('reverse', b);

export const BINARY_FUNCTIONS: readonly FunctionEntry[] = [
  hash('md5', 'MD5'),
  hash('sha1', 'SHA1'),
  hash('sha256', 'SHA256'),
  hash('sha512', 'SHA512'),
  hmac('hmac_md5', 'md5'),
  hmac('hmac_sha1', 'sha1'),
  hmac('hmac_sha256', 'sha256'),
  hmac('hmac_sha512', 'sha512'),
  fn(TOPIC, 'xxHash64 of bytes, big-endian.', [
    ['xxhash64(varbinary): varbinary', ([b]) => reverse8(raw('reinterpretAsString(xxHash64(', b!.ch, '))'))],
  ]),
  fn(TOPIC, 'MurmurHash3 (x64, 128 bits) of bytes.', [
    ['murmur3_x64_128(varbinary): varbinary', ([b]) => raw('CAST(murmurHash3_128(', b!.ch, "), 'Nullable(String)')")],
  ]),
  fn(TOPIC, 'CRC-32 of bytes.', [['crc32(varbinary): bigint', ([b]) => call('toInt64', call('CRC32', b!.ch))]]),
  ...refused(TOPIC, ['spooky_hash_v2_32', 'spooky_hash_v2_64'], 'the engine has no SpookyHash, use xxhash64'),
  fn(TOPIC, 'Bytes as Base64 text.', [['to_base64(varbinary): varchar', ([b]) => call('base64Encode', b!.ch)]]),
  fn(TOPIC, 'Base64 text as bytes.', [
    [
      'from_base64(varchar): varbinary',
      ([s], cx) => (cx.failing === 'null' ? val(call('tryBase64Decode', s!.ch), VARBINARY) : call('base64Decode', s!.ch)),
    ],
  ]),
  fn(TOPIC, 'Bytes as URL-safe Base64 text.', [
    [
      'to_base64url(varbinary): varchar',
      ([b]) => {
        const text = call('base64URLEncode', b!.ch);
        return raw('rightPad(', text, ', toUInt64(ceil(length(', text, ") / 4)) * 4, '=')");
      },
    ],
  ]),
  fn(TOPIC, 'URL-safe Base64 text as bytes.', [
    ['from_base64url(varchar): varbinary', ([s]) => raw('base64URLDecode(replaceRegexpOne(', s!.ch, ", '=+$', ''))")],
  ]),
  fn(TOPIC, 'A text as Base64.', [['base64_encode(varchar): varchar', ([s]) => call('base64Encode', s!.ch)]]),
  fn(TOPIC, 'Base64 as a text.', [
    [
      'base64_decode(varchar): varchar',
      ([s], cx) => (cx.failing === 'null' ? call('tryBase64Decode', s!.ch) : call('base64Decode', s!.ch)),
    ],
  ]),
  fn(TOPIC, 'Bytes as upper-case hexadecimal digits.', [['to_hex(varbinary): varchar', ([b]) => call('hex', b!.ch)]]),
  fn(TOPIC, 'Hexadecimal digits as bytes.', [
    [
      'from_hex(varchar): varbinary',
      ([s], cx) =>
        guard(
          cx.failing,
          raw('NOT match(', s!.ch, ", '^([0-9a-fA-F]{2})*$')"),
          'from_hex takes pairs of hexadecimal digits',
          val(call('unhex', s!.ch), VARBINARY),
        ),
    ],
  ]),
  fn(TOPIC, 'A bigint as 8 bytes, most significant first.', [
    ['to_big_endian_64(bigint): varbinary', ([n]) => raw('unhex(leftPad(hex(reinterpretAsUInt64(', n!.ch, ")), 16, '0'))")],
  ]),
  fn(TOPIC, '8 bytes, most significant first, as a bigint.', [
    [
      'from_big_endian_64(varbinary): bigint',
      ([b], cx) =>
        guard(
          cx.failing,
          raw('(length(', b!.ch, ') != 8)'),
          'expected 8 bytes',
          val(raw('reinterpretAsInt64(reverse(', b!.ch, '))'), BIGINT),
        ),
    ],
  ]),
  fn(TOPIC, 'Name of the type of a value.', [['typeof(any): varchar', ([v]) => val(str(typeName(v!.type)), VARCHAR, false)]], {
    languages: 'Q',
    strict: false,
  }),
];
