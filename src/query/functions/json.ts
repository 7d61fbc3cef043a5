import { call, cond, raw, str, type Ch } from '../clickhouse/ch.ts';
import { fail, guard } from '../lower/env.ts';
import { val, type Val } from '../lower/val.ts';
import { BIGINT, JSON_TYPE, VARCHAR } from '../types/sql-type.ts';
import { fn, type Build, type CallContext, type FunctionEntry } from './define.ts';
import { parseJsonPath } from './json-path.ts';

const TOPIC = 'JSON';

/** A literal path as arguments of the engine's JSON functions: keys as text, indexes 1-based. */
function keys(v: Val, cx: CallContext): Ch[] | null {
  if (typeof v.lit !== 'string')
    throw fail(cx.env, 'query.refused', cx.span, `the path of ${cx.name} must be a literal`, { reason: 'path is not constant' });
  const path = parseJsonPath(v.lit);
  if (path === null) return null;
  return path.map((step) => (typeof step === 'number' ? { t: 'param', type: 'Int64', value: String(step + 1) } : str(step)));
}

const badPath = (cx: CallContext, v: Val, none: Val): Val =>
  guard(cx.failing, call('materialize', raw('1')), `'${String(v.lit)}' is not a JSON path`, none);

/** The value as JSON text, without white space. */
function compact(j: Ch, path: readonly Ch[]): Ch {
  return raw('replaceAll(', call('nullIf', call('JSONExtractRaw', j, ...path), raw("''")), ", '\\\\/', '/')");
}

const withPath =
  (build: (j: Ch, path: readonly Ch[], cx: CallContext) => Val): Build =>
  (args, cx) => {
    const path = keys(args[1]!, cx);
    return path === null ? badPath(cx, args[1]!, build(args[0]!.ch, [], cx)) : build(args[0]!.ch, path, cx);
  };

const scalar = (j: Ch, path: readonly Ch[]): Val => {
  const kind = call('JSONType', j, ...path);
  const text = raw(
    'multiIf(',
    kind,
    " = 'String', JSONExtractString(",
    j,
    ...path.flatMap((p): (string | Ch)[] => [', ', p]),
    '), ',
    kind,
    " IN ('Array', 'Object', 'Null'), NULL, nullIf(",
    call('JSONExtractRaw', j, ...path),
    ", ''))",
  );
  return val(text, VARCHAR, true);
};

const size = (j: Ch, path: readonly Ch[]): Val => {
  const kind = call('JSONType', j, ...path);
  const has = path.length === 0 ? call('isValidJSON', j) : call('JSONHas', j, ...path);
  return val(
    raw('multiIf(not(', has, '), NULL, ', kind, " IN ('Array', 'Object'), toInt64(", call('JSONLength', j, ...path), '), toInt64(0))'),
    BIGINT,
    true,
  );
};

const isArray = (j: Ch): Ch => raw('JSONType(', j, ") = 'Array'");

/** Both overloads: JSON text and JSON. */
const both = (text: string, build: Build): (readonly [string, Build])[] => [
  [text.replace('(J', '(json'), build],
  [text.replace('(J', '(varchar'), build],
];

export const JSON_FUNCTIONS: readonly FunctionEntry[] = [
  fn(
    TOPIC,
    'Text as JSON; an error when it is none. Keys come sorted.',
    [
      [
        'json_parse(varchar): json',
        ([s], cx) => {
          const made = val(canonical(s!.ch), JSON_TYPE, s!.nullable);
          return guard(cx.failing, raw('NOT isValidJSON(', s!.ch, ')'), 'cannot convert value to JSON', made);
        },
      ],
      ['json_parse(json): json', ([j]) => j!],
    ],
    { state: 'differs' },
  ),
  fn(TOPIC, 'JSON as text.', [
    ['json_format(json): varchar', ([j]) => j!.ch],
    ['json_format(varchar): varchar', ([j]) => j!.ch],
  ]),
  fn(
    TOPIC,
    'The value at a path as JSON; NULL when there is none or the text is no JSON.',
    both(
      'json_extract(J, varchar): json?',
      withPath((j, path) =>
        val(path.length === 0 ? raw('if(isValidJSON(', j, '), ', compact(j, path), ', NULL)') : compact(j, path), JSON_TYPE, true),
      ),
    ),
  ),
  fn(
    TOPIC,
    'The text, number or boolean at a path as text; NULL for objects, arrays and null.',
    both('json_extract_scalar(J, varchar): varchar?', withPath(scalar)),
  ),
  fn(
    TOPIC,
    'Members or elements at a path, 0 for a scalar, NULL when there is nothing.',
    both('json_size(J, varchar): bigint?', withPath(size)),
  ),
  fn(
    TOPIC,
    'Elements of a JSON array; NULL for anything else.',
    both('json_array_length(J): bigint?', ([j]) =>
      val(raw('if(', isArray(j!.ch), ', toInt64(JSONLength(', j!.ch, ')), NULL)'), BIGINT, true),
    ),
  ),
  fn(TOPIC, 'True when a JSON array has the value, types compared too.', [
    ...both('json_array_contains(J, bigint): boolean?', ([j, x]) =>
      contains(j!.ch, raw("JSONType(e) IN ('Int64', 'UInt64') AND e = toString(", x!.ch, ')')),
    ),
    ...both('json_array_contains(J, double): boolean?', ([j, x]) =>
      contains(j!.ch, raw("JSONType(e) IN ('Int64', 'UInt64', 'Double') AND toFloat64OrNull(e) = ", x!.ch)),
    ),
    ...both('json_array_contains(J, boolean): boolean?', ([j, x]) =>
      contains(j!.ch, raw("JSONType(e) = 'Bool' AND (e = 'true') = ", x!.ch)),
    ),
    ...both('json_array_contains(J, varchar): boolean?', ([j, x]) =>
      contains(j!.ch, raw("JSONType(e) = 'String' AND JSONExtractString(e) = ", x!.ch)),
    ),
  ]),
  fn(
    TOPIC,
    'The element at a 0-based index, negative from the end; a text comes unquoted.',
    both('json_array_get(J, bigint): json?', ([j, i]) => {
      const at = raw('if(', i!.ch, ' < 0, ', i!.ch, ', ', i!.ch, ' + 1)');
      const item = call('JSONExtractRaw', j!.ch, at);
      return val(
        raw(
          'if(',
          isArray(j!.ch),
          ', if(JSONType(',
          j!.ch,
          ', ',
          at,
          ") = 'String', JSONExtractString(",
          j!.ch,
          ', ',
          at,
          '), if(',
          item,
          " = 'null', NULL, nullIf(",
          item,
          ", ''))), NULL)",
        ),
        JSON_TYPE,
        true,
      );
    }),
  ),
  fn(
    TOPIC,
    'True for a text, number, boolean or null.',
    both('is_json_scalar(J): boolean', ([j], cx) =>
      guard(
        cx.failing,
        raw('NOT isValidJSON(', j!.ch, ')'),
        'cannot convert value to JSON',
        val(raw('JSONType(', j!.ch, ") NOT IN ('Array', 'Object')"), { k: 'boolean' }, j!.nullable),
      ),
    ),
  ),
  fn(
    TOPIC,
    'Keys of a JSON object.',
    both('json_keys(J): array(varchar)', ([j]) => raw('arrayMap(k -> toNullable(k), JSONExtractKeys(', j!.ch, '))')),
  ),
];

function contains(j: Ch, test: Ch): Val {
  return val(
    cond(isArray(j), raw('arrayExists(e -> ', test, ', JSONExtractArrayRaw(assumeNotNull(', j, ')))'), raw('NULL')),
    { k: 'boolean' },
    true,
  );
}

/** Keys of the outermost object sorted, no white space. */
function canonical(s: Ch): Ch {
  const pairs = raw('arraySort(p -> p.1, JSONExtractKeysAndValuesRaw(assumeNotNull(', s, ')))');
  const object = raw("concat('{', arrayStringConcat(arrayMap(p -> concat(toJSONString(p.1), ':', p.2), ", pairs, "), ','), '}')");
  return raw('replaceAll(if(JSONType(', s, ") = 'Object', ", object, ', JSONExtractRaw(', s, ")), '\\\\/', '/')");
}
