import { SluiceError } from '../../../core/errors.ts';

/** A rule that is wrong: not Sigma. `path` is where in the document. */
export function invalid(path: string, what: string): SluiceError {
  return new SluiceError('rule.invalid', `${path}: ${what}`, { path });
}

/** A rule that is Sigma but cannot be evaluated exactly. `construct` names what, from the closed list of reasons below. */
export function refused(path: string, construct: RefusedConstruct, what: string): SluiceError {
  return new SluiceError('rule.refused', `${path}: ${what}`, { path, construct });
}

export type RefusedConstruct =
  | 'unknown_modifier'
  | 'modifier_combination'
  | 'unresolved_placeholder'
  | 'unsupported_regex'
  | 'legacy_aggregation'
  | 'legacy_timeframe'
  | 'unknown_taxonomy'
  | 'unmapped_logsource'
  | 'unmapped_field'
  | 'array_selector'
  | 'too_large'
  | 'correlation_type';
