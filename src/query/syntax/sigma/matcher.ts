import ipaddr from 'ipaddr.js';
import type { CompareOp, SigmaExpr, SigmaItem, SigmaTest, SigmaText, TimePart } from './ast.ts';

export type CellValue = string | number | boolean;
/** A row by Sigma field: absent and null are the same; a list is true for a test when any member is. */
export type Cell = CellValue | readonly CellValue[] | null | undefined;

export interface Row {
  cell(field: string): Cell;
  /** Text of the whole event, for keywords. */
  readonly raw: string;
}

/**
 * Evaluates a detection on one row in plain TypeScript: the oracle of the compiler's tests, and the explanation of why a rule fired.
 * The detection engine itself never calls it.
 */
export function matches(expr: SigmaExpr, row: Row): boolean {
  switch (expr.kind) {
    case 'const':
      return expr.value;
    case 'not':
      return !matches(expr.of, row);
    case 'and':
      return expr.of.every((one) => matches(one, row));
    case 'or':
      return expr.of.some((one) => matches(one, row));
    case 'item':
      return expr.every ? expr.tests.every((test) => holds(expr, test, row)) : expr.tests.some((test) => holds(expr, test, row));
  }
}

/** An item that speaks for a match. */
export interface MatchReason {
  /** Null: a keyword, found anywhere in the event. */
  readonly field: string | null;
  /** `equals`, `contains`, `matches`, `in network`, `gte` … */
  readonly operator: string;
  /** The value that made it hold; '' for absence. */
  readonly value: string;
}

/** The items of the expression that speak for the match: true ones outside a negation. What the console shows as "why it fired". */
export function reasons(expr: SigmaExpr, row: Row): readonly MatchReason[] {
  const found = new Map<string, MatchReason>();
  const walk = (one: SigmaExpr): void => {
    if (one.kind === 'and' || one.kind === 'or') {
      for (const child of one.of) if (perhaps(() => matches(child, row))) walk(child);
      return;
    }
    if (one.kind !== 'item' || !perhaps(() => matches(one, row))) return;
    const cell = one.field === null ? null : row.cell(one.field);
    const members = (Array.isArray(cell) ? cell : [cell ?? null]) as readonly (CellValue | null)[];
    for (const member of members) {
      const only: Row = { cell: (field) => (field === one.field ? member : row.cell(field)), raw: row.raw };
      const test = one.tests.find((candidate) => perhaps(() => holds(one, candidate, only)));
      if (test === undefined) continue;
      const reason = { field: one.field, operator: operatorOf(test), value: member === null ? wordOf(test) : String(member) };
      found.set(`${String(one.field)}|${reason.operator}`, reason);
      break;
    }
  };
  walk(expr);
  return [...found.values()];
}

/** The engine said that it matched; a pattern that only its regexes can read counts as true here. */
function perhaps(test: () => boolean): boolean {
  try {
    return test();
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return true;
    throw thrown;
  }
}

function operatorOf(test: SigmaTest): string {
  switch (test.kind) {
    case 'text': {
      const first = test.text[0];
      const last = test.text.at(-1);
      const open = (part: typeof first): boolean => typeof part === 'object' && part.wild === '*';
      if (test.text.every((part) => typeof part === 'string')) return 'equals';
      if (open(first) && open(last)) return 'contains';
      return open(last) ? 'startswith' : open(first) ? 'endswith' : 'like';
    }
    case 'number':
    case 'bool':
      return 'equals';
    case 'null':
      return 'absent';
    case 'exists':
      return test.value ? 'present' : 'absent';
    case 'compare':
      return test.op;
    case 'cidr':
      return 'in network';
    case 'regex':
      return 'matches';
    case 'fieldref':
      return `same as ${test.field}`;
    case 'timepart':
      return test.part;
  }
}

/** The word a keyword looked for. */
function wordOf(test: SigmaTest): string {
  if (test.kind !== 'text') return '';
  return test.text.map((part) => (typeof part === 'string' ? part : '')).join('');
}

function holds(item: SigmaItem, test: SigmaTest, row: Row): boolean {
  if (item.field === null) return keyword(test, row.raw);
  const cell = row.cell(item.field);
  const absent = cell === null || cell === undefined;
  if (test.kind === 'null') return absent;
  if (test.kind === 'exists') return test.value !== absent;
  if (absent) return false;
  const members = (Array.isArray(cell) ? cell : [cell]) as readonly CellValue[];
  return members.some((value) => holdsFor(test, value, row));
}

function holdsFor(test: SigmaTest, value: CellValue, row: Row): boolean {
  switch (test.kind) {
    case 'text':
      return matchText(test.text, String(value), test.cased);
    case 'number':
      return typeof value === 'number' ? value === test.value : String(value).toLowerCase() === String(test.value).toLowerCase();
    case 'bool':
      return String(value).toLowerCase() === String(test.value);
    case 'compare':
      return compare(test.op, numberOf(value), test.value);
    case 'cidr':
      return inNetwork(String(value), test.network);
    case 'regex':
      return new RegExp(test.pattern, `${test.i ? 'i' : ''}${test.m ? 'm' : ''}${test.s ? 's' : ''}u`).test(String(value));
    case 'fieldref': {
      const other = row.cell(test.field);
      const others = (other === null || other === undefined ? [] : Array.isArray(other) ? other : [other]) as readonly CellValue[];
      return others.some((one) => placed(String(value), String(one), test.placement, test.cased));
    }
    case 'timepart':
      return partOf(value, test.part) === test.value;
    case 'null':
    case 'exists':
      return false;
  }
}

function keyword(test: SigmaTest, raw: string): boolean {
  const contains: SigmaText = test.kind === 'text' ? [{ wild: '*' }, ...test.text, { wild: '*' }] : [];
  if (test.kind === 'text') return matchText(contains, raw, test.cased);
  if (test.kind === 'number' || test.kind === 'bool') return raw.toLowerCase().includes(String(test.value).toLowerCase());
  return test.kind === 'regex' && holdsFor(test, raw, { cell: () => null, raw });
}

/** The text against the whole value; `?` is one code point. */
export function matchText(text: SigmaText, value: string, cased: boolean): boolean {
  const pattern = text
    .map((part) => (typeof part === 'object' ? (part.wild === '*' ? '.*' : '.') : escapeRegex(cased ? part : part.toLowerCase())))
    .join('');
  return new RegExp(`^${pattern}$`, 'su').test(cased ? value : value.toLowerCase());
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function placed(value: string, other: string, placement: 'whole' | 'startswith' | 'endswith' | 'contains', cased: boolean): boolean {
  const [a, b] = cased ? [value, other] : [value.toLowerCase(), other.toLowerCase()];
  if (placement === 'startswith') return a.startsWith(b);
  if (placement === 'endswith') return a.endsWith(b);
  return placement === 'contains' ? a.includes(b) : a === b;
}

function numberOf(value: CellValue): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value) ? Number(value) : Number.NaN;
}

function compare(op: CompareOp, value: number, bound: number): boolean {
  if (op === 'lt') return value < bound;
  if (op === 'lte') return value <= bound;
  return op === 'gt' ? value > bound : value >= bound;
}

function inNetwork(value: string, network: string): boolean {
  if (!ipaddr.isValid(value)) return false;
  const [address, prefix] = ipaddr.parseCIDR(network);
  const found = ipaddr.process(value);
  if (found.kind() !== address.kind()) return false;
  return found.kind() === 'ipv4'
    ? (found as ipaddr.IPv4).match(address as ipaddr.IPv4, prefix)
    : (found as ipaddr.IPv6).match(address as ipaddr.IPv6, prefix);
}

/** Parts of a UTC date; weeks are ISO 8601 weeks. */
function partOf(value: CellValue, part: TimePart): number {
  const ms = typeof value === 'number' ? value : Date.parse(String(value));
  if (!Number.isFinite(ms)) return Number.NaN;
  const date = new Date(ms);
  if (part === 'minute') return date.getUTCMinutes();
  if (part === 'hour') return date.getUTCHours();
  if (part === 'day') return date.getUTCDate();
  if (part === 'month') return date.getUTCMonth() + 1;
  if (part === 'year') return date.getUTCFullYear();
  const thursday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 4 - (date.getUTCDay() || 7)));
  return Math.ceil(((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86_400_000 + 1) / 7);
}
