import type { Transaction } from 'kysely';
import { alertId, chunks } from '../alerts/alert-rows.ts';
import type { Schema } from '../state/schema.ts';
import type { AlertNode } from './alert-nodes.ts';
import type { BuildReport } from './build-report.ts';
import { together, type Assignment, type Claims } from './claims.ts';
import { addActivity, eventId, insertEvent, relate, SYSTEM, type EventHandling } from './event-rows.ts';

/** Writes what the claims say; answers the events whose alerts have changed. */
export async function settle(
  db: Transaction<Schema>,
  claims: Claims,
  changed: ReadonlySet<number>,
  events: Map<number, EventHandling>,
  nowMs: number,
  report: BuildReport,
): Promise<readonly number[]> {
  for (const { from, into } of claims.merges) {
    await mergeEvent(db, events.get(from) as EventHandling, events.get(into) as EventHandling, SYSTEM, nowMs);
    events.set(into, together(events.get(into) as EventHandling, events.get(from) as EventHandling));
    report.merged++;
  }
  const stale: number[] = [];
  const made: (number | null)[] = [];
  for (const assignment of claims.assignments) {
    const event = assignment.event === 'new' ? await insertEvent(db, nowMs) : assignment.event;
    made.push(event);
    if (await assign(db, assignment, event, nowMs)) stale.push(...(event === null ? [] : [event]));
    else if (event !== null && assignment.alerts.some((alert) => changed.has(alert.no))) stale.push(event);
    if (assignment.event === 'new') report.created++;
  }
  for (const [a, b] of claims.apart) await relate(db, a, b, 'their alerts belong together, but they are handled apart');
  for (const { event, others } of claims.split) {
    stale.push(event);
    report.split++;
    for (const place of others) {
      const other = made[place];
      if (other !== null && other !== undefined) await relate(db, event, other, 'were one event before');
    }
  }
  const first = new Map<number, number>();
  for (const [place, { group }] of claims.assignments.entries()) {
    const event = made[place];
    if (event === null || event === undefined) continue;
    const other = first.get(group);
    if (other === undefined) first.set(group, event);
    else await relate(db, other, event, 'share something, too far apart or too common to be one event');
  }
  return stale;
}

/** Gives the alerts their event; false when they had it. */
async function assign(
  db: Transaction<Schema>,
  { alerts, event: before }: Assignment,
  event: number | null,
  nowMs: number,
): Promise<boolean> {
  const moved = alerts.filter((alert) => alert.event !== event);
  if (moved.length === 0) return false;
  for (const some of chunks(moved.map((alert) => alert.no)))
    await db.updateTable('alerts').set({ event }).where('no', 'in', some).execute();
  if (event === null) return true;
  const joined = moved.filter((alert) => alert.event === null);
  if (before === 'new') await addActivity(db, event, nowMs, SYSTEM, 'created', `${eventId(event)} from ${named(moved)}`);
  else if (joined.length > 0) await addActivity(db, event, nowMs, SYSTEM, 'alert-joined', named(joined));
  return true;
}

function named(alerts: readonly AlertNode[]): string {
  const shown = alerts.slice(0, 5).map((alert) => alertId(alert.no));
  return alerts.length <= 5 ? shown.join(', ') : `${shown.join(', ')} and ${alerts.length - 5} more`;
}

/** `from` leads to `into` from now on, and what people had set about it goes with it. Alerts are moved by whoever calls. */
export async function mergeEvent(
  db: Transaction<Schema>,
  from: EventHandling,
  into: EventHandling,
  actor: string,
  nowMs: number,
): Promise<void> {
  const both = together(into, from);
  await db
    .updateTable('security_events')
    .set((e) => ({
      status: both.status,
      owner: both.owner,
      verdict: both.verdict,
      title_given: both.titleGiven,
      changes: e('changes', '+', 1),
    }))
    .where('no', '=', into.no)
    .execute();
  await db
    .updateTable('security_events')
    .set((e) => ({ merged_into: into.no, changes: e('changes', '+', 1) }))
    .where((e) => e.or([e('no', '=', from.no), e('merged_into', '=', from.no)]))
    .execute();
  await addActivity(db, into.no, nowMs, actor, 'merged', `${eventId(from.no)} went into ${eventId(into.no)}`);
}
