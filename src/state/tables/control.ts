import type { Kysely } from 'kysely';
import type { Migrations } from '../state.ts';

export interface ProjectTable {
  id: number;
  name: string;
  description: string;
  region: string;
  owner: string;
  created_sec: number;
  modified_sec: number;
  /** JSON object: properties of the wire form we only keep. */
  extra: string;
}

export interface LogstoreTable {
  id: number;
  project: string;
  name: string;
  ttl_days: number;
  auto_split: number;
  max_split_shard: number;
  enable_tracking: number;
  append_meta: number;
  mode: string;
  telemetry_type: string;
  profile: string;
  created_sec: number;
  modified_sec: number;
  extra: string;
  /** Number of the next shard: ids are never used twice within a logstore (sls-api §3.3). */
  next_shard: number;
}

export interface IndexTable {
  logstore: number;
  /** JSON of IndexConfig. */
  config: string;
}

export interface ShardTable {
  logstore: number;
  shard: number;
  status: 'readwrite' | 'readonly';
  begin_key: string;
  end_key: string;
  created_sec: number;
  /** JSON array of shard ids. */
  parents: string;
}

/** Shards whose stream data is still to be removed: written with the deletion, so that a crash in between leaves nothing behind for ever. */
export interface DeletedShardTable {
  logstore: number;
  shard: number;
}

export interface RamUserTable {
  name: string;
  display_name: string;
  created_sec: number;
}

export interface RamPolicyTable {
  name: string;
  description: string;
  /** Policy document, JSON text. */
  document: string;
  created_sec: number;
}

export interface RamAttachmentTable {
  user: string;
  policy: string;
}

export interface AccessKeyTable {
  id: string;
  user: string;
  /** Sealed secret. */
  secret: string;
  active: number;
  created_sec: number;
}

export interface StsSessionTable {
  /** Temporary access key id, `STS.…`. */
  id: string;
  user: string;
  session_name: string;
  secret: string;
  /** Sealed security token that requests must carry. */
  token: string;
  /** Policy document that narrows what the user may do; '' does not. */
  document: string;
  expires_ms: number;
}

export interface ProjectPolicyTable {
  project: string;
  document: string;
}

export interface UserTable {
  name: string;
  display_name: string;
  role: string;
  /** `scrypt$N$r$p$salt$hash`. */
  password: string;
  disabled: number;
  created_ms: number;
  failures: number;
  locked_until_ms: number;
  last_login_ms: number;
}

export interface SessionTable {
  token_hash: string;
  user: string;
  created_ms: number;
  expires_ms: number;
  client: string;
}

export interface ApiKeyTable {
  id: string;
  user: string;
  label: string;
  role: string;
  key_hash: string;
  /** The characters people recognise it by. */
  hint: string;
  created_ms: number;
  /** 0: never. */
  expires_ms: number;
}

export interface AuditTable {
  seq: number;
  at_ms: number;
  actor: string;
  action: string;
  resource: string;
  outcome: string;
  details: string;
  prev_hash: string;
  hash: string;
}

export interface ControlTables {
  projects: ProjectTable;
  logstores: LogstoreTable;
  indexes: IndexTable;
  shards: ShardTable;
  deleted_shards: DeletedShardTable;
  ram_users: RamUserTable;
  ram_policies: RamPolicyTable;
  ram_attachments: RamAttachmentTable;
  access_keys: AccessKeyTable;
  sts_sessions: StsSessionTable;
  project_policies: ProjectPolicyTable;
  users: UserTable;
  sessions: SessionTable;
  api_keys: ApiKeyTable;
  audit_trail: AuditTable;
}

/** Tables of the control room. Number range 0100–0199. */
export const controlMigrations: Migrations = {
  '0100_catalog': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('projects')
        .addColumn('id', 'bigint', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull().unique())
        .addColumn('description', 'text', (c) => c.notNull())
        .addColumn('region', 'text', (c) => c.notNull())
        .addColumn('owner', 'text', (c) => c.notNull())
        .addColumn('created_sec', 'bigint', (c) => c.notNull())
        .addColumn('modified_sec', 'bigint', (c) => c.notNull())
        .addColumn('extra', 'text', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('logstores')
        .addColumn('id', 'bigint', (c) => c.primaryKey())
        .addColumn('project', 'text', (c) => c.notNull())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('ttl_days', 'bigint', (c) => c.notNull())
        .addColumn('auto_split', 'bigint', (c) => c.notNull())
        .addColumn('max_split_shard', 'bigint', (c) => c.notNull())
        .addColumn('enable_tracking', 'bigint', (c) => c.notNull())
        .addColumn('append_meta', 'bigint', (c) => c.notNull())
        .addColumn('mode', 'text', (c) => c.notNull())
        .addColumn('telemetry_type', 'text', (c) => c.notNull())
        .addColumn('profile', 'text', (c) => c.notNull())
        .addColumn('created_sec', 'bigint', (c) => c.notNull())
        .addColumn('modified_sec', 'bigint', (c) => c.notNull())
        .addColumn('extra', 'text', (c) => c.notNull())
        .addColumn('next_shard', 'bigint', (c) => c.notNull())
        .addUniqueConstraint('logstores_project_name', ['project', 'name'])
        .execute();
      await db.schema
        .createTable('indexes')
        .addColumn('logstore', 'bigint', (c) => c.primaryKey())
        .addColumn('config', 'text', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('shards')
        .addColumn('logstore', 'bigint', (c) => c.notNull())
        .addColumn('shard', 'bigint', (c) => c.notNull())
        .addColumn('status', 'text', (c) => c.notNull())
        .addColumn('begin_key', 'text', (c) => c.notNull())
        .addColumn('end_key', 'text', (c) => c.notNull())
        .addColumn('created_sec', 'bigint', (c) => c.notNull())
        .addColumn('parents', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('shards_key', ['logstore', 'shard'])
        .execute();
      await db.schema
        .createTable('deleted_shards')
        .addColumn('logstore', 'bigint', (c) => c.notNull())
        .addColumn('shard', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('deleted_shards_key', ['logstore', 'shard'])
        .execute();
    },
  },
  '0101_access': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('ram_users')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('display_name', 'text', (c) => c.notNull())
        .addColumn('created_sec', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('ram_policies')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('description', 'text', (c) => c.notNull())
        .addColumn('document', 'text', (c) => c.notNull())
        .addColumn('created_sec', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('ram_attachments')
        .addColumn('user', 'text', (c) => c.notNull())
        .addColumn('policy', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('ram_attachments_key', ['user', 'policy'])
        .execute();
      await db.schema
        .createTable('access_keys')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('user', 'text', (c) => c.notNull())
        .addColumn('secret', 'text', (c) => c.notNull())
        .addColumn('active', 'bigint', (c) => c.notNull())
        .addColumn('created_sec', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('sts_sessions')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('user', 'text', (c) => c.notNull())
        .addColumn('session_name', 'text', (c) => c.notNull())
        .addColumn('secret', 'text', (c) => c.notNull())
        .addColumn('token', 'text', (c) => c.notNull())
        .addColumn('document', 'text', (c) => c.notNull())
        .addColumn('expires_ms', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('project_policies')
        .addColumn('project', 'text', (c) => c.primaryKey())
        .addColumn('document', 'text', (c) => c.notNull())
        .execute();
    },
  },
  '0102_people': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('users')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('display_name', 'text', (c) => c.notNull())
        .addColumn('role', 'text', (c) => c.notNull())
        .addColumn('password', 'text', (c) => c.notNull())
        .addColumn('disabled', 'bigint', (c) => c.notNull())
        .addColumn('created_ms', 'bigint', (c) => c.notNull())
        .addColumn('failures', 'bigint', (c) => c.notNull())
        .addColumn('locked_until_ms', 'bigint', (c) => c.notNull())
        .addColumn('last_login_ms', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('sessions')
        .addColumn('token_hash', 'text', (c) => c.primaryKey())
        .addColumn('user', 'text', (c) => c.notNull())
        .addColumn('created_ms', 'bigint', (c) => c.notNull())
        .addColumn('expires_ms', 'bigint', (c) => c.notNull())
        .addColumn('client', 'text', (c) => c.notNull())
        .execute();
      await db.schema.createIndex('sessions_user').on('sessions').column('user').execute();
      await db.schema
        .createTable('api_keys')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('user', 'text', (c) => c.notNull())
        .addColumn('label', 'text', (c) => c.notNull())
        .addColumn('role', 'text', (c) => c.notNull())
        .addColumn('key_hash', 'text', (c) => c.notNull().unique())
        .addColumn('hint', 'text', (c) => c.notNull())
        .addColumn('created_ms', 'bigint', (c) => c.notNull())
        .addColumn('expires_ms', 'bigint', (c) => c.notNull())
        .execute();
    },
  },
  '0103_audit_trail': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('audit_trail')
        .addColumn('seq', 'bigint', (c) => c.primaryKey())
        .addColumn('at_ms', 'bigint', (c) => c.notNull())
        .addColumn('actor', 'text', (c) => c.notNull())
        .addColumn('action', 'text', (c) => c.notNull())
        .addColumn('resource', 'text', (c) => c.notNull())
        .addColumn('outcome', 'text', (c) => c.notNull())
        .addColumn('details', 'text', (c) => c.notNull())
        .addColumn('prev_hash', 'text', (c) => c.notNull())
        .addColumn('hash', 'text', (c) => c.notNull())
        .execute();
      await db.schema.createIndex('audit_trail_at').on('audit_trail').column('at_ms').execute();
    },
  },
};
