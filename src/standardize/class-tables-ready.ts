import type { RunContext } from '../core/context.ts';
import type { QueryLimits, Store } from '../store/store.ts';
import { ALL_EVENTS, allEventsDdl, CLASS_TABLES, classTableDdl, classTableUpgrade, type ClassTable } from './class-table.ts';

const LIMITS: QueryLimits = { maxSec: 60, maxMemoryBytes: 512 * 1024 * 1024, maxResultRows: 100_000 };

/**
 * Makes the tables of all classes and the view over them, and gives those of an older release the columns they lack. One query when there is nothing to do.
 * @throws store.*
 */
export async function readyClassTables(store: Pick<Store, 'command' | 'query'>, retentionDays: number, ctx: RunContext): Promise<void> {
  const answer = await store.query(
    { text: "SELECT table, name FROM system.columns WHERE database = currentDatabase() AND table LIKE 'ocsf\\_%'", params: {} },
    'control',
    LIMITS,
    ctx,
  );
  const existing = new Map<string, Set<string>>();
  for (const [table, name] of answer.rows as readonly (readonly [string, string])[]) {
    const names = existing.get(table) ?? new Set();
    names.add(name);
    existing.set(table, names);
  }
  let changed = false;
  for (const table of CLASS_TABLES.values()) {
    if (await readyOne(store, table, existing.get(table.table) ?? null, retentionDays, ctx)) changed = true;
  }
  if (existing.has(ALL_EVENTS) && !changed) return;
  // It holds no rows: making it anew is how its columns follow those of the classes.
  await store.command({ text: `DROP TABLE IF EXISTS ${ALL_EVENTS}`, params: {} }, 'control', LIMITS, ctx);
  await store.command({ text: allEventsDdl(), params: {} }, 'control', LIMITS, ctx);
}

async function readyOne(
  store: Pick<Store, 'command' | 'query'>,
  table: ClassTable,
  existing: ReadonlySet<string> | null,
  retentionDays: number,
  ctx: RunContext,
): Promise<boolean> {
  const text = existing === null ? classTableDdl(table, retentionDays) : classTableUpgrade(table, existing);
  if (text === null) return false;
  await store.command({ text, params: {} }, 'control', LIMITS, ctx);
  return true;
}
