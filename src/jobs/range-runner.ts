import type { Catalog } from '../control/catalog.ts';
import type { RunContext } from '../core/context.ts';
import { asSluiceError, SluiceError } from '../core/errors.ts';
import { backoffMs } from '../core/retry.ts';
import type { Freshness } from '../query/queries.ts';
import type { State } from '../state/state.ts';
import { shardKey, type Cursor, type ShardRange, type ShardRef, type Stream } from '../stream/stream.ts';
import type { RangeOutcome, RangeStep } from './range-step.ts';
import { StepProgress } from './step-progress.ts';
import type { Job } from './supervisor.ts';

/** How a step gathers work before it acts. */
export interface Gathering {
  /** A logstore is taken up this long after its first pending group, when there is budget. */
  readonly targetDelayMs: number;
  /** Taken up at the latest after this, budget or not. */
  readonly maxDelayMs: number;
  /** Logstores taken up a second, all together; null: as many as there are. */
  readonly perSec: number | null;
}

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
}

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

/** Tries of a failed range: soon at first, once a minute in the end, for as long as it takes. */
const RETRY = { attempts: Infinity, baseMs: 500, maxMs: 60_000 };
/** A loop that has nothing to do looks again after this: a group of a shard it did not know. */
const IDLE_MS = 500;
/** A step this silent is aborted and started again. */
const STUCK_MS = 10 * 60_000;
/** A step that is this far behind is late. */
const ALLOWED_SEC = 60;

interface Running {
  readonly step: RangeStep;
  readonly gathering: Gathering;
  readonly progress: StepProgress;
  /** Logstore → when it first had something pending, monotonic ms. */
  readonly pendingSince: Map<number, number>;
  /** Logstores that somebody waits for. */
  readonly urgent: Set<number>;
  /** Resolves the pause of the step's loop. */
  wake: () => void;
  budget: number;
  budgetAt: number;
}

/**
 * Runs the steps after the stream (design D5): each takes ranges of shards up to where the step before it stands, in batches that gather. What is about to be done is written down first,
 * watermarks move with the receipts after it. A range that fails stops only its shard and is tried again.
 */
export class RangeRunner implements Freshness {
  readonly #parts: RangeRunnerParts;
  readonly #running: readonly Running[];
  /** Shard → end of the stream, as last seen. */
  readonly #ends = new Map<string, Cursor>();
  /** Called whenever a watermark moved. */
  readonly #moved = new Set<() => void>();

  private constructor(parts: RangeRunnerParts, ctx: RunContext) {
    this.#parts = parts;
    this.#running = parts.steps.map(({ step, gathering }) => ({
      step,
      gathering,
      progress: new StepProgress(step.name, parts.state),
      pendingSince: new Map(),
      urgent: new Set(),
      wake: () => undefined,
      budget: gathering.perSec ?? Infinity,
      budgetAt: ctx.clock.elapsedMs(),
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
    const lags: Lag[] = [];
    const nowMs = ctx.clock.nowMs();
    for (const info of this.#parts.catalog.logstores()) {
      for (const one of this.#running) {
        let groups = 0n;
        let oldestMs: number | null = null;
        let lastError = '';
        for (const at of this.#shardsOf(info.id)) {
          const end = this.#ends.get(shardKey(at));
          if (end === undefined) continue;
          const plan = one.progress.planned(at);
          if (plan !== null && plan.lastError !== '') lastError = plan.lastError;
          const mark = await this.#from(one, at, ctx);
          if (mark === null || mark >= end) continue;
          groups += end - mark;
          const receivedMs = await this.#parts.stream.receivedMsAt(at, mark, ctx);
          oldestMs = oldestMs === null ? receivedMs : Math.min(oldestMs, receivedMs);
        }
        lags.push({
          logstore: info.id,
          step: one.step.name,
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

  /** Sets the gauges of lag. */
  async gauge(ctx: RunContext): Promise<void> {
    const byStep = new Map(this.#running.map((one) => [one.step.name, { groups: 0, sec: 0 }]));
    for (const lag of await this.lags(ctx)) {
      const sum = byStep.get(lag.step);
      if (sum === undefined) continue;
      sum.groups += lag.lagGroups;
      sum.sec = Math.max(sum.sec, lag.lagSec);
    }
    for (const [step, { groups, sec }] of byStep) {
      ctx.metrics.gauge('sluice_step_lag_groups', { step }, groups);
      ctx.metrics.gauge('sluice_step_lag_seconds', { step }, sec);
    }
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
        await this.#look(at, ctx);
        const end = this.#ends.get(shardKey(at));
        if (end !== undefined) targets.set(shardKey(at), { at, end });
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
    const begins = new Map<string, Cursor | null>();
    for (const [key, { at }] of targets) begins.set(key, await this.#from(one, at, ctx));
    const behind = (): ShardRef[] =>
      [...targets].flatMap(([key, { at, end }]) => {
        const mark = one.progress.watermark(at) ?? begins.get(key) ?? null;
        return mark !== null && mark < end ? [at] : [];
      });
    for (;;) {
      const late = behind();
      if (late.length === 0) return true;
      const left = until - ctx.clock.elapsedMs();
      if (left <= 0) return false;
      for (const at of late) one.urgent.add(at.logstore);
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

  /** Learns the end of a shard. */
  async #look(at: ShardRef, ctx: RunContext): Promise<void> {
    try {
      this.#ends.set(shardKey(at), (await this.#parts.stream.bounds(at, ctx)).end);
    } catch (thrown) {
      if (asSluiceError(thrown).code !== 'stream.shard_missing') throw thrown;
      this.#ends.delete(shardKey(at));
    }
  }

  async #lookAtAll(ctx: RunContext): Promise<void> {
    const shards = this.#allShards();
    const known = new Set(shards.map(shardKey));
    for (const at of shards) if (!this.#ends.has(shardKey(at))) await this.#look(at, ctx);
    for (const key of this.#ends.keys()) if (!known.has(key)) this.#ends.delete(key);
    for (const { progress } of this.#running)
      for (const at of progress.shards()) if (!known.has(shardKey(at))) await progress.forget(at, ctx);
  }

  async #watch(ctx: RunContext, progress: (note: string) => void): Promise<void> {
    for (;;) {
      ctx.signal.throwIfAborted();
      await this.#lookAtAll(ctx);
      const grown = await this.#parts.stream.changed(this.#ends, IDLE_MS, ctx);
      for (const at of grown) await this.#look(at, ctx);
      if (grown.length > 0) for (const one of this.#running) one.wake();
      progress(`${this.#ends.size} shards`);
    }
  }

  async #run(one: Running, ctx: RunContext, progress: (note: string) => void): Promise<void> {
    for (;;) {
      ctx.signal.throwIfAborted();
      // Asked for before looking: what happens in between is not missed.
      const woken = new Promise<void>((resolve) => {
        one.wake = resolve;
      });
      const { due, waitMs } = await this.#due(one, ctx);
      if (due.length === 0) {
        progress('nothing to do');
        await this.#pause(woken, waitMs, ctx);
        continue;
      }
      await this.#batch(one, due, ctx);
      progress(`${due.length} ranges`);
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

  /** Where a step goes on in a shard: its watermark, or the shard's begin. Null: the shard is gone. */
  async #from(one: Running, at: ShardRef, ctx: RunContext): Promise<Cursor | null> {
    const mark = one.progress.watermark(at);
    if (mark !== null) return mark;
    try {
      return (await this.#parts.stream.bounds(at, ctx)).begin;
    } catch (thrown) {
      if (asSluiceError(thrown).code !== 'stream.shard_missing') throw thrown;
      return null;
    }
  }

  /** Up to where the step may go. */
  #target(one: Running, at: ShardRef): Cursor | null {
    if (one.step.after === null) return this.#ends.get(shardKey(at)) ?? null;
    return this.#of(one.step.after).progress.watermark(at);
  }

  /** Ranges to do now; when there are none, how long until there may be. */
  async #due(one: Running, ctx: RunContext): Promise<{ readonly due: readonly ShardRange[]; readonly waitMs: number }> {
    const now = ctx.clock.elapsedMs();
    const nowMs = ctx.clock.nowMs();
    const { perSec, targetDelayMs, maxDelayMs } = one.gathering;
    if (perSec !== null) {
      one.budget = Math.min(Math.max(perSec, 1), one.budget + ((now - one.budgetAt) / 1000) * perSec);
      one.budgetAt = now;
    }
    let waitMs = IDLE_MS;
    const due: ShardRange[] = [];
    const pending = new Map<number, { ranges: ShardRange[]; groups: bigint }>();
    for (const key of this.#ends.keys()) {
      const [logstore, shard] = key.split('/').map(Number) as [number, number];
      const at = { logstore, shard };
      const plan = one.progress.planned(at);
      if (plan !== null) {
        if (plan.nextMs <= nowMs) due.push(plan.range);
        else waitMs = Math.min(waitMs, plan.nextMs - nowMs);
        continue;
      }
      const target = this.#target(one, at);
      if (target === null) continue;
      const from = one.progress.watermark(at) ?? (target > 0n ? await this.#from(one, at, ctx) : null);
      if (from === null || from >= target) continue;
      const most = from + BigInt(this.#parts.maxGroups);
      const own = pending.get(logstore) ?? { ranges: [], groups: 0n };
      own.ranges.push({ at, from, to: most < target ? most : target });
      own.groups += target - from;
      pending.set(logstore, own);
    }
    for (const logstore of one.pendingSince.keys()) if (!pending.has(logstore)) one.pendingSince.delete(logstore);
    for (const logstore of one.urgent) if (!pending.has(logstore)) one.urgent.delete(logstore);
    const fresh: ShardRange[] = [];
    // The oldest first, so that the budget starves nobody.
    const order = [...pending].map(([logstore, own]) => {
      const since = one.pendingSince.get(logstore) ?? now;
      one.pendingSince.set(logstore, since);
      return { logstore, ...own, since };
    });
    order.sort((a, b) => a.since - b.since);
    for (const { logstore, ranges, groups, since } of order) {
      const age = now - since;
      const must = one.urgent.has(logstore) || age >= maxDelayMs || groups >= BigInt(this.#parts.maxGroups);
      if (!must && age < targetDelayMs) {
        waitMs = Math.min(waitMs, targetDelayMs - age);
        continue;
      }
      if (!must && one.budget < 1) {
        waitMs = Math.min(waitMs, Math.max(10, ((1 - one.budget) * 1000) / (perSec ?? 1)));
        continue;
      }
      one.budget = Math.max(0, one.budget - 1);
      one.pendingSince.delete(logstore);
      one.urgent.delete(logstore);
      fresh.push(...ranges);
    }
    await one.progress.plan(fresh, ctx);
    return { due: [...due, ...fresh], waitMs: Math.max(1, waitMs) };
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
