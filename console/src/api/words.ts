/** The closed vocabularies of the contract, as values: the contract's own constants sit beside its schemas, which stay on the server. */
import type { AlertStatus, Verdict } from '../../../src/api/rest/contract/alerts.ts';
import type { CloudName, Severity } from '../../../src/api/rest/contract/base.ts';
import type { EventStatus } from '../../../src/api/rest/contract/security-events.ts';

/** Fails to compile when a word is missing or too much. */
function all<T extends string>() {
  return <const L extends readonly T[]>(list: [T] extends [L[number]] ? L : never): L => list;
}

export const SEVERITY_WORDS = all<Severity>()(['critical', 'high', 'medium', 'low', 'info']);
export const CLOUD_WORDS = all<CloudName>()(['alibaba', 'tencent', 'huawei', 'aws', 'azure', 'google', 'other']);
export const ALERT_STATUS_WORDS = all<AlertStatus>()(['new', 'acknowledged', 'suppressed', 'closed']);
export const EVENT_STATUS_WORDS = all<EventStatus>()(['new', 'investigating', 'contained', 'closed']);
export const VERDICT_WORDS = all<Verdict>()(['true_positive', 'false_positive', 'benign', 'expected', 'duplicate']);
