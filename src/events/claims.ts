import type { AlertNode } from './alert-nodes.ts';
import type { EventHandling } from './event-rows.ts';
import { byTime } from './partition.ts';

/** Alerts that are one event from now on: a known one, a new one, or none as long as they do not matter enough. */
export interface Assignment {
  readonly alerts: readonly AlertNode[];
  /** Parts of one number were cut from one group. */
  readonly group: number;
  readonly event: number | 'new' | null;
}

export interface Claims {
  readonly assignments: readonly Assignment[];
  readonly merges: readonly { readonly from: number; readonly into: number }[];
  /** Belong together by their alerts, but people handle them apart. */
  readonly apart: readonly (readonly [number, number])[];
  /** Events whose alerts are in more than one part now, with the others that came of them (places in `assignments`). */
  readonly split: readonly { readonly event: number; readonly others: readonly number[] }[];
}

/** One event's worth of alerts, and the group it was cut from. */
export interface Part {
  readonly alerts: readonly AlertNode[];
  readonly group: number;
}

/**
 * Which event each part is. A known event goes with most of its alerts; several in one part become the oldest, unless their owners or verdicts differ: people who work on them apart
 * are not put together by a program. `matters`: whether a part without an event is worth one.
 */
export function claimsOf(parts: readonly Part[], events: ReadonlyMap<number, EventHandling>, matters: (part: Part) => boolean): Claims {
  const homes = homesOf(parts);
  const assignments: Assignment[] = [];
  const merges: { from: number; into: number }[] = [];
  const apart: (readonly [number, number])[] = [];
  const placeOfPart: number[] = [];
  for (const [index, part] of parts.entries()) {
    const claiming = [...homes]
      .filter(([event, home]) => home === index && events.has(event))
      .map(([event]) => events.get(event) as EventHandling)
      .sort((a, b) => a.no - b.no);
    const survivors: { event: EventHandling; absorbed: Set<number> }[] = [];
    for (const event of claiming) {
      const into = survivors.find(({ event: other }) => compatible(other, event));
      if (into === undefined) {
        for (const { event: other } of survivors) apart.push([other.no, event.no]);
        survivors.push({ event, absorbed: new Set([event.no]) });
        continue;
      }
      into.absorbed.add(event.no);
      into.event = together(into.event, event);
      merges.push({ from: event.no, into: into.event.no });
    }
    placeOfPart.push(assignments.length);
    if (survivors.length === 0) {
      assignments.push({ ...part, event: matters(part) ? 'new' : null });
      continue;
    }
    for (const [at, { event, absorbed }] of survivors.entries()) {
      const elsewhere = survivors.filter((_, other) => other !== at);
      const alerts = part.alerts.filter(
        (alert) =>
          (alert.event !== null && absorbed.has(alert.event)) ||
          // What is new, or came off another event, goes to the oldest.
          (at === 0 && !elsewhere.some((other) => alert.event !== null && other.absorbed.has(alert.event))),
      );
      assignments.push({ alerts, group: part.group, event: event.no });
    }
  }
  return { assignments, merges, apart, split: splitsOf(parts, homes, placeOfPart) };
}

/** Event → the part with most of its alerts; of two the one with the first alert. */
function homesOf(parts: readonly Part[]): ReadonlyMap<number, number> {
  const counts = new Map<number, Map<number, { alerts: number; first: AlertNode }>>();
  for (const [index, part] of parts.entries())
    for (const alert of part.alerts) {
      if (alert.event === null) continue;
      const perPart = counts.get(alert.event) ?? new Map<number, { alerts: number; first: AlertNode }>();
      counts.set(alert.event, perPart);
      const known = perPart.get(index);
      perPart.set(index, {
        alerts: (known?.alerts ?? 0) + 1,
        first: known === undefined || byTime(alert, known.first) < 0 ? alert : known.first,
      });
    }
  return new Map(
    [...counts].map(([event, perPart]) => {
      const best = [...perPart].reduce((a, b) =>
        b[1].alerts > a[1].alerts || (b[1].alerts === a[1].alerts && byTime(b[1].first, a[1].first) < 0) ? b : a,
      );
      return [event, best[0]];
    }),
  );
}

function splitsOf(parts: readonly Part[], homes: ReadonlyMap<number, number>, placeOfPart: readonly number[]): Claims['split'] {
  const others = new Map<number, Set<number>>();
  for (const [index, part] of parts.entries())
    for (const { event } of part.alerts) {
      if (event === null || homes.get(event) === index) continue;
      others.set(event, (others.get(event) ?? new Set()).add(placeOfPart[index] as number));
    }
  return [...others].map(([event, places]) => ({ event, others: [...places] }));
}

function compatible(a: EventHandling, b: EventHandling): boolean {
  return (
    (a.owner === b.owner || a.owner === null || b.owner === null) && (a.verdict === b.verdict || a.verdict === null || b.verdict === null)
  );
}

const PROGRESS = ['new', 'investigating', 'contained', 'closed'] as const;

/** What people set about both: whatever either has, and of the states the further one. What was said about a closed one stays said about that one. */
export function together(into: EventHandling, from: EventHandling): EventHandling {
  const verdict = from.status === 'closed' ? null : from.verdict;
  const further = from.status !== 'closed' && PROGRESS.indexOf(from.status) > PROGRESS.indexOf(into.status);
  return {
    ...into,
    owner: into.owner ?? from.owner,
    verdict: into.verdict ?? verdict,
    titleGiven: into.titleGiven ?? from.titleGiven,
    status: further ? from.status : into.status,
  };
}
