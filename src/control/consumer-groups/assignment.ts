/**
 * Who consumes which shard of a consumer group: the server side of sls-api §5.2 as a pure function over its state, so that every rule can be tried
 * on thousands of schedules. A shard's state is not kept but follows from its owner, its next owner and the facts about it.
 */

export interface ShardFacts {
  readonly shard: number;
  /** Readonly and nothing left to read after the checkpoint. */
  readonly over: boolean;
  /** `order` is on and an ancestor is not over yet. */
  readonly waiting: boolean;
  /** Who saved its checkpoint; '': a tool, null: none is saved. */
  readonly savedBy: string | null;
}

export interface Ownership {
  /** Null: nobody. Kept on a shard that is over, so that the last checkpoint of its owner is accepted. */
  readonly owner: string | null;
  /** Who gets the shard once the owner has let go of it; null: it stays. */
  readonly next: string | null;
  /** The checkpoint was moved under the owner: it must let go before anyone, maybe itself, goes on from the new place. */
  readonly revoked: boolean;
}

export interface Assignment {
  /** Consumer → Unix ms of its last heartbeat. */
  readonly consumers: ReadonlyMap<string, number>;
  readonly shards: ReadonlyMap<number, Ownership>;
}

export interface Beat {
  readonly consumer: string;
  /** Shards whose worker has not stopped yet, as the consumer says. */
  readonly held: readonly number[];
  readonly nowMs: number;
  readonly timeoutMs: number;
  /** Since when heartbeats could arrive: while the server was down nobody could be heard, so nobody counts as silent from before. */
  readonly upSinceMs: number;
}

export const NOBODY: Ownership = { owner: null, next: null, revoked: false };

/** The assignment after the consumers that fell silent are taken out. */
export function expire(before: Assignment, { nowMs, timeoutMs, upSinceMs }: Pick<Beat, 'nowMs' | 'timeoutMs' | 'upSinceMs'>): Assignment {
  const consumers = new Map([...before.consumers].filter(([, lastMs]) => nowMs - Math.max(lastMs, upSinceMs) <= timeoutMs));
  const shards = new Map<number, Ownership>();
  for (const [shard, { owner, next, revoked }] of before.shards) {
    // A next owner that is gone leaves the shard where it is; an owner that is gone leaves it to whoever has the fewest.
    if (owner !== null && consumers.has(owner))
      shards.set(shard, { owner, next: next !== null && consumers.has(next) ? next : null, revoked });
  }
  return { consumers, shards };
}

/**
 * Takes a heartbeat in. `shards` is the new assignment, `working` what this consumer is to work on: never a shard that another one may still be reading.
 */
export function heartbeat(before: Assignment, facts: readonly ShardFacts[], beat: Beat): Assignment & { readonly working: number[] } {
  const { consumer, nowMs } = beat;
  const expired = expire(before, beat);
  const consumers = new Map(expired.consumers).set(consumer, nowMs);
  const held = new Set(beat.held);
  const shards = new Map<number, Ownership>();
  const active = facts.filter((fact) => !fact.over && !fact.waiting).map((fact) => fact.shard);

  for (const { shard, over, waiting, savedBy } of facts) {
    let { owner, next, revoked } = expired.shards.get(shard) ?? NOBODY;
    if (over || waiting) next = null;
    if (owner === consumer && !held.has(shard) && (waiting || revoked || next !== null)) [owner, next, revoked] = [next, null, false];
    // Nobody's, but this consumer reads it already (it was silent too long, or the group was made again under it): giving it to another one would read it twice.
    // If someone else has moved its checkpoint meanwhile, it must let go first: what it would save would take the group back, or undo a reset.
    if (owner === null && held.has(shard) && !over && !waiting) [owner, revoked] = [consumer, savedBy !== null && savedBy !== consumer];
    shards.set(shard, { owner, next, revoked });
  }

  share(shards, active, [...consumers.keys()]);
  const working = active.filter((shard) => {
    const { owner, next, revoked } = shards.get(shard) ?? NOBODY;
    return owner === consumer && next === null && !revoked;
  });
  return { consumers, shards, working };
}

/** Gives free shards to whoever has the fewest, then moves shards until no two consumers differ by more than one. */
function share(shards: Map<number, Ownership>, active: readonly number[], consumers: readonly string[]): void {
  const load = new Map<string, number>(consumers.toSorted().map((name) => [name, 0]));
  const future = (shard: number): string | null => shards.get(shard)?.next ?? shards.get(shard)?.owner ?? null;
  const add = (name: string | null, by: number): void => {
    if (name !== null) load.set(name, (load.get(name) ?? 0) + by);
  };
  for (const shard of active) add(future(shard), 1);
  const extremes = (): { least: string; most: string; apart: number } => {
    let least = '';
    let most = '';
    for (const [name, count] of load) {
      if (least === '' || count < (load.get(least) ?? 0)) least = name;
      if (most === '' || count > (load.get(most) ?? 0)) most = name;
    }
    return { least, most, apart: (load.get(most) ?? 0) - (load.get(least) ?? 0) };
  };
  for (const shard of active) {
    if (future(shard) !== null) continue;
    const { least } = extremes();
    shards.set(shard, { owner: least, next: null, revoked: false });
    add(least, 1);
  }
  for (;;) {
    const { least, most, apart } = extremes();
    if (apart <= 1) return;
    // A shard that is still on its way to `most` is redirected first: it costs no consumer anything.
    const shard = active.findLast((s) => shards.get(s)?.next === most) ?? active.findLast((s) => future(s) === most);
    if (shard === undefined) return;
    const { owner, revoked } = shards.get(shard) ?? NOBODY;
    shards.set(shard, { owner, next: owner === least ? null : least, revoked });
    add(most, -1);
    add(least, 1);
  }
}
