import { call, fresh, lambda, raw, type Ch } from '../clickhouse/ch.ts';
import { asElement, element, holds, lift, val, type Val } from '../lower/val.ts';
import { arrayOf, BOOLEAN, elementType, isComplex, type SqlType } from '../types/sql-type.ts';
import { fn, type FunctionEntry } from './define.ts';

const TOPIC = 'Arrays';
const itemType = (v: Val): SqlType => (v.type.k === 'array' ? v.type.of : { k: 'unknown' });

/** `x -> body` over the elements of an array. */
function over(a: Val, body: (item: Val) => Ch): Ch {
  return fresh((e) => body(element(e, itemType(a))));
}

/** A test of each element: true, false or unknown (three-valued any/all/none). */
function quantify(a: Val, f: Val, kind: 'any' | 'all' | 'none'): Val {
  const test = (item: Val): Ch => f.fn!([item]).ch;
  const some = call(
    'arrayExists',
    over(a, (item) => raw('ifNull(', test(item), ', 0)')),
    a.ch,
  );
  const every = call(
    'arrayAll',
    over(a, (item) => raw('ifNull(', test(item), ', 1)')),
    a.ch,
  );
  const unknown = call(
    'arrayExists',
    over(a, (item) => raw('isNull(toNullable(', test(item), '))')),
    a.ch,
  );
  if (kind === 'any') return val(raw('multiIf(', some, ', true, ', unknown, ', NULL, false)'), BOOLEAN, true);
  if (kind === 'none') return val(raw('multiIf(', some, ', false, ', unknown, ', NULL, true)'), BOOLEAN, true);
  return val(raw('multiIf(NOT ', every, ', false, ', unknown, ', NULL, true)'), BOOLEAN, true);
}

/** `body` as the engine's fold over one tuple-free state. */
function reduce([a, s, f, g]: readonly Val[]): Val {
  if (a!.nullable) return lift(a!.ch, (inner) => reduce([{ ...a!, ch: inner, nullable: false }, s!, f!, g!]));
  const item = itemType(a!);
  const probe = f!.fn!([{ ...s!, ch: raw('s0_'), nullable: true }, element(raw('e0_'), item)]);
  const state = probe.type.k === 'unknown' ? s!.type : probe.type;
  const type = elementType(state);
  const start = raw('CAST(', asElement(s!), `, '${type}')`);
  const step = lambda(
    ['acc_', 'item_'],
    raw('CAST(', asElement(f!.fn!([val(raw('acc_'), state, true), element(raw('item_'), item)])), `, '${type}')`),
  );
  const folded = val(call('arrayFold', step, a!.ch, start), state, true);
  return g!.fn!([folded]);
}

const transform = fn(TOPIC, 'The array of what a lambda makes of each element.', [
  [
    'transform(array(T), (T)->U): array(U)',
    ([a, f]) => {
      let made: Val | null = null;
      const body = over(a!, (item) => asElement((made = f!.fn!([item]))));
      const type = (made as unknown as Val).type;
      return val(itemType(a!).k === 'unknown' ? raw('[]') : call('arrayMap', body, a!.ch), arrayOf(type), false);
    },
  ],
]);

/** Functions of arrays that take a lambda. */
export const ARRAY_LAMBDA_FUNCTIONS: readonly FunctionEntry[] = [
  fn(TOPIC, 'What a lambda makes of the elements at the same place.', [
    [
      'zip_with(array(T), array(U), (T,U)->V): array(V)',
      ([a, b, f]) => {
        let made: Val | null = null;
        const n = raw('toUInt64(greatest(length(', a!.ch, '), length(', b!.ch, ')))');
        const at = (v: Val, i: Ch): Val =>
          element(isComplex(itemType(v)) ? raw(v.ch, '[', i, ']') : raw('arrayElementOrNull(', v.ch, ', ', i, ')'), itemType(v));
        const body = fresh((i) => asElement((made = f!.fn!([at(a!, i), at(b!, i)]))));
        return val(raw('arrayMap(', body, ', range(1, ', n, ' + 1))'), arrayOf((made as unknown as Val).type), false);
      },
    ],
  ]),
  transform,
  fn(TOPIC, 'The elements for which a lambda is true.', [
    [
      'filter(array(T), (T)->boolean): array(T)',
      ([a, f]) =>
        itemType(a!).k === 'unknown'
          ? raw('[]')
          : call(
              'arrayFilter',
              over(a!, (item) => holds(f!.fn!([item]))),
              a!.ch,
            ),
    ],
  ]),
  fn(TOPIC, 'True when a lambda holds for some element.', [
    ['any_match(array(T), (T)->boolean): boolean?', ([a, f]) => quantify(a!, f!, 'any')],
  ]),
  fn(TOPIC, 'True when a lambda holds for every element.', [
    ['all_match(array(T), (T)->boolean): boolean?', ([a, f]) => quantify(a!, f!, 'all')],
  ]),
  fn(TOPIC, 'True when a lambda holds for no element.', [
    ['none_match(array(T), (T)->boolean): boolean?', ([a, f]) => quantify(a!, f!, 'none')],
  ]),
  fn(TOPIC, 'The first element for which a lambda is true.', [
    [
      'find_first(array(T), (T)->boolean): T?',
      ([a, f]) =>
        raw(
          'arrayElementOrNull(arrayFilter(',
          over(a!, (item) => holds(f!.fn!([item]))),
          ', ',
          a!.ch,
          '), 1)',
        ),
    ],
  ]),
  fn(
    TOPIC,
    'Folds an array: state and element to state, at the end state to result.',
    [['reduce(array(T), S, (S,T)->S, (S)->R): R?', reduce]],
    { strict: false },
  ),
];
