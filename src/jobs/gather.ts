import type { ShardRange } from '../stream/stream.ts';

/** How a step gathers work before it acts: each act has a price of its own, whatever it does. */
export interface Gathering {
  /** A logstore is taken up this long after its first pending group, when there is budget. */
  readonly targetDelayMs: number;
  /** Taken up at the latest after this, budget or not. */
  readonly maxDelayMs: number;
  /** Logstores (of a step that takes them together: batches) taken up a second; null: as many as there are. */
  readonly perSec: number | null;
  /** Logstores are done apart from each other, so many at once; absent: what is pending is done together, one batch after another. */
  readonly apart?: number;
  /** Logstores that nobody waits for may wait longer. Absent: all are alike. */
  readonly quiet?: QuietGathering;
}

/** Of logstores with little pending that no later step waits for: whoever asks for their logs hurries them. */
export interface QuietGathering {
  /** Taken up at the latest after this. */
  readonly maxDelayMs: number;
  /** Those less full than this are meant. */
  readonly belowFullness: number;
  /** A later step has work to do on its logs. */
  isAwaited(logstore: number): boolean;
}

/** Quiet logstores are taken up from this share of their time on, within the budget: those that began together need not end together. */
const QUIET_FROM = 0.8;

/** What a logstore has to do. */
export interface Pending {
  readonly logstore: number;
  readonly ranges: readonly ShardRange[];
  /** How full a batch it makes; from 1 on it waits for no more. */
  readonly fullness: number;
}

/** Decides which logstores a step takes up now: those that somebody waits for, then the fullest and the oldest, within a budget. */
export class Gatherer {
  readonly #gathering: Gathering;
  /** Logstore → when it first had something pending, monotonic ms. */
  readonly #since = new Map<number, number>();
  readonly #urgent = new Set<number>();
  #budget: number;
  #budgetAt: number;

  constructor(gathering: Gathering, nowMs: number) {
    this.#gathering = gathering;
    this.#budget = Math.max(1, gathering.perSec ?? 1);
    this.#budgetAt = nowMs;
  }

  /** Somebody waits for the logstore. */
  hurry(logstore: number): void {
    this.#urgent.add(logstore);
  }

  isUrgent(logstore: number): boolean {
    return this.#urgent.has(logstore);
  }

  /**
   * @param pending all logstores with something to do that is not being done
   * @param slots how many may be taken up now
   * @returns those to do, and after how many ms to ask again
   */
  take(pending: readonly Pending[], slots: number, nowMs: number): { readonly taken: readonly Pending[]; readonly waitMs: number } {
    const { perSec, maxDelayMs, apart } = this.#gathering;
    this.#refill(nowMs);
    this.#forget(pending);
    let waitMs = maxDelayMs;
    const due: { readonly one: Pending; readonly must: boolean; readonly score: number }[] = [];
    for (const one of pending) {
      const since = this.#since.get(one.logstore) ?? nowMs;
      this.#since.set(one.logstore, since);
      const age = nowMs - since;
      const urgent = this.#urgent.has(one.logstore);
      const { targetMs, mostMs } = this.#delays(one);
      if (!urgent && one.fullness < 1 && age < targetMs) {
        waitMs = Math.min(waitMs, targetMs - age);
        continue;
      }
      waitMs = Math.min(waitMs, Math.max(0, mostMs - age));
      due.push({ one, must: urgent || age >= mostMs, score: (urgent ? 1e6 : 0) + Math.min(1, one.fullness) + age / mostMs });
    }
    due.sort((a, b) => b.score - a.score);
    const taken: Pending[] = [];
    for (const { one, must } of due) {
      if (taken.length >= slots) break;
      if (!must && this.#budget < 1) {
        if (perSec !== null) waitMs = Math.min(waitMs, ((1 - this.#budget) * 1000) / perSec);
        continue;
      }
      if (apart !== undefined || taken.length === 0) this.#budget = Math.max(-1, this.#budget - 1);
      taken.push(one);
      if (apart === undefined) break;
    }
    // One act for all: what is not due yet comes along for nothing.
    const all = apart === undefined && taken.length > 0 ? pending : taken;
    for (const { logstore } of all) {
      this.#since.delete(logstore);
      this.#urgent.delete(logstore);
    }
    return { taken: all, waitMs: Math.max(1, waitMs) };
  }

  #delays({ logstore, fullness }: Pending): { readonly targetMs: number; readonly mostMs: number } {
    const { targetDelayMs, maxDelayMs, quiet } = this.#gathering;
    if (quiet === undefined || fullness >= quiet.belowFullness || quiet.isAwaited(logstore))
      return { targetMs: targetDelayMs, mostMs: maxDelayMs };
    const mostMs = Math.max(maxDelayMs, quiet.maxDelayMs);
    return { targetMs: Math.max(targetDelayMs, mostMs * QUIET_FROM), mostMs };
  }

  #refill(nowMs: number): void {
    const { perSec } = this.#gathering;
    this.#budget = perSec === null ? Infinity : Math.min(Math.max(1, perSec), this.#budget + ((nowMs - this.#budgetAt) / 1000) * perSec);
    this.#budgetAt = nowMs;
  }

  #forget(pending: readonly Pending[]): void {
    if (this.#since.size === 0 && this.#urgent.size === 0) return;
    const there = new Set(pending.map((one) => one.logstore));
    for (const logstore of this.#since.keys()) if (!there.has(logstore)) this.#since.delete(logstore);
    for (const logstore of this.#urgent) if (!there.has(logstore)) this.#urgent.delete(logstore);
  }
}
