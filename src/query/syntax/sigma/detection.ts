import type { SigmaExpr } from './ast.ts';
import { parseCondition } from './condition.ts';
import { invalid, refused } from './refuse.ts';
import { parseItem, parseKeyword } from './item.ts';
import type { Placeholders } from './item.ts';

/** Rules larger than this are data, not rules: an indicator list belongs in a placeholder list. */
const MAX_TESTS = 20_000;

/**
 * The `detection` (or `filter`) map: search identifiers and a condition.
 * @throws rule.invalid, rule.refused
 */
export function parseDetection(detection: unknown, path: string, placeholders: Placeholders): SigmaExpr {
  if (!isMap(detection)) throw invalid(path, `expected a map of search identifiers and a condition, found ${nameOf(detection)}`);
  if ('timeframe' in detection) throw refused(path, 'legacy_timeframe', 'timeframe belongs to Sigma 1: write a correlation document');
  const identifiers = new Map<string, SigmaExpr>();
  for (const [name, value] of Object.entries(detection)) {
    if (name === 'condition') continue;
    identifiers.set(name, search(value, `${path}.${name}`, placeholders));
  }
  if (identifiers.size === 0) throw invalid(path, 'a detection needs at least one search identifier');
  const { condition } = detection;
  const conditions = Array.isArray(condition) ? condition : [condition];
  if (conditions.length === 0) throw invalid(`${path}.condition`, 'expected a condition');
  const parsed = conditions.map((one) => {
    if (typeof one !== 'string') throw invalid(`${path}.condition`, `expected text, found ${nameOf(one)}`);
    return parseCondition(one, identifiers, `${path}.condition`);
  });
  const expr = simplify(parsed.length === 1 ? (parsed[0] as SigmaExpr) : { kind: 'or', of: parsed });
  const tests = countTests(expr);
  if (tests > MAX_TESTS) throw refused(path, 'too_large', `the condition comes to ${tests} tests, more than ${MAX_TESTS}`);
  return expr;
}

/** A search identifier: map (AND), list of maps (OR), list of keywords (OR), or one keyword. */
function search(value: unknown, path: string, placeholders: Placeholders): SigmaExpr {
  if (Array.isArray(value)) {
    if (value.length === 0) throw invalid(path, 'a search identifier must not be empty');
    return {
      kind: 'or',
      of: value.map((one, i) => (isMap(one) ? map(one, `${path}[${i}]`, placeholders) : parseKeyword(one, `${path}[${i}]`, placeholders))),
    };
  }
  if (isMap(value)) return map(value, path, placeholders);
  if (value === null || value === undefined) throw invalid(path, 'a search identifier must not be empty');
  return parseKeyword(value, path, placeholders);
}

function map(value: Readonly<Record<string, unknown>>, path: string, placeholders: Placeholders): SigmaExpr {
  const items = Object.entries(value).map(([key, one]) => parseItem(key, one, `${path}.${key}`, placeholders));
  if (items.length === 0) throw invalid(path, 'a search identifier must not be empty');
  return { kind: 'and', of: items };
}

/** Flattens nested joins of one kind and drops joins of one: rules compare equal when they mean the same shape. */
export function simplify(expr: SigmaExpr): SigmaExpr {
  if (expr.kind === 'not') {
    const of = simplify(expr.of);
    if (of.kind === 'not') return of.of;
    return of.kind === 'const' ? { kind: 'const', value: !of.value } : { kind: 'not', of };
  }
  if (expr.kind !== 'and' && expr.kind !== 'or') return expr;
  const decides = expr.kind === 'or';
  const of: SigmaExpr[] = [];
  for (const one of expr.of.map(simplify)) {
    if (one.kind === 'const') {
      if (one.value === decides) return one;
    } else if (one.kind === expr.kind) of.push(...one.of);
    else of.push(one);
  }
  if (of.length === 0) return { kind: 'const', value: !decides };
  return of.length === 1 ? (of[0] as SigmaExpr) : { kind: expr.kind, of };
}

/** Leaf tests an expression holds. */
export function countTests(expr: SigmaExpr): number {
  if (expr.kind === 'item') return expr.tests.length;
  if (expr.kind === 'not') return countTests(expr.of);
  if (expr.kind === 'const') return 0;
  return expr.of.reduce((sum, one) => sum + countTests(one), 0);
}

/** Every field an expression reads, keywords left out, in order of appearance. */
export function fieldsOf(expr: SigmaExpr): readonly string[] {
  const found = new Set<string>();
  const walk = (one: SigmaExpr): void => {
    if (one.kind === 'item') {
      if (one.field !== null) found.add(one.field);
      for (const test of one.tests) if (test.kind === 'fieldref') found.add(test.field);
    } else if (one.kind === 'not') walk(one.of);
    else if (one.kind !== 'const') one.of.forEach(walk);
  };
  walk(expr);
  return [...found];
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

export function nameOf(value: unknown): string {
  return value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : `${typeof value}${typeof value === 'object' ? '' : ` ${JSON.stringify(value)}`}`;
}
