import { asSluiceError, type SluiceError } from '../core/errors.ts';
import type { SigmaCorrelation } from '../query/syntax/sigma/ast.ts';
import { invalid, refused } from '../query/syntax/sigma/refuse.ts';
import type { CompiledRule } from './compile-rule.ts';
import type { EventColumn } from './event-columns.ts';
import { columnsFor } from './field-map.ts';
import type { RuleMeta } from './rule-meta.ts';

/** A rule that a correlation counts. */
export interface CorrelationBase {
  readonly ruleId: string;
  /** Place in the correlation's list of rules, from 1. */
  readonly place: number;
  /** Per class: the rule with the expressions of its group and value. Empty for an inner correlation. */
  readonly classes: readonly BaseClass[];
  /** Set for an inner correlation: which of its group fields are the fields of the outer group, in order. */
  readonly inner: { readonly groupFrom: readonly string[]; readonly valueFrom: readonly string[] } | null;
}

export interface BaseClass {
  readonly rule: CompiledRule;
  /** Texts, '' when absent, one per field of the group. */
  readonly group: readonly string[];
  /** One text of the values that are counted or summed; '' when there are none or one is absent. */
  readonly value: string;
  /** Where the group's fields come from, in order. */
  readonly groupPaths: readonly string[];
}

/** A correlation with its rules found and compiled. */
export interface CorrelationPlan {
  readonly document: SigmaCorrelation;
  readonly meta: RuleMeta;
  readonly bases: readonly CorrelationBase[];
  readonly groupBy: readonly string[];
  /** False: true or not is known only once no more data can come, since more hits may make it false again. */
  readonly monotone: boolean;
}

interface Document {
  readonly document: SigmaCorrelation;
  readonly meta: RuleMeta;
}

/** Plans of correlations, inner ones first. One that cannot be planned is a fault of its own. */
export function planCorrelations(
  documents: readonly Document[],
  compiled: ReadonlyMap<string, readonly CompiledRule[]>,
): { readonly plans: readonly CorrelationPlan[]; readonly faults: ReadonlyMap<string, SluiceError> } {
  const rulesByName = new Map<string, string>();
  for (const [id, made] of compiled) {
    rulesByName.set(id, id);
    const name = made[0]?.meta.name ?? '';
    if (name !== '' && !rulesByName.has(name)) rulesByName.set(name, id);
  }
  const byName = new Map<string, Document>();
  for (const one of documents) {
    byName.set(one.meta.id, one);
    if (one.document.name !== '' && !byName.has(one.document.name)) byName.set(one.document.name, one);
  }
  const plans = new Map<string, CorrelationPlan>();
  const faults = new Map<string, SluiceError>();
  const planning = new Set<string>();

  const plan = (one: Document): CorrelationPlan => {
    const { id } = one.meta;
    const known = plans.get(id);
    if (known !== undefined) return known;
    if (planning.has(id)) throw invalid('correlation.rules', `${id} counts itself, by way of other correlations`);
    planning.add(id);
    try {
      const bases = one.document.rules.map((ref, index): CorrelationBase => {
        const ruleId = rulesByName.get(ref);
        if (ruleId !== undefined) return ruleBase(one.document, ref, ruleId, index + 1, compiled.get(ruleId) ?? []);
        const inner = byName.get(ref);
        if (inner === undefined)
          throw invalid('correlation.rules', `there is no rule ${JSON.stringify(ref)} that runs: expected the id or name of one`);
        return correlationBase(one.document, ref, plan(inner), index + 1);
      });
      checkShape(one.document);
      const made: CorrelationPlan = { ...one, bases, groupBy: one.document.groupBy, monotone: isMonotone(one.document) };
      plans.set(id, made);
      return made;
    } finally {
      planning.delete(id);
    }
  };
  for (const one of documents) {
    try {
      plan(one);
    } catch (thrown) {
      faults.set(one.meta.id, asSluiceError(thrown));
    }
  }
  return { plans: [...plans.values()], faults };
}

function checkShape(document: SigmaCorrelation): void {
  if (document.type === 'temporal_ordered' && document.counts.length > 0) {
    const all = document.counts.every(({ op, value }) => (op === 'gte' || op === 'eq' ? value : value + 1) === document.rules.length);
    if (!all)
      throw refused(
        'correlation.condition',
        'correlation_type',
        'temporal_ordered is true when all its rules were: it takes no other count',
      );
  }
}

/** More hits never make it false again. */
function isMonotone(document: SigmaCorrelation): boolean {
  if (document.sentence !== null) return !hasNot(document.sentence);
  // An average may fall, a percentile too.
  if (document.type === 'value_avg' || document.type === 'value_percentile' || document.type === 'value_median') return false;
  return document.counts.every(({ op }) => op === 'gt' || op === 'gte' || (op === 'eq' && document.type === 'temporal'));
}

function hasNot(sentence: NonNullable<SigmaCorrelation['sentence']>): boolean {
  if (sentence.kind === 'rule') return false;
  return sentence.kind === 'not' || sentence.of.some(hasNot);
}

/** The field that stands for a group or value field in the events of one rule. */
function fieldOf(document: SigmaCorrelation, field: string, ref: string, ruleId: string): string {
  const alias = document.aliases[field];
  if (alias === undefined) return field;
  const found = alias[ref] ?? alias[ruleId];
  if (found === undefined) throw invalid(`correlation.aliases.${field}`, `it says nothing of rule ${JSON.stringify(ref)}`);
  return found;
}

function ruleBase(
  document: SigmaCorrelation,
  ref: string,
  ruleId: string,
  place: number,
  compiled: readonly CompiledRule[],
): CorrelationBase {
  const groupFields = document.groupBy.map((field) => fieldOf(document, field, ref, ruleId));
  const valueFields = document.valueFields.map((field) => fieldOf(document, field, ref, ruleId));
  const classes = compiled.flatMap((rule): readonly BaseClass[] => {
    const columns = (field: string): readonly EventColumn[] => columnsFor(field, rule.table);
    // A rule of several classes counts in those that have the fields: a class without them has nothing to count.
    const missing = [...groupFields, ...valueFields].filter(
      (field) => !field.startsWith('unmapped.') && columns(field).every((column) => column.path.startsWith('unmapped.')),
    );
    if (missing.length > 0) return [];
    const values = valueFields.map((field) => textSql(columns(field)));
    return [
      {
        rule,
        group: groupFields.map((field) => textSql(columns(field))),
        value: valueSql(values),
        groupPaths: groupFields.map((field) => columns(field)[0]?.path ?? field),
      },
    ];
  });
  if (classes.length === 0) {
    throw invalid(
      'correlation.group-by',
      `no event of rule ${JSON.stringify(ref)} has all of ${[...groupFields, ...valueFields].join(', ')}: name what stands for them in aliases`,
    );
  }
  return { ruleId, place, classes, inner: null };
}

function correlationBase(document: SigmaCorrelation, ref: string, inner: CorrelationPlan, place: number): CorrelationBase {
  const from = (field: string): string => {
    const own = fieldOf(document, field, ref, inner.meta.id);
    if (inner.groupBy.includes(own)) return own;
    throw invalid('correlation.group-by', `correlation ${JSON.stringify(ref)} has no ${own}: it groups by ${inner.groupBy.join(', ')}`);
  };
  return {
    ruleId: inner.meta.id,
    place,
    classes: [],
    inner: { groupFrom: document.groupBy.map(from), valueFrom: document.valueFields.map(from) },
  };
}

/** The text of the first of the columns that has one; of a list, its first member. */
export function textSql(columns: readonly EventColumn[]): string {
  const texts = columns.map((column) => {
    if (column.kind === 'texts') return `${column.sql}[1]`;
    if (column.kind === 'numbers') return `ifNull(toString(${column.sql}[1]), '')`;
    if (column.kind === 'text' || column.kind === 'json') return column.nullable ? `ifNull(${column.sql}, '')` : `toString(${column.sql})`;
    return column.nullable ? `ifNull(toString(${column.sql}), '')` : `toString(${column.sql})`;
  });
  if (texts.length === 1) return texts[0] as string;
  return `multiIf(${texts
    .slice(0, -1)
    .map((text) => `${text} != '', ${text}`)
    .join(', ')}, ${texts.at(-1) as string})`;
}

function valueSql(values: readonly string[]): string {
  if (values.length === 0) return "''";
  if (values.length === 1) return values[0] as string;
  // A tuple is absent when one of its members is.
  return `if(${values.map((value) => `${value} = ''`).join(' OR ')}, '', toString(tuple(${values.join(', ')})))`;
}
