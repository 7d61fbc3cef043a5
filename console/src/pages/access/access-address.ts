import { oneOf } from '../../api/address.ts';

export const ACCESS_TABS = ['keys', 'api', 'users'] as const;
export type AccessTab = (typeof ACCESS_TABS)[number];

export interface AccessAddress {
  readonly tab?: AccessTab | undefined;
}

export function readAccessAddress(given: Record<string, unknown>): AccessAddress {
  return { tab: oneOf(given['tab'], ACCESS_TABS) };
}
