import { call, cond, fresh, raw, type Ch } from '../clickhouse/ch.ts';
import { guard } from '../lower/env.ts';
import { asElement, element, holds, val, type Val } from '../lower/val.ts';
import { isComplex, mapOf, type SqlType } from '../types/sql-type.ts';
import { fn, type FunctionEntry } from './define.ts';

const TOPIC = 'Maps and rows';
const keyType = (v: Val): SqlType => (v.type.k === 'map' ? v.type.key : { k: 'unknown' });
const valueType = (v: Val): SqlType => (v.type.k === 'map' ? v.type.value : { k: 'unknown' });

const repeats = (keys: Ch): Ch => raw('length(arrayDistinct(', keys, ')) != length(', keys, ')');
const plain = (keys: Ch): Ch =>
  call(
    'arrayMap',
    fresh((k) => call('assumeNotNull', k)),
    keys,
  );

/** Applies a lambda of key and value to each entry. */
function entries(m: Val, body: (k: Val, v: Val) => Ch): Ch {
  return raw(
    'arrayMap((k_, v_) -> ',
    body(val(raw('k_'), keyType(m), false), element(raw('v_'), valueType(m))),
    ', mapKeys(',
    m.ch,
    '), mapValues(',
    m.ch,
    '))',
  );
}

export const MAP_FUNCTIONS: readonly FunctionEntry[] = [
  fn(TOPIC, 'A map of an array of keys and an array of values; equal keys or lengths that differ are an error.', [
    ['map(): map(unknown,unknown)', () => raw('map()')],
    [
      'map(array(K), array(V)): map(K,V)',
      ([k, v], cx) => {
        const keys = plain(k!.ch);
        const sized = raw('arrayResize(', v!.ch, ', length(', k!.ch, '))');
        return guard(
          cx.failing,
          raw('(length(', k!.ch, ') != length(', v!.ch, ') OR ', repeats(keys), ')'),
          'keys and values must have one length and keys must differ',
          val(raw('mapFromArrays(', keys, ', ', sized, ')'), cx.result, false),
        );
      },
    ],
  ]),
  fn(TOPIC, 'A map of an array of rows of key and value.', [
    [
      'map_from_entries(array(row(K,V))): map(K,V)',
      ([a], cx) => {
        const keys = raw('arrayMap(e -> assumeNotNull(e[1].1), ', a!.ch, ')');
        return guard(
          cx.failing,
          repeats(keys),
          'keys must differ',
          val(raw('mapFromArrays(', keys, ', arrayMap(e -> e[1].2, ', a!.ch, '))'), cx.result, false),
        );
      },
    ],
  ]),
  fn(TOPIC, 'Keys of a map.', [
    [
      'map_keys(map(K,V)): array(K)',
      ([m]) => raw(isComplex(keyType(m!)) ? 'arrayMap(k -> [k], mapKeys(' : 'arrayMap(k -> toNullable(k), mapKeys(', m!.ch, '))'),
    ],
  ]),
  fn(TOPIC, 'Values of a map.', [['map_values(map(K,V)): array(V)', ([m]) => call('mapValues', m!.ch)]]),
  fn(TOPIC, 'Rows of key and value.', [
    [
      'map_entries(map(K,V)): array(row(K,V))',
      ([m]) => raw('arrayMap((k, v) -> [tuple(toNullable(k), v)], mapKeys(', m!.ch, '), mapValues(', m!.ch, '))'),
    ],
  ]),
  fn(TOPIC, 'Maps joined; of equal keys the last wins.', [
    [
      'map_concat(map(K,V)...): map(K,V)',
      (args) =>
        keyType(args[0]!).k === 'unknown' ? args[0]!.ch : args.slice(1).reduce((m, one) => call('mapUpdate', m, one.ch), args[0]!.ch),
    ],
  ]),
  fn(TOPIC, 'The entries for which a lambda is true.', [
    [
      'map_filter(map(K,V), (K,V)->boolean): map(K,V)',
      ([m, f]) =>
        raw(
          'mapFilter((k_, v_) -> ',
          holds(f!.fn!([val(raw('k_'), keyType(m!), false), element(raw('v_'), valueType(m!))])),
          ', ',
          m!.ch,
          ')',
        ),
    ],
  ]),
  fn(TOPIC, 'Keys changed by a lambda; equal new keys are an error.', [
    [
      'transform_keys(map(K,V), (K,V)->U): map(U,V)',
      ([m, f], cx) => {
        let type: SqlType = { k: 'unknown' };
        const keys = entries(m!, (k, v) => {
          const made = f!.fn!([k, v]);
          type = made.type;
          return made.nullable ? call('assumeNotNull', made.ch) : made.ch;
        });
        return guard(
          cx.failing,
          repeats(keys),
          'keys must differ',
          val(raw('mapFromArrays(', keys, ', mapValues(', m!.ch, '))'), mapOf(type, valueType(m!)), false),
        );
      },
    ],
  ]),
  fn(TOPIC, 'Values changed by a lambda.', [
    [
      'transform_values(map(K,V), (K,V)->U): map(K,U)',
      ([m, f]) => {
        let type: SqlType = { k: 'unknown' };
        const values = entries(m!, (k, v) => {
          const made = f!.fn!([k, v]);
          type = made.type;
          return asElement(made);
        });
        return val(raw('mapFromArrays(mapKeys(', m!.ch, '), ', values, ')'), mapOf(keyType(m!), type), false);
      },
    ],
  ]),
  fn(TOPIC, 'One map of two: a lambda gets key and both values.', [
    [
      'map_zip_with(map(K,V), map(K,W), (K,V,W)->U): map(K,U)',
      ([a, b, f]) => {
        let type: SqlType = { k: 'unknown' };
        const keys = raw('arrayDistinct(arrayConcat(mapKeys(', a!.ch, '), mapKeys(', b!.ch, ')))');
        const at = (m: Val, k: Ch): Val =>
          element(
            isComplex(valueType(m)) ? raw(m.ch, '[', k, ']') : cond(call('mapContains', m.ch, k), raw(m.ch, '[', k, ']'), raw('NULL')),
            valueType(m),
          );
        const values = call(
          'arrayMap',
          fresh((k) => {
            const made = f!.fn!([val(k, keyType(a!), false), at(a!, k), at(b!, k)]);
            type = made.type;
            return asElement(made);
          }),
          keys,
        );
        return val(call('mapFromArrays', keys, values), mapOf(keyType(a!), type), false);
      },
    ],
  ]),
  fn(
    TOPIC,
    'The n keys with the greatest values.',
    [
      [
        'map_top_n_keys(map(K,V), bigint): array(K)',
        ([m, n]) =>
          raw(
            'arrayMap(p -> toNullable(p.1), arraySlice(arrayReverseSort(p -> p.2, arrayZip(mapKeys(',
            m!.ch,
            '), mapValues(',
            m!.ch,
            '))), 1, ',
            n!.ch,
            '))',
          ),
      ],
    ],
    { languages: 'Q' },
  ),
];
