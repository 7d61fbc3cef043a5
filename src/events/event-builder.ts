import type { Transaction } from 'kysely';
import { chunks } from '../alerts/alert-rows.ts';
import { linkKeysOf, mainKeyOf } from '../alerts/alert.ts';
import type { ChangedAlert } from '../alerts/take-hits.ts';
import type { Schema } from '../state/schema.ts';
import { dayOf, loadNodes, principalOf, type AlertNode } from './alert-nodes.ts';
import { emptyReport, type BuildReport } from './build-report.ts';
import { claimsOf, type Part } from './claims.ts';
import { meetClosed } from './closed-events.ts';
import { loadHandling, refreshEvent, relate } from './event-rows.ts';
import { Hubs, type Seen } from './hubs.ts';
import { linkPolicy, type EventSettings, type LinkPolicy } from './link-policy.ts';
import { neighboursOf } from './neighbours.ts';
import { components, parts, type ForcedLink } from './partition.ts';
import { matters } from './promotion.ts';
import { settle } from './settle.ts';

const DAY_MS = 86_400_000;
/** A hub stays one for the week after; an alert is looked at on the day its window began. */
const HUB_DAYS = 8;

/**
 * Makes security events of alerts, inside the transaction that writes the alerts.
 *
 * Which alerts belong together is a function of the alerts alone (`partition.ts`, `hubs.ts`): with every change only the groups it can touch are worked out again, from scratch, so the
 * order and the cutting of what came do not matter. On top of it stands what people have decided: closed events join nothing, events with different owners or verdicts stay apart.
 */
export class EventBuilder {
  readonly policy: LinkPolicy;
  readonly hubs: Hubs;
  readonly #settings: EventSettings;

  constructor(settings: EventSettings) {
    this.#settings = settings;
    this.policy = linkPolicy(settings);
    this.hubs = new Hubs(this.policy);
  }

  /** Takes alerts that are new or have changed. */
  async take(db: Transaction<Schema>, changed: readonly ChangedAlert[], nowMs: number): Promise<BuildReport> {
    const report = emptyReport();
    if (changed.length === 0) return report;
    const flipped = await this.hubs.record(db, changed.flatMap(seenOf));
    const disturbed: number[] = [];
    for (const { key, day } of flipped) {
      const rows = await db
        .selectFrom('alert_keys')
        .select('alert')
        .where('key', '=', key)
        .where('first_ms', '>=', day * DAY_MS)
        .where('first_ms', '<', (day + HUB_DAYS) * DAY_MS)
        .execute();
      disturbed.push(...rows.map((row) => row.alert));
    }
    await this.rebuild(
      db,
      changed.map(({ no }) => no),
      nowMs,
      report,
      disturbed,
    );
    return report;
  }

  /** Works out again what belongs to the alerts `seeds`, and to the groups of `disturbed`. */
  async rebuild(
    db: Transaction<Schema>,
    seeds: readonly number[],
    nowMs: number,
    report: BuildReport,
    disturbed: readonly number[] = [],
  ): Promise<void> {
    const all = await loadNodes(db, seeds, this.policy, this.hubs);
    const before = await loadHandling(db, eventsOf(all));
    const isClosed = (event: number | null): boolean => event !== null && before.get(event)?.status === 'closed';
    const fresh = all.filter((node) => !isClosed(node.event)).sort((a, b) => a.firstMs - b.firstMs || (a.uid < b.uid ? -1 : 1));
    const stale = new Set(all.filter((node) => isClosed(node.event)).map((node) => node.event as number));

    const { nodes, reopened, related } = await this.#surroundings(db, fresh, disturbed, stale, nowMs, report);
    const events = new Map(before);
    for (const [no, event] of await loadHandling(db, eventsOf(nodes))) events.set(no, event);
    const forced = await forcedAmong(db, nodes);
    const groups = components(nodes, this.policy.gaps, forced);
    await writeGroups(db, groups);
    report.largestGroup = Math.max(report.largestGroup, ...groups.map((group) => group.length));

    const changed = new Set(all.map((node) => node.no));
    const made = groups.flatMap((group, index) =>
      parts(group, this.policy.gaps, this.policy.caps, forced).map((alerts): Part => ({ alerts, group: index })),
    );
    const claims = claimsOf(made, events, (part) => matters(part.alerts, this.#settings.promoteRisk));
    for (const no of await settle(db, claims, changed, events, nowMs, report)) stale.add(no);
    for (const no of reopened) stale.add(no);
    for (const no of stale) await refreshEvent(db, no);
    await relateClosed(db, related);
  }

  /** Every alert whose place may change: the fresh ones and all of each group they or a disturbed one touch, alerts of closed events left out. */
  async #surroundings(
    db: Transaction<Schema>,
    fresh: readonly AlertNode[],
    disturbed: readonly number[],
    stale: Set<number>,
    nowMs: number,
    report: BuildReport,
  ): Promise<{ nodes: AlertNode[]; reopened: ReadonlySet<number>; related: readonly { alert: number; event: number }[] }> {
    const { gaps } = this.policy;
    const near = await neighboursOf(db, fresh, gaps);
    const events = await loadHandling(db, eventsOf(near));
    const closedEvents = new Map([...events].filter(([, event]) => event.status === 'closed'));
    const isClosed = ({ event }: { readonly event: number | null }): boolean => event !== null && closedEvents.has(event);
    const open = near.filter((one) => !isClosed(one));
    const closed = await loadNodes(
      db,
      near.filter(isClosed).map((one) => one.no),
      this.policy,
      this.hubs,
    );
    const busy = closed.length === 0 ? new Set<number>() : await this.#besideOpen(db, fresh, open);
    const rules = { gaps, reopenDays: this.#settings.reopenDays };
    const met = await meetClosed(db, fresh, closed, closedEvents, busy, rules, nowMs);
    report.suppressed += met.suppressed.size;
    report.reopened += met.reopened.size;
    for (const event of met.suppressed.values()) stale.add(event);

    const staying = fresh.filter((node) => !met.suppressed.has(node.no));
    const groups = new Set([...staying, ...open].map((one) => one.group));
    const again = await groupsOf(db, disturbed, met.reopened);
    for (const group of again) groups.add(group);
    const members = new Map<number, number | null>(staying.map((node) => [node.no, node.event]));
    for (const some of chunks([...groups])) {
      const rows = await db.selectFrom('alerts').select(['no', 'event']).where('grp', 'in', some).execute();
      for (const row of rows) members.set(row.no, row.event);
    }
    const states = await loadHandling(
      db,
      [...members.values()].filter((event) => event !== null),
    );
    const moving = [...members].filter(([, event]) => event === null || states.get(event)?.status !== 'closed').map(([no]) => no);
    return { nodes: await loadNodes(db, moving, this.policy, this.hubs), reopened: met.reopened, related: met.related };
  }

  /** Fresh alerts that an alert of an open event is linked with. */
  async #besideOpen(
    db: Transaction<Schema>,
    fresh: readonly AlertNode[],
    open: readonly { no: number; event: number | null }[],
  ): Promise<Set<number>> {
    const numbers = open.filter((one) => one.event !== null).map((one) => one.no);
    const nodes = await loadNodes(db, numbers, this.policy, this.hubs);
    const { gaps } = this.policy;
    return new Set(
      fresh.filter((node) => components([node, ...nodes], gaps).some((set) => set.includes(node) && set.length > 1)).map((node) => node.no),
    );
  }
}

function seenOf({ alert }: ChangedAlert): Seen[] {
  const principal = principalOf(alert);
  if (principal === '') return [];
  const main = mainKeyOf(alert);
  const day = dayOf(alert);
  return linkKeysOf(alert)
    .filter((key) => key !== main)
    .map((key) => ({ key, day, principal }));
}

function eventsOf(alerts: readonly { readonly event: number | null }[]): Set<number> {
  return new Set(alerts.map((alert) => alert.event).filter((event) => event !== null));
}

async function groupsOf(db: Transaction<Schema>, alerts: readonly number[], events: ReadonlySet<number>): Promise<ReadonlySet<number>> {
  const groups = new Set<number>();
  for (const some of chunks([...new Set(alerts)])) {
    const rows = await db.selectFrom('alerts').select('grp').distinct().where('no', 'in', some).execute();
    for (const { grp } of rows) groups.add(grp);
  }
  for (const event of events) {
    const rows = await db.selectFrom('alerts').select('grp').distinct().where('event', '=', event).execute();
    for (const { grp } of rows) groups.add(grp);
  }
  return groups;
}

async function forcedAmong(db: Transaction<Schema>, nodes: readonly AlertNode[]): Promise<readonly ForcedLink[]> {
  const forced: ForcedLink[] = [];
  for (const some of chunks(nodes.map((node) => node.no))) {
    const rows = await db.selectFrom('forced_links').selectAll().where('a', 'in', some).execute();
    for (const { a, b } of rows) forced.push([a, b]);
  }
  return forced;
}

/** A group is called by its lowest alert number. */
async function writeGroups(db: Transaction<Schema>, groups: readonly (readonly AlertNode[])[]): Promise<void> {
  for (const group of groups) {
    const name = Math.min(...group.map((node) => node.no));
    const moved = group.filter((node) => node.group !== name).map((node) => node.no);
    for (const some of chunks(moved)) await db.updateTable('alerts').set({ grp: name }).where('no', 'in', some).execute();
  }
}

async function relateClosed(
  db: Transaction<Schema>,
  related: readonly { readonly alert: number; readonly event: number }[],
): Promise<void> {
  for (const { alert, event } of related) {
    const row = await db.selectFrom('alerts').select('event').where('no', '=', alert).executeTakeFirst();
    if (row !== undefined && row.event !== null) await relate(db, row.event, event, 'goes on after that one was closed');
  }
}
