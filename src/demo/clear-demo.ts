import type { Alert } from '../alerts/alert.ts';
import type { Catalog } from '../control/catalog.ts';
import type { RunContext } from '../core/context.ts';
import { removeAlerts, removeEvents } from '../events/remove-rows.ts';
import { CLASS_TABLES, quoted } from '../standardize/class-table.ts';
import type { State } from '../state/state.ts';
import type { QueryLimits, Store } from '../store/store.ts';
import { DEMO_LOGSTORES, DEMO_PROJECTS } from './logstores.ts';

export interface ClearDemoParts {
  readonly catalog: Pick<Catalog, 'logstore' | 'logstores' | 'deleteLogstore' | 'project' | 'deleteProject'>;
  readonly state: State;
  readonly store: Pick<Store, 'command'>;
  readonly limits: QueryLimits;
}

export interface ClearedDemo {
  readonly logstores: number;
  readonly alerts: number;
  readonly events: number;
}

/**
 * Removes the demonstration: its logstores with their logs, what was standardized of them, alerts that stand on nothing else, and security events that are left without alerts.
 * Logstores and alerts of one's own stay. Doing it again does nothing. @throws state.* store.*
 */
export async function clearDemo(parts: ClearDemoParts, ctx: RunContext): Promise<ClearedDemo> {
  const { catalog, state, store, limits } = parts;
  const found = DEMO_LOGSTORES.flatMap(({ project, logstore }) => catalog.logstore(project, logstore) ?? []);
  for (const { project, name } of found) await catalog.deleteLogstore(project, name, ctx);
  for (const { name } of DEMO_PROJECTS) {
    if (catalog.project(name) !== null && catalog.logstores(name).length === 0) await catalog.deleteProject(name, ctx);
  }
  const ids = new Set(found.map(({ id }) => id));
  if (ids.size > 0) {
    for (const table of CLASS_TABLES.values()) {
      const text = `DELETE FROM ${quoted(table.table)} WHERE logstore IN (${[...ids].join(', ')})`;
      await store.command({ text, params: {} }, 'background', limits, ctx);
    }
  }
  return await state.transact(async (db) => {
    const rows = await db.selectFrom('alerts').select(['no', 'evidence']).execute();
    const gone = rows.filter(({ evidence }) => (JSON.parse(evidence) as Alert['evidence']).every(({ logstore }) => ids.has(logstore)));
    await removeAlerts(
      db,
      gone.map(({ no }) => no),
    );
    const left = await db.selectFrom('alerts').select('event').where('event', 'is not', null).distinct().execute();
    const kept = new Set(left.map(({ event }) => event));
    const events = await db.selectFrom('security_events').select('no').where('merged_into', 'is', null).execute();
    const empty = events.filter(({ no }) => !kept.has(no)).map(({ no }) => no);
    await removeEvents(db, empty);
    return { logstores: found.length, alerts: gone.length, events: empty.length };
  }, ctx);
}
