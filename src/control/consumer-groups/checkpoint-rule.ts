import { NOBODY, type Assignment } from './assignment.ts';

/** What becomes of a checkpoint. `ignore`: it comes from a consumer whose shard was just moved under it, and must not undo that. */
export type CheckpointFate = 'store' | 'ignore' | 'unknown_consumer' | 'not_owner';

/**
 * Decides over a checkpoint (sls-api §5.3). Where it lies does not matter: backwards is a replay.
 * @param heard the assignment without consumers that fell silent
 */
export function checkpointFate(heard: Assignment, shard: number, consumer: string, force: boolean): CheckpointFate {
  const own = heard.shards.get(shard) ?? NOBODY;
  if (!force) {
    if (!heard.consumers.has(consumer)) return 'unknown_consumer';
    if (own.owner !== consumer || own.revoked) return 'not_owner';
  }
  return own.revoked && own.owner === consumer ? 'ignore' : 'store';
}
