import type { Catalog } from '../control/catalog.ts';
import type { RunContext } from '../core/context.ts';
import { asSluiceError, SluiceError } from '../core/errors.ts';
import { backoffMs } from '../core/retry.ts';
import type { Freshness } from '../query/queries.ts';
import type { Lease, State } from '../state/state.ts';
import { shardKey, type Cursor, type ShardRange, type ShardRef, type Stream } from '../stream/stream.ts';
import { Gatherer, type Gathering, type Pending } from './gather.ts';
import type { RangeOutcome, RangeStep } from './range-step.ts';
import { gaugeLags, lagsOf, type Lag } from './step-lag.ts';
import { StepProgress } from './step-progress.ts';
import { StreamEnds, type SeenShard } from './stream-ends.ts';
import type { Job } from './supervisor.ts';

export interface RunnerStep {
  readonly step: RangeStep;
  readonly gathering: Gathering;
}

export interface RangeRunnerParts {
  readonly state: State;
  readonly stream: Pick<Stream, 'bounds' | 'changed' | 'receivedMsAt'>;
  readonly catalog: Pick<Catalog, 'logstores' | 'shards'>;
  /** In the order of `after`. */
  readonly steps: readonly RunnerStep[];
  /** Groups of one shard in one range at most: a range is repeated whole after a failure. */
  readonly maxGroups: number;
  /** The same in stored bytes, by the average of the shard. */
  readonly maxBytes?: number;
  /** Where several processes share the state: how long a dead one's steps stay its own. Absent: this process is the only one. */
  readonly leaseMs?: number;
}

/** Tries of a failed range: soon at first, once a minute in the end, for as long as it takes. */
const RETRY = { attempts: Infinity, baseMs: 500, maxMs: 60_000 };
/** A loop that has nothing to do looks again after this: a group of a shard it did not know. */
const IDLE_MS = 500;
/** A step this silent is aborted and started again. */
const STUCK_MS = 10 * 60_000;
/** A failed range that somebody waits for is tried again after this. */
const HURRIED_MS = 1000;
/** Growth of shards is looked at this often at most: a look costs the more the more shards there are. */
const LOOK_MS = 20;
/** Gauges of lag are set this often. */
const GAUGE_MS = 5000;

interface Running {
  readonly step: RangeStep;
  readonly gathering: Gathering;
  readonly gatherer: Gatherer;
  readonly progress: StepProgress;
  /** Logstores whose ranges are being done. */
  readonly busy: Set<number>;
  /** Resolves the pause of the step's loop. */
  wake: () => void;
}

/**
 * Runs the steps after the stream (design D5): each takes ranges of shards up to where the step before it stands, in batches that gather. What is about to be done is written down first,
 * watermarks move with the receipts after it. A range that fails stops only its shard and is tried again.
 */
export class RangeRunner implements Freshness {
  readonly #parts: RangeRunnerParts;
  readonly #running: readonly Running[];
  readonly #ends: StreamEnds;
  /** Called whenever a watermark moved. */
  readonly #moved = new Set<() => void>();

  private constructor(parts: RangeRunnerParts, ctx: RunContext) {
    this.#parts = parts;
    this.#ends = new StreamEnds(parts.stream);
    this.#running = parts.steps.map(({ step, gathering }) => ({
      step,
      gathering,
      gatherer: new Gatherer(gathering, ctx.clock.elapsedMs()),
      progress: new StepProgress(step.name, parts.state),
      busy: new Set(),
      wake: () => undefined,
    }));
  }

  /** Reads where the steps stand. @throws state.* */
  static async open(parts: RangeRunnerParts, ctx: RunContext): Promise<RangeRunner> {
    const runner = new RangeRunner(parts, ctx);
    for (const one of runner.#running) await one.progress.load(ctx);
    await runner.#lookAtAll(ctx);
    return runner;
  }

  /** One per step, and one that watches the stream. */
  jobs(): readonly Job[] {
    return [
      { name: 'stream:watch', stuckAfterMs: STUCK_MS, run: (ctx, progress) => this.#watch(ctx, progress) },
      ...this.#running.map((one): Job => ({
        name: `step:${one.step.name}`,
        stuckAfterMs: STUCK_MS,
        run: (ctx, progress) => this.#run(one, ctx, progress),
      })),
    ];
  }

  /** Watermark of a step; null: it has done nothing of the shard. */
  watermark(step: string, at: ShardRef): Cursor | null {
    return this.#of(step).progress.watermark(at);
  }

  /** The lowest watermark of all steps: what the stream may forget. Null: some step has not begun. */
  lowest(at: ShardRef): Cursor | null {
    let lowest: Cursor | null = null;
    for (const { progress } of this.#running) {
      const mark = progress.watermark(at);
      if (mark === null) return null;
      if (lowest === null || mark < lowest) lowest = mark;
    }
    return lowest;
  }

  /** Makes what was acknowledged before the call searchable: waits for the first step. */
  async flush(logstores: readonly number[], waitMs: number, ctx: RunContext): Promise<boolean> {
    const [index] = this.#running;
    if (index === undefined) return true;
    return await this.#reach(index, await this.#targets(logstores, ctx), waitMs, ctx);
  }

  /** The same for all steps: what was acknowledged before the call is standardized and evaluated too. */
  async settle(logstores: readonly number[], waitMs: number, ctx: RunContext): Promise<boolean> {
    const targets = await this.#targets(logstores, ctx);
    const until = ctx.clock.elapsedMs() + waitMs;
    for (const one of this.#running) if (!(await this.#reach(one, targets, Math.max(0, until - ctx.clock.elapsedMs()), ctx))) return false;
    return true;
  }

  async lags(ctx: RunContext): Promise<readonly Lag[]> {
    const { catalog, stream } = this.#parts;
    return await lagsOf({ catalog, stream, ends: this.#ends, steps: this.#running.map((one) => one.progress) }, ctx);
  }

  #of(step: string): Running {
    const found = this.#running.find((one) => one.step.name === step);
    if (found === undefined) throw new SluiceError('internal.unexpected', `there is no step ${step}`, { step });
    return found;
  }

  #shardsOf(logstore: number): readonly ShardRef[] {
    return this.#parts.catalog.shards(logstore).map(({ shard }) => ({ logstore, shard }));
  }

  #allShards(): readonly ShardRef[] {
    return this.#parts.catalog.logstores().flatMap((info) => this.#shardsOf(info.id));
  }

  /** Ends of the shards of some logstores as they are now. */
  async #targets(logstores: readonly number[], ctx: RunContext): Promise<ReadonlyMap<string, { at: ShardRef; end: Cursor }>> {
    const targets = new Map<string, { at: ShardRef; end: Cursor }>();
    for (const logstore of logstores) {
      for (const at of this.#shardsOf(logstore)) {
        await this.#ends.look(at, ctx);
        const seen = this.#ends.of(at);
        if (seen !== null) targets.set(shardKey(at), { at, end: seen.end });
      }
    }
    return targets;
  }

  async #reach(
    one: Running,
    targets: ReadonlyMap<string, { readonly at: ShardRef; readonly end: Cursor }>,
    waitMs: number,
    ctx: RunContext,
  ): Promise<boolean> {
    const until = ctx.clock.elapsedMs() + waitMs;
    const behind = (): ShardRef[] =>
      [...targets.values()].flatMap(({ at, end }) => {
        const mark = one.progress.watermark(at) ?? this.#ends.of(at)?.begin ?? end;
        return mark < end ? [at] : [];
      });
    for (;;) {
      const late = behind();
      if (late.length === 0) return true;
      const left = until - ctx.clock.elapsedMs();
      if (left <= 0) return false;
      for (const at of late) one.gatherer.hurry(at.logstore);
      one.wake();
      await this.#nextMove(Math.min(left, IDLE_MS), ctx);
    }
  }

  /** Resolves at the next move of any watermark, or after `waitMs`. */
  async #nextMove(waitMs: number, ctx: RunContext): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const given = new AbortController();
    this.#moved.add(resolve);
    try {
      const slept = ctx.clock.sleep(waitMs, AbortSignal.any([given.signal, ctx.signal])).catch((thrown: unknown) => {
        if (!given.signal.aborted) throw thrown;
      });
      await Promise.race([promise, slept]);
    } finally {
      this.#moved.delete(resolve);
      given.abort();
    }
  }

  async #lookAtAll(ctx: RunContext): Promise<void> {
    const shards = this.#allShards();
    await this.#ends.follow(shards, ctx);
    const known = new Set(shards.map(shardKey));
    for (const { progress, busy } of this.#running)
      for (const at of progress.shards()) if (!known.has(shardKey(at)) && !busy.has(at.logstore)) await progress.forget(at, ctx);
  }

  async #watch(ctx: RunContext, progress: (note: string) => void): Promise<void> {
    let gaugedMs = -Infinity;
    for (;;) {
      ctx.signal.throwIfAborted();
      await this.#lookAtAll(ctx);
      if (await this.#ends.grown(IDLE_MS, ctx)) {
        for (const one of this.#running) one.wake();
        await ctx.clock.sleep(LOOK_MS, ctx.signal);
      }
      if (ctx.clock.elapsedMs() - gaugedMs >= GAUGE_MS) {
        gaugedMs = ctx.clock.elapsedMs();
        gaugeLags(await this.lags(ctx), ctx);
      }
      progress(`${this.#ends.size} shards`);
    }
  }

  async #run(one: Running, ctx: RunContext, progress: (note: string) => void): Promise<void> {
    const { leaseMs, state } = this.#parts;
    if (leaseMs === undefined) return await this.#loop(one, ctx, progress);
    for (;;) {
      const lease = await state.lease(`step:${one.step.name}`, leaseMs, ctx);
      if (lease === null) {
        progress('another process does it');
        // For those here who wait or ask how far it is.
        await one.progress.load(ctx);
        await one.step.resume?.(false, ctx);
        for (const resolve of this.#moved) resolve();
        await ctx.clock.sleep(Math.min(IDLE_MS, leaseMs / 2), ctx.signal);
        continue;
      }
      await this.#leased(one, lease, ctx, progress);
    }
  }

  /** Runs the step for as long as the lease is ours. */
  async #leased(one: Running, lease: Lease, ctx: RunContext, progress: (note: string) => void): Promise<void> {
    try {
      one.progress.lease = lease;
      await one.progress.load(ctx);
      await this.#loop(one, { ...ctx, signal: AbortSignal.any([ctx.signal, lease.lost]) }, progress);
    } catch (thrown) {
      if (ctx.signal.aborted || !(lease.lost.aborted || asSluiceError(thrown).code === 'state.lease_lost')) throw thrown;
      ctx.log.warn({ step: one.step.name }, 'a step goes on in another process');
    } finally {
      one.progress.lease = null;
      await lease.release();
    }
  }

  async #loop(one: Running, ctx: RunContext, progress: (note: string) => void): Promise<void> {
    const flying = new Set<Promise<void>>();
    const failures: unknown[] = [];
    await one.step.resume?.(true, ctx);
    try {
      for (;;) {
        ctx.signal.throwIfAborted();
        if (failures.length > 0) throw failures[0];
        // Asked for before looking: what happens in between is not missed.
        const woken = new Promise<void>((resolve) => {
          one.wake = resolve;
        });
        const { batches, waitMs } = await this.#due(one, ctx);
        if (batches.length === 0) {
          if (flying.size === 0) progress('nothing to do');
          await this.#pause(woken, waitMs, ctx);
          continue;
        }
        for (const ranges of batches) {
          const logstores = new Set(ranges.map((range) => range.at.logstore));
          for (const logstore of logstores) one.busy.add(logstore);
          const batch = this.#batch(one, ranges, ctx)
            .catch((thrown: unknown) => {
              failures.push(thrown);
            })
            .finally(() => {
              flying.delete(batch);
              for (const logstore of logstores) one.busy.delete(logstore);
              one.wake();
            });
          flying.add(batch);
          progress(`${ranges.length} ranges`);
        }
        if (one.gathering.apart === undefined) await Promise.all(flying);
      }
    } finally {
      // They see the signal; what they had begun is in the plan.
      await Promise.all(flying);
    }
  }

  async #pause(woken: Promise<void>, waitMs: number, ctx: RunContext): Promise<void> {
    const given = new AbortController();
    try {
      const slept = ctx.clock.sleep(waitMs, AbortSignal.any([given.signal, ctx.signal])).catch((thrown: unknown) => {
        if (!given.signal.aborted) throw thrown;
      });
      await Promise.race([woken, slept]);
    } finally {
      given.abort();
    }
  }

  /** Up to where the step may go. */
  #target(one: Running, seen: SeenShard): Cursor | null {
    return one.step.after === null ? seen.end : this.#of(one.step.after).progress.watermark(seen.at);
  }

  /** Batches to begin now, written down; when there are none, how long until there may be. */
  async #due(one: Running, ctx: RunContext): Promise<{ readonly batches: readonly (readonly ShardRange[])[]; readonly waitMs: number }> {
    const { progress, gatherer, gathering, busy } = one;
    const slots = Math.max(0, (gathering.apart ?? 1) - (gathering.apart === undefined ? Math.min(1, busy.size) : busy.size));
    const nowMs = ctx.clock.nowMs();
    let waitMs = IDLE_MS;
    const again: ShardRange[] = [];
    const waiting = new Map<number, { ranges: ShardRange[]; fullness: number }>();
    for (const seen of this.#ends.all()) {
      const { at } = seen;
      if (busy.has(at.logstore)) continue;
      const plan = progress.planned(at);
      if (plan !== null) {
        // Who waits for it is worth another try, but not one after the other.
        const hurried = gatherer.isUrgent(at.logstore) && plan.triedMs + HURRIED_MS <= nowMs;
        if (plan.nextMs <= nowMs || hurried) again.push(plan.range);
        else waitMs = Math.min(waitMs, plan.nextMs - nowMs);
        continue;
      }
      const target = this.#target(one, seen);
      const from = progress.watermark(at) ?? seen.begin;
      if (target === null || from >= target) continue;
      const most = from + this.#mostGroups(seen);
      const own = waiting.get(at.logstore) ?? { ranges: [], fullness: 0 };
      own.ranges.push({ at, from, to: most < target ? most : target });
      own.fullness += Number(target - from) / Number(most - from);
      waiting.set(at.logstore, own);
    }
    if (slots === 0) return { batches: [], waitMs };
    // Ranges that failed, or were begun by a process that ended, come first.
    const redo =
      gathering.apart === undefined ? (again.length > 0 ? [again] : []) : [...Map.groupBy(again, (range) => range.at.logstore).values()];
    const old = redo.slice(0, slots);
    const skip = new Set(old.flat().map((range) => range.at.logstore));
    const pending: Pending[] = [...waiting].flatMap(([logstore, own]) =>
      gathering.apart !== undefined && skip.has(logstore) ? [] : [{ logstore, ...own }],
    );
    const taken = gatherer.take(pending, slots - old.length, ctx.clock.elapsedMs());
    const fresh = taken.taken.map((entry) => entry.ranges);
    const groups = gathering.apart === undefined ? (fresh.length === 0 ? [] : [fresh.flat()]) : fresh;
    for (const ranges of groups) await progress.plan(ranges, ctx);
    return { batches: [...old, ...groups], waitMs: Math.max(1, Math.min(waitMs, taken.waitMs)) };
  }

  /** Groups of a shard in one range. */
  #mostGroups({ groupBytes }: SeenShard): bigint {
    const { maxGroups, maxBytes } = this.#parts;
    if (maxBytes === undefined || groupBytes === 0) return BigInt(maxGroups);
    return BigInt(Math.max(1, Math.min(maxGroups, Math.floor(maxBytes / groupBytes))));
  }

  async #batch(one: Running, ranges: readonly ShardRange[], ctx: RunContext): Promise<void> {
    const { step, progress } = one;
    let outcomes: readonly RangeOutcome[];
    try {
      outcomes = await step.process(ranges, ctx);
    } catch (thrown) {
      const error = asSluiceError(thrown);
      if (error.code === 'aborted' || ctx.signal.aborted) throw error;
      outcomes = ranges.map((range) => ({ range, rowsIn: 0, rowsOut: 0, error, acknowledgement: '' }));
    }
    const done = outcomes.filter((outcome) => outcome.error === null);
    await progress.finish(done, ctx);
    for (const { range, error } of outcomes) {
      if (error === null) continue;
      ctx.metrics.count('sluice_step_failures_total', { step: step.name, code: error.code });
      const attempts = progress.planned(range.at)?.attempts ?? 0;
      await progress.fail(range, error, ctx.clock.nowMs() + backoffMs(attempts, RETRY), ctx);
    }
    for (const { rowsIn, rowsOut } of done) {
      ctx.metrics.count('sluice_step_rows_total', { step: step.name, direction: 'in' }, rowsIn);
      ctx.metrics.count('sluice_step_rows_total', { step: step.name, direction: 'out' }, rowsOut);
    }
    if (done.length === 0) return;
    for (const other of this.#running) if (other.step.after === step.name) other.wake();
    for (const resolve of this.#moved) resolve();
  }
}
