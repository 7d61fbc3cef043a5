import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Catalog } from '../control/catalog.ts';
import type { ConsumerGroups } from '../control/consumer-groups/consumer-groups.ts';
import type { Secrets } from '../control/secrets.ts';
import type { RunContext } from '../core/context.ts';
import { SluiceError } from '../core/errors.ts';
import type { StoreOldPulls } from '../index/old-pulls.ts';
import type { Supervisor } from '../jobs/supervisor.ts';
import type { PullFilter } from '../query/queries.ts';
import type { CheckStep, Sink } from '../sinks/sink.ts';
import { variableOfOption } from '../sinks/sink-address.ts';
import { openSink } from '../sinks/sink-kinds.ts';
import type { State } from '../state/state.ts';
import type { ShippingTaskTable } from '../state/tables/shipping.ts';
import type { Stream } from '../stream/stream.ts';
import { cursorNumber } from './cursor-text.ts';
import { FileDeadLetters } from './file-reports.ts';
import { LocalConsumerApi } from './local-consumer-api.ts';
import { emptyTotals, type ShipTotals } from './ship-report.ts';
import { Shipper } from './shipper.ts';
import { StateReceipts } from './state-receipts.ts';

export interface ShippingTask {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly logstore: string;
  readonly receiver: string;
  /** Names of the secrets that are set, never their values. */
  readonly secretNames: readonly string[];
  readonly query: string;
  readonly start: 'begin' | 'end' | number;
  readonly consumerGroup: string;
  readonly enabled: boolean;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

export interface NewShippingTask {
  readonly name: string;
  readonly project: string;
  readonly logstore: string;
  readonly receiver: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly query: string;
  readonly start: 'begin' | 'end' | number;
  readonly consumerGroup: string;
  readonly enabled: boolean;
}

export interface ShippingProgress {
  /** Since the task was last started in this process; zeros when it does not run here. */
  readonly totals: ShipTotals;
  readonly shards: readonly {
    readonly shard: number;
    /** Decimal cursor below which everything is acknowledged; null: none saved. */
    readonly checkpoint: string | null;
    readonly lagGroups: number;
    readonly lagSec: number;
    readonly lastError: string;
  }[];
}

export interface ShippingParts {
  readonly state: State;
  readonly secrets: Secrets;
  readonly catalog: Catalog;
  readonly groups: ConsumerGroups;
  readonly stream: Stream;
  readonly pullFilter: PullFilter | null;
  readonly oldPulls: Pick<StoreOldPulls, 'readOld'>;
  readonly supervisor: Supervisor;
  /** Folder of the dead letters. */
  readonly folder: string;
  readonly pageBytes: number;
  /** Receipts older than this are forgotten. */
  readonly receiptsMs: number;
}

/** As SLS's own consumer libraries (checklist K19); the local consumer beats faster, since nothing goes over a wire. */
const HEARTBEAT_MS = 5000;
const FETCH_GROUPS = 1000;
const FETCH_INTERVAL_MS = 500;
/** A page may be 10 MB. */
const PAGES = 6;
const STOP_GRACE_MS = 10_000;
const STUCK_MS = 120_000;
const TIDY_EVERY_MS = 600_000;

/** Shippers that run inside the server: kept in the state database, each a job of the supervisor. */
export class ShippingTasks {
  readonly #parts: ShippingParts;
  readonly #running = new Map<string, Shipper>();
  /** One change at a time: stopping and starting a job must not meet another change of the same task. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: ShippingParts) {
    this.#parts = parts;
  }

  /** Starts the jobs of all enabled tasks, and the one that forgets old receipts. */
  async startAll(ctx: RunContext): Promise<void> {
    const { supervisor, state, receiptsMs } = this.#parts;
    for (const row of await this.#rows(ctx)) if (row.enabled === 1) this.#startJob(row.id);
    supervisor.start({
      name: 'ship-receipts:tidy',
      stuckAfterMs: 10 * TIDY_EVERY_MS,
      async run(jobCtx, progress) {
        for (;;) {
          const beforeMs = jobCtx.clock.nowMs() - receiptsMs;
          await state.transact((db) => db.deleteFrom('ship_receipts').where('at_ms', '<', beforeMs).execute(), jobCtx);
          progress('old receipts of shipping tasks are forgotten');
          await jobCtx.clock.sleep(TIDY_EVERY_MS, jobCtx.signal);
        }
      },
    });
  }

  async list(ctx: RunContext): Promise<readonly ShippingTask[]> {
    return (await this.#rows(ctx)).map((row) => this.#shown(row));
  }

  /** @throws request.not_found */
  async get(id: string, ctx: RunContext): Promise<ShippingTask> {
    return this.#shown(await this.#row(id, ctx));
  }

  /** @throws request.not_found for a logstore that is not there, request.conflict for a name in use, config.invalid for the receiver */
  create(given: NewShippingTask, ctx: RunContext): Promise<ShippingTask> {
    return this.#alone(async () => {
      const id = randomUUID();
      await this.#check(given, ctx);
      const nowMs = ctx.clock.nowMs();
      const row = { id, ...this.#columns(id, given), created_ms: nowMs, modified_ms: nowMs };
      await this.#parts.state.transact(async (db) => {
        refuseName(given.name, id, await db.selectFrom('shipping_tasks').select(['id', 'name']).execute());
        await db.insertInto('shipping_tasks').values(row).execute();
      }, ctx);
      if (given.enabled) this.#startJob(id);
      return this.#shown(row);
    });
  }

  /** Secrets that the change does not name stay; project and logstore cannot change, because checkpoints belong to them. @throws as create, and what `unchanged` throws */
  update(
    id: string,
    change: Partial<Omit<NewShippingTask, 'project' | 'logstore'>>,
    unchanged: (task: ShippingTask) => void,
    ctx: RunContext,
  ): Promise<ShippingTask> {
    return this.#alone(async () => {
      const row = await this.#row(id, ctx);
      const before = this.#shown(row);
      unchanged(before);
      const { secretNames: _, ...kept } = before;
      const after: NewShippingTask = { ...kept, ...change, secrets: { ...this.#open(row), ...change.secrets } };
      await this.#check(after, ctx);
      const next = { ...row, ...this.#columns(id, after), modified_ms: ctx.clock.nowMs() };
      await this.#parts.state.transact(async (db) => {
        refuseName(after.name, id, await db.selectFrom('shipping_tasks').select(['id', 'name']).execute());
        await db.updateTable('shipping_tasks').set(next).where('id', '=', id).execute();
      }, ctx);
      await this.#stopJob(id);
      if (after.enabled) this.#startJob(id);
      return this.#shown(next);
    });
  }

  /** The consumer group and its checkpoints stay: a task of the same group goes on from them. @throws request.not_found */
  delete(id: string, ctx: RunContext): Promise<void> {
    return this.#alone(async () => {
      await this.#row(id, ctx);
      await this.#parts.state.transact((db) => db.deleteFrom('shipping_tasks').where('id', '=', id).execute(), ctx);
      await this.#stopJob(id);
    });
  }

  /** Ships again what was received since then: sets the checkpoints of all shards. @throws request.not_found */
  replay(id: string, from: 'begin' | number, ctx: RunContext): Promise<ShippingTask> {
    return this.#alone(async () => {
      const task = await this.get(id, ctx);
      const api = this.#api(task.project);
      await this.#stopJob(id);
      try {
        const { logstore, consumerGroup } = task;
        const exists = (await api.listGroups(logstore, ctx)).some(({ name }) => name === consumerGroup);
        if (!exists) await api.createGroup(logstore, consumerGroup, (2 * HEARTBEAT_MS) / 1000, true, ctx);
        for (const { shardID } of await api.listShards(logstore)) {
          const cursor = await api.cursor(logstore, shardID, String(from), ctx);
          await api.saveCheckpoint(logstore, consumerGroup, '', shardID, cursor, true, ctx);
        }
      } finally {
        if (task.enabled) this.#startJob(id);
      }
      return task;
    });
  }

  /** Tries the receiver step by step. @throws request.not_found config.invalid */
  async test(id: string, testEvent: boolean, ctx: RunContext): Promise<readonly CheckStep[]> {
    const sink = await this.#sink(await this.#row(id, ctx));
    try {
      return await sink.check(testEvent, ctx);
    } finally {
      await sink.close();
    }
  }

  /** @throws request.not_found */
  async progress(id: string, ctx: RunContext): Promise<ShippingProgress> {
    const { project, logstore, consumerGroup } = await this.get(id, ctx);
    const api = this.#api(project);
    const info = this.#parts.catalog.logstore(project, logstore);
    if (info === null) throw noLogstore(project, logstore);
    const shipper = this.#running.get(id);
    const live = new Map(shipper?.progress().map((shard) => [shard.shard, shard]));
    const exists = (await api.listGroups(logstore, ctx)).some(({ name }) => name === consumerGroup);
    const saved = new Map((exists ? await api.checkpoints(logstore, consumerGroup, ctx) : []).map((one) => [one.shard, one.checkpoint]));
    const shards: ShippingProgress['shards'][number][] = [];
    for (const { shardID: shard } of await api.listShards(logstore)) {
      const at = { logstore: info.id, shard };
      const { begin, end } = await this.#parts.stream.bounds(at, ctx);
      const checkpoint = cursorNumber(saved.get(shard) ?? '');
      const place = checkpoint === null || checkpoint < begin ? begin : checkpoint;
      const behind = place < end ? end - place : 0n;
      const lagSec = behind === 0n ? 0 : Math.max(0, (ctx.clock.nowMs() - (await this.#parts.stream.receivedMsAt(at, place, ctx))) / 1000);
      shards.push({
        shard,
        checkpoint: checkpoint === null ? null : String(checkpoint),
        lagGroups: Number(behind),
        lagSec,
        lastError: live.get(shard)?.lastError ?? '',
      });
    }
    return { totals: { ...(shipper?.totals ?? emptyTotals()) }, shards };
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work);
    // The next change waits for this one, however it ends; its error goes to its own caller.
    this.#last = next.catch(() => undefined);
    return next;
  }

  #startJob(id: string): void {
    this.#parts.supervisor.start({ name: jobOf(id), stuckAfterMs: STUCK_MS, run: (ctx, progress) => this.#ship(id, ctx, progress) });
  }

  async #stopJob(id: string): Promise<void> {
    const { supervisor } = this.#parts;
    if (supervisor.status().some(({ name }) => name === jobOf(id))) await supervisor.stop(jobOf(id), STOP_GRACE_MS);
  }

  async #ship(id: string, ctx: RunContext, progress: (note: string) => void): Promise<void> {
    const row = await this.#row(id, ctx);
    const task = this.#shown(row);
    const sink = await this.#sink(row);
    const client = this.#api(task.project);
    const deadLetters = new FileDeadLetters(join(this.#parts.folder, `${id}.dead-letters.ndjson`));
    const receipts = new StateReceipts(this.#parts.state, task.name);
    const shipper = new Shipper(
      { client, sink, deadLetters, receipts },
      {
        logstore: task.logstore,
        group: task.consumerGroup,
        // The same after a restart: the shards of the process that died are this one's at once. The data directory has one process.
        consumer: `task-${id}`,
        start: task.start,
        heartbeatMs: HEARTBEAT_MS,
        timeoutSec: (2 * HEARTBEAT_MS) / 1000,
        order: true,
        query: task.query === '' ? null : task.query,
        fetchGroups: FETCH_GROUPS,
        fetchIntervalMs: FETCH_INTERVAL_MS,
        saveIntervalMs: 2000,
        releaseGraceMs: HEARTBEAT_MS,
        authPatienceMs: 600_000,
        retry: { attempts: Infinity, baseMs: 250, maxMs: 30_000 },
        untilEnd: false,
        pages: PAGES,
      },
    );
    this.#running.set(id, shipper);
    try {
      await shipper.run(ctx, () => {
        const { delivered, deadLettered, retries } = shipper.totals;
        progress(`${task.name}: ${delivered} delivered, ${deadLettered} refused, ${retries} retries, ${shipper.progress().length} shards`);
      });
    } finally {
      this.#running.delete(id);
      await Promise.allSettled([client.close(), sink.close(), deadLetters.close(), receipts.close()]);
    }
  }

  #api(project: string): LocalConsumerApi {
    const { catalog, groups, stream, pullFilter, oldPulls, pageBytes } = this.#parts;
    return new LocalConsumerApi({ catalog, groups, stream, pullFilter, oldPulls, pageBytes }, project);
  }

  async #check(task: NewShippingTask, ctx: RunContext): Promise<void> {
    const { catalog, pullFilter } = this.#parts;
    const info = catalog.logstore(task.project, task.logstore);
    if (info === null) throw noLogstore(task.project, task.logstore);
    // An option of this name would make the server read a file of its own and send it away as the secret.
    const file = Object.keys(task.secrets).find((name) => /file$/i.test(name));
    if (file !== undefined)
      throw new SluiceError('request.invalid', `the secret ${file} names a file, expected the secret itself`, { path: '/body/secrets' });
    const sink = await openSink(task.receiver, envOf(task.secrets), task);
    await sink.close();
    if (task.query !== '' && pullFilter !== null) {
      const [shard] = catalog.shards(info.id);
      if (shard !== undefined) {
        const api = this.#api(task.project);
        const cursor = await api.cursor(task.logstore, shard.shard, 'begin', ctx);
        await api.pull(task.logstore, shard.shard, cursor, 1, task.query, ctx);
      }
    }
  }

  #columns(id: string, task: NewShippingTask): Omit<ShippingTaskTable, 'id' | 'created_ms' | 'modified_ms'> {
    const { name, project, logstore, receiver, query, start, consumerGroup, enabled } = task;
    return {
      name,
      project,
      logstore,
      receiver,
      secrets: Object.keys(task.secrets).length === 0 ? '' : this.#parts.secrets.seal(JSON.stringify(task.secrets), placeOf(id)),
      query,
      start: String(start),
      consumer_group: consumerGroup,
      enabled: enabled ? 1 : 0,
    };
  }

  #open(row: ShippingTaskTable): Readonly<Record<string, string>> {
    return row.secrets === '' ? {} : (JSON.parse(this.#parts.secrets.open(row.secrets, placeOf(row.id))) as Record<string, string>);
  }

  #sink(row: ShippingTaskTable): Promise<Sink> {
    return openSink(row.receiver, envOf(this.#open(row)), { project: row.project, logstore: row.logstore });
  }

  #shown(row: ShippingTaskTable): ShippingTask {
    return {
      id: row.id,
      name: row.name,
      project: row.project,
      logstore: row.logstore,
      receiver: row.receiver,
      secretNames: Object.keys(this.#open(row)),
      query: row.query,
      start: row.start === 'begin' || row.start === 'end' ? row.start : Number(row.start),
      consumerGroup: row.consumer_group,
      enabled: row.enabled === 1,
      createdMs: row.created_ms,
      modifiedMs: row.modified_ms,
    };
  }

  #rows(ctx: RunContext): Promise<readonly ShippingTaskTable[]> {
    return this.#parts.state.read((db) => db.selectFrom('shipping_tasks').selectAll().execute(), ctx);
  }

  async #row(id: string, ctx: RunContext): Promise<ShippingTaskTable> {
    const row = (await this.#rows(ctx)).find((one) => one.id === id);
    if (row === undefined)
      throw new SluiceError('request.not_found', `shipping task ${id} does not exist`, { resource: 'shipping_task', name: id });
    return row;
  }
}

const jobOf = (id: string): string => `ship:${id}`;
const placeOf = (id: string): string => `shipping-tasks/${id}/secrets`;

function envOf(secrets: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(secrets).map(([name, value]) => [variableOfOption(name), value]));
}

function noLogstore(project: string, name: string): SluiceError {
  return new SluiceError('request.not_found', `logstore ${project}/${name} does not exist`, { resource: 'logstore', name });
}

function refuseName(name: string, id: string, rows: readonly { readonly id: string; readonly name: string }[]): void {
  if (rows.some((row) => row.name === name && row.id !== id))
    throw new SluiceError('request.conflict', `a shipping task named ${name} exists`, { resource: 'shipping_task', name });
}
