import { asSluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import type { Sink } from '../sinks/sink.ts';
import type { ConsumerApi } from '../sources/sls/consumer-api.ts';
import { GroupConsumer, type GroupConsumerOptions } from '../sources/sls/group-consumer.ts';
import { cursorNumber } from './cursor-text.ts';
import type { DeadLetters } from './dead-letters.ts';
import { Gate } from './gate.ts';
import { ShardPipeline, type PipelineOptions } from './shard-pipeline.ts';
import { emptyTotals, type ReceiptLog, type ShardProgress, type ShipTotals } from './ship-report.ts';

export interface ShipperOptions extends GroupConsumerOptions, Omit<PipelineOptions, 'logstore'> {
  /** Stops when every shard of the logstore is drained up to where it ended at the start, those of other processes of the group too. */
  readonly untilEnd: boolean;
  /** Pages of pulled logs in memory at once, all shards together: one may be 10 MB. */
  readonly pages: number;
}

export interface ShipperParts {
  readonly client: ConsumerApi;
  readonly sink: Sink;
  readonly deadLetters: DeadLetters;
  readonly receipts: ReceiptLog;
}

interface ShardEnd {
  readonly shard: number;
  /** Cursor. */
  readonly end: string;
  /** Nothing between where a consumer without a checkpoint starts and the end. */
  readonly empty: boolean;
}

/** How often the shipper looks whether it is done, and reports. */
const LOOK_MS = 500;

/**
 * Ships one logstore to one receiver as a member of a consumer group: the shards it is given run side by side, checkpoints follow the receiver's acknowledgements.
 * Ends when its context is cancelled or, with `untilEnd`, when nothing is left. It owns neither the client nor the sink.
 */
export class Shipper {
  readonly totals: ShipTotals = emptyTotals();
  readonly #parts: ShipperParts;
  readonly #options: ShipperOptions;
  readonly #running = new Map<number, ShardPipeline>();
  #ends: readonly ShardEnd[] = [];
  /** What was counted already, so that metrics get the difference. */
  #counted: ShipTotals = emptyTotals();

  constructor(parts: ShipperParts, options: ShipperOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** The shards that run here now. */
  progress(): readonly ShardProgress[] {
    return [...this.#running.values()].map((pipeline) => pipeline.progress);
  }

  /** @param onLook called twice a second: a place to show progress. @throws what no retry mends */
  async run(ctx: RunContext, onLook: () => void = () => undefined): Promise<void> {
    const { client, sink } = this.#parts;
    const parts = {
      ...this.#parts,
      totals: this.totals,
      pages: new Gate(this.#options.pages),
      flights: new Gate(sink.limits.inFlight),
    };
    const consumer = new GroupConsumer(client, this.#options, async (task, workCtx) => {
      const pipeline = new ShardPipeline(parts, this.#options, task);
      this.#running.set(task.shard, pipeline);
      ctx.log.info({ shard: task.shard, from: task.from }, 'shipping a shard');
      try {
        await pipeline.run(workCtx);
      } finally {
        this.#running.delete(task.shard);
        ctx.log.info({ shard: task.shard, checkpoint: pipeline.progress.saved }, 'a shard was let go');
      }
    });
    const done = new AbortController();
    const runCtx: RunContext = { ...ctx, signal: AbortSignal.any([ctx.signal, done.signal]) };
    await consumer.prepare(runCtx);
    // Taken now: a logstore that is written to all the time has no end that could be reached.
    this.#ends = this.#options.untilEnd ? await this.#endsNow(runCtx) : [];
    const looking = this.#look(done, runCtx, onLook);
    try {
      await consumer.run(runCtx);
    } finally {
      done.abort();
      await looking;
      this.#count(ctx);
    }
  }

  async #look(done: AbortController, ctx: RunContext, onLook: () => void): Promise<void> {
    while (!ctx.signal.aborted) {
      try {
        await ctx.clock.sleep(LOOK_MS, ctx.signal);
      } catch {
        return;
      }
      this.#count(ctx);
      onLook();
      if (!this.#options.untilEnd) continue;
      try {
        if (await this.#drained(ctx)) done.abort();
      } catch (thrown) {
        const error = asSluiceError(thrown);
        if (error.code !== 'aborted') ctx.log.warn({ code: error.code, reason: error.message }, 'could not see how far the shards are');
      }
    }
  }

  async #endsNow(ctx: RunContext): Promise<readonly ShardEnd[]> {
    const { client } = this.#parts;
    const { logstore, start } = this.#options;
    const ends: ShardEnd[] = [];
    for (const { shardID } of await client.listShards(logstore, ctx)) {
      const end = await client.cursor(logstore, shardID, 'end', ctx);
      ends.push({ shard: shardID, end, empty: (await client.cursor(logstore, shardID, String(start), ctx)) === end });
    }
    return ends;
  }

  /** True when the saved checkpoint of each shard has come to its end. */
  async #drained(ctx: RunContext): Promise<boolean> {
    const { logstore, group } = this.#options;
    const saved = new Map((await this.#parts.client.checkpoints(logstore, group, ctx)).map((entry) => [entry.shard, entry.checkpoint]));
    return this.#ends.every(({ shard, end, empty }) => {
      const checkpoint = saved.get(shard) ?? '';
      return checkpoint === '' ? empty : reached(checkpoint, end);
    });
  }

  #count({ metrics }: RunContext): void {
    const { kind } = this.#parts.sink;
    const now = { ...this.totals };
    const more = (outcome: string, by: number): void => {
      if (by > 0) metrics.count('sluice_ship_logs_total', { sink: kind, outcome }, by);
    };
    more('delivered', now.delivered - this.#counted.delivered);
    more('filtered', now.filtered - this.#counted.filtered);
    more('dead_letter', now.deadLettered - this.#counted.deadLettered);
    if (now.retries > this.#counted.retries)
      metrics.count('sluice_ship_retries_total', { sink: kind }, now.retries - this.#counted.retries);
    metrics.gauge('sluice_ship_lag_seconds', { sink: kind }, Math.max(0, ...this.progress().map((shard) => shard.lagSec)));
    this.#counted = now;
  }
}

/** Cursors are numbers on Sluice and on SLS; anything else can only be the same. */
function reached(checkpoint: string, end: string): boolean {
  const [at, last] = [cursorNumber(checkpoint), cursorNumber(end)];
  return at === null || last === null ? checkpoint === end : at >= last;
}
