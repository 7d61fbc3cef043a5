import type { Catalog } from '../../control/catalog.ts';
import { asSluiceError } from '../../core/errors.ts';
import type { RunContext } from '../../core/context.ts';
import type { Job } from '../../jobs/supervisor.ts';
import { shardKey, type ShardRef } from '../../stream/stream.ts';

/** Raw bytes that shards were asked to take since the last look. */
export class ShardRates {
  readonly #bytes = new Map<string, { readonly at: ShardRef; bytes: number }>();

  add(at: ShardRef, rawBytes: number): void {
    const key = shardKey(at);
    const known = this.#bytes.get(key);
    if (known === undefined) this.#bytes.set(key, { at, bytes: rawBytes });
    else known.bytes += rawBytes;
  }

  /** What came since the last call, by shard. */
  take(): readonly { readonly at: ShardRef; readonly bytes: number }[] {
    const taken = [...this.#bytes.values()];
    this.#bytes.clear();
    return taken;
  }
}

const LOOK_MS = 5000;

export interface AutoSplitParts {
  readonly rates: ShardRates;
  readonly catalog: Pick<Catalog, 'logstoreById' | 'shards' | 'splitShard'>;
  /** Raw bytes per second that one shard is meant for. */
  readonly bytesPerSec: number;
  /** How long a shard must be over it. */
  readonly afterSec: number;
}

/** Splits shards that stay over their rate, where the logstore allows it and has room (sls-api §4.2: autoSplit, maxSplitShard). */
export function autoSplitJob(parts: AutoSplitParts): Job {
  return {
    name: 'sls:auto-split',
    stuckAfterMs: 10 * 60_000,
    async run(ctx, progress) {
      const over = new Map<string, number>();
      let lookedMs = ctx.clock.elapsedMs();
      for (;;) {
        await ctx.clock.sleep(LOOK_MS, ctx.signal);
        const nowMs = ctx.clock.elapsedMs();
        const split = await splitBusy(parts, over, (nowMs - lookedMs) / 1000, ctx);
        lookedMs = nowMs;
        progress(split === 0 ? `${over.size} shards over their rate` : `${split} shards split`);
      }
    },
  };
}

/** One look over `seconds`; `over` remembers how long each shard has been over its rate. Answers how many were split. */
export async function splitBusy(parts: AutoSplitParts, over: Map<string, number>, seconds: number, ctx: RunContext): Promise<number> {
  const { rates, catalog, bytesPerSec, afterSec } = parts;
  const busy = rates.take().filter(({ bytes }) => bytes > bytesPerSec * seconds);
  const keys = new Set(busy.map(({ at }) => shardKey(at)));
  for (const key of over.keys()) if (!keys.has(key)) over.delete(key);
  let split = 0;
  for (const { at } of busy) {
    const key = shardKey(at);
    const long = (over.get(key) ?? 0) + seconds;
    over.set(key, long);
    if (long < afterSec) continue;
    const logstore = catalog.logstoreById(at.logstore);
    const open = catalog.shards(at.logstore).filter((shard) => shard.status === 'readwrite').length;
    if (logstore === null || !logstore.autoSplit || open >= logstore.maxSplitShard) continue;
    over.delete(key);
    try {
      await catalog.splitShard(at.logstore, at.shard, null, ctx);
      split++;
      ctx.metrics.count('sluice_shard_splits_total', { outcome: 'ok' });
      ctx.log.info({ project: logstore.project, logstore: logstore.name, shard: at.shard }, 'shard was over its rate and is split');
    } catch (thrown) {
      const error = asSluiceError(thrown);
      if (error.code === 'aborted') throw error;
      ctx.metrics.count('sluice_shard_splits_total', { outcome: 'failed' });
      // Somebody else has split or merged it meanwhile, or the project has no more shards to give.
      ctx.log.warn({ logstore: logstore.name, shard: at.shard, code: error.code, cause: error.message }, 'shard could not be split');
    }
  }
  return split;
}
