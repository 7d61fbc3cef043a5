import { listText, oneOf, plainText } from '../../api/address.ts';
import { SEVERITY_WORDS } from '../../api/words.ts';

export interface RulesAddress {
  readonly q?: string | undefined;
  readonly severity?: string | undefined;
  readonly state?: 'on' | 'off' | undefined;
  readonly origin?: 'built-in' | 'custom' | undefined;
  /** Rule shown on the right; `new`: the form of a new one. */
  readonly open?: string | undefined;
}

export function readRulesAddress(given: Record<string, unknown>): RulesAddress {
  return {
    q: plainText(given['q']),
    severity: listText(given['severity'], SEVERITY_WORDS),
    state: oneOf(given['state'], ['on', 'off']),
    origin: oneOf(given['origin'], ['built-in', 'custom']),
    open: plainText(given['open']),
  };
}
