import type { Transaction } from 'kysely';
import type { Verdict } from '../api/rest/contract/alerts.ts';
import type { ActivityBody, EventStatus } from '../api/rest/contract/security-events.ts';
import { chunks, loadAlerts } from '../alerts/alert-rows.ts';
import type { Schema } from '../state/schema.ts';
import type { SecurityEventTable } from '../state/tables/events.ts';
import { nextNumber } from '../state/tables/state.ts';
import { severityWord } from '../alerts/severity.ts';
import { summarize, type Summary } from './summary.ts';

/** Who does what the program does by itself. */
export const SYSTEM = 'system';

export type ActivityKind = ActivityBody['kind'];

/** What people set about an event. */
export interface EventHandling {
  readonly no: number;
  readonly status: EventStatus;
  readonly owner: string | null;
  readonly verdict: Verdict | null;
  readonly titleGiven: string | null;
  readonly lastMs: number;
  readonly severityId: number;
}

export function eventId(no: number): string {
  return `SE-${no}`;
}

/** The number in `SE-17`; null: none of our ids. */
export function eventNo(id: string): number | null {
  const digits = /^SE-(\d{1,15})$/i.exec(id)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** By number, those that stand for themselves or were merged alike. */
export async function loadHandling(db: Transaction<Schema>, numbers: Iterable<number>): Promise<ReadonlyMap<number, EventHandling>> {
  const found = new Map<number, EventHandling>();
  for (const some of chunks([...new Set(numbers)])) {
    const rows = await db
      .selectFrom('security_events')
      .select(['no', 'status', 'owner', 'verdict', 'title_given', 'last_ms', 'severity'])
      .where('no', 'in', some)
      .execute();
    for (const row of rows)
      found.set(row.no, {
        no: row.no,
        status: row.status as EventStatus,
        owner: row.owner,
        verdict: row.verdict as Verdict | null,
        titleGiven: row.title_given,
        lastMs: row.last_ms,
        severityId: row.severity,
      });
  }
  return found;
}

export async function addActivity(
  db: Transaction<Schema>,
  event: number,
  atMs: number,
  actor: string,
  kind: ActivityKind,
  text: string,
): Promise<void> {
  const seq = await nextNumber(db, 'event_activity');
  await db.insertInto('event_activity').values({ seq, event, at_ms: atMs, actor, kind, text }).execute();
}

/** Both ways; the first reason stays. */
export async function relate(db: Transaction<Schema>, a: number, b: number, why: string): Promise<void> {
  if (a === b) return;
  await db
    .insertInto('event_relations')
    .values([
      { event: a, other: b, why },
      { event: b, other: a, why },
    ])
    .onConflict((c) => c.columns(['event', 'other']).doNothing())
    .execute();
}

/** A new event without alerts yet; `refreshEvent` fills it. */
export async function insertEvent(db: Transaction<Schema>, nowMs: number): Promise<number> {
  const no = await nextNumber(db, 'security_events');
  await db
    .insertInto('security_events')
    .values({
      no,
      status: 'new',
      owner: null,
      verdict: null,
      title_given: null,
      title: '',
      summary: '',
      severity: 1,
      risk_tenths: 0,
      risk_parts: '[]',
      first_ms: 0,
      last_ms: 0,
      clouds: '[]',
      tactics: '[]',
      entities: '[]',
      cloud_names: ',',
      tactic_names: ',',
      alert_count: 0,
      rule_count: 0,
      evidence_count: 0,
      logstore_count: 0,
      created_ms: nowMs,
      closed_ms: 0,
      merged_into: null,
      changes: 0,
    })
    .execute();
  return no;
}

/** Writes what the event's alerts say now. An event that has lost all of them keeps what it said. */
export async function refreshEvent(db: Transaction<Schema>, no: number): Promise<void> {
  const rows = await db.selectFrom('alerts').select('no').where('event', '=', no).execute();
  const event = await db.selectFrom('security_events').select('status').where('no', '=', no).executeTakeFirst();
  if (rows.length === 0 || event === undefined) return;
  const alerts = await loadAlerts(
    db,
    rows.map((row) => row.no),
  );
  const summary = summarize(alerts, event.status === 'closed');
  await db.updateTable('security_events').set(columnsOf(summary)).where('no', '=', no).execute();
}

function columnsOf(summary: Summary): Partial<SecurityEventTable> {
  const tactics = summary.tactics.map(({ tactic, severityId, alerts }) => ({ tactic, severity: severityWord(severityId), alerts }));
  return {
    title: summary.title,
    summary: summary.text,
    severity: summary.severityId,
    risk_tenths: Math.round(summary.risk.score * 10),
    risk_parts: JSON.stringify(summary.risk.parts),
    first_ms: summary.firstMs,
    last_ms: summary.lastMs,
    clouds: JSON.stringify(summary.clouds),
    tactics: JSON.stringify(tactics),
    entities: JSON.stringify(summary.entities),
    cloud_names: `,${summary.clouds.map(({ cloud }) => `${cloud},`).join('')}`,
    tactic_names: `,${tactics.map(({ tactic }) => `${tactic},`).join('')}`,
    alert_count: summary.alertCount,
    rule_count: summary.ruleCount,
    evidence_count: summary.evidenceCount,
    logstore_count: summary.logstoreCount,
  };
}

/** The event that a display id leads to, also after a merge; null: there is none. */
export async function currentEvent(db: Transaction<Schema>, id: string): Promise<number | null> {
  const no = eventNo(id);
  if (no === null) return null;
  const row = await db.selectFrom('security_events').select(['no', 'merged_into']).where('no', '=', no).executeTakeFirst();
  return row === undefined ? null : (row.merged_into ?? row.no);
}
