import type { Transaction } from 'kysely';
import { SluiceError } from '../../core/errors.ts';
import type { RunContext } from '../../core/context.ts';
import type { Schema } from '../../state/schema.ts';
import type { State } from '../../state/state.ts';
import type { Stream } from '../../stream/stream.ts';
import type { Catalog, LogstoreInfo } from '../catalog.ts';
import { expire, heartbeat, NOBODY, type Assignment } from './assignment.ts';
import { checkpointFate } from './checkpoint-rule.ts';
import { cursorNumber, cursorText, isBase64 } from './cursor-text.ts';
import { loadGroup, saveAssignment, saveCheckpoint, type GroupRows } from './group-rows.ts';
import { shardFacts, type KeptRange } from './shard-facts.ts';

export interface ConsumerGroup {
  readonly name: string;
  readonly timeoutSec: number;
  readonly inOrder: boolean;
  readonly createdSec: number;
  /** Consumers that were heard within the timeout, and the shards each works on or still holds. */
  readonly consumers: readonly { readonly name: string; readonly shards: readonly number[] }[];
  readonly checkpoints: readonly {
    readonly shard: number;
    /** Null: a client saved something that is no cursor of ours. */
    readonly cursor: bigint | null;
    readonly updatedMs: number;
    readonly consumer: string;
  }[];
}

/** As the wire API lists it: one for every shard there is, '' and 0 where none was saved. */
export interface WireCheckpoint {
  readonly shard: number;
  readonly checkpoint: string;
  /** Microseconds since the Unix epoch. */
  readonly updateTime: number;
  readonly consumer: string;
}

export interface NewCheckpoint {
  readonly shard: number;
  /** Base64 of the decimal cursor. */
  readonly checkpoint: string;
  /** '': a tool, not a consumer; then `force` must be true. */
  readonly consumer: string;
  /** Stored whoever owns the shard. */
  readonly force: boolean;
}

export interface ConsumerGroupsOptions {
  /** Groups per logstore. */
  readonly quota: number;
}

/**
 * Consumer groups (sls-api §4.4, §5): their checkpoints, their consumers and who works on which shard. All of it is in the state database, so that any
 * node answers any heartbeat and a restart changes nothing for consumers.
 * Errors: request.not_found, request.conflict, request.invalid, request.quota with details.resource `consumer_group`, `consumer`, `shard` or `checkpoint`.
 */
export class ConsumerGroups {
  readonly #state: State;
  readonly #catalog: Pick<Catalog, 'shards'>;
  readonly #stream: Pick<Stream, 'bounds'>;
  readonly #options: ConsumerGroupsOptions;
  readonly #upSinceMs: number;

  /** @param ctx only its clock is kept in mind: from now on consumers can be heard */
  constructor(
    state: State,
    catalog: Pick<Catalog, 'shards'>,
    stream: Pick<Stream, 'bounds'>,
    options: ConsumerGroupsOptions,
    ctx: RunContext,
  ) {
    this.#state = state;
    this.#catalog = catalog;
    this.#stream = stream;
    this.#options = options;
    this.#upSinceMs = ctx.clock.nowMs();
  }

  /** By name. */
  async list(logstore: LogstoreInfo, ctx: RunContext): Promise<readonly ConsumerGroup[]> {
    const nowMs = ctx.clock.nowMs();
    return await this.#state.read(async (db) => {
      const names = await db.selectFrom('consumer_groups').select('name').where('logstore', '=', logstore.id).orderBy('name').execute();
      const groups: ConsumerGroup[] = [];
      for (const { name } of names) {
        const rows = await loadGroup(db, logstore.id, name);
        if (rows !== null) groups.push(this.#shown(rows, nowMs));
      }
      return groups;
    }, ctx);
  }

  /** @throws request.conflict request.quota request.invalid */
  async create(logstore: LogstoreInfo, name: string, timeoutSec: number, inOrder: boolean, ctx: RunContext): Promise<void> {
    if (!/^[a-z0-9][a-z0-9_-]{0,61}[a-z0-9]$/.test(name))
      throw invalid('consumer_group', name, `consumer group name ${name} is invalid, expected 2 to 63 of a-z 0-9 _ -`);
    checkTimeout(name, timeoutSec);
    const created_sec = Math.floor(ctx.clock.nowMs() / 1000);
    const { quota } = this.#options;
    await this.#state.transact(async (db) => {
      const rows = await db.selectFrom('consumer_groups').select('name').where('logstore', '=', logstore.id).execute();
      if (rows.some((row) => row.name === name))
        throw new SluiceError('request.conflict', `consumer group ${name} already exists`, { resource: 'consumer_group', name });
      if (rows.length >= quota)
        throw new SluiceError(
          'request.quota',
          `consumer group ${name} would be one more than the ${quota} that sls.consumerGroupQuota allows`,
          {
            resource: 'consumer_group',
            name,
            limit: quota,
          },
        );
      await db
        .insertInto('consumer_groups')
        .values({ logstore: logstore.id, name, timeout_sec: timeoutSec, in_order: Number(inOrder), created_sec, released: '[]' })
        .execute();
    }, ctx);
  }

  /** Switching order off lets every waiting shard go; switching it on holds back only shards of later splits and merges (sls-api §5.2). @throws request.not_found */
  async update(
    logstore: LogstoreInfo,
    name: string,
    change: { readonly timeoutSec?: number; readonly inOrder?: boolean },
    ctx: RunContext,
  ): Promise<void> {
    if (change.timeoutSec !== undefined) checkTimeout(name, change.timeoutSec);
    const all = JSON.stringify(this.#catalog.shards(logstore.id).map((info) => info.shard));
    await this.#state.transact(async (db) => {
      const { group } = await this.#group(db, logstore.id, name);
      const inOrder = change.inOrder === undefined ? group.in_order : Number(change.inOrder);
      await db
        .updateTable('consumer_groups')
        .set({
          timeout_sec: change.timeoutSec ?? group.timeout_sec,
          in_order: inOrder,
          ...(inOrder === group.in_order ? {} : { released: all }),
        })
        .where('logstore', '=', logstore.id)
        .where('name', '=', name)
        .execute();
    }, ctx);
  }

  /** With its checkpoints. @throws request.not_found */
  async delete(logstore: LogstoreInfo, name: string, ctx: RunContext): Promise<void> {
    await this.#state.transact(async (db) => {
      await this.#group(db, logstore.id, name);
      for (const table of ['consumer_checkpoints', 'consumer_members', 'consumer_shards'] as const)
        await db.deleteFrom(table).where('logstore', '=', logstore.id).where('consumer_group', '=', name).execute();
      await db.deleteFrom('consumer_groups').where('logstore', '=', logstore.id).where('name', '=', name).execute();
    }, ctx);
  }

  /** Shards the consumer is to work on. `held`: those whose worker has not stopped yet. @throws request.not_found */
  async heartbeat(
    logstore: LogstoreInfo,
    name: string,
    consumer: string,
    held: readonly number[],
    ctx: RunContext,
  ): Promise<readonly number[]> {
    if (consumer === '' || consumer.length > 256) throw invalid('consumer', consumer, 'consumer is invalid, expected 1 to 256 characters');
    const shards = this.#catalog.shards(logstore.id);
    // The stream is asked first: nothing but the database is waited for within a transaction.
    const kept = new Map<number, KeptRange>();
    for (const { shard, status } of shards)
      if (status === 'readonly') kept.set(shard, await this.#stream.bounds({ logstore: logstore.id, shard }, ctx));
    const nowMs = ctx.clock.nowMs();
    return await this.#state.transact(async (db) => {
      const { group, checkpoints, assignment } = await this.#group(db, logstore.id, name);
      const released = group.in_order === 1 ? new Set(JSON.parse(group.released) as number[]) : null;
      const facts = shardFacts(shards, kept, checkpoints, released, nowMs);
      const { working, ...after } = heartbeat(assignment, facts, {
        consumer,
        held,
        nowMs,
        timeoutMs: group.timeout_sec * 1000,
        upSinceMs: this.#upSinceMs,
      });
      await saveAssignment(db, logstore.id, name, assignment, after);
      return working;
    }, ctx);
  }

  /** One for every shard there is, also where none was saved. @throws request.not_found */
  async checkpoints(logstore: LogstoreInfo, name: string, ctx: RunContext): Promise<readonly WireCheckpoint[]> {
    const { checkpoints } = await this.#state.read((db) => this.#group(db, logstore.id, name), ctx);
    return this.#catalog.shards(logstore.id).map(({ shard }) => {
      const row = checkpoints.get(shard);
      return { shard, checkpoint: row?.checkpoint ?? '', updateTime: row?.updated_us ?? 0, consumer: row?.consumer ?? '' };
    });
  }

  /**
   * Saves a checkpoint; backwards is fine, that is a replay. One set by a tool takes the shard from the consumer that works on it: what that one still
   * saves on its way out is left aside, and the shard goes on from the new place.
   * @throws request.not_found (group, consumer, shard), request.conflict (another consumer owns the shard), request.invalid (checkpoint)
   */
  async saveCheckpoint(logstore: LogstoreInfo, name: string, point: NewCheckpoint, ctx: RunContext): Promise<void> {
    const { shard, checkpoint, consumer, force } = point;
    if (!isBase64(checkpoint)) throw invalid('checkpoint', checkpoint, 'Shard checkpoint not encoded by base64');
    if (!this.#catalog.shards(logstore.id).some((info) => info.shard === shard)) throw missing('shard', shard);
    const nowMs = ctx.clock.nowMs();
    await this.#state.transact(async (db) => {
      const { group, assignment } = await this.#group(db, logstore.id, name);
      const current = this.#heard(group.timeout_sec, assignment, nowMs);
      const fate = checkpointFate(current, shard, consumer, force);
      if (fate === 'unknown_consumer') throw missing('consumer', consumer);
      if (fate === 'not_owner')
        throw new SluiceError('request.conflict', `shard ${shard} of consumer group ${name} is not owned by consumer ${consumer}`, {
          resource: 'consumer',
          name: consumer,
        });
      if (fate === 'ignore') return;
      await saveCheckpoint(db, {
        logstore: logstore.id,
        consumer_group: name,
        shard,
        checkpoint,
        updated_us: nowMs * 1000,
        consumer,
      });
      // Also from an owner that is silent by our clock: another node, whose clock is behind, may still hear it.
      if (consumer === '' && (assignment.shards.get(shard) ?? NOBODY).owner !== null)
        await db
          .updateTable('consumer_shards')
          .set({ revoked: 1 })
          .where('logstore', '=', logstore.id)
          .where('consumer_group', '=', name)
          .where('shard', '=', shard)
          .execute();
    }, ctx);
  }

  /** Moves the checkpoint of a shard, also under a consumer that works on it. @throws request.not_found */
  async reset(logstore: LogstoreInfo, name: string, shard: number, cursor: bigint, ctx: RunContext): Promise<void> {
    await this.saveCheckpoint(logstore, name, { shard, checkpoint: cursorText(cursor), consumer: '', force: true }, ctx);
  }

  async #group(db: Transaction<Schema>, logstore: number, name: string): Promise<GroupRows> {
    const rows = await loadGroup(db, logstore, name);
    if (rows === null) throw missing('consumer_group', name);
    return rows;
  }

  #heard(timeoutSec: number, assignment: Assignment, nowMs: number): Assignment {
    return expire(assignment, { nowMs, timeoutMs: timeoutSec * 1000, upSinceMs: this.#upSinceMs });
  }

  #shown({ group, checkpoints, assignment }: GroupRows, nowMs: number): ConsumerGroup {
    const { consumers, shards } = this.#heard(group.timeout_sec, assignment, nowMs);
    return {
      name: group.name,
      timeoutSec: group.timeout_sec,
      inOrder: group.in_order === 1,
      createdSec: group.created_sec,
      consumers: [...consumers.keys()].toSorted().map((name) => ({
        name,
        shards: [...shards].filter(([, own]) => own.owner === name).map(([shard]) => shard),
      })),
      checkpoints: [...checkpoints.values()].map((row) => ({
        shard: row.shard,
        cursor: cursorNumber(row.checkpoint),
        updatedMs: Math.floor(row.updated_us / 1000),
        consumer: row.consumer,
      })),
    };
  }
}

/** A day: longer than any client's, and a group that waits longer for a lost consumer is one nobody watches. */
const MAX_TIMEOUT_SEC = 86_400;

function checkTimeout(name: string, timeoutSec: number): void {
  if (!Number.isInteger(timeoutSec) || timeoutSec < 1 || timeoutSec > MAX_TIMEOUT_SEC)
    throw invalid('consumer_group', name, `timeout ${timeoutSec} is invalid, expected 1 to ${MAX_TIMEOUT_SEC} seconds`);
}

const missing = (resource: string, name: string | number): SluiceError =>
  new SluiceError('request.not_found', `${resource.replace('_', ' ')} ${name} does not exist`, { resource, name });
const invalid = (resource: string, name: string, message: string): SluiceError =>
  new SluiceError('request.invalid', message, { resource, name });
