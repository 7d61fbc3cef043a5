import { listText } from '../../api/address.ts';
import { CLOUD_WORDS } from '../../api/words.ts';
import { readRuleListAddress, type RuleListAddress } from '../rules/rule-list-address.ts';

export interface StandardsAddress extends RuleListAddress {
  readonly cloud?: string | undefined;
}

export function readStandardsAddress(given: Record<string, unknown>): StandardsAddress {
  return { ...readRuleListAddress(given), cloud: listText(given['cloud'], CLOUD_WORDS) };
}
