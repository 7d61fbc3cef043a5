import type { Kysely } from 'kysely';
import type { Migrations } from '../state.ts';

export interface ConsumerGroupTable {
  logstore: number;
  name: string;
  timeout_sec: number;
  in_order: number;
  created_sec: number;
  /**
   * JSON array of shards whose parents no longer hold them back: released when `order` was switched off, or present when it was switched on
   * (sls-api §5.2: that change affects only future splits and merges).
   */
  released: string;
}

export interface CheckpointTable {
  logstore: number;
  consumer_group: string;
  shard: number;
  /** As the client sent it: base64 of the decimal cursor. */
  checkpoint: string;
  /** Microseconds since the Unix epoch. */
  updated_us: number;
  consumer: string;
}

/** A consumer that has sent a heartbeat and not yet fallen silent. */
export interface ConsumerMemberTable {
  logstore: number;
  consumer_group: string;
  consumer: string;
  /** Of the last heartbeat, Unix ms. */
  last_ms: number;
}

/** Who works on a shard, and who is to have it once the owner has let go; '' for nobody. */
export interface ConsumerShardTable {
  logstore: number;
  consumer_group: string;
  shard: number;
  owner: string;
  next_owner: string;
  /** 1: the checkpoint was moved under the owner, which must let go first and has no say about it any more. */
  revoked: number;
}

/** Objects of a project that we keep as the client wrote them: saved searches, dashboards, jobs, machine groups, configs … */
export interface WireObjectTable {
  project: string;
  kind: string;
  name: string;
  /** JSON object. */
  body: string;
  created_sec: number;
  modified_sec: number;
}

export interface MachineGroupConfigTable {
  project: string;
  machine_group: string;
  config: string;
}

export interface WireTagTable {
  project: string;
  resource_type: string;
  resource_id: string;
  tag_key: string;
  tag_value: string;
}

export interface WireTables {
  consumer_groups: ConsumerGroupTable;
  consumer_checkpoints: CheckpointTable;
  consumer_members: ConsumerMemberTable;
  consumer_shards: ConsumerShardTable;
  wire_objects: WireObjectTable;
  machine_group_configs: MachineGroupConfigTable;
  wire_tags: WireTagTable;
}

/** Tables of the SLS wire API's own objects. Number range 0200–0299. */
export const wireMigrations: Migrations = {
  '0200_consumer_groups': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('consumer_groups')
        .addColumn('logstore', 'bigint', (c) => c.notNull())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('timeout_sec', 'bigint', (c) => c.notNull())
        .addColumn('in_order', 'bigint', (c) => c.notNull())
        .addColumn('created_sec', 'bigint', (c) => c.notNull())
        .addColumn('released', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('consumer_groups_key', ['logstore', 'name'])
        .execute();
      await db.schema
        .createTable('consumer_checkpoints')
        .addColumn('logstore', 'bigint', (c) => c.notNull())
        .addColumn('consumer_group', 'text', (c) => c.notNull())
        .addColumn('shard', 'bigint', (c) => c.notNull())
        .addColumn('checkpoint', 'text', (c) => c.notNull())
        .addColumn('updated_us', 'bigint', (c) => c.notNull())
        .addColumn('consumer', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('consumer_checkpoints_key', ['logstore', 'consumer_group', 'shard'])
        .execute();
    },
  },
  '0201_wire_objects': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('wire_objects')
        .addColumn('project', 'text', (c) => c.notNull())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('body', 'text', (c) => c.notNull())
        .addColumn('created_sec', 'bigint', (c) => c.notNull())
        .addColumn('modified_sec', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('wire_objects_key', ['project', 'kind', 'name'])
        .execute();
      await db.schema
        .createTable('machine_group_configs')
        .addColumn('project', 'text', (c) => c.notNull())
        .addColumn('machine_group', 'text', (c) => c.notNull())
        .addColumn('config', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('machine_group_configs_key', ['project', 'machine_group', 'config'])
        .execute();
      await db.schema
        .createTable('wire_tags')
        .addColumn('project', 'text', (c) => c.notNull())
        .addColumn('resource_type', 'text', (c) => c.notNull())
        .addColumn('resource_id', 'text', (c) => c.notNull())
        .addColumn('tag_key', 'text', (c) => c.notNull())
        .addColumn('tag_value', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('wire_tags_key', ['project', 'resource_type', 'resource_id', 'tag_key'])
        .execute();
    },
  },
  '0202_consumer_members': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('consumer_members')
        .addColumn('logstore', 'bigint', (c) => c.notNull())
        .addColumn('consumer_group', 'text', (c) => c.notNull())
        .addColumn('consumer', 'text', (c) => c.notNull())
        .addColumn('last_ms', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('consumer_members_key', ['logstore', 'consumer_group', 'consumer'])
        .execute();
      await db.schema
        .createTable('consumer_shards')
        .addColumn('logstore', 'bigint', (c) => c.notNull())
        .addColumn('consumer_group', 'text', (c) => c.notNull())
        .addColumn('shard', 'bigint', (c) => c.notNull())
        .addColumn('owner', 'text', (c) => c.notNull())
        .addColumn('next_owner', 'text', (c) => c.notNull())
        .addColumn('revoked', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('consumer_shards_key', ['logstore', 'consumer_group', 'shard'])
        .execute();
    },
  },
};
