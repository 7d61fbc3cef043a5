import type { Catalog } from '../control/catalog.ts';
import type { RunContext } from '../core/context.ts';
import { asSluiceError } from '../core/errors.ts';
import type { State } from '../state/state.ts';
import type { Cursor, ShardBounds, ShardRef, Stream } from '../stream/stream.ts';
import type { Job } from './supervisor.ts';

export interface TrimParts {
  readonly stream: Pick<Stream, 'bounds' | 'cursorAt' | 'trim'>;
  readonly state: State;
  readonly catalog: Pick<Catalog, 'logstores' | 'shards'>;
  /** The lowest watermark of all steps; null: keep everything. */
  readonly lowest: (at: ShardRef) => Cursor | null;
  readonly retentionMs: number;
  readonly retentionBytes: number;
  /** Receipts older than this are forgotten. */
  readonly receiptsMs: number;
}

const EVERY_MS = 30_000;

/** Keeps the stream within its retention, by time and by bytes, and never forgets what a step has still to do. */
export function trimJob(parts: TrimParts): Job {
  return {
    name: 'stream:trim',
    stuckAfterMs: 10 * 60_000,
    async run(ctx, progress) {
      for (;;) {
        const trimmed = await trimOnce(parts, ctx);
        progress(`${trimmed} shards trimmed`);
        await ctx.clock.sleep(EVERY_MS, ctx.signal);
      }
    },
  };
}

/** Answers how many shards were cut. */
export async function trimOnce(parts: TrimParts, ctx: RunContext): Promise<number> {
  const { stream, catalog, lowest, retentionMs, retentionBytes } = parts;
  const nowMs = ctx.clock.nowMs();
  const shards: { readonly at: ShardRef; readonly bounds: ShardBounds }[] = [];
  let total = 0;
  for (const info of catalog.logstores()) {
    for (const { shard } of catalog.shards(info.id)) {
      const at = { logstore: info.id, shard };
      try {
        const bounds = await stream.bounds(at, ctx);
        shards.push({ at, bounds });
        total += bounds.bytes;
      } catch (thrown) {
        if (asSluiceError(thrown).code !== 'stream.shard_missing') throw thrown;
      }
    }
  }
  ctx.metrics.gauge('sluice_stream_bytes', {}, total);
  // Every shard gives the same share of what is too much.
  const share = total > retentionBytes ? (total - retentionBytes) / total : 0;
  let trimmed = 0;
  for (const { at, bounds } of shards) {
    const mark = lowest(at);
    if (mark === null || bounds.end === bounds.begin) continue;
    const byTime = await stream.cursorAt(at, { receivedMs: nowMs - retentionMs }, ctx);
    const byBytes = bounds.begin + BigInt(Math.ceil(Number(bounds.end - bounds.begin) * share));
    const wanted = byTime > byBytes ? byTime : byBytes;
    const before = wanted < mark ? wanted : mark;
    if (before <= bounds.begin) continue;
    await stream.trim(at, before, ctx);
    trimmed++;
  }
  await parts.state.transact(
    (db) =>
      db
        .deleteFrom('step_receipts')
        .where('at_ms', '<', nowMs - parts.receiptsMs)
        .execute(),
    ctx,
  );
  return trimmed;
}
