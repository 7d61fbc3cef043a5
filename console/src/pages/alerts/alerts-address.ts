import { ALERT_STATUS_WORDS, CLOUD_WORDS, SEVERITY_WORDS } from '../../api/words.ts';
import { listText, oneOf, plainText } from '../../api/address.ts';

export const ALERT_TABS = [...ALERT_STATUS_WORDS, 'all'] as const;
export type AlertTab = (typeof ALERT_TABS)[number];

export const ALERT_GROUPINGS = ['rule', 'entity', 'none'] as const;
export type AlertGrouping = (typeof ALERT_GROUPINGS)[number];

/** Seconds back from now of an alert's last evidence. */
export const ALERT_SPANS = { '1h': 3600, '24h': 86_400, '7d': 604_800, '30d': 2_592_000 } as const;
export type AlertSpan = keyof typeof ALERT_SPANS;
export const ALERT_SPAN_WORDS = ['1h', '24h', '7d', '30d'] as const satisfies readonly AlertSpan[];

export interface AlertsAddress {
  readonly tab?: AlertTab | undefined;
  readonly by?: AlertGrouping | undefined;
  readonly span?: AlertSpan | undefined;
  readonly severity?: string | undefined;
  readonly cloud?: string | undefined;
  readonly owner?: string | undefined;
  readonly rule?: string | undefined;
  readonly entity?: string | undefined;
  readonly open?: string | undefined;
}

export function readAlertsAddress(given: Record<string, unknown>): AlertsAddress {
  return {
    tab: oneOf(given['tab'], ALERT_TABS),
    by: oneOf(given['by'], ALERT_GROUPINGS),
    span: oneOf(given['span'], ALERT_SPAN_WORDS),
    severity: listText(given['severity'], SEVERITY_WORDS),
    cloud: listText(given['cloud'], CLOUD_WORDS),
    owner: plainText(given['owner']),
    rule: plainText(given['rule']),
    entity: plainText(given['entity']),
    open: plainText(given['open']),
  };
}
