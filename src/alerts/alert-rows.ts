import type { Transaction } from 'kysely';
import type { CloudName } from '../api/rest/contract/base.ts';
import type { AlertStatus, Verdict } from '../api/rest/contract/alerts.ts';
import type { EntityType } from '../detect/hit.ts';
import type { Schema } from '../state/schema.ts';
import type { AlertTable } from '../state/tables/alerts.ts';
import type { Alert, AlertHandling } from './alert.ts';

/** Rows of one statement: SQLite takes 32,766 values, and the widest row has 36. */
export const ROWS_PER_STATEMENT = 400;

/** An alert as it is kept. */
export interface KeptAlert extends Alert, AlertHandling {
  readonly no: number;
  readonly raisedMs: number;
  readonly acknowledgedMs: number;
  readonly closedMs: number;
  readonly changes: number;
  readonly group: number;
  readonly event: number | null;
  readonly hitsKept: boolean;
}

export function alertId(no: number): string {
  return `AL-${no}`;
}

/** The number in `AL-17`; null: none of our ids. */
export function alertNo(id: string): number | null {
  const digits = /^AL-(\d{1,15})$/i.exec(id)?.[1];
  return digits === undefined ? null : Number(digits);
}

export function alertOfRow(row: AlertTable): KeptAlert {
  return {
    no: row.no,
    uid: row.uid,
    ruleId: row.rule,
    revision: row.revision,
    ruleTitle: row.rule_title,
    title: row.title,
    severityId: row.severity,
    confidenceId: row.confidence,
    cloud: row.cloud as CloudName,
    account: row.account,
    region: row.region,
    tactics: JSON.parse(row.tactics) as string[],
    techniques: JSON.parse(row.techniques) as string[],
    firstMs: row.first_ms,
    lastMs: row.last_ms,
    receivedMs: row.received_ms,
    count: row.count,
    entities: JSON.parse(row.entities) as Alert['entities'],
    pairs: JSON.parse(row.pairs) as Alert['pairs'],
    evidence: JSON.parse(row.evidence) as Alert['evidence'],
    evidenceTotal: row.evidence_total,
    reasons: JSON.parse(row.reasons) as Alert['reasons'],
    mainType: row.main_type as EntityType | '',
    mainValue: row.main_value,
    windowSec: row.window_sec,
    passThrough: row.pass_through === 1,
    leadRank: row.lead_rank,
    status: row.status as AlertStatus,
    owner: row.owner,
    verdict: row.verdict as Verdict | null,
    note: row.note,
    raisedMs: row.raised_ms,
    acknowledgedMs: row.acknowledged_ms,
    closedMs: row.closed_ms,
    changes: row.changes,
    group: row.grp,
    event: row.event,
    hitsKept: row.hits_kept === 1,
  };
}

/** What follows from hits; the rest of the row belongs to people and to events. */
export function contentOf(alert: Alert) {
  return {
    uid: alert.uid,
    rule: alert.ruleId,
    revision: alert.revision,
    rule_title: alert.ruleTitle,
    title: alert.title,
    severity: alert.severityId,
    confidence: alert.confidenceId,
    cloud: alert.cloud,
    account: alert.account,
    region: alert.region,
    tactics: JSON.stringify(alert.tactics),
    techniques: JSON.stringify(alert.techniques),
    first_ms: alert.firstMs,
    last_ms: alert.lastMs,
    received_ms: alert.receivedMs,
    count: alert.count,
    entities: JSON.stringify(alert.entities),
    pairs: JSON.stringify(alert.pairs),
    evidence: JSON.stringify(alert.evidence),
    evidence_total: alert.evidenceTotal,
    reasons: JSON.stringify(alert.reasons),
    main_type: alert.mainType,
    main_value: alert.mainValue,
    window_sec: alert.windowSec,
    pass_through: alert.passThrough ? 1 : 0,
    lead_rank: alert.leadRank,
  };
}

/** Cuts a list into parts that one statement takes. */
export function* chunks<T>(items: readonly T[], size = ROWS_PER_STATEMENT): Generator<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

/** Alerts by number, in the order of their numbers. */
export async function loadAlerts(db: Transaction<Schema>, numbers: readonly number[]): Promise<KeptAlert[]> {
  const alerts: KeptAlert[] = [];
  for (const some of chunks([...new Set(numbers)].sort((a, b) => a - b))) {
    const rows = await db.selectFrom('alerts').selectAll().where('no', 'in', some).orderBy('no').execute();
    for (const row of rows) alerts.push(alertOfRow(row));
  }
  return alerts;
}
