import { plainText } from '../../api/address.ts';

export interface GroupsAddress {
  /** `project/logstore`: only its groups. */
  readonly store?: string | undefined;
  /** `project/logstore/group`: the one shown on the right. */
  readonly open?: string | undefined;
}

export function readGroupsAddress(given: Record<string, unknown>): GroupsAddress {
  return { store: plainText(given['store']), open: plainText(given['open']) };
}
