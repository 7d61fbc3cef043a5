import type { Transaction } from 'kysely';
import { chunks } from '../alerts/alert-rows.ts';
import { typeOfKey, type LinkType } from '../alerts/link-keys.ts';
import type { Schema } from '../state/schema.ts';
import type { AlertNode } from './alert-nodes.ts';
import type { Gaps } from './partition.ts';

/** An alert that a key may link to one of those asked about. */
export interface Neighbour {
  readonly no: number;
  readonly group: number;
  readonly event: number | null;
}

/** Alerts within the gap of a key of any of `nodes`, themselves left out. One that only looks linked (its own key is suspended) may be among them. */
export async function neighboursOf(db: Transaction<Schema>, nodes: readonly AlertNode[], gaps: Gaps): Promise<readonly Neighbour[]> {
  const asked = new Map<LinkType, Map<string, AlertNode[]>>();
  for (const node of nodes)
    for (const key of node.keys) {
      const type = typeOfKey(key);
      if (gaps[type] <= 0) continue;
      const ofType = asked.get(type) ?? new Map<string, AlertNode[]>();
      asked.set(type, ofType);
      const own = ofType.get(key);
      if (own === undefined) ofType.set(key, [node]);
      else own.push(node);
    }
  const own = new Set(nodes.map((node) => node.no));
  const found = new Map<number, Neighbour>();
  for (const [type, keys] of asked) {
    const gapMs = gaps[type];
    for (const some of chunks([...keys])) {
      const close = some.flatMap(([, near]) => near);
      const rows = await db
        .selectFrom('alert_keys')
        .innerJoin('alerts', 'alerts.no', 'alert_keys.alert')
        .select(['alert_keys.key', 'alert_keys.alert', 'alert_keys.first_ms', 'alert_keys.last_ms', 'alerts.grp', 'alerts.event'])
        .where(
          'alert_keys.key',
          'in',
          some.map(([key]) => key),
        )
        .where('alert_keys.first_ms', '<=', Math.max(...close.map((node) => node.lastMs)) + gapMs)
        .where('alert_keys.last_ms', '>=', Math.min(...close.map((node) => node.firstMs)) - gapMs)
        .execute();
      for (const row of rows) {
        if (own.has(row.alert) || found.has(row.alert)) continue;
        const near = keys.get(row.key)?.some((node) => row.first_ms <= node.lastMs + gapMs && row.last_ms >= node.firstMs - gapMs) === true;
        if (near) found.set(row.alert, { no: row.alert, group: row.grp, event: row.event });
      }
    }
  }
  return [...found.values()];
}

/** Whether a key links the two by itself. */
export function linked(a: AlertNode, b: AlertNode, gaps: Gaps): boolean {
  const apartMs = Math.max(a.firstMs, b.firstMs) - Math.min(a.lastMs, b.lastMs);
  return a.keys.some((key) => gaps[typeOfKey(key)] > 0 && apartMs <= gaps[typeOfKey(key)] && b.keys.includes(key));
}
