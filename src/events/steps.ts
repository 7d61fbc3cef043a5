import type { CloudName } from '../api/rest/contract/base.ts';
import type { AlertEntity } from '../alerts/alert.ts';
import type { KeptAlert } from '../alerts/alert-rows.ts';
import { tacticByShortName } from '../detect/attack.ts';
import type { HitEvidence, HitReason } from '../detect/hit.ts';

/** One node of an attack chain: alerts of one rule about one thing in one cloud. Times are Unix ms. */
export interface Step {
  /** Number and uid of its first alert. */
  readonly alertNo: number;
  readonly uid: string;
  readonly alerts: readonly number[];
  readonly firstMs: number;
  readonly lastMs: number;
  readonly cloud: CloudName;
  /** First tactic and technique of the rule's tags; '' when it has none. */
  readonly tactic: string;
  readonly technique: string;
  readonly ruleId: string;
  readonly ruleRevision: number;
  readonly ruleTitle: string;
  readonly title: string;
  readonly severityId: number;
  readonly confidenceId: number;
  readonly count: number;
  readonly entities: readonly AlertEntity[];
  readonly evidence: readonly HitEvidence[];
  readonly evidenceTotal: number;
  readonly reasons: readonly HitReason[];
  /** The rule makes events by itself. */
  readonly passThrough: boolean;
  /** Every alert of it was suppressed or found harmless: it stays in the picture and counts for nothing. */
  readonly harmless: boolean;
}

/** An alert that people found to be nothing. */
export function isHarmless(alert: Pick<KeptAlert, 'status' | 'verdict'>): boolean {
  return alert.status === 'suppressed' || (alert.verdict !== null && alert.verdict !== 'true_positive');
}

/**
 * The alerts of an event as steps, by the event time of their first evidence. `asRaised`: whatever people found them to be since; of a closed event the picture stays as it was.
 */
export function stepsOf(alerts: readonly KeptAlert[], asRaised = false): readonly Step[] {
  const groups = new Map<string, KeptAlert[]>();
  for (const alert of [...alerts].sort((a, b) => a.firstMs - b.firstMs || (a.uid < b.uid ? -1 : 1))) {
    const key = JSON.stringify([alert.ruleId, alert.cloud, alert.mainValue]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [alert]);
    else group.push(alert);
  }
  return [...groups.values()].map((group) => stepOf(group, asRaised));
}

function stepOf(alerts: readonly KeptAlert[], asRaised: boolean): Step {
  const first = alerts[0] as KeptAlert;
  const last = alerts.at(-1) as KeptAlert;
  const entities = new Map<string, AlertEntity>();
  for (const alert of alerts)
    for (const entity of alert.entities) {
      const key = `${entity.type}|${entity.value}`;
      if (!entities.has(key)) entities.set(key, entity);
    }
  return {
    alertNo: first.no,
    uid: first.uid,
    alerts: alerts.map((alert) => alert.no),
    firstMs: first.firstMs,
    lastMs: Math.max(...alerts.map((alert) => alert.lastMs)),
    cloud: first.cloud,
    tactic: first.tactics[0] ?? '',
    technique: first.techniques[0] ?? '',
    ruleId: first.ruleId,
    // What fired last says what the rule is now.
    ruleRevision: last.revision,
    ruleTitle: last.ruleTitle,
    title: first.title,
    severityId: Math.max(...alerts.map((alert) => alert.severityId)),
    confidenceId: Math.max(...alerts.map((alert) => alert.confidenceId)),
    count: alerts.reduce((sum, alert) => sum + alert.count, 0),
    entities: [...entities.values()],
    evidence: alerts.flatMap((alert) => alert.evidence),
    evidenceTotal: alerts.reduce((sum, alert) => sum + alert.evidenceTotal, 0),
    reasons: first.reasons,
    passThrough: alerts.some((alert) => alert.passThrough),
    harmless: !asRaised && alerts.every(isHarmless),
  };
}

/** Place of the step's tactic in the ATT&CK matrix; 0: it names none. */
export function rankOf(step: Pick<Step, 'tactic'>): number {
  return tacticByShortName(step.tactic)?.rank ?? 0;
}
