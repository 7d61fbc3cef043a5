import type { Transaction } from 'kysely';
import type { Verdict } from '../api/rest/contract/alerts.ts';
import type { SecurityEventBody } from '../api/rest/contract/security-events.ts';
import { iso } from '../api/rest/times.ts';
import { chunks } from '../alerts/alert-rows.ts';
import type { Schema } from '../state/schema.ts';
import { eventId } from './event-rows.ts';

/** Closed events that people look at for how such a thing ended. */
const MOST_SIMILAR = 5;

/** Closed events in which at least half of this one's rules fired too, the most alike first. */
export async function similarTo(db: Transaction<Schema>, event: number): Promise<SecurityEventBody['similar']> {
  const own = await db.selectFrom('alerts').select('rule').distinct().where('event', '=', event).execute();
  if (own.length === 0) return [];
  const rows = await db
    .selectFrom('security_events')
    .innerJoin('alerts', 'alerts.event', 'security_events.no')
    .select((e) => [
      'security_events.no',
      'security_events.title',
      'security_events.title_given',
      'security_events.verdict',
      'security_events.closed_ms',
      e.fn.count<number>('alerts.rule').distinct().as('rules'),
    ])
    .where('security_events.status', '=', 'closed')
    .where('security_events.merged_into', 'is', null)
    .where('security_events.no', '!=', event)
    .where(
      'alerts.rule',
      'in',
      own.map((row) => row.rule),
    )
    .groupBy([
      'security_events.no',
      'security_events.title',
      'security_events.title_given',
      'security_events.verdict',
      'security_events.closed_ms',
    ])
    .having((e) => e.fn.count<number>('alerts.rule').distinct(), '>=', Math.ceil(own.length / 2))
    .orderBy('rules', 'desc')
    .orderBy('security_events.closed_ms', 'desc')
    .limit(MOST_SIMILAR)
    .execute();
  return rows.map((row) => ({
    id: eventId(row.no),
    title: row.title_given ?? row.title,
    verdict: row.verdict as Verdict | null,
    closedAt: iso(row.closed_ms),
    why: row.rules === own.length ? 'all rules the same' : `${row.rules} of ${own.length} rules the same`,
  }));
}

/** Events that have to do with this one, through merges. */
export async function relatedTo(db: Transaction<Schema>, event: number): Promise<SecurityEventBody['related']> {
  const merged = await db.selectFrom('security_events').select('no').where('merged_into', '=', event).execute();
  const rows = await db
    .selectFrom('event_relations')
    .select(['other', 'why'])
    .where('event', 'in', [event, ...merged.map((row) => row.no)])
    .orderBy('other')
    .execute();
  const why = new Map<number, string>();
  for (const some of chunks(rows)) {
    const ends = await db
      .selectFrom('security_events')
      .select(['no', 'merged_into'])
      .where(
        'no',
        'in',
        some.map((row) => row.other),
      )
      .execute();
    const end = new Map(ends.map((row) => [row.no, row.merged_into ?? row.no]));
    for (const row of some) {
      const to = end.get(row.other);
      if (to !== undefined && to !== event && !why.has(to)) why.set(to, row.why);
    }
  }
  if (why.size === 0) return [];
  const titles = await db
    .selectFrom('security_events')
    .select(['no', 'title', 'title_given'])
    .where('no', 'in', [...why.keys()])
    .orderBy('no')
    .execute();
  return titles.map((row) => ({ id: eventId(row.no), title: row.title_given ?? row.title, why: why.get(row.no) ?? '' }));
}
