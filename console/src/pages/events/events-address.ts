import { CLOUD_WORDS, EVENT_STATUS_WORDS, SEVERITY_WORDS } from '../../api/words.ts';
import { listText, oneOf, plainText } from '../../api/address.ts';

export const EVENT_TABS = ['open', ...EVENT_STATUS_WORDS, 'all'] as const;
export type EventTab = (typeof EVENT_TABS)[number];
export const EVENT_SORTS = ['severity', 'lastSeen', 'firstSeen', 'riskScore'] as const;

export interface EventsAddress {
  readonly tab?: EventTab | undefined;
  readonly severity?: string | undefined;
  readonly cloud?: string | undefined;
  readonly owner?: string | undefined;
  readonly tactic?: string | undefined;
  readonly entity?: string | undefined;
  readonly sort?: (typeof EVENT_SORTS)[number] | undefined;
  readonly open?: string | undefined;
}

export function readEventsAddress(given: Record<string, unknown>): EventsAddress {
  return {
    tab: oneOf(given['tab'], EVENT_TABS),
    severity: listText(given['severity'], SEVERITY_WORDS),
    cloud: listText(given['cloud'], CLOUD_WORDS),
    owner: plainText(given['owner']),
    tactic: plainText(given['tactic']),
    entity: plainText(given['entity']),
    sort: oneOf(given['sort'], EVENT_SORTS),
    open: plainText(given['open']),
  };
}
