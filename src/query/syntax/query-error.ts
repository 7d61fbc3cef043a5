import { SluiceError, type ErrorCode } from '../../core/errors.ts';
import { nearestName } from '../../core/nearest-name.ts';
import type { Span } from '../ast/span.ts';

export interface QueryErrorFacts {
  readonly expected?: string;
  readonly suggestion?: string;
  readonly [fact: string]: unknown;
}

/** An error at a place of the query: details have `span`, `line`, `column` (1-based), `token`, and what is known of `expected` and `suggestion`. */
export function queryError(code: ErrorCode, text: string, span: Span, message: string, facts: QueryErrorFacts = {}): SluiceError {
  const before = text.slice(0, span.from);
  const line = before.split('\n').length;
  const column = span.from - (before.lastIndexOf('\n') + 1) + 1;
  const token = text.slice(span.from, Math.min(span.to, span.from + 60));
  const hint = facts.suggestion === undefined ? '' : `, did you mean '${facts.suggestion}'?`;
  return new SluiceError(code, `line ${line}:${column}: ${message}${hint}`, { span, line, column, token, ...facts });
}

/** The candidate nearest to a name that does not exist; undefined when none is near. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  return nearestName(name, candidates) ?? undefined;
}
