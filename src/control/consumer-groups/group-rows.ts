import type { Transaction } from 'kysely';
import type { Schema } from '../../state/schema.ts';
import type { CheckpointTable, ConsumerGroupTable } from '../../state/tables/wire.ts';
import { NOBODY, type Assignment, type Ownership } from './assignment.ts';

type Db = Transaction<Schema>;

/** A consumer group with all its rows. */
export interface GroupRows {
  readonly group: ConsumerGroupTable;
  /** By shard; absent: none was saved. */
  readonly checkpoints: ReadonlyMap<number, CheckpointTable>;
  readonly assignment: Assignment;
}

export async function loadGroup(db: Db, logstore: number, name: string): Promise<GroupRows | null> {
  const group = await db
    .selectFrom('consumer_groups')
    .selectAll()
    .where('logstore', '=', logstore)
    .where('name', '=', name)
    .executeTakeFirst();
  if (group === undefined) return null;
  const mine = { logstore, consumer_group: name };
  const checkpoints = await db
    .selectFrom('consumer_checkpoints')
    .selectAll()
    .where((e) => e.and(mine))
    .execute();
  const members = await db
    .selectFrom('consumer_members')
    .selectAll()
    .where((e) => e.and(mine))
    .execute();
  const owned = await db
    .selectFrom('consumer_shards')
    .selectAll()
    .where((e) => e.and(mine))
    .execute();
  const owner = (text: string): string | null => (text === '' ? null : text);
  return {
    group,
    checkpoints: new Map(checkpoints.map((row) => [row.shard, row])),
    assignment: {
      consumers: new Map(members.map((row) => [row.consumer, row.last_ms])),
      shards: new Map(
        owned.map((row): [number, Ownership] => [
          row.shard,
          { owner: owner(row.owner), next: owner(row.next_owner), revoked: row.revoked === 1 },
        ]),
      ),
    },
  };
}

/** Writes what differs: a heartbeat that changes nothing costs one small row. */
export async function saveAssignment(db: Db, logstore: number, name: string, before: Assignment, after: Assignment): Promise<void> {
  for (const [consumer, last_ms] of after.consumers)
    if (before.consumers.get(consumer) !== last_ms)
      await db
        .insertInto('consumer_members')
        .values({ logstore, consumer_group: name, consumer, last_ms })
        .onConflict((c) => c.columns(['logstore', 'consumer_group', 'consumer']).doUpdateSet({ last_ms }))
        .execute();
  const gone = [...before.consumers.keys()].filter((consumer) => !after.consumers.has(consumer));
  if (gone.length > 0)
    await db
      .deleteFrom('consumer_members')
      .where('logstore', '=', logstore)
      .where('consumer_group', '=', name)
      .where('consumer', 'in', gone)
      .execute();
  for (const [shard, { owner, next, revoked }] of after.shards) {
    const old = before.shards.get(shard) ?? NOBODY;
    if (old.owner === owner && old.next === next && old.revoked === revoked) continue;
    const row = { owner: owner ?? '', next_owner: next ?? '', revoked: Number(revoked) };
    await db
      .insertInto('consumer_shards')
      .values({ logstore, consumer_group: name, shard, ...row })
      .onConflict((c) => c.columns(['logstore', 'consumer_group', 'shard']).doUpdateSet(row))
      .execute();
  }
  const lost = [...before.shards.keys()].filter((shard) => !after.shards.has(shard));
  if (lost.length > 0)
    await db
      .deleteFrom('consumer_shards')
      .where('logstore', '=', logstore)
      .where('consumer_group', '=', name)
      .where('shard', 'in', lost)
      .execute();
}

export async function saveCheckpoint(db: Db, row: CheckpointTable): Promise<void> {
  const { checkpoint, updated_us, consumer } = row;
  await db
    .insertInto('consumer_checkpoints')
    .values(row)
    .onConflict((c) => c.columns(['logstore', 'consumer_group', 'shard']).doUpdateSet({ checkpoint, updated_us, consumer }))
    .execute();
}
