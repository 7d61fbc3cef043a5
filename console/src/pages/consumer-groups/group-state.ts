import type { ConsumerGroup } from '../../../../src/api/rest/contract/logstores.ts';

export const GROUP_STATES = ['consuming', 'behind', 'idle', 'unread', 'done'] as const;
export type GroupState = (typeof GROUP_STATES)[number];

/** A group this far behind the end counts as behind, not as in step. */
const BEHIND_SEC = 60;

/** What a group does, from its members, checkpoints and lag. */
export function groupState(group: Pick<ConsumerGroup, 'consumers' | 'lagGroups' | 'lagSec' | 'shards'>): GroupState {
  const waiting = group.lagGroups === null || group.lagGroups > 0;
  if (group.consumers.length > 0) return waiting && (group.lagSec === null || group.lagSec > BEHIND_SEC) ? 'behind' : 'consuming';
  if (!waiting) return 'done';
  return group.shards.every((shard) => shard.checkpointAt === null) ? 'unread' : 'idle';
}
