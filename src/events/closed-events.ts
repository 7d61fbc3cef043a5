import type { Transaction } from 'kysely';
import type { Schema } from '../state/schema.ts';
import type { AlertNode } from './alert-nodes.ts';
import { addActivity, eventId, SYSTEM, type EventHandling } from './event-rows.ts';
import { linked } from './neighbours.ts';
import type { Gaps } from './partition.ts';
import { alertId } from '../alerts/alert-rows.ts';

const DAY_MS = 86_400_000;

export interface MetClosed {
  /** Alert → closed event that explains it. */
  readonly suppressed: ReadonlyMap<number, number>;
  readonly reopened: ReadonlySet<number>;
  /** Alert and closed event that have to do with each other and stay apart. */
  readonly related: readonly { readonly alert: number; readonly event: number }[];
}

/** What new alerts do to closed events they are linked with. A closed event joins nothing by itself: people have said what it was. */
export interface ClosedRules {
  readonly gaps: Gaps;
  readonly reopenDays: number;
}

/**
 * - Found harmless, and the alert says nothing new (same rule and main entity, neither worse nor of another tactic): it is suppressed into the event.
 * - Found true or not judged, and the alert comes soon after: the event is opened again.
 * - Anything else goes its own way, and both are related.
 *
 * `busy`: alerts that belong to something open anyway.
 */
export async function meetClosed(
  db: Transaction<Schema>,
  fresh: readonly AlertNode[],
  closed: readonly AlertNode[],
  events: ReadonlyMap<number, EventHandling>,
  busy: ReadonlySet<number>,
  rules: ClosedRules,
  nowMs: number,
): Promise<MetClosed> {
  const suppressed = new Map<number, number>();
  const reopened = new Set<number>();
  const related: { alert: number; event: number }[] = [];
  const known = new Map<number, Known>();
  for (const node of fresh) {
    const met = new Set(closed.filter((other) => linked(node, other, rules.gaps)).map((other) => other.event));
    const meeting = [...met]
      .flatMap((no) => (no === null ? [] : (events.get(no) ?? [])))
      .sort((a, b) => b.lastMs - a.lastMs || b.no - a.no);
    for (const event of meeting) {
      if (node.event !== null) {
        related.push({ alert: node.no, event: event.no });
        continue;
      }
      const harmless = event.verdict !== null && event.verdict !== 'true_positive';
      if (harmless) {
        const of = known.get(event.no) ?? (await knownOf(db, event.no));
        known.set(event.no, of);
        if (!busy.has(node.no) && saysNothingNew(node, of)) {
          suppressed.set(node.no, event.no);
          break;
        }
      } else if (node.firstMs - event.lastMs <= rules.reopenDays * DAY_MS) {
        if (!reopened.has(event.no)) await reopen(db, event, node, nowMs);
        reopened.add(event.no);
        continue;
      }
      related.push({ alert: node.no, event: event.no });
    }
  }
  for (const [alert, event] of suppressed) {
    // Its own group: a closed event's alerts link nothing.
    await db.updateTable('alerts').set({ status: 'suppressed', event, grp: alert }).where('no', '=', alert).execute();
    await addActivity(db, event, nowMs, SYSTEM, 'alert-joined', `${alertId(alert)} suppressed: the same as what was found harmless`);
  }
  return { suppressed, reopened, related };
}

interface Known {
  readonly fired: ReadonlySet<string>;
  readonly severityId: number;
  readonly tactics: ReadonlySet<string>;
}

async function knownOf(db: Transaction<Schema>, event: number): Promise<Known> {
  const rows = await db.selectFrom('alerts').select(['rule', 'main_value', 'severity', 'tactics']).where('event', '=', event).execute();
  return {
    fired: new Set(rows.map((row) => JSON.stringify([row.rule, row.main_value]))),
    severityId: Math.max(0, ...rows.map((row) => row.severity)),
    tactics: new Set(rows.flatMap((row) => JSON.parse(row.tactics) as string[])),
  };
}

function saysNothingNew(node: AlertNode, known: Known): boolean {
  return (
    known.fired.has(JSON.stringify([node.ruleId, node.mainValue])) &&
    node.severityId <= known.severityId &&
    node.tactics.every((tactic) => known.tactics.has(tactic))
  );
}

async function reopen(db: Transaction<Schema>, event: EventHandling, by: AlertNode, nowMs: number): Promise<void> {
  await db
    .updateTable('security_events')
    .set((e) => ({ status: 'investigating', closed_ms: 0, changes: e('changes', '+', 1) }))
    .where('no', '=', event.no)
    .execute();
  await addActivity(db, event.no, nowMs, SYSTEM, 'reopened', `${eventId(event.no)} was closed when ${alertId(by.no)} came`);
}
