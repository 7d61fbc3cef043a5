import type { Transaction } from 'kysely';
import type { Schema } from '../state/schema.ts';
import type { LogstoreTable } from '../state/tables/control.ts';
import type { IndexConfig, LogstoreInfo, NewLogstore, ShardInfo } from './catalog.ts';
import { CatalogCache } from './catalog-cache.ts';

/** What an update may change. */
export type LogstoreRowChange = Partial<Omit<NewLogstore, 'name' | 'shardCount'>>;

type Changeable = Omit<LogstoreTable, 'id' | 'project' | 'name' | 'created_sec' | 'next_shard'>;

/** The columns an update may write. */
export function logstoreRow(logstore: LogstoreInfo): Changeable {
  return {
    ttl_days: logstore.ttlDays,
    auto_split: Number(logstore.autoSplit),
    max_split_shard: logstore.maxSplitShard,
    enable_tracking: Number(logstore.enableTracking),
    append_meta: Number(logstore.appendMeta),
    mode: logstore.mode,
    telemetry_type: logstore.telemetryType,
    profile: logstore.profile,
    modified_sec: logstore.modifiedSec,
    extra: JSON.stringify(logstore.extra),
  };
}

/** Reads the whole catalogue: a few thousand rows at most. */
export async function loadCatalog(db: Transaction<Schema>): Promise<CatalogCache> {
  const cache = new CatalogCache();
  for (const row of await db.selectFrom('projects').selectAll().execute())
    cache.putProject({
      id: row.id,
      name: row.name,
      description: row.description,
      region: row.region,
      owner: row.owner,
      createdSec: row.created_sec,
      modifiedSec: row.modified_sec,
      extra: JSON.parse(row.extra) as Record<string, unknown>,
    });
  const shards = new Map<number, ShardInfo[]>();
  for (const row of await db.selectFrom('shards').selectAll().orderBy('logstore').orderBy('shard').execute()) {
    const list = shards.get(row.logstore) ?? [];
    shards.set(row.logstore, list);
    list.push({
      shard: row.shard,
      status: row.status,
      beginKey: row.begin_key,
      endKey: row.end_key,
      createdSec: row.created_sec,
      parents: JSON.parse(row.parents) as number[],
    });
  }
  const indexes = new Map<number, IndexConfig>();
  for (const row of await db.selectFrom('indexes').selectAll().execute()) indexes.set(row.logstore, JSON.parse(row.config) as IndexConfig);
  for (const row of await db.selectFrom('logstores').selectAll().execute()) {
    const own = shards.get(row.id) ?? [];
    cache.putShards(row.id, own);
    cache.putLogstore({
      id: row.id,
      project: row.project,
      name: row.name,
      ttlDays: row.ttl_days,
      shardCount: own.filter((s) => s.status === 'readwrite').length,
      autoSplit: row.auto_split === 1,
      maxSplitShard: row.max_split_shard,
      enableTracking: row.enable_tracking === 1,
      appendMeta: row.append_meta === 1,
      mode: row.mode,
      telemetryType: row.telemetry_type,
      createdSec: row.created_sec,
      modifiedSec: row.modified_sec,
      index: indexes.get(row.id) ?? null,
      profile: row.profile as LogstoreInfo['profile'],
      extra: JSON.parse(row.extra) as Record<string, unknown>,
    });
  }
  return cache;
}
