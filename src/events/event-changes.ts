import type { Transaction } from 'kysely';
import type { BodyIn } from '../api/rest/services.ts';
import { SluiceError } from '../core/errors.ts';
import type { Schema } from '../state/schema.ts';
import type { SecurityEventTable } from '../state/tables/events.ts';
import { emptyReport } from './build-report.ts';
import type { EventBuilder } from './event-builder.ts';
import { addActivity, eventId, loadHandling, refreshEvent, type EventHandling } from './event-rows.ts';
import { mergeEvent } from './settle.ts';

type Change = Omit<BodyIn<'updateSecurityEvent'>, 'etag'>;

/**
 * What a person changes about an event, with what follows. Closing closes its open alerts with the same verdict, and from then on it joins nothing;
 * opening it again opens them and looks anew at what belongs to it.
 */
export async function changeEvent(
  db: Transaction<Schema>,
  row: SecurityEventTable,
  change: Change,
  actor: string,
  builder: EventBuilder,
  nowMs: number,
): Promise<void> {
  const { no } = row;
  const closes = change.status === 'closed' && row.status !== 'closed';
  const opens = change.status !== undefined && change.status !== 'closed' && row.status === 'closed';
  // What was said at closing no longer holds, unless it is said again.
  const verdict = change.verdict === undefined ? (opens ? null : undefined) : change.verdict;
  await db
    .updateTable('security_events')
    .set((e) => ({
      ...(change.status === undefined ? {} : { status: change.status }),
      ...(change.owner === undefined ? {} : { owner: change.owner }),
      ...(verdict === undefined ? {} : { verdict }),
      ...(change.title === undefined ? {} : { title_given: change.title }),
      ...(closes ? { closed_ms: nowMs } : opens ? { closed_ms: 0 } : {}),
      changes: e('changes', '+', 1),
    }))
    .where('no', '=', no)
    .execute();
  await addActivity(db, no, nowMs, actor, opens ? 'reopened' : 'changed', textOf(row, { ...change, verdict }));

  const said = verdict === undefined ? row.verdict : verdict;
  const alerts = db.updateTable('alerts').where('event', '=', no);
  if (closes) {
    const close = { status: 'closed', closed_ms: nowMs };
    await alerts.set({ acknowledged_ms: nowMs }).where('acknowledged_ms', '=', 0).execute();
    await alerts
      .set((e) => ({ ...close, verdict: said, changes: e('changes', '+', 1) }))
      .where('status', 'in', ['new', 'acknowledged'])
      .where('verdict', 'is', null)
      .execute();
    await alerts
      .set((e) => ({ ...close, changes: e('changes', '+', 1) }))
      .where('status', 'in', ['new', 'acknowledged'])
      .execute();
  }
  // A verdict that comes after closing is the verdict of what was closed with it.
  if (row.status === 'closed' && !opens && verdict !== undefined)
    await alerts
      .set((e) => ({ verdict, changes: e('changes', '+', 1) }))
      .where('status', '=', 'closed')
      .where((e) => (row.verdict === null ? e('verdict', 'is', null) : e('verdict', '=', row.verdict)))
      .execute();
  if (opens) {
    await alerts
      .set((e) => ({ status: 'acknowledged', closed_ms: 0, verdict: null, changes: e('changes', '+', 1) }))
      .where('status', '=', 'closed')
      .where((e) => (row.verdict === null ? e('verdict', 'is', null) : e('verdict', '=', row.verdict)))
      .execute();
    const members = await db.selectFrom('alerts').select('no').where('event', '=', no).execute();
    await builder.rebuild(
      db,
      members.map((member) => member.no),
      nowMs,
      emptyReport(),
    );
  }
  await refreshEvent(db, no);
}

/**
 * Takes the alerts of `others` into `into`, and keeps them together whatever links them or not: a person has said so. Ids of the others lead there from then on.
 * @throws request.conflict when `into` is closed
 */
export async function mergeByHand(
  db: Transaction<Schema>,
  into: SecurityEventTable,
  others: readonly SecurityEventTable[],
  actor: string,
  builder: EventBuilder,
  nowMs: number,
): Promise<void> {
  if (into.status === 'closed')
    throw new SluiceError('request.conflict', `${eventId(into.no)} is closed, expected one that is open to take others in`, {
      securityEvent: eventId(into.no),
    });
  const first = await firstAlert(db, into.no);
  for (const no of new Set(others.map((other) => other.no))) {
    if (no === into.no) continue;
    const handling = await loadHandling(db, [into.no, no]);
    await mergeEvent(db, handling.get(no) as EventHandling, handling.get(into.no) as EventHandling, actor, nowMs);
    const other = await firstAlert(db, no);
    await db.updateTable('alerts').set({ event: into.no }).where('event', '=', no).execute();
    if (first === null || other === null) continue;
    const [a, b] = first < other ? [first, other] : [other, first];
    await db
      .insertInto('forced_links')
      .values({ a, b })
      .onConflict((c) => c.columns(['a', 'b']).doNothing())
      .execute();
  }
  const members = await db.selectFrom('alerts').select('no').where('event', '=', into.no).execute();
  await builder.rebuild(
    db,
    members.map((member) => member.no),
    nowMs,
    emptyReport(),
  );
  await refreshEvent(db, into.no);
}

async function firstAlert(db: Transaction<Schema>, event: number): Promise<number | null> {
  const row = await db
    .selectFrom('alerts')
    .select('no')
    .where('event', '=', event)
    .orderBy('first_ms')
    .orderBy('uid')
    .limit(1)
    .executeTakeFirst();
  return row?.no ?? null;
}

/** `status new → closed; owner – → ada; note: …`. */
function textOf(row: SecurityEventTable, change: Change): string {
  const parts = [
    said('status', row.status, change.status),
    said('owner', row.owner, change.owner),
    said('verdict', row.verdict, change.verdict),
    said('title', row.title_given ?? row.title, change.title),
    change.note === undefined || change.note === '' ? '' : `note: ${change.note}`,
  ];
  return parts.filter((part) => part !== '').join('; ') || 'nothing changed';
}

function said(name: string, before: string | null, after: string | null | undefined): string {
  return after === undefined || after === before ? '' : `${name} ${before ?? '–'} → ${after ?? '–'}`;
}
