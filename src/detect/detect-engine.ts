import { asSluiceError, ERRORS, type SluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import type { QueryLimits, Store } from '../store/store.ts';
import type { ClassPlan } from './class-plan.ts';
import type { CompiledRule } from './compile-rule.ts';
import { fetchEvents, refKey, type EventRef } from './event-fetch.ts';
import type { Hit } from './hit.ts';
import { makeHit } from './make-hit.ts';
import type { RuleSet } from './rule-set.ts';

/** A rule that could not be run over a batch. */
export interface RuleFailure {
  readonly ruleId: string;
  readonly revision: number;
  readonly error: SluiceError;
}

/** What running rules over one batch of events came to. */
export interface RunResult {
  readonly hits: readonly Hit[];
  /** Rules that failed by their own fault: everything else of the batch is done. */
  readonly failures: readonly RuleFailure[];
  /** Per class: numbers of the rules that may be true in the batch. */
  readonly awake: ReadonlyMap<number, readonly number[]>;
}

export interface DetectEngineOptions {
  readonly store: Pick<Store, 'command' | 'query'>;
  readonly limits: QueryLimits;
  readonly chunkRules: number;
}

interface Candidate extends EventRef {
  /** The standardization rule that made the event. */
  readonly made: string;
  readonly revision: number;
  readonly rules: readonly CompiledRule[];
}

/** Hits are put together this many candidates at a time: their events come whole into memory. */
const CANDIDATES = 2000;

/** Runs rules over events in the store: probe, confirm, then the whole events of what was confirmed. Writes nothing. */
export class DetectEngine {
  readonly #options: DetectEngineOptions;

  constructor(options: DetectEngineOptions) {
    this.#options = options;
  }

  /**
   * Hits of every rule over the rows that `where` picks in each of the classes. `rows` are how many those are, by class; classes without any are not asked.
   * @throws store.* that may pass (the same batch comes again), aborted
   */
  async run(set: RuleSet, where: string, rows: ReadonlyMap<number, number>, ctx: RunContext): Promise<RunResult> {
    const hits = new Map<string, Hit>();
    const failures: RuleFailure[] = [];
    const awake = new Map<number, readonly number[]>();
    for (const [classUid, plan] of set.classes) {
      const count = rows.get(classUid) ?? 0;
      if (count === 0) continue;
      const numbers = await this.#probe(plan, where, ctx);
      awake.set(classUid, numbers);
      const labels = { class: String(classUid) };
      ctx.metrics.count('sluice_detect_batches_total', labels);
      ctx.metrics.count('sluice_detect_events_total', labels, count);
      ctx.metrics.count('sluice_detect_confirmed_rules_total', labels, numbers.length);
      const raising = numbers.filter((number) => !set.silent.has((plan.rules[number] as CompiledRule).meta.id));
      const candidates: Candidate[] = [];
      for (let from = 0; from < raising.length; from += this.#options.chunkRules) {
        candidates.push(...(await this.#confirm(plan, raising.slice(from, from + this.#options.chunkRules), where, count, failures, ctx)));
      }
      for (let from = 0; from < candidates.length; from += CANDIDATES) {
        for (const hit of await this.#hits(classUid, candidates.slice(from, from + CANDIDATES), ctx))
          if (!hits.has(hit.uid)) hits.set(hit.uid, hit);
      }
    }
    return { hits: [...hits.values()], failures, awake };
  }

  /** Numbers of the rules that may be true. A probe that the engine refuses costs speed, never a hit: then all of them may be. */
  async #probe(plan: ClassPlan, where: string, ctx: RunContext): Promise<readonly number[]> {
    const text = plan.probe(where);
    if (text === null) return plan.always;
    try {
      const answer = await this.#options.store.query({ text, params: {}, settings: SETTINGS }, 'background', this.#options.limits, ctx);
      return plan.awake(answer.rows[0]);
    } catch (thrown) {
      const error = asSluiceError(thrown);
      if (mayPass(error)) throw error;
      ctx.log.warn(
        { class: plan.table.classUid, code: error.code, cause: error.message },
        'detection probe failed, all rules are confirmed',
      );
      return plan.rules.map((_, number) => number);
    }
  }

  /** Rows for which some of the rules are true. When the statement fails by the fault of a rule, halves are tried until the rule is alone. */
  async #confirm(
    plan: ClassPlan,
    numbers: readonly number[],
    where: string,
    rows: number,
    failures: RuleFailure[],
    ctx: RunContext,
  ): Promise<readonly Candidate[]> {
    if (numbers.length === 0) return [];
    try {
      const answer = await this.#options.store.query(
        { text: plan.confirm(numbers, where), params: {}, settings: SETTINGS },
        'background',
        // Merges may not have removed rows that were replaced.
        { ...this.#options.limits, maxResultRows: rows * 4 + 1000 },
        ctx,
      );
      return answer.rows.map(([logstore, shard, cursor, idx, made, revision, hits]) => ({
        logstore: Number(logstore),
        shard: Number(shard),
        cursor: String(cursor),
        idx: Number(idx),
        made: String(made),
        revision: Number(revision),
        rules: (hits as readonly unknown[]).map((number) => plan.rules[Number(number)] as CompiledRule),
      }));
    } catch (thrown) {
      const error = asSluiceError(thrown);
      if (mayPass(error)) throw error;
      if (numbers.length === 1) {
        const { meta } = plan.rules[numbers[0] as number] as CompiledRule;
        failures.push({ ruleId: meta.id, revision: meta.revision, error });
        return [];
      }
      const half = Math.ceil(numbers.length / 2);
      return [
        ...(await this.#confirm(plan, numbers.slice(0, half), where, rows, failures, ctx)),
        ...(await this.#confirm(plan, numbers.slice(half), where, rows, failures, ctx)),
      ];
    }
  }

  async #hits(classUid: number, candidates: readonly Candidate[], ctx: RunContext): Promise<readonly Hit[]> {
    const events = await fetchEvents(this.#options.store, classUid, candidates, this.#options.limits, ctx);
    return candidates.flatMap((candidate) => {
      // A row that was standardized again since speaks for itself, as its own candidate.
      const event = events
        .get(refKey(candidate))
        ?.find(({ origin }) => origin.rule === candidate.made && origin.revision === candidate.revision);
      return event === undefined ? [] : candidate.rules.map((rule) => makeHit(rule, event));
    });
  }
}

/** Generated statements are larger than what people write: 10,000 rules make a megabyte. */
export const SETTINGS: Readonly<Record<string, number>> = {
  max_query_size: 100_000_000,
  max_ast_elements: 10_000_000,
  max_expanded_ast_elements: 10_000_000,
  max_parser_depth: 10_000,
};

/** True for failures that are no rule's: the same statement may succeed later. */
export function mayPass(error: SluiceError): boolean {
  return error.code === 'aborted' || ERRORS[error.code].retry;
}
