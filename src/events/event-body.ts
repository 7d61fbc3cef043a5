import type { Verdict } from '../api/rest/contract/alerts.ts';
import type { Entity } from '../api/rest/contract/base.ts';
import type { EdgeBody, EventStatus, EventSummaryBody, StepBody } from '../api/rest/contract/security-events.ts';
import { iso, isoOrNull } from '../api/rest/times.ts';
import { entityBodies, evidenceBody, type LogstoreNames } from '../alerts/alert-body.ts';
import { alertId } from '../alerts/alert-rows.ts';
import { severityWord } from '../alerts/severity.ts';
import type { SecurityEventTable } from '../state/tables/events.ts';
import { edgesOf } from './edges.ts';
import { eventId } from './event-rows.ts';
import type { EventSettings } from './link-policy.ts';
import type { Step } from './steps.ts';

const MINUTE_MS = 60_000;

/** Of what people change; more alerts are nobody's conflict. */
export function eventEtag(row: Pick<SecurityEventTable, 'no' | 'changes'>): string {
  return `event-${row.no}-${row.changes}`;
}

/** `asked`: the event whose id was asked for, when that was merged into this one. */
export function eventSummaryBody(row: SecurityEventTable, settings: EventSettings, asked: number = row.no): EventSummaryBody {
  return {
    id: eventId(row.no),
    title: row.title_given ?? row.title,
    summary: row.summary,
    severity: severityWord(row.severity),
    status: row.status as EventStatus,
    riskScore: row.risk_tenths / 10,
    riskParts: JSON.parse(row.risk_parts) as EventSummaryBody['riskParts'],
    firstSeen: iso(row.first_ms),
    lastSeen: iso(row.last_ms),
    clouds: JSON.parse(row.clouds) as EventSummaryBody['clouds'],
    tactics: JSON.parse(row.tactics) as EventSummaryBody['tactics'],
    entities: JSON.parse(row.entities) as Entity[],
    alertCount: row.alert_count,
    ruleCount: row.rule_count,
    evidenceCount: row.evidence_count,
    logstoreCount: row.logstore_count,
    owner: row.owner,
    dueAt: dueAt(row, settings),
    verdict: row.verdict as Verdict | null,
    mergedInto: asked === row.no ? null : eventId(row.no),
    etag: eventEtag(row),
  };
}

function dueAt(row: SecurityEventTable, settings: EventSettings): string | null {
  const minutes = settings.respondMinutes[severityWord(row.severity)];
  return row.status === 'closed' || minutes === 0 ? null : isoOrNull(row.created_ms + minutes * MINUTE_MS);
}

export function stepBody(step: Step, names: LogstoreNames): StepBody {
  return {
    alertId: alertId(step.alertNo),
    time: iso(step.firstMs),
    cloud: step.cloud,
    tactic: step.tactic,
    technique: step.technique,
    ruleId: step.ruleId,
    ruleRevision: step.ruleRevision,
    title: step.title,
    severity: severityWord(step.severityId),
    count: step.count,
    lastSeen: iso(step.lastMs),
    entities: entityBodies(step.entities),
    evidence: evidenceBody(step.evidence, names),
    reasons: [...step.reasons],
  };
}

/** `keys[i]`: what step i links by. */
export function edgeBodies(steps: readonly Step[], keys: readonly ReadonlySet<string>[]): EdgeBody[] {
  const id = (at: number): string => alertId((steps[at] as Step).alertNo);
  return edgesOf(steps, keys).map(({ from, to, via, ...edge }) => ({ from: id(from), to: id(to), via: [...via], ...edge }));
}
