import type { SigmaExpr, SigmaItem, SigmaTest } from '../query/syntax/sigma/ast.ts';
import { requiredLiteral } from '../query/syntax/sigma/regex.ts';
import { literalOf } from '../query/syntax/sigma/text.ts';
import type { EventColumn } from './event-columns.ts';

/** A literal that a column must hold: as a whole (`eq`) or somewhere (`sub`). Folded to lower case unless the column's numbers are compared. */
export interface Literal {
  readonly path: string;
  readonly how: 'eq' | 'sub';
  readonly text: string;
}

/** At least one of the literals occurs in any row for which the rule is true. */
export type Witness = readonly Literal[];

/** How often a literal is expected, 0 to 1 of the rows. Choosing by list size instead activated three times as many rules. */
export type Frequency = (literal: Literal) => number;

/** Shorter substrings are in every batch; they only make the automaton larger. */
const MIN_SUBSTRING = 3;

/**
 * The cheapest witness of a detection, or null when none exists (the rule then always runs). Built bottom-up: OR needs one in every branch,
 * AND takes the cheapest branch, NOT and absence have none.
 */
export function witnessOf(expr: SigmaExpr, resolve: (field: string) => readonly EventColumn[], frequency: Frequency): Witness | null {
  switch (expr.kind) {
    case 'const':
      return expr.value ? null : [];
    case 'not':
      return null;
    case 'or': {
      const all: Literal[] = [];
      for (const one of expr.of) {
        const witness = witnessOf(one, resolve, frequency);
        if (witness === null) return null;
        all.push(...witness);
      }
      return unique(all);
    }
    case 'and':
      return cheapest(
        expr.of.map((one) => witnessOf(one, resolve, frequency)),
        frequency,
      );
    case 'item':
      return itemWitness(expr, resolve, frequency);
  }
}

function itemWitness(item: SigmaItem, resolve: (field: string) => readonly EventColumn[], frequency: Frequency): Witness | null {
  // Keywords look at many columns at once; probing all of them costs more than running the rule.
  if (item.field === null) return null;
  const columns = resolve(item.field);
  const perTest = item.tests.map((test) => testWitness(test, columns));
  if (item.every) return cheapest(perTest, frequency);
  const all: Literal[] = [];
  for (const witness of perTest) {
    if (witness === null) return null;
    all.push(...witness);
  }
  return unique(all);
}

function testWitness(test: SigmaTest, columns: readonly EventColumn[]): Witness | null {
  const made: Literal[] = [];
  for (const column of columns) {
    const literal = literalFor(test, column);
    if (literal === null) return null;
    made.push(literal);
  }
  return made;
}

function literalFor(test: SigmaTest, column: EventColumn): Literal | null {
  const { path, kind } = column;
  const textual = kind === 'text' || kind === 'texts' || kind === 'json';
  const numeric = kind === 'number' || kind === 'numbers';
  // The probe compares text: a float or a time prints in too many ways to rely on.
  if (kind === 'time' || (numeric && test.kind === 'number' && !Number.isSafeInteger(test.value))) return null;
  if (test.kind === 'number') return { path, how: 'eq', text: String(test.value).toLowerCase() };
  if (test.kind === 'bool') return textual || kind === 'bool' ? { path, how: 'eq', text: String(test.value) } : null;
  const exact = test.kind === 'text' ? literalOf(test.text) : null;
  if (numeric && exact !== null && /^\d{1,15}$/.test(exact)) return { path, how: 'eq', text: exact };
  if (!textual) return null;
  if (test.kind === 'regex') {
    const literal = requiredLiteral(test.pattern);
    return literal.length < MIN_SUBSTRING ? null : { path, how: 'sub', text: literal.toLowerCase() };
  }
  if (test.kind !== 'text') return null;
  // '' may be how a column stores absence: then it is in every batch.
  if (exact !== null) return exact === '' ? null : { path, how: 'eq', text: exact.toLowerCase() };
  let longest = '';
  for (const part of test.text) if (typeof part === 'string' && part.length > longest.length) longest = part;
  return longest.length < MIN_SUBSTRING ? null : { path, how: 'sub', text: longest.toLowerCase() };
}

function cheapest(witnesses: readonly (Witness | null)[], frequency: Frequency): Witness | null {
  let best: Witness | null = null;
  let bestCost = Infinity;
  for (const witness of witnesses) {
    if (witness === null) continue;
    const cost = costOf(witness, frequency);
    if (cost < bestCost) {
      best = witness;
      bestCost = cost;
    }
  }
  return best;
}

/** Chance that a batch activates the rule, plus a little for every literal that has to be looked for. */
function costOf(witness: Witness, frequency: Frequency): number {
  return witness.reduce((sum, literal) => sum + frequency(literal) + (literal.how === 'sub' ? 1e-6 : 1e-7), 0);
}

function unique(literals: readonly Literal[]): Witness {
  return [...new Map(literals.map((literal) => [literalKey(literal), literal])).values()];
}

export function literalKey(literal: Literal): string {
  return `${literal.how}\u0000${literal.path}\u0000${literal.text}`;
}

/** Words that stand in nearly every event of their column, before anything was measured. */
const COMMON: Readonly<Record<string, number>> = {
  'cloud.provider': 0.5,
  'cloud.region': 0.5,
  'cloud.account.uid': 0.5,
  'metadata.product.name': 0.4,
  'metadata.product.vendor_name': 0.5,
  'metadata.log_name': 0.4,
  'api.service.name': 0.1,
  'http_request.http_method': 0.3,
  'http_response.code': 0.1,
  status: 0.5,
  status_id: 0.5,
  severity: 0.3,
  severity_id: 0.3,
  action: 0.5,
  action_id: 0.5,
  disposition: 0.3,
  disposition_id: 0.3,
  activity_id: 0.3,
  activity_name: 0.3,
  type_uid: 0.3,
  'connection_info.direction': 0.5,
  'connection_info.direction_id': 0.5,
  'connection_info.protocol_name': 0.4,
  'connection_info.protocol_num': 0.4,
  is_mfa: 0.5,
  is_remote: 0.5,
  'dst_endpoint.port': 0.05,
  'actor.user.type': 0.3,
};

/** Expectation without measurement: by column, and shorter substrings are found more often than longer ones. */
export const guessFrequency: Frequency = (literal) => {
  const base = COMMON[literal.path];
  if (base !== undefined) return base;
  if (literal.how === 'eq') return 0.001;
  return literal.text.length >= 8 ? 0.001 : literal.text.length >= 5 ? 0.005 : 0.05;
};
