import type { Catalog } from '../../../control/catalog.ts';
import type { RunContext } from '../../../core/context.ts';
import { SluiceError } from '../../../core/errors.ts';
import { severityWord } from '../../../alerts/severity.ts';
import type { CompiledRule } from '../../../detect/compile-rule.ts';
import type { Correlator } from '../../../detect/correlate.ts';
import type { DetectEngine } from '../../../detect/detect-engine.ts';
import type { DetectionRegistry, RegisteredDetectionRule } from '../../../detect/detection-registry.ts';
import { countEvents } from '../../../detect/event-count.ts';
import { givenEvents, type GivenEvent } from '../../../detect/given-events.ts';
import type { Hit, HitEvidence, HitSink } from '../../../detect/hit.ts';
import { fill, reasonsOf } from '../../../detect/make-hit.ts';
import { onlyRules, type RuleSet } from '../../../detect/rule-set.ts';
import { readRuleText, type DetectionRule } from '../../../detect/rule-text.ts';
import { valueAt } from '../../../detect/event-values.ts';
import type { RuleGap, RuleGaps } from '../../../standardize/gaps.ts';
import { classTable } from '../../../standardize/class-table.ts';
import type { State } from '../../../state/state.ts';
import type { QueryLimits, Store } from '../../../store/store.ts';
import type { DetectionRuleBody, DetectionRuleSummary, RuleTestAnswer } from '../contract/rules.ts';
import { etagOf } from '../etag.ts';
import { pageInMemory, type Page } from '../paging.ts';
import type { AnswerIn, BodyIn, DetectionRulesService, QueryIn } from '../services.ts';
import { iso, isoOrNull, timeParts } from '../times.ts';

export interface DetectionRulesParts {
  readonly registry: DetectionRegistry;
  readonly gaps: RuleGaps;
  readonly engine: DetectEngine;
  readonly correlator: Correlator;
  readonly store: Pick<Store, 'query'>;
  readonly limits: QueryLimits;
  readonly state: State;
  readonly catalog: Pick<Catalog, 'logstoreById'>;
  /** Where a replay's hits go. */
  readonly sink: HitSink;
}

/** Hits that a test answers; it counts all of them. */
const SHOWN_HITS = 100;
const DAY_MS = 86_400_000;
/** Shards of which events may come in one replay: an estimate for the limit of rows only. */
const SHARDS = 10_000;

interface Recent {
  readonly alerts24h: number;
  readonly lastMs: number;
}

/** Detection rules in the words of the REST contract. */
export class RestDetectionRules implements DetectionRulesService {
  readonly #parts: DetectionRulesParts;

  constructor(parts: DetectionRulesParts) {
    this.#parts = parts;
  }

  async list(query: QueryIn<'listDetectionRules'>, ctx: RunContext): Promise<Page<DetectionRuleSummary>> {
    const [gaps, recent] = await Promise.all([this.#parts.gaps.all(ctx), this.#recent(ctx)]);
    const wanted = query.search?.toLowerCase();
    const items = this.#parts.registry
      .rules()
      .filter((one) => (query.enabled === undefined || one.enabled === query.enabled) && (query.origin ?? one.origin) === one.origin)
      .map((one) => this.#summary(one, gaps, recent.get(one.meta.id), ctx))
      .filter((one) => query.severity === undefined || query.severity.includes(one.severity))
      .filter(
        (one) =>
          wanted === undefined ||
          `${one.id} ${one.title} ${one.logsource} ${one.tactics.join(' ')} ${one.techniques.join(' ')}`.toLowerCase().includes(wanted),
      );
    return pageInMemory(items, (one) => one.id, query);
  }

  async get(id: string, ctx: RunContext): Promise<DetectionRuleBody> {
    const rule = this.#parts.registry.rule(id);
    const [gaps, recent] = await Promise.all([this.#parts.gaps.all(ctx), this.#recent(ctx, id)]);
    return {
      ...this.#summary(rule, gaps, recent.get(id), ctx),
      text: rule.text,
      references: [...rule.meta.references],
      falsePositives: [...rule.meta.falsepositives],
    };
  }

  async create(text: string, enabled: boolean, actor: string, ctx: RunContext): Promise<DetectionRuleBody> {
    const rule = await this.#parts.registry.create(text, enabled, actor, ctx);
    return await this.get(rule.meta.id, ctx);
  }

  async update(
    id: string,
    change: Omit<BodyIn<'updateDetectionRule'>, 'etag'>,
    etag: string,
    actor: string,
    ctx: RunContext,
  ): Promise<DetectionRuleBody> {
    const { registry } = this.#parts;
    if (etagOfRule(registry.rule(id)) !== etag)
      throw new SluiceError('request.conflict', `detection rule ${id} was changed meanwhile`, { rule: id });
    if (change.text !== undefined) await registry.replace(id, change.text, actor, ctx);
    if (change.enabled !== undefined) await registry.enable(id, change.enabled, actor, ctx);
    return await this.get(id, ctx);
  }

  async delete(id: string, _actor: string, ctx: RunContext): Promise<void> {
    await this.#parts.registry.remove(id, ctx);
  }

  async test(id: string, input: BodyIn<'testDetectionRule'>, ctx: RunContext): Promise<RuleTestAnswer> {
    const rule = input.text === undefined ? this.#parts.registry.rule(id) : readRuleText(input.text);
    if (rule.document.kind !== 'rule') {
      throw new SluiceError('request.invalid', `${rule.meta.id} counts what other rules match: test those, or replay it`, {
        rule: rule.meta.id,
      });
    }
    const set = this.#setOf(rule);
    const startedMs = ctx.clock.elapsedMs();
    const found = input.events === undefined ? await this.#testStored(set, input, ctx) : await this.#testGiven(set, input.events, ctx);
    return { ...found, sql: sqlOf(set), elapsedMs: Math.round(ctx.clock.elapsedMs() - startedMs) };
  }

  async replay(id: string, fromSec: number, toSec: number, ctx: RunContext): Promise<AnswerIn<'replayDetectionRule'>> {
    const { registry, engine, correlator, sink, state } = this.#parts;
    const startedMs = ctx.clock.elapsedMs();
    const set = onlyRules(registry.compile(registry.rules()), new Set([registry.rule(id).meta.id]));
    const fault = set.faults.get(id);
    if (fault !== undefined) throw fault;
    const where = timePredicate(fromSec, toSec);
    const { byClass, read } = await this.#count(set, where, ctx);
    const alerts = async (): Promise<number> =>
      await state.read(
        async (db) =>
          Number(
            (
              await db
                .selectFrom('alerts')
                .select((e) => e.fn.countAll().as('n'))
                .where('rule', '=', id)
                .executeTakeFirstOrThrow()
            ).n,
          ),
        ctx,
      );
    const before = await alerts();
    const ran = await engine.run(set, where, byClass, ctx);
    const correlated = await correlator.run(set, where, `replay|${id}|${fromSec}-${toSec}`, ran.awake, ctx);
    const [failure] = [...ran.failures, ...correlated.failures];
    if (failure !== undefined) throw failure.error;
    const hits = [...ran.hits, ...correlated.hits];
    if (hits.length > 0) await sink.accept(hits, ctx);
    return {
      findings: hits.length,
      newAlerts: (await alerts()) - before,
      read,
      elapsedMs: Math.round(ctx.clock.elapsedMs() - startedMs),
    };
  }

  /** The rule alone, loud: whatever counts it or keeps it quiet in daily work. @throws its fault */
  #setOf(rule: DetectionRule): RuleSet {
    const set = this.#parts.registry.compile([rule]);
    const fault = set.faults.get(rule.meta.id);
    if (fault !== undefined) throw fault;
    return { ...set, silent: new Set() };
  }

  async #count(
    set: RuleSet,
    where: string,
    ctx: RunContext,
  ): Promise<{ readonly byClass: ReadonlyMap<number, number>; readonly read: number }> {
    const { byClass } = await countEvents(this.#parts.store, where, SHARDS, this.#parts.limits, ctx);
    let read = 0;
    for (const classUid of set.classes.keys()) read += byClass.get(classUid) ?? 0;
    return { byClass, read };
  }

  async #testStored(set: RuleSet, input: BodyIn<'testDetectionRule'>, ctx: RunContext): Promise<Omit<RuleTestAnswer, 'sql' | 'elapsedMs'>> {
    if (input.from === undefined || input.to === undefined)
      throw new SluiceError('request.invalid', 'expected events, or from and to', { path: '/body' });
    const where = timePredicate(timeParts(input.from).sec, timeParts(input.to).sec);
    const { byClass, read } = await this.#count(set, where, ctx);
    const { hits, failures } = await this.#parts.engine.run(set, where, byClass, ctx);
    const [failure] = failures;
    if (failure !== undefined) throw failure.error;
    const shown = hits.slice(0, SHOWN_HITS).map((hit, index) => this.#shown(hit, index));
    return { matched: hits.length, read, hits: shown };
  }

  async #testGiven(set: RuleSet, events: readonly GivenEvent[], ctx: RunContext): Promise<Omit<RuleTestAnswer, 'sql' | 'elapsedMs'>> {
    const matched = new Map<number, CompiledRule>();
    for (const rule of [...set.classes.values()].flatMap((plan) => plan.rules)) {
      const own = events.flatMap((event, index) =>
        event['class_uid'] === undefined || event['class_uid'] === rule.classUid ? [index] : [],
      );
      if (own.length === 0) continue;
      const given = givenEvents(
        classTable(rule.classUid),
        own.map((index) => events[index] as GivenEvent),
      );
      const text = `SELECT idx FROM ${given.from} WHERE ${rule.predicate} ORDER BY idx`;
      const answer = await this.#parts.store.query(
        { text, params: given.params },
        'people',
        { ...this.#parts.limits, maxResultRows: own.length },
        ctx,
      );
      for (const [idx] of answer.rows) matched.set(own[Number(idx)] as number, rule);
    }
    const nowMs = ctx.clock.nowMs();
    const hits = [...matched]
      .toSorted(([a], [b]) => a - b)
      .map(([index, rule]) => {
        const event = events[index] as GivenEvent;
        const timeMs = typeof event['time'] === 'number' ? event['time'] : Date.parse(String(event['time']));
        return {
          index,
          time: iso(Number.isFinite(timeMs) ? timeMs : nowMs),
          title: fill(rule.meta, (path) => valueAt(event, path)),
          evidence: null,
          reasons: [...reasonsOf(rule, event)],
        };
      });
    return { matched: hits.length, read: events.length, hits: hits.slice(0, SHOWN_HITS) };
  }

  #shown(hit: Hit, index: number): RuleTestAnswer['hits'][number] {
    return {
      index,
      time: iso(hit.firstMs),
      title: hit.title,
      evidence: this.#identity(hit.evidence[0]),
      reasons: [...hit.reasons],
    };
  }

  #identity(evidence: HitEvidence | undefined): RuleTestAnswer['hits'][number]['evidence'] {
    const info = evidence === undefined ? null : this.#parts.catalog.logstoreById(evidence.logstore);
    if (evidence === undefined || info === null) return null;
    return { project: info.project, logstore: info.name, shard: evidence.shard, cursor: evidence.cursor, index: evidence.idx };
  }

  /** Alerts of the last day and the last one, by rule. */
  async #recent(ctx: RunContext, rule?: string): Promise<ReadonlyMap<string, Recent>> {
    const sinceMs = ctx.clock.nowMs() - DAY_MS;
    const rows = await this.#parts.state.read(async (db) => {
      let query = db
        .selectFrom('alerts')
        .select((e) => [
          'rule',
          e.fn.max('raised_ms').as('last'),
          e.fn.sum(e.case().when('raised_ms', '>=', sinceMs).then(1).else(0).end()).as('day'),
        ])
        .groupBy('rule');
      if (rule !== undefined) query = query.where('rule', '=', rule);
      return await query.execute();
    }, ctx);
    return new Map(rows.map((row) => [row.rule, { alerts24h: Number(row.day), lastMs: Number(row.last) }]));
  }

  #summary(rule: RegisteredDetectionRule, gaps: readonly RuleGap[], recent: Recent | undefined, ctx: RunContext): DetectionRuleSummary {
    const { meta, document } = rule;
    const gap = gaps.find((one) => one.rule === meta.id);
    const fault = rule.enabled ? this.#parts.registry.fault(meta.id, ctx) : null;
    return {
      id: meta.id,
      title: meta.title,
      description: meta.description,
      severity: severityWord(meta.severityId),
      kind: document.kind === 'correlation' ? 'correlation' : 'sigma',
      enabled: rule.enabled,
      origin: rule.origin,
      revision: meta.revision,
      logsource: document.kind === 'correlation' ? '' : logsourceText(document.logsource),
      tactics: [...meta.tactics],
      techniques: meta.techniques.map(({ id }) => id),
      author: meta.author,
      license: meta.license,
      alerts24h: recent?.alerts24h ?? 0,
      lastAlertAt: isoOrNull(recent?.lastMs ?? 0),
      fault:
        fault !== null ? { code: fault.code, detail: fault.message } : gap === undefined ? null : { code: gap.code, detail: gap.message },
      etag: etagOfRule(rule),
    };
  }
}

/** Of what a user can change, so that a passing fault makes no conflict. */
function etagOfRule({ text, enabled }: RegisteredDetectionRule): string {
  return etagOf({ text, enabled });
}

function logsourceText({
  product,
  category,
  service,
}: {
  readonly product: string | null;
  readonly category: string | null;
  readonly service: string | null;
}): string {
  return [product, category, service].filter((part) => part !== null).join(' / ');
}

/** @throws request.invalid */
function timePredicate(fromSec: number, toSec: number): string {
  if (toSec <= fromSec) throw new SluiceError('request.invalid', 'to lies not after from', { path: '/body/to' });
  const at = (sec: number): string => `fromUnixTimestamp64Milli(${Math.round(sec * 1000)}, 'UTC')`;
  return `time >= ${at(fromSec)} AND time < ${at(toSec)}`;
}

function sqlOf(set: RuleSet): string {
  return [...set.classes.values()]
    .flatMap((plan) => plan.rules.map((rule) => `SELECT * FROM ${plan.table.table} WHERE ${rule.predicate}`))
    .join('\nUNION ALL\n');
}
