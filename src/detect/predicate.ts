import ipaddr from 'ipaddr.js';
import type { SigmaExpr, SigmaItem, SigmaTest, SigmaText } from '../query/syntax/sigma/ast.ts';
import { literalOf } from '../query/syntax/sigma/text.ts';
import type { EventColumn } from './event-columns.ts';
import { likeLiteral, regexLiteral, sqlArray, sqlNumber, sqlString } from './sql-text.ts';

/** Columns a Sigma field stands for: several are alternatives (OR). Never empty. */
export type Resolve = (field: string) => readonly EventColumn[];

/** Substrings up to here are searched one by one in one pass; more go through one automaton (multiSearchAny refuses more than 255, vectorscan has to compile). */
const MAX_NEEDLES = 50;

/**
 * A detection as one ClickHouse expression of 0 or 1, never NULL, so that NOT means what Sigma says: true on an absent field.
 * Equal sub-expressions are written the same way each time, so the engine computes `lowerUTF8(column)` once per block.
 */
export function predicateSql(expr: SigmaExpr, resolve: Resolve, keywords: readonly EventColumn[]): string {
  switch (expr.kind) {
    case 'const':
      return expr.value ? '1' : '0';
    case 'not':
      return `NOT (${predicateSql(expr.of, resolve, keywords)})`;
    case 'and':
      return expr.of.map((one) => `(${predicateSql(one, resolve, keywords)})`).join(' AND ');
    case 'or':
      return expr.of.map((one) => `(${predicateSql(one, resolve, keywords)})`).join(' OR ');
    case 'item':
      return itemSql(expr, resolve, keywords);
  }
}

function itemSql(item: SigmaItem, resolve: Resolve, keywords: readonly EventColumn[]): string {
  if (item.field === null) return keywordSql(item, keywords);
  const columns = resolve(item.field);
  if (item.every) return item.tests.map((test) => `(${anyColumn(columns, [test], resolve)})`).join(' AND ');
  return anyColumn(columns, item.tests, resolve);
}

/** Any of the tests on any of the columns; absence has to hold on all of them. */
function anyColumn(columns: readonly EventColumn[], tests: readonly SigmaTest[], resolve: Resolve): string {
  const absence = tests.filter((test) => test.kind === 'null' || (test.kind === 'exists' && !test.value));
  const presence = tests.filter((test) => !absence.includes(test));
  const parts: string[] = [];
  if (absence.length > 0) parts.push(columns.map((column) => `(${absentSql(column)})`).join(' AND '));
  if (presence.length > 0) parts.push(...columns.map((column) => columnSql(column, presence, resolve)));
  return parts.length === 1 ? (parts[0] as string) : parts.map((part) => `(${part})`).join(' OR ');
}

/** Absent: NULL, or what a column that cannot be NULL holds instead. */
export function absentSql(column: EventColumn): string {
  if (column.kind === 'texts' || column.kind === 'numbers') return `empty(${column.sql})`;
  if (column.nullable) return `isNull(${column.sql})`;
  if (column.kind === 'text' || column.kind === 'json') return `${column.sql} = ''`;
  return '0';
}

function columnSql(column: EventColumn, tests: readonly SigmaTest[], resolve: Resolve): string {
  if (column.kind === 'texts') return `arrayExists(x -> ${textsSql('x', tests, resolve)}, ${column.sql})`;
  // Members may be NULL.
  if (column.kind === 'numbers') return `arrayExists(x -> ifNull(${numericSql('x', tests, resolve)}, 0), ${column.sql})`;
  if (column.kind === 'number') return wrapped(column, tests, numericSql(column.sql, tests, resolve));
  if (column.kind === 'bool') return wrapped(column, tests, textsSql(`toString(${column.sql})`, tests, resolve));
  if (column.kind === 'time') return wrapped(column, tests, timeSql(column.sql, tests, resolve));
  return textColumnSql(column, tests, resolve);
}

/** A typed column that may be NULL: 0 then, whatever the comparison says. */
function wrapped(column: EventColumn, tests: readonly SigmaTest[], sql: string): string {
  if (!column.nullable) return sql;
  // The test for presence is true whatever the value, so it says nothing of NULL by itself.
  return tests.some((test) => test.kind === 'exists') ? `isNotNull(${column.sql})` : `ifNull(${sql}, 0)`;
}

function textColumnSql(column: EventColumn, tests: readonly SigmaTest[], resolve: Resolve): string {
  const text = column.nullable ? `ifNull(${column.sql}, '')` : column.sql;
  const networks = tests.filter((test) => test.kind === 'cidr');
  if (column.ipv6 !== null && networks.length > 0) {
    // The address is parsed already. `::` stands for none there, so a network that holds it is tested on the text.
    const twin = networks.filter((test) => !holdsUnspecified(test.network));
    const others = tests.filter((test) => test.kind !== 'cidr' || holdsUnspecified(test.network));
    const parts = twin.map((test) => rangeSql(column.ipv6 as string, test.network));
    if (others.length > 0) parts.push(textColumnSql({ ...column, ipv6: null }, others, resolve));
    return parts.length === 1 ? (parts[0] as string) : `(${parts.map((part) => `(${part})`).join(' OR ')})`;
  }
  const sql = textsSql(text, tests, resolve);
  // A test that '' passes must not pass on an absent field; where '' is how absence is stored, only an explicit '' may.
  if (!tests.some(passesEmpty)) return sql;
  if (column.nullable) return `isNotNull(${column.sql}) AND (${sql})`;
  const explicit = tests.some((test) => test.kind === 'text' && test.text.length === 0);
  return explicit ? sql : `${column.sql} != '' AND (${sql})`;
}

function passesEmpty(test: SigmaTest): boolean {
  if (test.kind === 'text') return test.text.every((part) => typeof part === 'object' && part.wild === '*');
  return test.kind === 'regex' || test.kind === 'fieldref' || test.kind === 'exists';
}

/** Tests joined by OR on a text expression that is not NULL. Literals of one kind share one function. */
function textsSql(text: string, tests: readonly SigmaTest[], resolve: Resolve): string {
  const lower = `lowerUTF8(${text})`;
  const parts: string[] = [];
  for (const cased of [false, true]) {
    const subject = cased ? text : lower;
    const fold = (literal: string): string => (cased ? literal : literal.toLowerCase());
    const whole: string[] = [];
    const inside: string[] = [];
    for (const test of tests) {
      if (test.kind === 'text' && test.cased === cased) {
        const literal = literalOf(test.text);
        const needle = containsOf(test.text);
        if (literal !== null) whole.push(sqlString(fold(literal)));
        else if (needle !== null) inside.push(fold(needle));
        else parts.push(patternSql(subject, test.text, fold));
      } else if (!cased && (test.kind === 'number' || test.kind === 'bool')) whole.push(sqlString(String(test.value).toLowerCase()));
    }
    if (whole.length === 1) parts.push(`${subject} = ${whole[0] as string}`);
    if (whole.length > 1) parts.push(`${subject} IN (${whole.join(',')})`);
    if (inside.length > 0) parts.push(insideSql(subject, inside));
  }
  for (const test of tests) {
    if (test.kind === 'compare') parts.push(`ifNull(toFloat64OrNull(${text}) ${opSql(test.op)} ${sqlNumber(test.value)}, 0)`);
    else if (test.kind === 'cidr') parts.push(cidrSql(text, test.network));
    else if (test.kind === 'regex') parts.push(`match(${text}, ${sqlString(regexSql(test))})`);
    else if (test.kind === 'exists') parts.push('1');
    else if (test.kind === 'timepart')
      parts.push(`ifNull(${partSql(test.part, `parseDateTime64BestEffortOrNull(${text}, 3, 'UTC')`)} = ${sqlNumber(test.value)}, 0)`);
    else if (test.kind === 'fieldref') parts.push(fieldrefSql(text, test, resolve));
  }
  if (parts.length === 0) return '0';
  return parts.length === 1 ? (parts[0] as string) : `(${parts.map((part) => `(${part})`).join(' OR ')})`;
}

/** `*literal*` gives its literal; anything else null. */
function containsOf(text: SigmaText): string | null {
  const [first, middle, last] = text;
  const ends = typeof first === 'object' && first.wild === '*' && typeof last === 'object' && last.wild === '*';
  return text.length === 3 && ends && typeof middle === 'string' ? middle : null;
}

function insideSql(subject: string, needles: readonly string[]): string {
  if (needles.length === 1) return `position(${subject}, ${sqlString(needles[0] as string)}) > 0`;
  if (needles.length <= MAX_NEEDLES) return `multiSearchAny(${subject}, ${sqlArray(needles.map(sqlString))})`;
  return `notEmpty(multiMatchAllIndices(${subject}, ${sqlArray(needles.map((needle) => sqlString(regexLiteral(needle))))}))`;
}

function patternSql(subject: string, text: SigmaText, fold: (literal: string) => string): string {
  const [first, second] = text;
  if (text.length === 2 && typeof first === 'string' && typeof second === 'object' && second.wild === '*')
    return `startsWith(${subject}, ${sqlString(fold(first))})`;
  if (text.length === 2 && typeof second === 'string' && typeof first === 'object' && first.wild === '*')
    return `endsWith(${subject}, ${sqlString(fold(second))})`;
  const like = text.map((part) => (typeof part === 'string' ? likeLiteral(fold(part)) : part.wild === '*' ? '%' : '_')).join('');
  return `${subject} LIKE ${sqlString(like)}`;
}

/** A pattern for RE2, which lets the dot match a newline unless told otherwise: Sigma wants the opposite by default. */
function regexSql(test: { readonly pattern: string; readonly i: boolean; readonly m: boolean; readonly s: boolean }): string {
  const on = `${test.i ? 'i' : ''}${test.m ? 'm' : ''}${test.s ? 's' : ''}`;
  return `(?${on}${test.s ? '' : '-s'})${test.pattern}`;
}

function numericSql(number: string, tests: readonly SigmaTest[], resolve: Resolve): string {
  const parts: string[] = [];
  const values: string[] = [];
  const rest: SigmaTest[] = [];
  for (const test of tests) {
    if (test.kind === 'number') values.push(sqlNumber(test.value));
    else if (test.kind === 'compare') parts.push(`${number} ${opSql(test.op)} ${sqlNumber(test.value)}`);
    else if (test.kind === 'exists') parts.push('1');
    else rest.push(test);
  }
  if (values.length > 0) parts.push(values.length === 1 ? `${number} = ${values[0] as string}` : `${number} IN (${values.join(',')})`);
  if (rest.length > 0) parts.push(textsSql(`toString(${number})`, rest, resolve));
  return parts.length === 1 ? (parts[0] as string) : `(${parts.map((part) => `(${part})`).join(' OR ')})`;
}

function timeSql(time: string, tests: readonly SigmaTest[], resolve: Resolve): string {
  const parts: string[] = [];
  const rest: SigmaTest[] = [];
  for (const test of tests) {
    if (test.kind === 'timepart') parts.push(`${partSql(test.part, time)} = ${sqlNumber(test.value)}`);
    else if (test.kind === 'compare')
      parts.push(`toUnixTimestamp64Milli(toDateTime64(${time}, 3, 'UTC')) ${opSql(test.op)} ${sqlNumber(test.value)}`);
    else if (test.kind === 'exists') parts.push('1');
    else rest.push(test);
  }
  if (rest.length > 0) parts.push(textsSql(`toString(${time})`, rest, resolve));
  return parts.length === 1 ? (parts[0] as string) : `(${parts.map((part) => `(${part})`).join(' OR ')})`;
}

function partSql(part: 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year', time: string): string {
  const name = { minute: 'toMinute', hour: 'toHour', day: 'toDayOfMonth', week: 'toISOWeek', month: 'toMonth', year: 'toYear' }[part];
  return `${name}(${time})`;
}

function opSql(op: 'lt' | 'lte' | 'gt' | 'gte'): string {
  return { lt: '<', lte: '<=', gt: '>', gte: '>=' }[op];
}

function cidrSql(text: string, network: string): string {
  return `ifNull(${rangeSql(`toIPv6OrNull(${text})`, network)}, 0)`;
}

function holdsUnspecified(network: string): boolean {
  const [address, prefix] = ipaddr.parseCIDR(network);
  return address.kind() === 'ipv6' && (ipaddr.parse('::') as ipaddr.IPv6).match(address as ipaddr.IPv6, prefix);
}

/** A network as a range of IPv6 numbers; IPv4 is mapped, so that `::ffff:10.0.0.1` is in 10.0.0.0/8. */
function rangeSql(address6: string, network: string): string {
  const [address, prefix] = ipaddr.parseCIDR(network);
  const v4 = address.kind() === 'ipv4';
  const bits = v4 ? prefix + 96 : prefix;
  const bytes = v4 ? (address as ipaddr.IPv4).toIPv4MappedAddress().toByteArray() : address.toByteArray();
  const low = bytes.map((byte, i) => byte & (0xff << Math.min(8, Math.max(0, 8 - (bits - i * 8)))));
  const high = low.map((byte, i) => byte | (~(0xff << Math.min(8, Math.max(0, 8 - (bits - i * 8)))) & 0xff));
  const print = (of: readonly number[]): string => `toIPv6(${sqlString(new ipaddr.IPv6([...of]).toRFC5952String())})`;
  return `${address6} BETWEEN ${print(low)} AND ${print(high)}`;
}

function fieldrefSql(text: string, test: Extract<SigmaTest, { kind: 'fieldref' }>, resolve: Resolve): string {
  const subject = test.cased ? text : `lowerUTF8(${text})`;
  const parts = resolve(test.field).map((other) => {
    const compare = (value: string): string => {
      const folded = test.cased ? value : `lowerUTF8(${value})`;
      if (test.placement === 'startswith') return `startsWith(${subject}, ${folded})`;
      if (test.placement === 'endswith') return `endsWith(${subject}, ${folded})`;
      return test.placement === 'contains' ? `position(${subject}, ${folded}) > 0` : `${subject} = ${folded}`;
    };
    if (other.kind === 'texts' || other.kind === 'numbers') return `arrayExists(y -> ${compare('toString(y)')}, ${other.sql})`;
    const value = other.kind === 'text' || other.kind === 'json' ? other.sql : `toString(${other.sql})`;
    return other.nullable ? `ifNull(${compare(value)}, 0)` : `(NOT (${absentSql(other)}) AND ${compare(value)})`;
  });
  return parts.length === 1 ? (parts[0] as string) : `(${parts.join(' OR ')})`;
}

/** A keyword is looked for in every text column, and in what was left unmapped. */
function keywordSql(item: SigmaItem, keywords: readonly EventColumn[]): string {
  const haystack = keywordText(keywords);
  const tests = item.tests.map((test): SigmaTest => {
    if (test.kind === 'number' || test.kind === 'bool')
      return { kind: 'text', text: [{ wild: '*' }, String(test.value), { wild: '*' }], cased: false };
    if (test.kind !== 'text') return test;
    const text: SigmaText = [
      { wild: '*' },
      ...test.text.filter((part, i, all) => !(typeof part === 'object' && part.wild === '*' && (i === 0 || i === all.length - 1))),
      { wild: '*' },
    ];
    return { ...test, text };
  });
  const none: Resolve = () => [];
  return item.every ? tests.map((test) => `(${textsSql(haystack, [test], none)})`).join(' AND ') : textsSql(haystack, tests, none);
}

/** All keyword columns as one text, a line each. */
export function keywordText(columns: readonly EventColumn[]): string {
  const parts = columns.map((column) => {
    if (column.kind === 'texts') return `arrayStringConcat(${column.sql}, '\\n')`;
    return column.nullable ? `ifNull(${column.sql}, '')` : column.sql;
  });
  return parts.length === 1 ? (parts[0] as string) : `concatWithSeparator('\\n', ${parts.join(', ')})`;
}
