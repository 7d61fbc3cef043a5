import type { SigmaFilter, SigmaLogsource, SigmaRule } from './ast.ts';
import { simplify } from './detection.ts';

/**
 * The rule with the filters that name it: rule AND NOT filter. Selections are expressions already, so a rule's `1 of selection*` cannot capture a
 * filter's. Filters whose logsource does not cover the rule's change nothing.
 */
export function applyFilters(rule: SigmaRule, filters: readonly SigmaFilter[]): SigmaRule {
  const hits = filters.filter((filter) => names(filter, rule) && covers(filter.logsource, rule.logsource));
  if (hits.length === 0) return rule;
  const exceptions = hits.map((filter) => ({ kind: 'not', of: filter.detection }) as const);
  return { ...rule, detection: simplify({ kind: 'and', of: [rule.detection, ...exceptions] }) };
}

function names(filter: SigmaFilter, rule: SigmaRule): boolean {
  return filter.rules === null || filter.rules.some((ref) => ref !== '' && (ref === rule.id || ref === rule.name));
}

/** Every part the filter names is the same in the rule. */
function covers(filter: SigmaLogsource, rule: SigmaLogsource): boolean {
  return (['category', 'product', 'service'] as const).every((part) => filter[part] === null || filter[part] === rule[part]);
}
