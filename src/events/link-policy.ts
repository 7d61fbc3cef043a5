import type { Settings } from '../config/settings.ts';
import { PAIR_TYPES, typeOfKey, valueOfKey, type LinkType } from '../alerts/link-keys.ts';
import type { Caps, Gaps } from './partition.ts';

export type EventSettings = Settings['events'];

const HOUR_MS = 3_600_000;
const PAIRS: ReadonlySet<LinkType> = new Set(PAIR_TYPES);

/** What the settings say about links, in the form that builders use. */
export interface LinkPolicy {
  readonly gaps: Gaps;
  readonly caps: Caps;
  /** Different principals from which a key is a hub; absent: it never is. */
  readonly hubLimits: Readonly<Partial<Record<LinkType, number>>>;
  readonly hubSameDayFactor: number;
  /** Keys of an alert that may link it, before hubs are looked at: neither values that never link nor types it names too many of. */
  linking(keys: readonly string[], mainKey: string): readonly string[];
}

export function linkPolicy(settings: EventSettings): LinkPolicy {
  const gaps = Object.fromEntries(Object.entries(settings.gapHours).map(([type, hours]) => [type, hours * HOUR_MS])) as Gaps;
  const never = new Set(settings.neverLink.map((value) => value.trim().toLowerCase()));
  const common = new Set(settings.commonUsers.map((name) => name.trim().toLowerCase()));
  return {
    gaps,
    caps: { alerts: settings.maxAlerts, principals: settings.maxPrincipals, days: settings.maxDays },
    hubLimits: settings.hubPrincipals,
    hubSameDayFactor: settings.hubSameDayFactor,
    linking(keys, mainKey) {
      const named = new Map<LinkType, number>();
      for (const key of keys) named.set(typeOfKey(key), (named.get(typeOfKey(key)) ?? 0) + 1);
      return keys.filter((key) => {
        const type = typeOfKey(key);
        const value = valueOfKey(key).toLowerCase();
        // A common name with an address says no more than the address.
        if (type === 'userIp') return !common.has(value.slice(0, value.indexOf('|')));
        if (PAIRS.has(type)) return true;
        if (never.has(value) || (type === 'user' && common.has(value))) return false;
        return key === mainKey || (named.get(type) ?? 0) <= settings.entitiesPerType;
      });
    },
  };
}
