import { createHash } from 'node:crypto';
import type { RunContext } from '../core/context.ts';
import { asSluiceError, SluiceError } from '../core/errors.ts';
import type { State } from '../state/state.ts';
import { EVENT_TABLES } from './event-tables.ts';
import { buildRuleSet, type RuleSet } from './rule-set.ts';
import type { RuleSets } from './rule-sets.ts';
import { readRuleText, type DetectionRule } from './rule-text.ts';
import { guessFrequency } from './witness.ts';

export interface RegisteredDetectionRule extends DetectionRule {
  readonly origin: 'built-in' | 'custom';
  readonly enabled: boolean;
}

export interface DetectionRegistryOptions {
  readonly state: State;
  readonly builtIn: readonly DetectionRule[];
  /** How long what another node changed may stay unseen. */
  readonly refreshMs: number;
}

interface Snapshot {
  readonly rules: ReadonlyMap<string, RegisteredDetectionRule>;
  /** Custom rules whose text can no longer be read. */
  readonly unreadable: ReadonlyMap<string, SluiceError>;
  /** What the set is compiled from. */
  readonly version: string;
}

/** Which detection rules there are and which of them run: rules from files, rules of users, and their switches. Reads are answered from memory. */
export class DetectionRegistry implements RuleSets {
  readonly #options: DetectionRegistryOptions;
  #snapshot: Snapshot = { rules: new Map(), unreadable: new Map(), version: '' };
  #set: { readonly version: string; readonly set: RuleSet } | null = null;
  #refreshedMs = -Infinity;

  private constructor(options: DetectionRegistryOptions) {
    this.#options = options;
  }

  /** @throws state.* */
  static async open(options: DetectionRegistryOptions, ctx: RunContext): Promise<DetectionRegistry> {
    const registry = new DetectionRegistry(options);
    await registry.refresh(ctx);
    return registry;
  }

  async refresh(ctx: RunContext): Promise<void> {
    const [custom, switches] = await this.#options.state.read(
      async (db) =>
        Promise.all([
          db.selectFrom('detection_rules').selectAll().orderBy('id').execute(),
          db.selectFrom('detection_switches').selectAll().execute(),
        ]),
      ctx,
    );
    this.#refreshedMs = ctx.clock.elapsedMs();
    const enabled = new Map(switches.map((row) => [row.rule, row.enabled === 1]));
    const hash = createHash('sha256');
    for (const row of custom) hash.update(`${row.id}@${row.revision}|`);
    for (const row of switches.toSorted((a, b) => (a.rule < b.rule ? -1 : 1))) hash.update(`${row.rule}=${row.enabled}|`);
    const version = hash.digest('hex');
    if (version === this.#snapshot.version) return;
    const rules = new Map<string, RegisteredDetectionRule>();
    const unreadable = new Map<string, SluiceError>();
    for (const rule of this.#options.builtIn)
      rules.set(rule.meta.id, { ...rule, origin: 'built-in', enabled: enabled.get(rule.meta.id) ?? true });
    for (const row of custom) {
      if (rules.has(row.id)) continue;
      try {
        const rule = readRuleText(row.text);
        rules.set(row.id, {
          ...rule,
          meta: { ...rule.meta, revision: row.revision },
          origin: 'custom',
          enabled: enabled.get(row.id) ?? true,
        });
      } catch (thrown) {
        // A release may refuse what an older one took: the rule stays in the state, does not run, and says why.
        const error = asSluiceError(thrown);
        unreadable.set(row.id, error);
        ctx.log.error({ rule: row.id, code: error.code, cause: error.message }, 'custom detection rule is left out: it cannot be read');
      }
    }
    this.#snapshot = { rules, unreadable, version };
  }

  /** Sorted by id. */
  rules(): readonly RegisteredDetectionRule[] {
    return [...this.#snapshot.rules.values()].sort((a, b) => (a.meta.id < b.meta.id ? -1 : 1));
  }

  /** @throws request.not_found */
  rule(id: string): RegisteredDetectionRule {
    const found = this.#snapshot.rules.get(id);
    if (found === undefined) throw new SluiceError('request.not_found', `there is no detection rule ${id}`, { rule: id });
    return found;
  }

  async current(ctx: RunContext): Promise<RuleSet> {
    if (ctx.clock.elapsedMs() - this.#refreshedMs >= this.#options.refreshMs) await this.refresh(ctx);
    return this.set(ctx);
  }

  /** The set of what is known now. */
  set(ctx: RunContext): RuleSet {
    const { version } = this.#snapshot;
    if (this.#set !== null && this.#set.version === version) return this.#set.set;
    const set = this.compile(this.rules().filter((rule) => rule.enabled));
    this.#set = { version, set };
    const all = this.#snapshot.rules.size;
    ctx.metrics.gauge('sluice_detect_rules', { state: 'enabled' }, set.count);
    ctx.metrics.gauge('sluice_detect_rules', { state: 'faulty' }, set.faults.size + this.#snapshot.unreadable.size);
    ctx.metrics.gauge('sluice_detect_rules', { state: 'disabled' }, all - set.count - set.faults.size);
    for (const [rule, fault] of set.faults) ctx.log.warn({ rule, code: fault.code, cause: fault.message }, 'detection rule does not run');
    return set;
  }

  compile(rules: readonly DetectionRule[]): RuleSet {
    return buildRuleSet(rules, { tables: EVENT_TABLES, frequency: guessFrequency });
  }

  /** Why a rule does not run though it is on; null: it does, or it is off. */
  fault(id: string, ctx: RunContext): SluiceError | null {
    return this.set(ctx).faults.get(id) ?? null;
  }

  /**
   * Adds a user's rule. It has to compile among the rules there are.
   * @throws rule.invalid rule.refused; request.conflict when the id is taken
   */
  async create(text: string, enabled: boolean, actor: string, ctx: RunContext): Promise<RegisteredDetectionRule> {
    const rule = readRuleText(text);
    const { id } = rule.meta;
    this.#compiles(rule);
    const now = ctx.clock.nowMs();
    await this.#options.state.transact(async (db) => {
      const twin = await db.selectFrom('detection_rules').select('id').where('id', '=', id).executeTakeFirst();
      if (twin !== undefined || this.#isBuiltIn(id))
        throw new SluiceError('request.conflict', `there is a detection rule ${id} already`, { rule: id });
      const row = { id, revision: rule.meta.revision, text, created_ms: now, modified_ms: now, modified_by: actor };
      await db.insertInto('detection_rules').values(row).execute();
      await db
        .insertInto('detection_switches')
        .values({ rule: id, enabled: enabled ? 1 : 0, since_ms: now, by_user: actor })
        .onConflict((c) => c.column('rule').doUpdateSet({ enabled: enabled ? 1 : 0, since_ms: now, by_user: actor }))
        .execute();
    }, ctx);
    await this.refresh(ctx);
    return this.rule(id);
  }

  /** Replaces the text of a user's rule; the revision grows. @throws rule.* request.not_found; request.conflict when it is built in or the text is of another id */
  async replace(id: string, text: string, actor: string, ctx: RunContext): Promise<RegisteredDetectionRule> {
    this.#custom(id, 'switch it off and add a rule of your own');
    const rule = readRuleText(text);
    if (rule.meta.id !== id)
      throw new SluiceError('request.conflict', `the text is of rule ${rule.meta.id}, expected ${id}`, { rule: rule.meta.id });
    this.#compiles(rule);
    const now = ctx.clock.nowMs();
    await this.#options.state.transact(async (db) => {
      const old = await db.selectFrom('detection_rules').selectAll().where('id', '=', id).executeTakeFirst();
      if (old === undefined) throw new SluiceError('request.not_found', `there is no detection rule ${id}`, { rule: id });
      if (old.text === text) return;
      const revision = Math.max(old.revision + 1, rule.meta.revision);
      await db.updateTable('detection_rules').set({ text, revision, modified_ms: now, modified_by: actor }).where('id', '=', id).execute();
    }, ctx);
    await this.refresh(ctx);
    return this.rule(id);
  }

  /** Removes a user's rule; its alerts stay. @throws request.not_found; request.conflict when it is built in or a correlation counts it */
  async remove(id: string, ctx: RunContext): Promise<void> {
    const rule = this.#custom(id, 'switch it off');
    const names = new Set([id, rule.document.name].filter((name) => name !== ''));
    const users = this.rules().filter(({ document }) => document.kind === 'correlation' && document.rules.some((ref) => names.has(ref)));
    if (users.length > 0) {
      const by = users.map(({ meta }) => meta.id);
      throw new SluiceError('request.conflict', `detection rule ${id} is counted by ${by.join(', ')}: change those first`, {
        rule: id,
        by,
      });
    }
    await this.#options.state.transact(async (db) => {
      await db.deleteFrom('detection_rules').where('id', '=', id).execute();
      await db.deleteFrom('detection_switches').where('rule', '=', id).execute();
      await db.deleteFrom('detection_sweeps').where('rule', '=', id).execute();
      await db.deleteFrom('detection_gaps').where('rule', '=', id).execute();
    }, ctx);
    await this.refresh(ctx);
  }

  /** Switches a rule on or off, built in or not. @throws request.not_found */
  async enable(id: string, enabled: boolean, actor: string, ctx: RunContext): Promise<RegisteredDetectionRule> {
    this.rule(id);
    const values = { enabled: enabled ? 1 : 0, since_ms: ctx.clock.nowMs(), by_user: actor };
    await this.#options.state.transact(
      async (db) =>
        db
          .insertInto('detection_switches')
          .values({ rule: id, ...values })
          .onConflict((c) => c.column('rule').doUpdateSet(values))
          .execute(),
      ctx,
    );
    await this.refresh(ctx);
    return this.rule(id);
  }

  #isBuiltIn(id: string): boolean {
    return this.#options.builtIn.some((rule) => rule.meta.id === id);
  }

  #custom(id: string, instead: string): RegisteredDetectionRule {
    const rule = this.rule(id);
    if (rule.origin === 'built-in')
      throw new SluiceError('request.conflict', `${id} is a built-in rule, which cannot be changed: ${instead}`, { rule: id });
    return rule;
  }

  /** @throws the rule's fault among the rules there are, on or off: a correlation may count one that is off now */
  #compiles(rule: DetectionRule): void {
    const others = this.rules().filter((one) => one.meta.id !== rule.meta.id);
    const fault = this.compile([...others, rule]).faults.get(rule.meta.id);
    if (fault !== undefined) throw fault;
  }
}
