import { asSluiceError, SluiceError } from '../../core/errors.ts';
import { backoffMs } from '../../core/retry.ts';
import type { RunContext } from '../../core/context.ts';
import type { ConsumerApi } from './consumer-api.ts';

/** Where a shard without a checkpoint starts: begin, end, or Unix seconds of receive time. */
export type StartPosition = 'begin' | 'end' | number;

export interface GroupConsumerOptions {
  readonly logstore: string;
  readonly group: string;
  /** Unique within the group: host, process id and a random part. Two living processes of one name would both get the same shards. */
  readonly consumer: string;
  readonly start: StartPosition;
  /** SLS consumer libraries: 20 s. */
  readonly heartbeatMs: number;
  /** After this much silence the server gives the shards to others; libraries use 2 to 3 heartbeats. */
  readonly timeoutSec: number;
  /** Children of a split or merge start only when their parents are drained. */
  readonly order: boolean;
}

/** What a shard worker is given. */
export interface ShardTask {
  readonly shard: number;
  /** Cursor to start from. */
  readonly from: string;
  /** Fires when the shard must be let go: flush, save the final checkpoint, return. */
  readonly release: AbortSignal;
  /** Saves the cursor after the last log that was delivered. */
  save(cursor: string, ctx: RunContext): Promise<void>;
}

/** Works on one shard until released; returns when it has flushed and saved. */
export type ShardWorker = (task: ShardTask, ctx: RunContext) => Promise<void>;

interface Held {
  readonly release: AbortController;
  readonly done: Promise<void>;
}

const RESTART = { attempts: Infinity, baseMs: 500, maxMs: 30_000 };

/**
 * The client side of a consumer group (sls-api §5.2, §8): heartbeats on their own timer, starts a worker for each shard it is given, releases the ones taken away,
 * and keeps listing a shard as held until its worker has really stopped: so the next owner never reads beside it.
 */
export class GroupConsumer {
  readonly #client: ConsumerApi;
  readonly #options: GroupConsumerOptions;
  readonly #work: ShardWorker;
  readonly #held = new Map<number, Held>();
  #failure: SluiceError | null = null;
  /** Heartbeats that changed nothing, in a row. */
  stableBeats = 0;

  constructor(client: ConsumerApi, options: GroupConsumerOptions, work: ShardWorker) {
    this.#client = client;
    this.#options = options;
    this.#work = work;
  }

  /** Shards whose workers run here. */
  get shards(): readonly number[] {
    return [...this.#held.keys()];
  }

  /** Makes the group if it is absent, and its timeout and order what the options say. @throws source.* */
  async prepare(ctx: RunContext): Promise<void> {
    const { logstore, group, timeoutSec, order } = this.#options;
    const found = (await this.#client.listGroups(logstore, ctx)).find((candidate) => candidate.name === group);
    if (found === undefined) {
      try {
        await this.#client.createGroup(logstore, group, timeoutSec, order, ctx);
      } catch (thrown) {
        // Another process of the group was first.
        if (asSluiceError(thrown).code !== 'request.conflict') throw thrown;
      }
    } else if (found.timeout !== timeoutSec || found.order !== order) {
      await this.#client.updateGroup(logstore, group, timeoutSec, order, ctx);
    }
  }

  /** Runs until the signal fires; then releases all shards and waits for their workers. @throws the first error that no retry can mend */
  async run(ctx: RunContext): Promise<void> {
    const { heartbeatMs, timeoutSec, logstore, group, consumer } = this.#options;
    let lastSuccess = ctx.clock.elapsedMs();
    let beats = 0;
    try {
      while (!ctx.signal.aborted && this.#failure === null) {
        try {
          const assigned = await this.#client.heartbeat(logstore, group, consumer, this.shards, ctx);
          lastSuccess = ctx.clock.elapsedMs();
          this.#apply(assigned, ctx);
          beats = 0;
        } catch (thrown) {
          const error = asSluiceError(thrown);
          if (error.code === 'aborted') break;
          if (error.code === 'source.auth' || (!error.retry && this.#held.size === 0)) throw error;
          beats++;
          ctx.log.warn({ group, consumer, code: error.code, reason: error.message }, 'heartbeat failed');
          // The server has given our shards to others by now, or does not know us any more: reading on would deliver twice.
          if (!error.retry || ctx.clock.elapsedMs() - lastSuccess > timeoutSec * 1000) await this.#releaseAll();
        }
        await ctx.clock
          .sleep(beats === 0 ? heartbeatMs : Math.min(heartbeatMs, backoffMs(beats, RESTART)), ctx.signal)
          .catch(() => undefined);
      }
    } finally {
      await this.#releaseAll();
    }
    if (this.#failure !== null) throw this.#failure;
  }

  #apply(assigned: readonly number[], ctx: RunContext): void {
    const wanted = new Set(assigned);
    let changed = false;
    for (const [shard, held] of this.#held) {
      if (wanted.has(shard) || held.release.signal.aborted) continue;
      held.release.abort();
      changed = true;
    }
    for (const shard of wanted) {
      if (this.#held.has(shard)) continue;
      const release = new AbortController();
      const done = this.#runWorker(shard, release.signal, ctx).finally(() => this.#held.delete(shard));
      this.#held.set(shard, { release, done });
      changed = true;
    }
    this.stableBeats = changed ? 0 : this.stableBeats + 1;
  }

  async #runWorker(shard: number, release: AbortSignal, ctx: RunContext): Promise<void> {
    const { heartbeatMs } = this.#options;
    // A worker's last save must still go out after the process was asked to stop.
    const workCtx: RunContext = { ...ctx, signal: new AbortController().signal };
    for (let attempt = 0; !release.aborted && this.#failure === null; attempt++) {
      try {
        const from = await this.#startCursor(shard, workCtx);
        await this.#work(
          {
            shard,
            from,
            release,
            save: (cursor, saveCtx) => this.#save(shard, cursor, saveCtx),
          },
          workCtx,
        );
        if (release.aborted) return;
      } catch (thrown) {
        const error = asSluiceError(thrown);
        ctx.log.error({ shard, code: error.code, reason: error.message, details: error.details }, 'shard worker failed');
        // A cursor past its retention is mended by starting again; so is a shard whose ownership is not clear until the next heartbeat.
        if (!error.retry && !error.code.startsWith('stream.cursor_') && error.code !== 'request.conflict') {
          this.#failure ??= error;
          return;
        }
        // Lost to another consumer: the next heartbeat either releases us or says that the shard is ours again.
        const pauseMs = error.code === 'request.conflict' ? heartbeatMs : backoffMs(attempt, RESTART);
        await ctx.clock.sleep(pauseMs, release).catch(() => undefined);
      }
    }
  }

  /**
   * Not forced, so that a consumer that was silent too long cannot set the place of the next owner back.
   * @throws request.conflict when the shard belongs to another consumer by now
   */
  async #save(shard: number, cursor: string, ctx: RunContext): Promise<void> {
    const { logstore, group, consumer } = this.#options;
    try {
      await this.#client.saveCheckpoint(logstore, group, consumer, shard, cursor, false, ctx);
    } catch (thrown) {
      const error = asSluiceError(thrown);
      // Forgotten by the service (it was silent, or was started again): nobody is known to own the shard, and the next heartbeat tells.
      if (error.code !== 'request.not_found' || !this.#held.has(shard)) throw error;
      throw new SluiceError(
        'request.conflict',
        `consumer ${consumer} of group ${group} is not known to the service any more`,
        { shard },
        { cause: error },
      );
    }
  }

  /** The checkpoint; else the configured start. A checkpoint the service no longer knows goes to the first log it keeps, never to the end. */
  async #startCursor(shard: number, ctx: RunContext): Promise<string> {
    const { logstore, group, start } = this.#options;
    const saved = (await this.#client.checkpoints(logstore, group, ctx)).find((entry) => entry.shard === shard);
    if (saved !== undefined && saved.checkpoint !== '') {
      try {
        await this.#client.cursorTime(logstore, shard, saved.checkpoint, ctx);
        return saved.checkpoint;
      } catch (thrown) {
        const error = asSluiceError(thrown);
        if (!error.code.startsWith('stream.cursor_') && error.code !== 'request.invalid') throw thrown;
        ctx.log.error(
          { shard, checkpoint: saved.checkpoint, reason: error.message },
          'checkpoint is not valid any more; reading from the first log kept',
        );
        return await this.#client.cursor(logstore, shard, 'begin', ctx);
      }
    }
    const cursor = await this.#client.cursor(logstore, shard, String(start), ctx);
    // Kept at once: a consumer that starts at the end and stops before its first log must not skip what comes while it is away.
    await this.#save(shard, cursor, ctx);
    return cursor;
  }

  async #releaseAll(): Promise<void> {
    for (const held of this.#held.values()) held.release.abort();
    await Promise.all([...this.#held.values()].map((held) => held.done));
  }
}
