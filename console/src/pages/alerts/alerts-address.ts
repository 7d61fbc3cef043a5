import { ALERT_STATUS_WORDS, CLOUD_WORDS, SEVERITY_WORDS } from '../../api/words.ts';
import { listText, oneOf, plainText } from '../../api/address.ts';

export const ALERT_TABS = [...ALERT_STATUS_WORDS, 'all'] as const;
export type AlertTab = (typeof ALERT_TABS)[number];

export interface AlertsAddress {
  readonly tab?: AlertTab | undefined;
  readonly severity?: string | undefined;
  readonly cloud?: string | undefined;
  readonly rule?: string | undefined;
  readonly entity?: string | undefined;
  readonly open?: string | undefined;
}

export function readAlertsAddress(given: Record<string, unknown>): AlertsAddress {
  return {
    tab: oneOf(given['tab'], ALERT_TABS),
    severity: listText(given['severity'], SEVERITY_WORDS),
    cloud: listText(given['cloud'], CLOUD_WORDS),
    rule: plainText(given['rule']),
    entity: plainText(given['entity']),
    open: plainText(given['open']),
  };
}
