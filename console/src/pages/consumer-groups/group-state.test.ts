import { expect, test } from 'vitest';
import { groupState } from './group-state.ts';

const shard = (checkpointAt: string | null) => ({
  shard: 0,
  checkpoint: checkpointAt === null ? null : '4',
  checkpointAt,
  consumer: '',
  end: '9',
  lagGroups: 5,
  lagSec: 90,
});
const SAVED = '2024-09-10T09:38:51.204Z';

test('a group with members is in step until the oldest waiting log is over a minute old', () => {
  expect(groupState({ consumers: ['a'], lagGroups: 0, lagSec: 0, shards: [shard(SAVED)] })).toBe('consuming');
  expect(groupState({ consumers: ['a'], lagGroups: 5, lagSec: 59, shards: [shard(SAVED)] })).toBe('consuming');
  expect(groupState({ consumers: ['a'], lagGroups: 5, lagSec: 61, shards: [shard(SAVED)] })).toBe('behind');
  expect(groupState({ consumers: ['a'], lagGroups: null, lagSec: null, shards: [shard(SAVED)] })).toBe('behind');
});

test('a group without members: never read, left behind, or done', () => {
  expect(groupState({ consumers: [], lagGroups: 5, lagSec: 90, shards: [shard(null)] })).toBe('unread');
  expect(groupState({ consumers: [], lagGroups: 5, lagSec: 90, shards: [shard(SAVED)] })).toBe('idle');
  expect(groupState({ consumers: [], lagGroups: 0, lagSec: 0, shards: [shard(SAVED)] })).toBe('done');
});
