import type { Catalog } from '../control/catalog.ts';
import type { RunContext } from '../core/context.ts';
import type { Stream } from '../stream/stream.ts';
import type { StepProgress } from './step-progress.ts';
import type { StreamEnds } from './stream-ends.ts';

/** How a step of a logstore keeps up. */
export interface Lag {
  readonly logstore: number;
  readonly step: string;
  readonly lagGroups: number;
  readonly lagSec: number;
  readonly allowedSec: number;
  readonly stopped: boolean;
  readonly lastError: string;
}

/** A step that is this far behind is late. */
const ALLOWED_SEC = 60;

export interface LagParts {
  readonly catalog: Pick<Catalog, 'logstores' | 'shards'>;
  readonly stream: Pick<Stream, 'receivedMsAt'>;
  readonly ends: StreamEnds;
  readonly steps: readonly StepProgress[];
}

/** Of each logstore and step: groups between the end of the stream and its watermark, and the age of the oldest. */
export async function lagsOf({ catalog, stream, ends, steps }: LagParts, ctx: RunContext): Promise<readonly Lag[]> {
  const lags: Lag[] = [];
  const nowMs = ctx.clock.nowMs();
  for (const info of catalog.logstores()) {
    const shards = catalog.shards(info.id);
    for (const progress of steps) {
      let groups = 0n;
      let oldestMs: number | null = null;
      let lastError = '';
      for (const { shard } of shards) {
        const seen = ends.of({ logstore: info.id, shard });
        if (seen === null) continue;
        lastError = progress.planned(seen.at)?.lastError || lastError;
        const mark = progress.watermark(seen.at) ?? seen.begin;
        if (mark >= seen.end) continue;
        groups += seen.end - mark;
        const receivedMs = await stream.receivedMsAt(seen.at, mark, ctx);
        oldestMs = oldestMs === null ? receivedMs : Math.min(oldestMs, receivedMs);
      }
      lags.push({
        logstore: info.id,
        step: progress.step,
        lagGroups: Number(groups),
        lagSec: oldestMs === null ? 0 : Math.max(0, (nowMs - oldestMs) / 1000),
        allowedSec: ALLOWED_SEC,
        stopped: lastError !== '',
        lastError,
      });
    }
  }
  return lags;
}

/** Sets the gauges of lag: groups of all logstores together, seconds of the worst. */
export function gaugeLags(lags: readonly Lag[], ctx: RunContext): void {
  for (const [step, own] of Map.groupBy(lags, (lag) => lag.step)) {
    ctx.metrics.gauge(
      'sluice_step_lag_groups',
      { step },
      own.reduce((sum, lag) => sum + lag.lagGroups, 0),
    );
    ctx.metrics.gauge('sluice_step_lag_seconds', { step }, Math.max(0, ...own.map((lag) => lag.lagSec)));
  }
}
