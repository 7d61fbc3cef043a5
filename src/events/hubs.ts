import type { Transaction } from 'kysely';
import { typeOfKey } from '../alerts/link-keys.ts';
import { chunks } from '../alerts/alert-rows.ts';
import type { Schema } from '../state/schema.ts';
import type { LinkPolicy } from './link-policy.ts';

/** Days before that count: a proxy shows itself within a week. */
const DAYS_BEFORE = 7;

/** A key on a day of event time (days since 1970). */
export interface KeyDay {
  readonly key: string;
  readonly day: number;
}

/** An alert about `principal` named the key. */
export interface Seen extends KeyDay {
  readonly principal: string;
}

type Days = Map<string, Map<number, Set<string>>>;

/**
 * Hubs: things that so many different main entities are seen with that naming the same one says nothing (a proxy, a bastion, a robot's account). It is a function of the alerts and
 * of event time alone, so that looking again gives the same answer; a key only ever becomes a hub, never stops being one.
 */
export class Hubs {
  readonly #policy: LinkPolicy;

  constructor(policy: LinkPolicy) {
    this.#policy = policy;
  }

  /** Keeps what was seen. Answers the keys that became hubs by it, with the days on which they did. */
  async record(db: Transaction<Schema>, seen: readonly Seen[]): Promise<readonly KeyDay[]> {
    const counted = seen.filter(({ key }) => this.#limit(key) !== null);
    if (counted.length === 0) return [];
    const days = await this.#load(
      db,
      counted.flatMap(({ key, day }) => [
        { key, day },
        { key, day: day + DAYS_BEFORE },
      ]),
    );
    const touched = new Map<string, KeyDay>();
    const added: Seen[] = [];
    for (const one of counted) {
      const { key, day, principal } = one;
      const byDay = days.get(key) ?? new Map<number, Set<string>>();
      days.set(key, byDay);
      const known = byDay.get(day) ?? new Set<string>();
      byDay.set(day, known);
      // Beyond this a day alone makes the key a hub, today and for the week: more need not be known.
      if (known.has(principal) || known.size > this.#sameDay(key)) continue;
      for (let at = day; at <= day + DAYS_BEFORE; at++) {
        const place = `${at} ${key}`;
        if (!touched.has(place) && !this.#isHub(days, key, at)) touched.set(place, { key, day: at });
      }
      known.add(principal);
      added.push(one);
    }
    for (const some of chunks(added))
      await db
        .insertInto('hub_principals')
        .values(some.map(({ key, day, principal }) => ({ key, day, principal })))
        .execute();
    return [...touched.values()].filter(({ key, day }) => this.#isHub(days, key, day));
  }

  /** Which of the keys are hubs on their day, as `<day> <key>`. */
  async among(db: Transaction<Schema>, asked: readonly KeyDay[]): Promise<ReadonlySet<string>> {
    const counted = asked.filter(({ key }) => this.#limit(key) !== null);
    const days = await this.#load(db, counted);
    return new Set(counted.filter(({ key, day }) => this.#isHub(days, key, day)).map(({ key, day }) => `${day} ${key}`));
  }

  #limit(key: string): number | null {
    return this.#policy.hubLimits[typeOfKey(key)] ?? null;
  }

  #sameDay(key: string): number {
    return (this.#limit(key) ?? Infinity) * this.#policy.hubSameDayFactor;
  }

  #isHub(days: Days, key: string, day: number): boolean {
    const byDay = days.get(key);
    const limit = this.#limit(key);
    if (byDay === undefined || limit === null) return false;
    const principals = new Set<string>();
    for (let at = day - DAYS_BEFORE; at < day; at++) for (const one of byDay.get(at) ?? []) principals.add(one);
    if (principals.size > limit) return true;
    for (const one of byDay.get(day) ?? []) principals.add(one);
    return principals.size > this.#sameDay(key);
  }

  /** What is known about the keys on their days and the week before. */
  async #load(db: Transaction<Schema>, asked: readonly KeyDay[]): Promise<Days> {
    const days: Days = new Map();
    if (asked.length === 0) return days;
    let [least, most] = [Infinity, -Infinity];
    for (const { day } of asked) [least, most] = [Math.min(least, day), Math.max(most, day)];
    for (const some of chunks([...new Set(asked.map(({ key }) => key))])) {
      const rows = await db
        .selectFrom('hub_principals')
        .selectAll()
        .where('key', 'in', some)
        .where('day', '>=', least - DAYS_BEFORE)
        .where('day', '<=', most)
        .execute();
      for (const { key, day, principal } of rows) {
        const byDay = days.get(key) ?? new Map<number, Set<string>>();
        days.set(key, byDay);
        byDay.set(day, (byDay.get(day) ?? new Set()).add(principal));
      }
    }
    return days;
  }
}
