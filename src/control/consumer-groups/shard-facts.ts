import { cursorNumber } from './cursor-text.ts';
import type { ShardInfo } from '../catalog.ts';
import type { ShardFacts } from './assignment.ts';

/** A checkpoint as it was saved: base64 of the decimal cursor, and by whom ('': a tool). */
export interface SavedCheckpoint {
  readonly checkpoint: string;
  readonly consumer: string;
}

/** What is kept of a readonly shard. */
export interface KeptRange {
  readonly begin: bigint;
  readonly end: bigint;
}

/**
 * A put that was let in just before its shard was closed may still be on its way to the disk. A shard counts as drained only this long after it was
 * closed, or its children could be read before its last logs. Longer makes every split hold up ordered groups.
 */
const SETTLE_MS = 2000;

/**
 * What the assignment has to know about each shard (sls-api §5.2). A readonly shard is over when nothing is left to read after its checkpoint;
 * without one, when it is empty: clients save none for a shard that gave them nothing.
 * @param kept of the readonly shards; one that is missing counts as not drained
 * @param released null: the group is not in order; else the shards that wait for nobody
 */
export function shardFacts(
  shards: readonly ShardInfo[],
  kept: ReadonlyMap<number, KeptRange>,
  checkpoints: ReadonlyMap<number, SavedCheckpoint>,
  released: ReadonlySet<number> | null,
  nowMs: number,
): ShardFacts[] {
  const closedMs = new Map<number, number>();
  for (const child of shards) for (const parent of child.parents) closedMs.set(parent, child.createdSec * 1000);
  const over = new Set<number>();
  for (const { shard, status } of shards) {
    const range = kept.get(shard);
    if (status !== 'readonly' || range === undefined || nowMs - (closedMs.get(shard) ?? 0) < SETTLE_MS) continue;
    const saved = cursorNumber(checkpoints.get(shard)?.checkpoint ?? '');
    if ((saved ?? range.begin) >= range.end || range.begin >= range.end) over.add(shard);
  }
  const byNumber = new Map(shards.map((info) => [info.shard, info]));
  const drained = new Map<number, boolean>();
  /** Whether the shard and everything it came from is over; what retention has removed is. */
  const isDrained = (shard: number): boolean => {
    const known = drained.get(shard);
    if (known !== undefined) return known;
    const info = byNumber.get(shard);
    const answer = info === undefined || (over.has(shard) && info.parents.every(isDrained));
    drained.set(shard, answer);
    return answer;
  };
  return shards.map(({ shard, parents }) => ({
    shard,
    savedBy: checkpoints.get(shard)?.consumer ?? null,
    over: over.has(shard),
    waiting: released !== null && !over.has(shard) && !released.has(shard) && !parents.every(isDrained),
  }));
}
