import type { Transaction } from 'kysely';
import type { Settings } from '../config/settings.ts';
import { asSluiceError, SluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import type { Schema } from '../state/schema.ts';
import type { State } from '../state/state.ts';
import { nextNumber } from '../state/tables/state.ts';
import type { Stream } from '../stream/stream.ts';
import type { Catalog, CatalogChange, IndexConfig, LogstoreInfo, NewLogstore, ProjectInfo, ShardInfo } from './catalog.ts';
import { CatalogCache } from './catalog-cache.ts';
import { loadCatalog, logstoreRow, type LogstoreRowChange } from './catalog-rows.ts';
import { evenRanges, FIRST_KEY, LAST_KEY, normalKey, strictlyInside, type KeyRange } from './shard-keys.ts';
import { checkLogstoreName, checkLogstoreSpec, checkProjectDescription, checkProjectName } from './catalog-rules.ts';

/** What the catalogue asks of the stream: shards exist there before anyone can be sent to them. */
export type ShardPlaces = Pick<Stream, 'createShard' | 'deleteShard'>;

export interface CatalogOptions {
  readonly settings: Settings;
  /** Null: another node makes and removes the shards (a node without the ingest role). */
  readonly places: ShardPlaces | null;
  /** Account that owns projects; SLS shows it as `owner`. */
  readonly owner: string;
}

/** Counter that every change moves; other nodes look whether it moved. */
const REVISION = 'catalog.revision';

/** Most readwrite shards of a logstore after splits: SLS's bound of maxSplitShard (sls-api §4.2). */
const MAX_SHARDS = 256;

/** The catalogue over the state database: reads from memory, writes through, one change at a time per process and serializable over all of them. */
export class StateCatalog implements Catalog {
  readonly #state: State;
  readonly #options: CatalogOptions;
  readonly #listeners = new Set<(change: CatalogChange) => void>();
  #cache = new CatalogCache();
  #revision = 0;
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(state: State, options: CatalogOptions) {
    this.#state = state;
    this.#options = options;
  }

  /** Loads everything, makes shards the stream lacks (a new stream under an old state) and finishes deletions that were cut short. @throws state.* stream.* */
  static async open(state: State, options: CatalogOptions, ctx: RunContext): Promise<StateCatalog> {
    const catalog = new StateCatalog(state, options);
    await catalog.refresh(ctx);
    if (options.places !== null) {
      for (const logstore of catalog.logstores())
        for (const { shard } of catalog.shards(logstore.id)) await options.places.createShard({ logstore: logstore.id, shard }, ctx);
      await catalog.#sweep(ctx);
    }
    return catalog;
  }

  project(name: string): ProjectInfo | null {
    return this.#cache.projects.get(name) ?? null;
  }

  projects(): readonly ProjectInfo[] {
    return [...this.#cache.projects.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  logstore(project: string, name: string): LogstoreInfo | null {
    return this.#cache.named.get(project)?.get(name) ?? null;
  }

  logstoreById(id: number): LogstoreInfo | null {
    return this.#cache.logstores.get(id) ?? null;
  }

  logstores(project?: string): readonly LogstoreInfo[] {
    const found = project === undefined ? this.#cache.logstores.values() : (this.#cache.named.get(project)?.values() ?? []);
    return [...found].toSorted((a, b) => (a.project === b.project ? (a.name < b.name ? -1 : 1) : a.project < b.project ? -1 : 1));
  }

  shards(logstore: number): readonly ShardInfo[] {
    return this.#cache.shards.get(logstore) ?? [];
  }

  onChange(listener: (change: CatalogChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  refresh(ctx: RunContext): Promise<boolean> {
    return this.#exclusive(async () => {
      const loaded = await this.#state.read(async (db) => {
        const row = await db.selectFrom('counters').select('value').where('name', '=', REVISION).executeTakeFirst();
        const revision = row?.value ?? 0;
        return revision === this.#revision ? null : { revision, cache: await loadCatalog(db) };
      }, ctx);
      if (loaded === null) return false;
      const before = this.#cache;
      this.#cache = loaded.cache;
      this.#revision = loaded.revision;
      for (const change of loaded.cache.changesSince(before)) this.#announce(change, ctx);
      return true;
    });
  }

  createProject(name: string, description: string, extra: Readonly<Record<string, unknown>>, ctx: RunContext): Promise<ProjectInfo> {
    return this.#exclusive(async () => {
      checkProjectName(name);
      checkProjectDescription(description);
      const { projects: limit } = this.#options.settings.limits;
      const nowSec = Math.floor(ctx.clock.nowMs() / 1000);
      const region = this.#options.settings.sls.region;
      const { owner } = this.#options;
      const id = await this.#write(async (db) => {
        if ((await db.selectFrom('projects').select('id').where('name', '=', name).executeTakeFirst()) !== undefined)
          throw exists('project', name);
        const { n } = await db
          .selectFrom('projects')
          .select((e) => e.fn.countAll<number>().as('n'))
          .executeTakeFirstOrThrow();
        if (n >= limit) throw quota('project', name, limit, 'limits.projects');
        const id = await nextNumber(db, 'project');
        await db
          .insertInto('projects')
          .values({ id, name, description, region, owner, created_sec: nowSec, modified_sec: nowSec, extra: JSON.stringify(extra) })
          .execute();
        return id;
      }, ctx);
      const project: ProjectInfo = { id, name, description, region, owner, createdSec: nowSec, modifiedSec: nowSec, extra };
      this.#cache.putProject(project);
      this.#announce({ kind: 'project', project: name, logstore: null, deleted: false }, ctx);
      return project;
    });
  }

  updateProject(name: string, description: string, ctx: RunContext): Promise<ProjectInfo> {
    return this.#exclusive(async () => {
      const before = this.#project(name);
      checkProjectDescription(description);
      const modifiedSec = Math.floor(ctx.clock.nowMs() / 1000);
      await this.#write(async (db) => {
        const changed = await db
          .updateTable('projects')
          .set({ description, modified_sec: modifiedSec })
          .where('id', '=', before.id)
          .executeTakeFirst();
        if (changed.numUpdatedRows === 0n) throw missing('project', name);
      }, ctx);
      const project = { ...before, description, modifiedSec };
      this.#cache.putProject(project);
      this.#announce({ kind: 'project', project: name, logstore: null, deleted: false }, ctx);
      return project;
    });
  }

  deleteProject(name: string, ctx: RunContext): Promise<void> {
    return this.#exclusive(async () => {
      const project = this.#project(name);
      await this.#write(async (db) => {
        const rows = await db.selectFrom('logstores').select('id').where('project', '=', name).execute();
        for (const { id } of rows) await forgetLogstore(db, id);
        for (const table of ['wire_objects', 'machine_group_configs', 'wire_tags', 'project_policies'] as const)
          await db.deleteFrom(table).where('project', '=', name).execute();
        const gone = await db.deleteFrom('projects').where('id', '=', project.id).executeTakeFirst();
        if (gone.numDeletedRows === 0n) throw missing('project', name);
      }, ctx);
      const logstores = this.logstores(name);
      for (const logstore of logstores) this.#cache.dropLogstore(logstore);
      this.#cache.dropProject(name);
      for (const logstore of logstores) this.#announce({ kind: 'logstore', project: name, logstore, deleted: true }, ctx);
      this.#announce({ kind: 'project', project: name, logstore: null, deleted: true }, ctx);
      await this.#sweep(ctx);
    });
  }

  createLogstore(project: string, spec: NewLogstore, ctx: RunContext): Promise<LogstoreInfo> {
    return this.#exclusive(async () => {
      this.#project(project);
      checkLogstoreName(spec.name);
      checkLogstoreSpec(spec, this.#options.settings.limits.shardsPerLogstore);
      if (this.logstore(project, spec.name) !== null) throw exists('logstore', spec.name);
      const limit = this.#options.settings.limits.logstoresPerProject;
      const nowSec = Math.floor(ctx.clock.nowMs() / 1000);
      const ranges = evenRanges({ beginKey: FIRST_KEY, endKey: LAST_KEY }, spec.shardCount);
      const shards = ranges.map((range, shard): ShardInfo => ({ shard, status: 'readwrite', ...range, createdSec: nowSec, parents: [] }));
      // The number is taken for good before the shards are made under it: a crash in between wastes a number, never shares one.
      const id = await this.#state.transact((db) => nextNumber(db, 'logstore'), ctx);
      const logstore: LogstoreInfo = {
        id,
        project,
        name: spec.name,
        ttlDays: spec.ttlDays,
        shardCount: spec.shardCount,
        autoSplit: spec.autoSplit ?? false,
        maxSplitShard: spec.maxSplitShard ?? 64,
        enableTracking: spec.enableTracking ?? false,
        appendMeta: spec.appendMeta ?? false,
        mode: spec.mode ?? 'standard',
        telemetryType: spec.telemetryType ?? '',
        createdSec: nowSec,
        modifiedSec: nowSec,
        index: null,
        profile: spec.profile ?? 'balanced',
        extra: spec.extra ?? {},
      };
      await this.#makePlaces(id, shards, ctx);
      try {
        await this.#write(async (db) => {
          if ((await db.selectFrom('projects').select('id').where('name', '=', project).executeTakeFirst()) === undefined)
            throw missing('project', project);
          const rows = await db.selectFrom('logstores').select('name').where('project', '=', project).execute();
          if (rows.some((row) => row.name === spec.name)) throw exists('logstore', spec.name);
          if (rows.length >= limit) throw quota('logstore', spec.name, limit, 'limits.logstoresPerProject');
          await db
            .insertInto('logstores')
            .values({ ...logstoreRow(logstore), id, project, name: spec.name, created_sec: nowSec, next_shard: shards.length })
            .execute();
          await insertShards(db, id, shards);
        }, ctx);
      } catch (thrown) {
        await this.#dropPlaces(id, shards, ctx);
        throw thrown;
      }
      this.#cache.putLogstore(logstore);
      this.#cache.putShards(id, shards);
      this.#announce({ kind: 'logstore', project, logstore, deleted: false }, ctx);
      return logstore;
    });
  }

  updateLogstore(project: string, name: string, change: LogstoreRowChange, ctx: RunContext): Promise<LogstoreInfo> {
    return this.#exclusive(async () => {
      const before = this.#logstore(project, name);
      const modifiedSec = Math.floor(ctx.clock.nowMs() / 1000);
      const logstore: LogstoreInfo = { ...before, ...change, id: before.id, project, name, shardCount: before.shardCount, modifiedSec };
      checkLogstoreSpec(logstore, MAX_SHARDS);
      await this.#write(async (db) => {
        const changed = await db.updateTable('logstores').set(logstoreRow(logstore)).where('id', '=', before.id).executeTakeFirst();
        if (changed.numUpdatedRows === 0n) throw missing('logstore', name);
      }, ctx);
      this.#cache.putLogstore(logstore);
      this.#announce({ kind: 'logstore', project, logstore, deleted: false }, ctx);
      return logstore;
    });
  }

  deleteLogstore(project: string, name: string, ctx: RunContext): Promise<void> {
    return this.#exclusive(async () => {
      const logstore = this.#logstore(project, name);
      await this.#write((db) => forgetLogstore(db, logstore.id), ctx);
      this.#cache.dropLogstore(logstore);
      this.#announce({ kind: 'logstore', project, logstore, deleted: true }, ctx);
      await this.#sweep(ctx);
    });
  }

  putIndex(project: string, name: string, index: IndexConfig, create: boolean, ctx: RunContext): Promise<void> {
    return this.#exclusive(async () => {
      const before = this.#logstore(project, name);
      if (create && before.index !== null) throw exists('index', name);
      if (!create && before.index === null) throw missing('index', name);
      const config = JSON.stringify(index);
      await this.#write(async (db) => {
        const there = await db.selectFrom('indexes').select('logstore').where('logstore', '=', before.id).executeTakeFirst();
        if (create && there !== undefined) throw exists('index', name);
        if (!create && there === undefined) throw missing('index', name);
        await db
          .insertInto('indexes')
          .values({ logstore: before.id, config })
          .onConflict((c) => c.column('logstore').doUpdateSet({ config }))
          .execute();
      }, ctx);
      const logstore = { ...before, index };
      this.#cache.putLogstore(logstore);
      this.#announce({ kind: 'index', project, logstore, deleted: false }, ctx);
    });
  }

  deleteIndex(project: string, name: string, ctx: RunContext): Promise<void> {
    return this.#exclusive(async () => {
      const before = this.#logstore(project, name);
      if (before.index === null) throw missing('index', name);
      await this.#write((db) => db.deleteFrom('indexes').where('logstore', '=', before.id).execute(), ctx);
      const logstore = { ...before, index: null };
      this.#cache.putLogstore(logstore);
      this.#announce({ kind: 'index', project, logstore, deleted: true }, ctx);
    });
  }

  splitShard(logstore: number, shard: number, at: string | number | null, ctx: RunContext): Promise<readonly ShardInfo[]> {
    return this.#exclusive(async () => {
      const old = this.#writable(logstore, shard);
      return await this.#replace(logstore, [old], splitRanges(old, at), ctx);
    });
  }

  mergeShards(logstore: number, shard: number, ctx: RunContext): Promise<readonly ShardInfo[]> {
    return this.#exclusive(async () => {
      const left = this.#writable(logstore, shard);
      const right = this.shards(logstore).find((s) => s.status === 'readwrite' && s.beginKey === left.endKey);
      if (right === undefined)
        throw new SluiceError('request.invalid', `shard ${shard} has no readwrite neighbour on its right to merge with`, {
          resource: 'shard',
          name: shard,
        });
      const replaced = await this.#replace(logstore, [left, right], [{ beginKey: left.beginKey, endKey: right.endKey }], ctx);
      // Merge answers the new one first (sls-api §3.3).
      return [...replaced.slice(2), ...replaced.slice(0, 2)];
    });
  }

  deleteShard(logstore: number, shard: number, ctx: RunContext): Promise<void> {
    return this.#exclusive(async () => {
      const info = this.#logstoreOf(logstore);
      const old = this.#shard(logstore, shard);
      if (old.status !== 'readonly')
        throw new SluiceError('request.invalid', `shard ${shard} is readwrite, only a readonly shard can be deleted`, {
          resource: 'shard',
          name: shard,
        });
      await this.#write(async (db) => {
        await db.deleteFrom('shards').where('logstore', '=', logstore).where('shard', '=', shard).execute();
        for (const table of ['consumer_checkpoints', 'consumer_shards'] as const)
          await db.deleteFrom(table).where('logstore', '=', logstore).where('shard', '=', shard).execute();
        await db.insertInto('deleted_shards').values({ logstore, shard }).execute();
      }, ctx);
      this.#cache.putShards(
        logstore,
        this.shards(logstore).filter((s) => s.shard !== shard),
      );
      this.#announce({ kind: 'shards', project: info.project, logstore: info, deleted: false }, ctx);
      await this.#sweep(ctx);
    });
  }

  /** Turns shards readonly and puts new ones in their place; answers the old ones, then the new ones. */
  async #replace(logstore: number, old: readonly ShardInfo[], ranges: readonly KeyRange[], ctx: RunContext): Promise<readonly ShardInfo[]> {
    const before = this.#logstoreOf(logstore);
    const shardCount = before.shardCount - old.length + ranges.length;
    if (shardCount > MAX_SHARDS) throw quota('shard', old[0]?.shard ?? 0, MAX_SHARDS, 'shards of a logstore');
    const nowSec = Math.floor(ctx.clock.nowMs() / 1000);
    const parents = old.map((s) => s.shard);
    const first = await this.#state.read(
      async (db) => (await db.selectFrom('logstores').select('next_shard').where('id', '=', logstore).executeTakeFirst())?.next_shard,
      ctx,
    );
    if (first === undefined) throw missing('logstore', before.name);
    const added = ranges.map((range, i): ShardInfo => ({ shard: first + i, status: 'readwrite', ...range, createdSec: nowSec, parents }));
    await this.#makePlaces(logstore, added, ctx);
    await this.#write(async (db) => {
      // Another node may have been faster: its shards have these numbers, and the places made above are its.
      const taken = await db
        .updateTable('logstores')
        .set({ next_shard: first + ranges.length })
        .where('id', '=', logstore)
        .where('next_shard', '=', first)
        .executeTakeFirst();
      const closed = await db
        .updateTable('shards')
        .set({ status: 'readonly' })
        .where('logstore', '=', logstore)
        .where('shard', 'in', parents)
        .where('status', '=', 'readwrite')
        .executeTakeFirst();
      if (taken.numUpdatedRows !== 1n || closed.numUpdatedRows !== BigInt(parents.length))
        throw new SluiceError('state.conflict', `the shards of logstore ${before.name} were changed by another node`, { logstore });
      await insertShards(db, logstore, added);
    }, ctx);
    const closed = old.map((s): ShardInfo => ({ ...s, status: 'readonly' }));
    const kept = this.shards(logstore).filter((s) => !parents.includes(s.shard));
    this.#cache.putShards(
      logstore,
      [...kept, ...closed, ...added].toSorted((a, b) => a.shard - b.shard),
    );
    const info = { ...before, shardCount };
    this.#cache.putLogstore(info);
    this.#announce({ kind: 'shards', project: info.project, logstore: info, deleted: false }, ctx);
    return [...closed, ...added];
  }

  async #makePlaces(logstore: number, shards: readonly ShardInfo[], ctx: RunContext): Promise<void> {
    for (const { shard } of shards) await this.#options.places?.createShard({ logstore, shard }, ctx);
  }

  /** Best effort after a refused creation: an empty shard that stays costs nothing and its number is never used. */
  async #dropPlaces(logstore: number, shards: readonly ShardInfo[], ctx: RunContext): Promise<void> {
    for (const { shard } of shards) {
      try {
        await this.#options.places?.deleteShard({ logstore, shard }, ctx);
      } catch (thrown) {
        ctx.log.warn({ logstore, shard, error: asSluiceError(thrown).message }, 'an unused shard could not be removed');
      }
    }
  }

  /** Removes the data of deleted shards from the stream; what fails stays listed and is tried again at the next deletion or start. */
  async #sweep(ctx: RunContext): Promise<void> {
    const { places } = this.#options;
    if (places === null) return;
    const rows = await this.#state.read((db) => db.selectFrom('deleted_shards').selectAll().execute(), ctx);
    for (const at of rows) {
      try {
        await places.deleteShard(at, ctx);
        await this.#state.transact(
          (db) => db.deleteFrom('deleted_shards').where('logstore', '=', at.logstore).where('shard', '=', at.shard).execute(),
          ctx,
        );
      } catch (thrown) {
        ctx.log.warn({ ...at, error: asSluiceError(thrown).message }, 'data of a deleted shard could not be removed yet');
      }
    }
  }

  async #write<T>(work: (db: Transaction<Schema>) => Promise<T>, ctx: RunContext): Promise<T> {
    const known = this.#revision;
    const { result, revision } = await this.#state.transact(async (db) => {
      const result = await work(db);
      return { result, revision: await nextNumber(db, REVISION) };
    }, ctx);
    // When another node wrote in between, its change is not in memory yet: keep the old number, so that the next refresh loads it.
    if (revision === known + 1) this.#revision = revision;
    return result;
  }

  #announce(change: CatalogChange, ctx: RunContext): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (thrown) {
        ctx.log.error(
          { kind: change.kind, project: change.project, error: asSluiceError(thrown).message },
          'a listener of catalogue changes failed',
        );
      }
    }
  }

  #project(name: string): ProjectInfo {
    const project = this.project(name);
    if (project === null) throw missing('project', name);
    return project;
  }

  #logstore(project: string, name: string): LogstoreInfo {
    this.#project(project);
    const logstore = this.logstore(project, name);
    if (logstore === null) throw missing('logstore', name);
    return logstore;
  }

  #logstoreOf(id: number): LogstoreInfo {
    const logstore = this.logstoreById(id);
    if (logstore === null) throw missing('logstore', id);
    return logstore;
  }

  #shard(logstore: number, shard: number): ShardInfo {
    this.#logstoreOf(logstore);
    const found = this.shards(logstore).find((s) => s.shard === shard);
    if (found === undefined) throw missing('shard', shard);
    return found;
  }

  #writable(logstore: number, shard: number): ShardInfo {
    const found = this.#shard(logstore, shard);
    if (found.status !== 'readwrite')
      throw new SluiceError('request.invalid', `shard ${shard} is readonly, only a readwrite shard can be split or merged`, {
        resource: 'shard',
        name: shard,
      });
    return found;
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(work);
    this.#tail = run.catch(() => undefined);
    return run;
  }
}

function splitRanges(shard: ShardInfo, at: string | number | null): readonly KeyRange[] {
  const invalid = (message: string): SluiceError => new SluiceError('request.invalid', message, { resource: 'shard', name: shard.shard });
  if (typeof at === 'string') {
    const key = normalKey(at);
    if (key === null || !strictlyInside(key, shard))
      throw invalid(`split key ${at} is invalid, expected up to 32 hex digits strictly between ${shard.beginKey} and ${shard.endKey}`);
    return [
      { beginKey: shard.beginKey, endKey: key },
      { beginKey: key, endKey: shard.endKey },
    ];
  }
  const parts = at ?? 2;
  if (!Number.isInteger(parts) || parts < 2 || parts > MAX_SHARDS)
    throw invalid(`shard count ${parts} is invalid, expected 2 to ${MAX_SHARDS}`);
  const ranges = evenRanges(shard, parts);
  if (ranges.some((r) => r.beginKey >= r.endKey)) throw invalid(`shard ${shard.shard} is too narrow for ${parts} parts`);
  return ranges;
}

async function insertShards(db: Transaction<Schema>, logstore: number, shards: readonly ShardInfo[]): Promise<void> {
  await db
    .insertInto('shards')
    .values(
      shards.map((s) => ({
        logstore,
        shard: s.shard,
        status: s.status,
        begin_key: s.beginKey,
        end_key: s.endKey,
        created_sec: s.createdSec,
        parents: JSON.stringify(s.parents),
      })),
    )
    .execute();
}

async function forgetLogstore(db: Transaction<Schema>, id: number): Promise<void> {
  const shards = await db.selectFrom('shards').select('shard').where('logstore', '=', id).execute();
  if (shards.length > 0)
    await db
      .insertInto('deleted_shards')
      .values(shards.map(({ shard }) => ({ logstore: id, shard })))
      .execute();
  for (const table of ['shards', 'indexes', 'consumer_groups', 'consumer_checkpoints', 'consumer_members', 'consumer_shards'] as const)
    await db.deleteFrom(table).where('logstore', '=', id).execute();
  const gone = await db.deleteFrom('logstores').where('id', '=', id).executeTakeFirst();
  if (gone.numDeletedRows === 0n) throw missing('logstore', id);
}

const missing = (resource: string, name: string | number): SluiceError =>
  new SluiceError('request.not_found', `${resource} ${name} does not exist`, { resource, name });
const exists = (resource: string, name: string): SluiceError =>
  new SluiceError('request.conflict', `${resource} ${name} already exists`, { resource, name });
const quota = (resource: string, name: string | number, limit: number, setting: string): SluiceError =>
  new SluiceError('request.quota', `${resource} ${name} would be one more than the ${limit} that ${setting} allows`, {
    resource,
    name,
    limit,
  });
