import { randomUUID } from 'node:crypto';
import type { Catalog, LogstoreInfo } from '../control/catalog.ts';
import type { RunContext } from '../core/context.ts';
import { SluiceError } from '../core/errors.ts';
import type { State } from '../state/state.ts';
import { classTable } from './class-table.ts';
import { checkRule, invalidRules, matchesLogstore, type StandardizationRule } from './rule.ts';

/** How a policy standardizes: as logs arrive, into the class's table; or when someone asks, from the logs themselves. */
export const METHODS = ['real-time-consumption', 'scan-query'] as const;
export type Method = (typeof METHODS)[number];

/** A data source, a rule and a method (an ingestion policy's entry). */
export interface IngestionPolicy {
  readonly id: string;
  readonly logstore: number;
  readonly rule: string;
  readonly method: Method;
  readonly createdMs: number;
}

export interface RegisteredRule {
  readonly rule: StandardizationRule;
  readonly origin: 'built-in' | 'custom';
  readonly enabled: boolean;
}

/** What a real-time policy implies: events of one logstore delivered into one class's table. */
export interface DeliveryTask {
  readonly policy: string;
  readonly logstore: number;
  readonly rule: string;
  readonly classUid: number;
  /** `ocsf_6003`. */
  readonly table: string;
}

interface Snapshot {
  readonly rules: ReadonlyMap<string, RegisteredRule>;
  readonly policies: readonly IngestionPolicy[];
}

/**
 * Which standardization rules there are and where they apply: rules from files, rules of users, and ingestion policies. Reads are answered from memory; `refresh` looks
 * what another node changed.
 */
export class RuleRegistry {
  readonly #state: State;
  readonly #catalog: Catalog;
  readonly #builtIn: readonly StandardizationRule[];
  #snapshot: Snapshot = { rules: new Map(), policies: [] };
  /** Logstore → what `realTime` answered by this snapshot: it is asked for every batch. */
  readonly #realTime = new Map<number, readonly StandardizationRule[]>();

  private constructor(state: State, catalog: Catalog, builtIn: readonly StandardizationRule[]) {
    this.#state = state;
    this.#catalog = catalog;
    this.#builtIn = builtIn;
  }

  /** @throws state.* */
  static async open(state: State, catalog: Catalog, builtIn: readonly StandardizationRule[], ctx: RunContext): Promise<RuleRegistry> {
    const registry = new RuleRegistry(state, catalog, builtIn);
    await registry.refresh(ctx);
    return registry;
  }

  async refresh(ctx: RunContext): Promise<void> {
    const [custom, off, policies] = await this.#state.read(
      async (db) =>
        Promise.all([
          db.selectFrom('standardization_rules').selectAll().execute(),
          db.selectFrom('standardization_off').selectAll().execute(),
          db.selectFrom('ingestion_policies').selectAll().orderBy('created_ms').execute(),
        ]),
      ctx,
    );
    const switchedOff = new Set(off.map((row) => row.rule));
    const rules = new Map<string, RegisteredRule>();
    for (const rule of this.#builtIn) rules.set(rule.id, { rule, origin: 'built-in', enabled: !switchedOff.has(rule.id) });
    for (const row of custom) {
      const checked = checkRule(JSON.parse(row.body), row.id);
      if ('problems' in checked) {
        // A release may tighten what a rule has to look like: the rule stays in the state, is left out, and says why.
        ctx.log.error({ rule: row.id, problems: checked.problems }, 'custom standardization rule is left out: it is invalid');
        continue;
      }
      if (!rules.has(row.id)) rules.set(row.id, { rule: checked.rule, origin: 'custom', enabled: !switchedOff.has(row.id) });
    }
    this.#realTime.clear();
    this.#snapshot = {
      rules,
      policies: policies.map((row) => ({
        id: row.id,
        logstore: row.logstore,
        rule: row.rule,
        method: row.method as Method,
        createdMs: row.created_ms,
      })),
    };
  }

  /** Sorted by id. */
  rules(): readonly RegisteredRule[] {
    return [...this.#snapshot.rules.values()].sort((a, b) => (a.rule.id < b.rule.id ? -1 : 1));
  }

  /** @throws request.not_found */
  rule(id: string): RegisteredRule {
    const found = this.#snapshot.rules.get(id);
    if (found === undefined) throw new SluiceError('request.not_found', `there is no standardization rule ${id}`, { rule: id });
    return found;
  }

  /**
   * Adds a user's rule, or replaces it by a higher revision.
   * @throws rule.invalid; request.conflict when the id is a built-in rule's or the revision did not grow
   */
  async put(value: unknown, ctx: RunContext): Promise<RegisteredRule> {
    const checked = checkRule(value, 'rule');
    if ('problems' in checked) throw invalidRules(checked.problems);
    const { rule } = checked;
    if (this.#builtIn.some((one) => one.id === rule.id)) {
      throw new SluiceError('request.conflict', `${rule.id} is the id of a built-in rule, choose another`, { rule: rule.id });
    }
    const now = ctx.clock.nowMs();
    await this.#state.transact(async (db) => {
      const old = await db.selectFrom('standardization_rules').select(['revision', 'body']).where('id', '=', rule.id).executeTakeFirst();
      const body = JSON.stringify(rule);
      if (old !== undefined && old.body !== body && old.revision >= rule.revision) {
        throw new SluiceError(
          'request.conflict',
          `rule ${rule.id} has revision ${old.revision}, a change needs a higher one than ${rule.revision}`,
          {
            rule: rule.id,
            revision: old.revision,
          },
        );
      }
      await db
        .insertInto('standardization_rules')
        .values({ id: rule.id, revision: rule.revision, body, created_ms: now, modified_ms: now })
        .onConflict((c) => c.column('id').doUpdateSet({ revision: rule.revision, body, modified_ms: now }))
        .execute();
    }, ctx);
    await this.refresh(ctx);
    return this.rule(rule.id);
  }

  /** Removes a user's rule. @throws request.not_found; request.conflict when it is built in or a policy names it */
  async remove(id: string, ctx: RunContext): Promise<void> {
    if (this.rule(id).origin === 'built-in') {
      throw new SluiceError('request.conflict', `${id} is a built-in rule, which can be switched off but not removed`, { rule: id });
    }
    const used = this.#snapshot.policies.filter((policy) => policy.rule === id);
    if (used.length > 0) {
      throw new SluiceError('request.conflict', `rule ${id} is used by ${used.length} ingestion policies, remove those first`, {
        rule: id,
        policies: used.map((policy) => policy.id),
      });
    }
    await this.#state.transact(async (db) => {
      await db.deleteFrom('standardization_rules').where('id', '=', id).execute();
      await db.deleteFrom('standardization_off').where('rule', '=', id).execute();
      await db.deleteFrom('standardization_gaps').where('rule', '=', id).execute();
    }, ctx);
    await this.refresh(ctx);
  }

  /** Switches a rule on or off, built in or not. @throws request.not_found */
  async enable(id: string, enabled: boolean, ctx: RunContext): Promise<RegisteredRule> {
    this.rule(id);
    const sinceMs = ctx.clock.nowMs();
    await this.#state.transact(async (db) => {
      await db.deleteFrom('standardization_off').where('rule', '=', id).execute();
      if (!enabled) await db.insertInto('standardization_off').values({ rule: id, since_ms: sinceMs }).execute();
    }, ctx);
    await this.refresh(ctx);
    return this.rule(id);
  }

  /** Makes a policy. @throws request.not_found; request.conflict when the logstore has the rule already */
  async addPolicy(logstore: LogstoreInfo, ruleId: string, method: Method, ctx: RunContext): Promise<IngestionPolicy> {
    this.rule(ruleId);
    const policy: IngestionPolicy = { id: randomUUID(), logstore: logstore.id, rule: ruleId, method, createdMs: ctx.clock.nowMs() };
    await this.#state.transact(async (db) => {
      const twin = await db
        .selectFrom('ingestion_policies')
        .select(['id', 'method'])
        .where('logstore', '=', logstore.id)
        .where('rule', '=', ruleId)
        .executeTakeFirst();
      if (twin !== undefined) {
        // The method of a policy cannot be changed: it would leave half the history in one form.
        throw new SluiceError('request.conflict', `${logstore.project}/${logstore.name} has rule ${ruleId} by ${twin.method} already`, {
          policy: twin.id,
          method: twin.method,
        });
      }
      await db
        .insertInto('ingestion_policies')
        .values({ id: policy.id, logstore: policy.logstore, rule: policy.rule, method: policy.method, created_ms: policy.createdMs })
        .execute();
    }, ctx);
    await this.refresh(ctx);
    return policy;
  }

  /** @throws request.not_found */
  async removePolicy(id: string, ctx: RunContext): Promise<void> {
    if (!this.#snapshot.policies.some((policy) => policy.id === id)) {
      throw new SluiceError('request.not_found', `there is no ingestion policy ${id}`, { policy: id });
    }
    await this.#state.transact(async (db) => db.deleteFrom('ingestion_policies').where('id', '=', id).execute(), ctx);
    await this.refresh(ctx);
  }

  policies(): readonly IngestionPolicy[] {
    return this.#snapshot.policies;
  }

  /** The delivery tasks there are: one per real-time policy. */
  deliveryTasks(): readonly DeliveryTask[] {
    return this.#snapshot.policies
      .filter((policy) => policy.method === 'real-time-consumption')
      .flatMap((policy) => {
        const found = this.#snapshot.rules.get(policy.rule);
        if (found === undefined) return [];
        const { classUid } = found.rule;
        return [{ policy: policy.id, logstore: policy.logstore, rule: policy.rule, classUid, table: classTable(classUid).table }];
      });
  }

  /** Class uid → how many real-time policies deliver into it. */
  references(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    for (const task of this.deliveryTasks()) counts.set(task.classUid, (counts.get(task.classUid) ?? 0) + 1);
    return counts;
  }

  /** Rules that make events of a logstore as its logs arrive: by policy or by their own match; not those that a policy has by scan query. Sorted by id. */
  realTime(logstore: number): readonly StandardizationRule[] {
    const info = this.#catalog.logstoreById(logstore);
    if (info === null) return [];
    const known = this.#realTime.get(logstore);
    if (known !== undefined) return known;
    const policies = new Map(this.#snapshot.policies.filter((one) => one.logstore === logstore).map((one) => [one.rule, one.method]));
    const rules = this.rules()
      .filter(({ rule, enabled }) => {
        if (!enabled) return false;
        const method = policies.get(rule.id);
        return method === undefined ? matchesLogstore(rule, info.project, info.name) : method === 'real-time-consumption';
      })
      .map(({ rule }) => rule);
    this.#realTime.set(logstore, rules);
    return rules;
  }
}
