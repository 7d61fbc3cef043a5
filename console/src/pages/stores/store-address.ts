import { oneOf } from '../../api/address.ts';

export const STORE_TABS = ['shards', 'index', 'settings'] as const;
export type StoreTab = (typeof STORE_TABS)[number];

export interface StoreAddress {
  readonly tab?: StoreTab | undefined;
}

export function readStoreAddress(given: Record<string, unknown>): StoreAddress {
  return { tab: oneOf(given['tab'], STORE_TABS) };
}
