import { createHash } from 'node:crypto';
import { asSluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import type { CompiledSql, QueryLimits, Store } from '../store/store.ts';
import {
  evaluate,
  evaluateClosed,
  evidenceOf,
  insertInner,
  insertMatches,
  MATCHES_DDL,
  touchedBy,
  type Counted,
  type CountedClass,
  type FoundMatch,
} from './correlation-sql.ts';
import { correlationHits, type EvidenceRow } from './correlation-hit.ts';
import type { CorrelationBase, CorrelationPlan } from './correlation-plan.ts';
import { mayPass, SETTINGS, type RuleFailure } from './detect-engine.ts';
import type { Hit } from './hit.ts';
import type { RuleSet } from './rule-set.ts';

export interface CorrelatorOptions {
  readonly store: Pick<Store, 'command' | 'query'>;
  readonly limits: QueryLimits;
  readonly latenessSec: number;
  /** Logs named as evidence of one match. */
  readonly evidence: number;
}

export interface Correlated {
  readonly hits: readonly Hit[];
  readonly failures: readonly RuleFailure[];
}

/** Matches whose evidence is asked for in one statement: each stands in it with its group. */
const CHUNK = 200;

/**
 * Correlations over what rules matched, by event time (detection.md §3). What a batch adds is written to a table, the windows it can change are computed anew from all that is
 * known, and a match is named by rule, group and window: late data, repeated ranges and any order of arrival come to the same hits.
 */
export class Correlator {
  readonly #options: CorrelatorOptions;

  constructor(options: CorrelatorOptions) {
    this.#options = options;
  }

  /** Makes the table. @throws store.* */
  async ready(ctx: RunContext): Promise<void> {
    await this.#options.store.command({ text: MATCHES_DDL, params: {} }, 'control', this.#options.limits, ctx);
  }

  /**
   * Counts the rows that `where` picks, of classes and rules that are `awake`, and answers what became true with them. `key` names the batch: the same key and rows again
   * count once. @throws store.* that may pass, aborted
   */
  async run(set: RuleSet, where: string, key: string, awake: ReadonlyMap<number, readonly number[]>, ctx: RunContext): Promise<Correlated> {
    if (set.correlations.length === 0) return { hits: [], failures: [] };
    const batch = batchOf(key);
    const failures: RuleFailure[] = [];
    const classes = [...awake]
      .map(([classUid, numbers]) => ({ classUid, counted: countedRules(set, classUid, numbers) }))
      .filter(({ counted }) => counted.length > 0);
    const hits: Hit[] = [];
    if (classes.length === 0) return { hits, failures };
    await this.#insert(classes, where, batch, failures, ctx);
    const touched = new Set(
      (await this.#query({ text: touchedBy(batch), params: {} }, 100_000, ctx)).map(
        ([corr, revision]) => `${String(corr)}@${Number(revision)}`,
      ),
    );
    for (const plan of set.correlations) {
      if (!plan.monotone || !touched.has(`${plan.meta.id}@${plan.meta.revision}`)) continue;
      const found = await this.#guarded(plan, failures, async () => this.#evaluate(plan, evaluate(plan, batch), ctx));
      if (found === null || found.length === 0) continue;
      if (!set.silent.has(plan.meta.id)) hits.push(...found);
      for (const outer of outerOf(set, plan)) {
        await this.#insertInner(outer.plan, outer.base, found, batch, ctx);
        touched.add(`${outer.plan.meta.id}@${outer.plan.meta.revision}`);
      }
    }
    return { hits, failures };
  }

  /** Matches of a correlation that waits for late data, of windows that end within (fromMs, toMs]. @throws store.* aborted */
  async closed(set: RuleSet, plan: CorrelationPlan, fromMs: number, toMs: number, ctx: RunContext): Promise<Correlated> {
    const failures: RuleFailure[] = [];
    const found = await this.#guarded(plan, failures, async () => this.#evaluate(plan, evaluateClosed(plan, fromMs, toMs), ctx));
    return { hits: found === null || set.silent.has(plan.meta.id) ? [] : found, failures };
  }

  /** One statement for all classes; when it fails by the fault of a rule, halves are tried until the rule is alone. */
  async #insert(classes: readonly CountedClass[], where: string, batch: bigint, failures: RuleFailure[], ctx: RunContext): Promise<void> {
    const what = classes.map(({ classUid, counted }) => [
      classUid,
      counted.map(({ plan, ruleId }) => [plan.meta.id, plan.meta.revision, ruleId]),
    ]);
    const token = createHash('sha256')
      .update(JSON.stringify([String(batch), what]))
      .digest('hex');
    const settings = { ...SETTINGS, insert_deduplication_token: token, optimize_on_insert: 0, max_insert_threads: 1 };
    try {
      const text = insertMatches(classes, where, batch, this.#options.latenessSec);
      await this.#options.store.command({ text, params: {}, settings }, 'background', this.#options.limits, ctx);
    } catch (thrown) {
      const error = asSluiceError(thrown);
      if (mayPass(error)) throw error;
      const all = classes.flatMap(({ classUid, counted }) => counted.map((one) => ({ classUid, one })));
      if (all.length === 1) {
        const { plan } = (all[0] as { one: Counted }).one;
        failures.push({ ruleId: plan.meta.id, revision: plan.meta.revision, error });
        return;
      }
      const half = Math.ceil(all.length / 2);
      for (const some of [all.slice(0, half), all.slice(half)]) {
        const byClass = new Map<number, Counted[]>();
        for (const { classUid, one } of some) byClass.set(classUid, [...(byClass.get(classUid) ?? []), one]);
        await this.#insert(
          [...byClass].map(([classUid, counted]) => ({ classUid, counted })),
          where,
          batch,
          failures,
          ctx,
        );
      }
    }
  }

  async #insertInner(plan: CorrelationPlan, base: CorrelationBase, hits: readonly Hit[], batch: bigint, ctx: RunContext): Promise<void> {
    const { groupFrom, valueFrom } = base.inner as NonNullable<CorrelationBase['inner']>;
    const matches = hits.map((hit) => {
      const last = hit.evidence.at(-1) as Hit['evidence'][number];
      return {
        group: groupFrom.map((field) => hit.group[field] ?? ''),
        value: valueFrom.map((field) => hit.group[field] ?? '').join('\n'),
        timeMs: hit.lastMs,
        receivedMs: hit.receivedMs,
        classUid: hit.classUid,
        logstore: last.logstore,
        shard: last.shard,
        cursor: last.cursor,
        idx: last.idx,
        uid: hit.uid,
      };
    });
    for (let from = 0; from < matches.length; from += CHUNK) {
      const sql = insertInner(plan, base.ruleId, base.place, matches.slice(from, from + CHUNK), batch, this.#options.latenessSec);
      await this.#options.store.command(
        { ...sql, settings: { ...SETTINGS, optimize_on_insert: 0 } },
        'background',
        this.#options.limits,
        ctx,
      );
    }
  }

  async #evaluate(plan: CorrelationPlan, text: string, ctx: RunContext): Promise<readonly Hit[]> {
    const rows = await this.#query({ text, params: {} }, 1_000_000, ctx);
    const found = rows.map(([group, bucket, n, firstMs, lastMs]) => ({
      group: String(group),
      bucketMs: Number(bucket),
      n: Number(n),
      firstMs: Number(firstMs),
      lastMs: Number(lastMs),
    }));
    const hits: Hit[] = [];
    for (let from = 0; from < found.length; from += CHUNK) {
      const some = found.slice(from, from + CHUNK);
      const evidence = await this.#evidence(plan, some, ctx);
      hits.push(...(await correlationHits(plan, some, evidence, { ...this.#options }, ctx)));
    }
    return hits;
  }

  async #evidence(plan: CorrelationPlan, found: readonly FoundMatch[], ctx: RunContext): Promise<ReadonlyMap<number, EvidenceRow>> {
    const rows = await this.#query(evidenceOf(plan, found, this.#options.evidence), found.length + 1, ctx);
    return new Map(
      rows.map(([index, events, receivedMs, first, last]) => [
        Number(index),
        { events: Number(events), receivedMs: Number(receivedMs), items: [...(first as unknown[][]), last as unknown[]].map(itemOf) },
      ]),
    );
  }

  async #query(sql: CompiledSql, maxResultRows: number, ctx: RunContext): Promise<readonly (readonly unknown[])[]> {
    const answer = await this.#options.store.query(
      { ...sql, settings: SETTINGS },
      'background',
      { ...this.#options.limits, maxResultRows },
      ctx,
    );
    return answer.rows;
  }

  /** Null: the correlation failed by its own fault, which is noted. */
  async #guarded<T>(plan: CorrelationPlan, failures: RuleFailure[], work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (thrown) {
      const error = asSluiceError(thrown);
      if (mayPass(error)) throw error;
      failures.push({ ruleId: plan.meta.id, revision: plan.meta.revision, error });
      return null;
    }
  }
}

function itemOf(row: readonly unknown[]): EvidenceRow['items'][number] {
  const [timeMs, classUid, logstore, shard, cursor, idx, uid] = row;
  return {
    timeMs: Number(timeMs),
    classUid: Number(classUid),
    logstore: Number(logstore),
    shard: Number(shard),
    cursor: String(cursor),
    idx: Number(idx),
    uid: String(uid),
  };
}

/** Rules of a class that correlations count and that may be true in the batch. */
function countedRules(set: RuleSet, classUid: number, awake: readonly number[]): readonly Counted[] {
  const plan = set.classes.get(classUid);
  const ids = new Set(awake.map((number) => plan?.rules[number]?.meta.id));
  return set.correlations.flatMap((correlation) =>
    correlation.bases.flatMap((base) =>
      base.classes
        .filter(({ rule }) => rule.classUid === classUid && ids.has(rule.meta.id))
        .map((one): Counted => ({ plan: correlation, ruleId: base.ruleId, place: base.place, base: one })),
    ),
  );
}

function outerOf(set: RuleSet, inner: CorrelationPlan): readonly { readonly plan: CorrelationPlan; readonly base: CorrelationBase }[] {
  return set.correlations.flatMap((plan) =>
    plan.bases.filter((base) => base.inner !== null && base.ruleId === inner.meta.id).map((base) => ({ plan, base })),
  );
}

/** 64 bits of a batch's name. */
export function batchOf(key: string): bigint {
  return createHash('sha256').update(key).digest().readBigUInt64BE(0);
}
