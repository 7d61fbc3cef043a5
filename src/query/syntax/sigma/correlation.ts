import type { CorrelationType, CountOp, RuleSentence, SigmaCorrelation, SigmaHead } from './ast.ts';
import { parseRuleSentence } from './condition.ts';
import { isMap, nameOf } from './detection.ts';
import { invalid, refused } from './refuse.ts';

type Doc = Readonly<Record<string, unknown>>;

const TYPES: readonly CorrelationType[] = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
];
const OPS: readonly CountOp[] = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'];
/** Seconds of a timespan unit; month and year as 30 and 365 days, as pySigma has them. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, M: 2_592_000, y: 31_536_000 };
/** The window function looks N rows back; more is a report, not a detection. */
const MAX_COUNT = 100_000;

/** A correlation document (Sigma 2.1.0, correlation specification). @throws rule.invalid, rule.refused */
export function parseCorrelation(doc: Doc, head: SigmaHead): SigmaCorrelation {
  const body = doc['correlation'];
  if (!isMap(body)) throw invalid('correlation', `expected a map, found ${nameOf(body)}`);
  const type = TYPES.find((known) => known === body['type']);
  if (type === undefined)
    throw refused('correlation.type', 'correlation_type', `type ${JSON.stringify(body['type'])} is not one of ${TYPES.join(', ')}`);
  const temporal = type === 'temporal' || type === 'temporal_ordered';

  const sentence = sentenceOf(body, type);
  const rules = list(body['rules'] ?? (sentence === null ? undefined : namesIn(sentence)), 'correlation.rules');
  if (rules.length === 0) throw invalid('correlation.rules', 'expected at least one rule');
  if (new Set(rules).size !== rules.length) throw invalid('correlation.rules', 'a rule is listed twice');
  if (sentence !== null) {
    const named = namesIn(sentence);
    const missing = [...rules.filter((rule) => !named.includes(rule)), ...named.filter((name) => !rules.includes(name))];
    if (missing.length > 0)
      throw invalid('correlation.condition', `rules and condition must name the same rules; ${missing.join(', ')} is only in one of them`);
  }

  const condition = body['condition'];
  const counts = isMap(condition) ? countsOf(condition) : [];
  if (!temporal && counts.length === 0) throw invalid('correlation.condition', `${type} needs one of ${OPS.join(', ')}`);
  if (temporal && counts.some(({ op }) => op !== 'gte' && op !== 'gt' && op !== 'eq')) {
    throw refused('correlation.condition', 'correlation_type', `${type} counts distinct rules with gte, gt or eq`);
  }
  const valueFields = isMap(condition) ? list(condition['field'] ?? [], 'correlation.condition.field') : [];
  if (type === 'value_count' && valueFields.length === 0) throw invalid('correlation.condition.field', 'value_count needs a field');
  if (['value_sum', 'value_avg', 'value_percentile', 'value_median'].includes(type) && valueFields.length !== 1) {
    throw invalid('correlation.condition.field', `${type} needs exactly one field`);
  }
  const percentile = isMap(condition) ? (condition['percentile'] ?? 95) : 95;
  if (typeof percentile !== 'number' || percentile <= 0 || percentile >= 100) {
    throw invalid('correlation.condition.percentile', `expected a number between 0 and 100, found ${nameOf(percentile)}`);
  }
  const generate = body['generate'] ?? doc['generate'] ?? false;
  if (typeof generate !== 'boolean') throw invalid('correlation.generate', `expected true or false, found ${nameOf(generate)}`);
  return {
    ...head,
    kind: 'correlation',
    type,
    rules,
    groupBy: list(body['group-by'] ?? [], 'correlation.group-by'),
    timespanSec: timespanOf(body['timespan']),
    counts,
    sentence,
    valueFields,
    percentile,
    aliases: aliasesOf(body['aliases'], rules),
    generate,
  };
}

function sentenceOf(body: Doc, type: CorrelationType): RuleSentence | null {
  const condition = body['condition'];
  if (typeof condition !== 'string') {
    if (condition !== undefined && !isMap(condition))
      throw invalid('correlation.condition', `expected a map or text, found ${nameOf(condition)}`);
    return null;
  }
  if (type !== 'temporal')
    throw refused('correlation.condition', 'correlation_type', `a sentence over rules needs type temporal, found ${type}`);
  const sentence = parseRuleSentence(condition, 'correlation.condition');
  if (holdsWithout(sentence)) {
    throw refused(
      'correlation.condition',
      'correlation_type',
      `the sentence ${JSON.stringify(condition)} is true when no rule matches, so nothing could raise it`,
    );
  }
  return sentence;
}

/** Whether the sentence is true when no rule has matched. */
function holdsWithout(sentence: RuleSentence): boolean {
  if (sentence.kind === 'rule') return false;
  if (sentence.kind === 'not') return !holdsWithout(sentence.of);
  return sentence.kind === 'and' ? sentence.of.every(holdsWithout) : sentence.of.some(holdsWithout);
}

/** Rule names of a sentence, each once, in order. */
export function namesIn(sentence: RuleSentence): readonly string[] {
  if (sentence.kind === 'rule') return [sentence.name];
  return [...new Set(sentence.kind === 'not' ? namesIn(sentence.of) : sentence.of.flatMap(namesIn))];
}

function countsOf(condition: Doc): readonly { readonly op: CountOp; readonly value: number }[] {
  const counts: { op: CountOp; value: number }[] = [];
  for (const [key, value] of Object.entries(condition)) {
    if (key === 'field' || key === 'percentile') continue;
    const op = OPS.find((known) => known === key);
    if (op === undefined) throw invalid(`correlation.condition.${key}`, `expected one of ${OPS.join(', ')}, field, percentile`);
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw invalid(`correlation.condition.${key}`, `expected a number, found ${nameOf(value)}`);
    if (value > MAX_COUNT)
      throw refused(`correlation.condition.${key}`, 'too_large', `counts over ${MAX_COUNT} are not evaluated, found ${value}`);
    counts.push({ op, value });
  }
  return counts;
}

function timespanOf(value: unknown): number {
  const match = typeof value === 'string' ? /^(\d+)([smhdwMy])$/.exec(value.trim()) : null;
  const seconds = match === null ? 0 : Number(match[1]) * (UNITS[match[2] as string] as number);
  if (seconds <= 0)
    throw invalid('correlation.timespan', `expected an integer and one of s, m, h, d, w, M, y, such as 5m, found ${nameOf(value)}`);
  // Hits must be kept as long as the window; beyond a month that is a scheduled query.
  if (seconds > 31 * 86_400)
    throw refused('correlation.timespan', 'too_large', `a window over 31 days is not evaluated, found ${String(value)}`);
  return seconds;
}

function aliasesOf(value: unknown, rules: readonly string[]): SigmaCorrelation['aliases'] {
  if (value === undefined || value === null) return {};
  if (!isMap(value)) throw invalid('correlation.aliases', `expected a map, found ${nameOf(value)}`);
  const aliases: Record<string, Record<string, string>> = {};
  for (const [alias, mapping] of Object.entries(value)) {
    if (!isMap(mapping)) throw invalid(`correlation.aliases.${alias}`, `expected a map of rule name to field, found ${nameOf(mapping)}`);
    const fields: Record<string, string> = {};
    for (const [rule, field] of Object.entries(mapping)) {
      if (!rules.includes(rule))
        throw invalid(`correlation.aliases.${alias}`, `rule ${JSON.stringify(rule)} is not one of ${rules.join(', ')}`);
      if (typeof field !== 'string')
        throw invalid(`correlation.aliases.${alias}.${rule}`, `expected the name of a field, found ${nameOf(field)}`);
      fields[rule] = field;
    }
    aliases[alias] = fields;
  }
  return aliases;
}

function list(value: unknown, path: string): readonly string[] {
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) throw invalid(path, `expected a list, found ${nameOf(value)}`);
  return value.map((one: unknown, i) => {
    if (typeof one !== 'string' || one === '') throw invalid(`${path}[${i}]`, `expected text, found ${nameOf(one)}`);
    return one;
  });
}
