import type { RunContext } from '../core/context.ts';
import type { RuleSet } from './rule-set.ts';

/** Stands for every rule where one is named. */
export const ALL_RULES = '*';

/** The rules that run now. Compiled anew only when one of them changed. */
export interface RuleSets {
  current(ctx: RunContext): Promise<RuleSet>;
}
