import type { RunContext } from '../core/context.ts';
import { asSluiceError, SluiceError } from '../core/errors.ts';
import type { RangeOutcome, RangeStep } from '../jobs/range-step.ts';
import { RuleGaps } from '../standardize/gaps.ts';
import { byLogstore, rangesPredicate } from '../standardize/sql-parts.ts';
import type { QueryLimits, Store } from '../store/store.ts';
import { shardKey, type ShardRange } from '../stream/stream.ts';
import type { Correlator } from './correlate.ts';
import { mayPass, type DetectEngine, type RuleFailure } from './detect-engine.ts';
import { countEvents } from './event-count.ts';
import type { Hit, HitSink } from './hit.ts';
import { onlyRules, type RuleSet } from './rule-set.ts';
import { ALL_RULES } from './rule-sets.ts';
import type { RuleSets } from './rule-sets.ts';
import type { Sweeps } from './sweeps.ts';

export interface DetectStepOptions {
  readonly store: Pick<Store, 'query'>;
  readonly rules: RuleSets;
  readonly engine: DetectEngine;
  readonly correlator: Correlator;
  readonly gaps: RuleGaps;
  readonly sweeps: Sweeps;
  readonly sink: HitSink;
  readonly limits: QueryLimits;
  /** True: the range has no events for certain, and nothing is asked about it. Absent: ask about every range. */
  readonly nothingIn?: (range: ShardRange) => boolean;
}

/** Gaps and closed windows are looked at this often, not with each batch. */
const CHORES_EVERY_MS = 10_000;

/**
 * The step `detect`: runs every rule over the events of a batch of ranges, and correlations over what they match. Hits are handed on before the ranges are reported done, and the
 * same ranges again give the same hits. A rule that fails stops only itself: its ranges are kept as gaps, shown, and done again.
 */
export class DetectStep implements RangeStep {
  readonly name = 'detect';
  readonly after = 'standardize';
  readonly #options: DetectStepOptions;
  #choresMs = -Infinity;

  constructor(options: DetectStepOptions) {
    this.#options = options;
  }

  /** Errors that may pass are in the outcomes, and the ranges come again. @throws aborted */
  async process(ranges: readonly ShardRange[], ctx: RunContext): Promise<readonly RangeOutcome[]> {
    const set = await this.#options.rules.current(ctx);
    const outcomes = new Map<ShardRange, RangeOutcome>();
    const asked: ShardRange[] = [];
    for (const range of ranges) {
      if (this.#options.nothingIn?.(range) === true)
        outcomes.set(range, { range, rowsIn: 0, rowsOut: 0, error: null, acknowledgement: 'no events' });
      else asked.push(range);
    }
    // Counts are by shard: ranges of one shard go one after another.
    for (const round of roundsOf(asked)) {
      for (const outcome of await this.#round(set, round, ctx)) outcomes.set(outcome.range, outcome);
    }
    await this.#chores(set, ctx);
    return ranges.map((range) => outcomes.get(range) as RangeOutcome);
  }

  async #round(set: RuleSet, ranges: readonly ShardRange[], ctx: RunContext): Promise<readonly RangeOutcome[]> {
    try {
      const { hits, rows } = await this.#detect(set, ranges, ctx);
      return ranges.map((range) => {
        const rowsIn = rows.get(shardKey(range.at)) ?? 0;
        const rowsOut = hits.filter((hit) => hit.evidence.some((log) => within(range, log))).length;
        const ran = `${set.count} rules over ${rowsIn} events, ${rowsOut} hits`;
        return { range, rowsIn, rowsOut, error: null, acknowledgement: rowsIn === 0 ? 'no events' : ran };
      });
    } catch (thrown) {
      const error = asSluiceError(thrown);
      if (error.code === 'aborted') throw error;
      return ranges.map((range) => ({ range, rowsIn: 0, rowsOut: 0, error, acknowledgement: '' }));
    }
  }

  /** Runs the rules of a set over ranges, hands on the hits and notes what failed. */
  async #detect(
    set: RuleSet,
    ranges: readonly ShardRange[],
    ctx: RunContext,
  ): Promise<{ readonly hits: readonly Hit[]; readonly rows: ReadonlyMap<string, number> }> {
    const where = eventsPredicate(ranges);
    const { byClass, byShard } = await countEvents(this.#options.store, where, ranges.length, this.#options.limits, ctx);
    if (byClass.size === 0) return { hits: [], rows: byShard };
    const found = await this.#options.engine.run(set, where, byClass, ctx);
    const correlated = await this.#options.correlator.run(set, where, keyOf(ranges), found.awake, ctx);
    const hits = [...found.hits, ...correlated.hits];
    if (hits.length > 0) await this.#options.sink.accept(hits, ctx);
    for (const hit of hits) ctx.metrics.count('sluice_detect_hits_total', { kind: hit.kind, severity: SEVERITY[hit.severityId] });
    // After the hits: whoever tries a gap again finds the others known.
    for (const failure of [...found.failures, ...correlated.failures]) await this.#fail(failure, ranges, ctx);
    return { hits, rows: byShard };
  }

  async #fail(failure: RuleFailure, ranges: readonly ShardRange[], ctx: RunContext): Promise<void> {
    const { ruleId, revision, error } = failure;
    ctx.metrics.count('sluice_detect_rule_failures_total', { code: error.code });
    ctx.log.warn({ rule: ruleId, code: error.code, cause: error.message }, 'detection rule failed on a batch');
    await this.#options.gaps.record(ruleId, revision, ranges, error, ctx);
  }

  async #chores(set: RuleSet, ctx: RunContext): Promise<void> {
    const now = ctx.clock.elapsedMs();
    if (now - this.#choresMs < CHORES_EVERY_MS) return;
    this.#choresMs = now;
    try {
      await this.retryGaps(set, ctx);
      await this.sweep(set, ctx);
    } catch (thrown) {
      const error = asSluiceError(thrown);
      if (error.code === 'aborted') throw error;
      // They come again by themselves; the batch is done all the same.
      ctx.log.warn({ code: error.code, cause: error.message }, 'detection could not look at what was left undone');
    }
  }

  /** Remembers ranges whose events came after this step had passed them: a standardization rule could not make them in time. */
  async late(range: ShardRange, ctx: RunContext): Promise<void> {
    const error = new SluiceError('rule.late', 'events came later than the rest of their range');
    await this.#options.gaps.record(ALL_RULES, 0, [range], error, ctx);
  }

  /** Ranges that rules left undone: run again when the rule has changed or some time has passed. */
  async retryGaps(set: RuleSet, ctx: RunContext): Promise<void> {
    for (const gap of await this.#options.gaps.all(ctx)) {
      const all = gap.rule === ALL_RULES;
      const some = all ? set : onlyRules(set, new Set([gap.rule]));
      if (some.count === 0) {
        // Off, gone or unable to run: nothing is left to do for it. Switched on again, it begins with new data, as every rule does.
        await this.#options.gaps.close(gap, ctx);
        continue;
      }
      const revision = all ? 0 : revisionOf(some, gap.rule);
      if (!all && !RuleGaps.due(gap, revision, ctx.clock.nowMs())) continue;
      try {
        const failed = await this.#again(some, gap.range, ctx);
        if (failed.length === 0 || all) await this.#options.gaps.close(gap, ctx);
        for (const failure of failed) await this.#fail(failure, [gap.range], ctx);
      } catch (thrown) {
        const error = asSluiceError(thrown);
        if (error.code === 'aborted' || mayPass(error)) throw error;
        await this.#fail({ ruleId: gap.rule, revision, error }, [gap.range], ctx);
      }
    }
  }

  async #again(set: RuleSet, range: ShardRange, ctx: RunContext): Promise<readonly RuleFailure[]> {
    const where = eventsPredicate([range]);
    const { byClass } = await countEvents(this.#options.store, where, 1, this.#options.limits, ctx);
    if (byClass.size === 0) return [];
    const found = await this.#options.engine.run(set, where, byClass, ctx);
    const correlated = await this.#options.correlator.run(set, where, `again|${keyOf([range])}`, found.awake, ctx);
    const hits = [...found.hits, ...correlated.hits];
    if (hits.length > 0) await this.#options.sink.accept(hits, ctx);
    return [...found.failures, ...correlated.failures];
  }

  /** Correlations that could become false again, over the windows for which no more data is expected. */
  async sweep(set: RuleSet, ctx: RunContext): Promise<void> {
    for (const plan of set.correlations) {
      if (plan.monotone) continue;
      const due = await this.#options.sweeps.due(plan, ctx);
      if (due === null) continue;
      const { hits, failures } = await this.#options.correlator.closed(set, plan, due.fromMs, due.toMs, ctx);
      for (const { ruleId, error } of failures)
        ctx.log.warn({ rule: ruleId, code: error.code, cause: error.message }, 'correlation failed on closed windows');
      if (failures.length > 0) continue;
      if (hits.length > 0) await this.#options.sink.accept(hits, ctx);
      await this.#options.sweeps.done(plan, due.toMs, ctx);
    }
  }
}

const SEVERITY = { 1: 'info', 2: 'low', 3: 'medium', 4: 'high', 5: 'critical' } as const;

function eventsPredicate(ranges: readonly ShardRange[]): string {
  const parts = [...byLogstore(ranges)].map(([logstore, own]) => `(logstore = ${logstore} AND ${rangesPredicate(own)})`);
  return parts.join(' OR ');
}

function keyOf(ranges: readonly ShardRange[]): string {
  return ranges
    .map((range) => `${shardKey(range.at)}:${range.from}-${range.to}`)
    .sort()
    .join(',');
}

function within(range: ShardRange, log: { readonly logstore: number; readonly shard: number; readonly cursor: string }): boolean {
  if (log.logstore !== range.at.logstore || log.shard !== range.at.shard) return false;
  const cursor = BigInt(log.cursor);
  return cursor >= range.from && cursor < range.to;
}

function roundsOf(ranges: readonly ShardRange[]): readonly (readonly ShardRange[])[] {
  const rounds: ShardRange[][] = [];
  const seen = new Map<string, number>();
  for (const range of ranges) {
    const round = seen.get(shardKey(range.at)) ?? 0;
    seen.set(shardKey(range.at), round + 1);
    (rounds[round] ??= []).push(range);
  }
  return rounds;
}

function revisionOf(set: RuleSet, rule: string): number {
  for (const plan of set.classes.values()) for (const { meta } of plan.rules) if (meta.id === rule) return meta.revision;
  return set.correlations.find((plan) => plan.meta.id === rule)?.meta.revision ?? 0;
}
