import { listText, oneOf, plainText } from '../../api/address.ts';
import { CLOUD_WORDS } from '../../api/words.ts';

export interface StandardsAddress {
  readonly q?: string | undefined;
  readonly cloud?: string | undefined;
  readonly state?: 'on' | 'off' | undefined;
  readonly origin?: 'built-in' | 'custom' | undefined;
  /** Rule shown on the right; `new`: the form of a new one. */
  readonly open?: string | undefined;
}

export function readStandardsAddress(given: Record<string, unknown>): StandardsAddress {
  return {
    q: plainText(given['q']),
    cloud: listText(given['cloud'], CLOUD_WORDS),
    state: oneOf(given['state'], ['on', 'off']),
    origin: oneOf(given['origin'], ['built-in', 'custom']),
    open: plainText(given['open']),
  };
}
