import type { RunContext } from '../core/context.ts';
import { classTable } from '../standardize/class-table.ts';
import { eventFromRow, eventSelectList } from '../standardize/event-row.ts';
import type { QueryLimits, Store } from '../store/store.ts';
import type { FoundEvent } from './make-hit.ts';

/** An event by the identity of its log. */
export interface EventRef {
  readonly logstore: number;
  readonly shard: number;
  readonly cursor: string;
  readonly idx: number;
}

/** Events of one statement: their columns come whole, some kilobytes each. */
const CHUNK = 500;

export function refKey(ref: EventRef): string {
  return `${ref.logstore}/${ref.shard}/${ref.cursor}/${ref.idx}`;
}

/** Events of one class by the identity of their logs, as they are now; several where several standardization rules made one of a log. */
export async function fetchEvents(
  store: Pick<Store, 'query'>,
  classUid: number,
  refs: readonly EventRef[],
  limits: QueryLimits,
  ctx: RunContext,
): Promise<ReadonlyMap<string, readonly FoundEvent[]>> {
  const table = classTable(classUid);
  const found = new Map<string, FoundEvent[]>();
  const unique = [...new Map(refs.map((ref) => [refKey(ref), ref])).values()];
  for (let from = 0; from < unique.length; from += CHUNK) {
    const some = unique.slice(from, from + CHUNK);
    const keys = some.map((ref) => `(${ref.logstore},${ref.shard},${BigInt(ref.cursor)},${ref.idx})`).join(',');
    const answer = await store.query(
      {
        text: `SELECT ${eventSelectList(table)} FROM ${table.table} FINAL WHERE (logstore, shard, cursor, idx) IN (${keys})`,
        params: {},
      },
      'background',
      // A log has an event per rule that applies to it.
      { ...limits, maxResultRows: some.length * 20 },
      ctx,
    );
    for (const row of answer.rows) {
      const one = eventFromRow(table, row);
      const key = refKey({ logstore: one.origin.logstore, shard: one.origin.shard, cursor: one.origin.cursor, idx: one.origin.index });
      found.set(key, [...(found.get(key) ?? []), one]);
    }
  }
  return found;
}
