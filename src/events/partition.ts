import { PAIR_TYPES, SINGLE_TYPES, typeOfKey, type LinkType } from '../alerts/link-keys.ts';

/** An alert as far as links are concerned. Times are Unix ms of event time. */
export interface LinkedAlert {
  readonly no: number;
  readonly uid: string;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Its main entity, as text. */
  readonly principal: string;
  /** Keys that link it: what is suspended (a hub, a common name) is not among them. */
  readonly keys: readonly string[];
}

/** Longest time in ms between alerts that a key links; 0: it links none. */
export type Gaps = Readonly<Record<LinkType, number>>;

/** What one security event may be at most. */
export interface Caps {
  readonly alerts: number;
  readonly principals: number;
  readonly days: number;
}

/** Numbers of two alerts that a person put together. */
export type ForcedLink = readonly [number, number];

const DAY_MS = 86_400_000;
/** Below this a gap says "at the same moment", which is what pairs are for. */
const LEAST_GAP_MS = 60_000;
const PAIRS: ReadonlySet<LinkType> = new Set(PAIR_TYPES);

/**
 * Alerts that belong together: for each key, those whose times touch within its gap, and what follows from that. Only what lies between neighbours in time counts, so the result is
 * the same whatever order the alerts came in, and a late alert between two linked ones changes nothing about them. Components by their first alert, alerts by time.
 */
export function components<A extends LinkedAlert>(alerts: readonly A[], gaps: Gaps, forced: readonly ForcedLink[] = []): A[][] {
  const sorted = [...alerts].sort(byTime);
  const place = new Map(sorted.map((alert, index) => [alert.no, index]));
  const sets = new DisjointSets(sorted.length);
  const last = new Map<string, { index: number; lastMs: number }>();
  for (const [index, alert] of sorted.entries()) {
    for (const key of alert.keys) {
      const gapMs = gaps[typeOfKey(key)];
      if (gapMs <= 0) continue;
      const before = last.get(key);
      if (before !== undefined && alert.firstMs - before.lastMs <= gapMs) sets.union(before.index, index);
      if (before === undefined || alert.lastMs >= before.lastMs || alert.firstMs - before.lastMs > gapMs)
        last.set(key, { index, lastMs: alert.lastMs });
    }
  }
  for (const [a, b] of forced) {
    const [from, to] = [place.get(a), place.get(b)];
    if (from !== undefined && to !== undefined) sets.union(from, to);
  }
  const groups = new Map<number, A[]>();
  for (const [index, alert] of sorted.entries()) {
    const root = sets.find(index);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [alert]);
    else group.push(alert);
  }
  return [...groups.values()];
}

/**
 * A component as events: one when it is within the caps, else what is left of it with ever shorter gaps. Depends on nothing but the alerts.
 * What even pairs hold together is cut by time.
 */
export function parts<A extends LinkedAlert>(
  component: readonly A[],
  gaps: Gaps,
  caps: Caps,
  forced: readonly ForcedLink[] = [],
  halvings = 0,
): A[][] {
  if (within(component, caps)) return [[...component].sort(byTime)];
  const shorter = halved(gaps, halvings + 1);
  if (SINGLE_TYPES.every((type) => shorter[type] === 0)) return cutByTime(component, caps);
  return components(component, shorter, forced).flatMap((part) => parts(part, gaps, caps, forced, halvings + 1));
}

export function byTime(a: LinkedAlert, b: LinkedAlert): number {
  return a.firstMs - b.firstMs || (a.uid < b.uid ? -1 : a.uid > b.uid ? 1 : 0);
}

/** For single things half the time so many times, for pairs at most once. */
function halved(gaps: Gaps, times: number): Gaps {
  const entries = Object.entries(gaps).map(([type, ms]) => {
    if (PAIRS.has(type as LinkType)) return [type, ms / 2];
    const shorter = ms / 2 ** times;
    return [type, shorter < LEAST_GAP_MS ? 0 : shorter];
  });
  return Object.fromEntries(entries) as Gaps;
}

function within(alerts: readonly LinkedAlert[], caps: Caps): boolean {
  if (alerts.length > caps.alerts) return false;
  if (new Set(alerts.map((alert) => alert.principal)).size > caps.principals) return false;
  const first = Math.min(...alerts.map((alert) => alert.firstMs));
  const last = Math.max(...alerts.map((alert) => alert.lastMs));
  return last - first <= caps.days * DAY_MS;
}

function cutByTime<A extends LinkedAlert>(alerts: readonly A[], caps: Caps): A[][] {
  const made: A[][] = [];
  let part: A[] = [];
  let lastMs = -Infinity;
  const principals = new Set<string>();
  for (const alert of [...alerts].sort(byTime)) {
    const full =
      part.length >= caps.alerts ||
      (principals.size >= caps.principals && !principals.has(alert.principal)) ||
      Math.max(lastMs, alert.lastMs) - (part[0]?.firstMs ?? alert.firstMs) > caps.days * DAY_MS;
    if (full && part.length > 0) {
      made.push(part);
      part = [];
      principals.clear();
      lastMs = -Infinity;
    }
    part.push(alert);
    principals.add(alert.principal);
    lastMs = Math.max(lastMs, alert.lastMs);
  }
  made.push(part);
  return made;
}

/** Union-find with path halving and union by size. */
class DisjointSets {
  readonly #parent: Int32Array;
  readonly #size: Int32Array;

  constructor(length: number) {
    this.#parent = Int32Array.from({ length }, (_, index) => index);
    this.#size = new Int32Array(length).fill(1);
  }

  find(of: number): number {
    let at = of;
    for (;;) {
      const parent = this.#parent[at] as number;
      if (parent === at) return at;
      const above = this.#parent[parent] as number;
      this.#parent[at] = above;
      at = above;
    }
  }

  union(a: number, b: number): void {
    let [root, other] = [this.find(a), this.find(b)];
    if (root === other) return;
    if ((this.#size[root] as number) < (this.#size[other] as number)) [root, other] = [other, root];
    this.#parent[other] = root;
    this.#size[root] = (this.#size[root] as number) + (this.#size[other] as number);
  }
}
