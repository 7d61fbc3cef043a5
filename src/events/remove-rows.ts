import type { Transaction } from 'kysely';
import { chunks } from '../alerts/alert-rows.ts';
import type { Schema } from '../state/schema.ts';

/** Removes alerts with everything that hangs on them. */
export async function removeAlerts(db: Transaction<Schema>, numbers: readonly number[]): Promise<void> {
  for (const some of chunks(numbers)) {
    for (const table of ['alert_hits', 'alert_entities', 'alert_keys'] as const)
      await db.deleteFrom(table).where('alert', 'in', some).execute();
    await db
      .deleteFrom('forced_links')
      .where((e) => e.or([e('a', 'in', some), e('b', 'in', some)]))
      .execute();
    await db.deleteFrom('alerts').where('no', 'in', some).execute();
  }
}

/** Removes security events, with those that went into them. */
export async function removeEvents(db: Transaction<Schema>, numbers: readonly number[]): Promise<void> {
  for (const some of chunks(numbers)) {
    const merged = await db.selectFrom('security_events').select('no').where('merged_into', 'in', some).execute();
    const all = [...some, ...merged.map((row) => row.no)];
    for (const part of chunks(all)) {
      await db.deleteFrom('event_activity').where('event', 'in', part).execute();
      await db
        .deleteFrom('event_relations')
        .where((e) => e.or([e('event', 'in', part), e('other', 'in', part)]))
        .execute();
      await db.deleteFrom('security_events').where('no', 'in', part).execute();
    }
  }
}
