import { oneOf, plainText } from '../../api/address.ts';

/** What both lists of rules have in their address. */
export interface RuleListAddress {
  readonly q?: string | undefined;
  readonly state?: 'on' | 'off' | undefined;
  readonly origin?: 'built-in' | 'custom' | undefined;
  /** Rule shown on the right; `new`: the form of a new one. */
  readonly open?: string | undefined;
}

export function readRuleListAddress(given: Record<string, unknown>): RuleListAddress {
  return {
    q: plainText(given['q']),
    state: oneOf(given['state'], ['on', 'off']),
    origin: oneOf(given['origin'], ['built-in', 'custom']),
    open: plainText(given['open']),
  };
}
