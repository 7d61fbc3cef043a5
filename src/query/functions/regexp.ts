import { call, cast, cond, fresh, raw, str, type Ch } from '../clickhouse/ch.ts';
import { fail, guard } from '../lower/env.ts';
import { val, withoutNull, type Val } from '../lower/val.ts';
import { arrayOf, VARCHAR } from '../types/sql-type.ts';
import { fn, type CallContext, type FunctionEntry } from './define.ts';
import { checkRegexp, javaReplacement } from './regexp-text.ts';
import { nullableItems } from './string.ts';

const TOPIC = 'Regular expressions';

/** The pattern, which must be a literal: it is checked now, and the engine wants constants. */
function pattern(v: Val, cx: CallContext): { ch: Ch; groups: number } {
  if (v.type.k === 'unknown' || v.lit === null) return { ch: v.ch, groups: 0 };
  if (typeof v.lit !== 'string')
    throw fail(cx.env, 'query.refused', cx.span, `the pattern of ${cx.name} must be a literal`, { reason: 'pattern is not constant' });
  const checked = checkRegexp(v.lit);
  if (!checked.ok) {
    throw fail(cx.env, checked.refused ? 'query.refused' : 'query.type', cx.span, `pattern '${v.lit}': ${checked.reason}`, {
      reason: checked.reason,
      pattern: v.lit,
    });
  }
  return { ch: str(checked.engine), groups: checked.groups };
}

const isNullPattern = (v: Val): boolean => v.lit === undefined && v.nullable;
const NONE = val(raw("CAST(NULL, 'Nullable(String)')"), VARCHAR, true);

/** Group n of the first match; NULL when there is no match or the group took no part in it. */
function extract(of: Val, r: { ch: Ch; groups: number }, n: Val, cx: CallContext): Val {
  const s = of.ch;
  if (typeof n.lit === 'bigint' && (n.lit < 0n || n.lit > BigInt(r.groups))) {
    return guard(cx.failing, call('materialize', raw('1')), `the pattern has ${r.groups} groups, group ${n.lit} is asked for`, NONE);
  }
  const group =
    n.lit === 0n || typeof n.lit !== 'bigint'
      ? raw('regexpExtract(', s, ', ', r.ch, ', ', n.ch, ')')
      : raw('regexpExtract(', s, ', ', r.ch, ', ', String(n.lit), ')');
  if (typeof n.lit === 'bigint' && n.lit > 0n && r.groups > 0) {
    const pattern = r.ch.t === 'param' ? String(r.ch.value) : '';
    // '' says that nothing matched, or that the group took no part.
    if (n.lit === 1n && (groupIsOptional(pattern, 1) || groupTakesText(pattern, 1)))
      return val(cast(call('nullIf', call('extract', withoutNull(of).ch, r.ch), raw("''")), 'Nullable(String)'), VARCHAR, true);
    // One pass gives all groups, none when nothing matches. The engine gives '' for a group without a part in the match.
    const groups = raw('extractGroups(assumeNotNull(', s, '), ', r.ch, ')');
    const text = raw('arrayElementOrNull(', groups, `, ${n.lit})`);
    const own = groupIsOptional(r.ch.t === 'param' ? String(r.ch.value) : '', Number(n.lit)) ? call('nullIf', text, raw("''")) : text;
    return val(cond(call('isNull', s), raw('NULL'), own), VARCHAR, true);
  }
  return val(cond(call('match', s, r.ch), group, raw('NULL')), VARCHAR, true);
}

/** A group behind `?`, `*` or `|` may take no part; only then is '' ambiguous, and taken as NULL. */
function optionalGroup(r: { ch: Ch }, n: number): Ch {
  const text = r.ch.t === 'param' ? String(r.ch.value) : '';
  return raw(checkRegexp(text).ok && groupIsOptional(text, n) ? '1' : '0');
}

interface GroupSpan {
  /** 0: it does not capture. */
  readonly number: number;
  /** Places of its parentheses. */
  readonly from: number;
  readonly to: number;
}

function groupSpans(text: string): GroupSpan[] {
  let seen = 0;
  const stack: { number: number; start: number }[] = [];
  const spans: GroupSpan[] = [];
  let inClass = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (inClass) inClass = c !== ']';
    else if (c === '[') inClass = true;
    else if (c === '(') stack.push({ number: text[i + 1] === '?' && !/^\?P?<[A-Za-z]/.test(text.slice(i + 1)) ? 0 : ++seen, start: i });
    else if (c === ')') {
      const open = stack.pop();
      if (open !== undefined) spans.push({ number: open.number, from: open.start, to: i });
    }
  }
  return spans;
}

/** True when what group n matched is never the empty text; false when that is not certain. */
export function groupTakesText(text: string, n: number): boolean {
  const own = groupSpans(text).find((one) => one.number === n);
  const body = own === undefined ? '' : text.slice(own.from + 1, own.to).replace(/^\?P?<[A-Za-z][A-Za-z0-9_]*>/, '');
  // One atom that must be there is enough; what is not understood here may be empty.
  const atom = /\\[dDwWsS]|\\[^A-Za-z0-9]|\[\^?(?:\\.|\[:\^?\w+:\]|[^\\\]])+\]|[^\\[\](){}*+?^$|]/y;
  const nothing = /[\^$]|\\[bBAz]/y;
  const quantifier = /(?:[*+?]|\{[^}]*\})[?+]?/y;
  const take = (one: RegExp, at: number): string | null => {
    one.lastIndex = at;
    return one.exec(body)?.[0] ?? null;
  };
  for (let at = 0; at < body.length;) {
    const found = take(atom, at);
    const skipped = found ?? take(nothing, at);
    if (skipped === null) return false;
    at += skipped.length;
    const times = take(quantifier, at) ?? '';
    if (found !== null && (times === '' || times.startsWith('+'))) return true;
    at += times.length;
  }
  return false;
}

function groupIsOptional(text: string, n: number): boolean {
  const spans = groupSpans(text);
  const own = spans.find((one) => one.number === n);
  if (own === undefined) return false;
  const around = spans.filter((one) => one.from <= own.from && one.to >= own.to);
  const optional = around.some((one) => /^[?*]|^\{0/.test(text.slice(one.to + 1)));
  return optional || text.includes('|');
}

export const REGEXP_FUNCTIONS: readonly FunctionEntry[] = [
  fn(
    TOPIC,
    'True when the pattern matches somewhere. Patterns are RE2: no look-around, no back-references.',
    [['regexp_like(varchar, varchar): boolean', ([s, r], cx) => call('match', s!.ch, pattern(r!, cx).ch)]],
    { state: 'differs' },
  ),
  fn(
    TOPIC,
    'The first match, or a group of it; NULL when nothing matches.',
    [
      [
        'regexp_extract(varchar, varchar): varchar?',
        ([s, r], cx) => {
          if (isNullPattern(r!)) return NONE;
          const p = pattern(r!, cx);
          return val(cond(call('match', s!.ch, p.ch), raw('regexpExtract(', s!.ch, ', ', p.ch, ', 0)'), raw('NULL')), VARCHAR, true);
        },
      ],
      [
        'regexp_extract(varchar, varchar, bigint): varchar?',
        ([s, r, n], cx) => (isNullPattern(r!) ? NONE : extract(s!, pattern(r!, cx), n!, cx)),
      ],
    ],
    { state: 'differs' },
  ),
  fn(
    TOPIC,
    'All matches, or a group of each.',
    [
      [
        'regexp_extract_all(varchar, varchar): array(varchar)',
        ([s, r], cx) => {
          const p = patternOrNull(r!, cx);
          if (p === null) return { ch: raw("CAST([], 'Array(Array(Nullable(String)))')"), type: arrayOf(VARCHAR), nullable: true };
          const text = p.ch.t === 'param' ? String(p.ch.value) : '';
          return nullableItems(
            p.groups === 0
              ? call('extractAll', s!.ch, p.ch)
              : call(
                  'arrayMap',
                  fresh((g) => raw(g, '[1]')),
                  call('extractAllGroupsVertical', s!.ch, str(`(${text})`)),
                ),
          );
        },
      ],
      [
        'regexp_extract_all(varchar, varchar, bigint): array(varchar)',
        ([s, r, n], cx) => {
          const p = pattern(r!, cx);
          if (typeof n!.lit === 'bigint' && (n!.lit < 0n || n!.lit > BigInt(p.groups))) {
            return guard(
              cx.failing,
              call('materialize', raw('1')),
              `the pattern has ${p.groups} groups, group ${n!.lit} is asked for`,
              val(raw("CAST([], 'Array(Nullable(String))')"), arrayOf(VARCHAR), false),
            );
          }
          if (p.groups === 0 || n!.lit === 0n) {
            const text = p.ch.t === 'param' ? String(p.ch.value) : '';
            return nullableItems(
              call(
                'arrayMap',
                fresh((g) => raw(g, '[1]')),
                call('extractAllGroupsVertical', s!.ch, str(`(${text})`)),
              ),
            );
          }
          const optional = typeof n!.lit === 'bigint' ? optionalGroup(p, Number(n!.lit)) : raw('0');
          return call(
            'arrayMap',
            fresh((g) => raw('if(', g, '[', n!.ch, "] = '' AND ", optional, ', NULL, ', g, '[', n!.ch, '])')),
            call('extractAllGroupsVertical', s!.ch, p.ch),
          );
        },
      ],
    ],
    { state: 'differs' },
  ),
  fn(
    TOPIC,
    'Every match replaced; `$1`, `${name}` stand for groups, `\\$` for a dollar. A lambda gets the groups.',
    [
      ['regexp_replace(varchar, varchar): varchar', ([s, r], cx) => call('replaceRegexpAll', s!.ch, pattern(r!, cx).ch, raw("''"))],
      [
        'regexp_replace(varchar, varchar, varchar): varchar',
        ([s, r, t], cx) => {
          const p = pattern(r!, cx);
          if (typeof t!.lit !== 'string') {
            if (t!.nullable && t!.lit === null) return NONE;
            throw fail(cx.env, 'query.refused', cx.span, 'the replacement must be a literal', { reason: 'replacement is not constant' });
          }
          const text = p.ch.t === 'param' ? String(p.ch.value) : '';
          const replacement = javaReplacement(t!.lit, p.groups, text);
          if (replacement === null)
            return guard(
              cx.failing,
              call('materialize', raw('1')),
              `the replacement '${t!.lit}' names a group the pattern does not have`,
              NONE,
            );
          return call('replaceRegexpAll', s!.ch, p.ch, str(replacement));
        },
      ],
      [
        'regexp_replace(varchar, varchar, (array(varchar))->varchar): varchar',
        ([s, r, f], cx) => {
          const p = pattern(r!, cx);
          const text = p.ch.t === 'param' ? String(p.ch.value) : '';
          // Matches and what stands between them, in turn.
          const matches = call('extractAllGroupsVertical', call('assumeNotNull', s!.ch), str(`(${p.groups === 0 ? `(${text})` : text})`));
          const gaps = call('splitByRegexp', p.ch, call('assumeNotNull', s!.ch));
          const made = call(
            'arrayMap',
            fresh((g) =>
              call(
                'ifNull',
                f!.fn!([val(raw('arrayMap(x -> toNullable(x), arraySlice(', g, ', 2))'), arrayOf(VARCHAR), false)]).ch,
                raw("''"),
              ),
            ),
            matches,
          );
          return raw('arrayStringConcat(arrayMap((a, b) -> concat(a, b), ', gaps, ', arrayPushBack(', made, ", '')))");
        },
      ],
    ],
    { state: 'differs' },
  ),
  fn(
    TOPIC,
    'Parts of a text between matches.',
    [['regexp_split(varchar, varchar): array(varchar)', ([s, r], cx) => nullableItems(call('splitByRegexp', pattern(r!, cx).ch, s!.ch))]],
    { state: 'differs' },
  ),
  fn(TOPIC, 'Number of matches.', [
    ['regexp_count(varchar, varchar): bigint', ([s, r], cx) => call('toInt64', call('countMatches', s!.ch, pattern(r!, cx).ch))],
  ]),
];

function patternOrNull(v: Val, cx: CallContext): { ch: Ch; groups: number } | null {
  return isNullPattern(v) ? null : pattern(v, cx);
}
