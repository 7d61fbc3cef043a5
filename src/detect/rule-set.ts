import type { SigmaCorrelation, SigmaFilter } from '../query/syntax/sigma/ast.ts';
import { asSluiceError, type SluiceError } from '../core/errors.ts';
import { ClassPlan } from './class-plan.ts';
import { compileRule, type CompiledRule, type EventTables } from './compile-rule.ts';
import { planCorrelations, type CorrelationPlan } from './correlation-plan.ts';
import type { DetectionRule } from './rule-text.ts';
import type { Frequency } from './witness.ts';

/** A correlation document with what its head says. */
export interface CorrelationRule extends DetectionRule {
  readonly document: SigmaCorrelation;
}

/** Rules that run together: compiled once, until one of them changes. */
export interface RuleSet {
  /** By class uid, only classes that have a rule. */
  readonly classes: ReadonlyMap<number, ClassPlan>;
  /** Inner correlations before the outer ones that count them. */
  readonly correlations: readonly CorrelationPlan[];
  /** Rule id → why it does not run. */
  readonly faults: ReadonlyMap<string, SluiceError>;
  /** Ids of rules whose hits raise nothing by themselves: they are only counted by correlations. */
  readonly silent: ReadonlySet<string>;
  /** Rules that run. */
  readonly count: number;
}

export interface RuleSetOptions {
  readonly tables: EventTables;
  readonly frequency: Frequency;
}

/** Compiles the rules. One that cannot be compiled is a fault of its own and stops no other. */
export function buildRuleSet(rules: readonly DetectionRule[], options: RuleSetOptions): RuleSet {
  const faults = new Map<string, SluiceError>();
  const filters = rules.flatMap(({ document }): readonly SigmaFilter[] => (document.kind === 'filter' ? [document] : []));
  const compiled = new Map<string, readonly CompiledRule[]>();
  const byClass = new Map<number, CompiledRule[]>();
  for (const { document, meta } of rules) {
    if (document.kind !== 'rule') continue;
    try {
      const made = compileRule(document, options.tables, { frequency: options.frequency, filters, strict: false }, meta);
      compiled.set(meta.id, made);
      for (const one of made) {
        const own = byClass.get(one.classUid);
        if (own === undefined) byClass.set(one.classUid, [one]);
        else own.push(one);
      }
    } catch (thrown) {
      faults.set(meta.id, asSluiceError(thrown));
    }
  }
  const documents = rules.filter((rule): rule is CorrelationRule => rule.document.kind === 'correlation');
  const { plans, faults: correlationFaults } = planCorrelations(documents, compiled);
  for (const [id, fault] of correlationFaults) faults.set(id, fault);
  const classes = new Map([...byClass].map(([classUid, own]) => [classUid, new ClassPlan((own[0] as CompiledRule).table, own)]));
  return {
    classes,
    correlations: plans,
    faults,
    silent: silentRules(rules, plans),
    count: compiled.size + plans.length,
  };
}

/**
 * Sigma: a rule that a correlation counts raises nothing by itself, unless the correlation says `generate: true`; and informational rules never raise anything, unless they make
 * security events by themselves.
 */
function silentRules(rules: readonly DetectionRule[], plans: readonly CorrelationPlan[]): ReadonlySet<string> {
  const counted = new Set<string>();
  const generated = new Set<string>();
  for (const plan of plans) for (const base of plan.bases) (plan.document.generate ? generated : counted).add(base.ruleId);
  const silent = rules.filter(
    ({ meta }) => (meta.level === 'informational' && !meta.passThrough) || (counted.has(meta.id) && !generated.has(meta.id)),
  );
  return new Set(silent.map(({ meta }) => meta.id));
}

/** The same set with some of its rules only. Correlations keep the rules they count, which then raise nothing by themselves. */
export function onlyRules(set: RuleSet, ids: ReadonlySet<string>): RuleSet {
  const correlations = withInner(set, ids);
  const needed = new Set(ids);
  for (const plan of correlations) for (const base of plan.bases) needed.add(base.ruleId);
  const classes = new Map<number, ClassPlan>();
  const running = new Set(correlations.map((plan) => plan.meta.id));
  for (const [classUid, plan] of set.classes) {
    const own = plan.rules.filter(({ meta }) => needed.has(meta.id));
    for (const { meta } of own) running.add(meta.id);
    if (own.length > 0) classes.set(classUid, new ClassPlan(plan.table, own));
  }
  const silent = new Set([...set.silent, ...[...running].filter((id) => !ids.has(id))]);
  return { classes, correlations, faults: set.faults, silent, count: [...running].filter((id) => ids.has(id)).length };
}

/** The correlations named, with those that they count, inner ones first. */
function withInner(set: RuleSet, named: ReadonlySet<string>): readonly CorrelationPlan[] {
  const ids = new Set(named);
  for (const plan of set.correlations.toReversed()) {
    if (!ids.has(plan.meta.id)) continue;
    for (const base of plan.bases) if (base.inner !== null) ids.add(base.ruleId);
  }
  return set.correlations.filter((plan) => ids.has(plan.meta.id));
}
