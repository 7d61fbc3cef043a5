import { listText } from '../../api/address.ts';
import { SEVERITY_WORDS } from '../../api/words.ts';
import { readRuleListAddress, type RuleListAddress } from '../rules/rule-list-address.ts';

export interface RulesAddress extends RuleListAddress {
  readonly severity?: string | undefined;
}

export function readRulesAddress(given: Record<string, unknown>): RulesAddress {
  return { ...readRuleListAddress(given), severity: listText(given['severity'], SEVERITY_WORDS) };
}
