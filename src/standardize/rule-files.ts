import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkRuleText, invalidRules, type RuleProblem, type StandardizationRule } from './rule.ts';

/** Folder of the rules that come with Sluice: one YAML file per rule, in a folder per product. */
export const BUILT_IN_RULES = fileURLToPath(new URL('../../content/standardization', import.meta.url));

/**
 * Every rule file under the folder, sorted by id.
 * @throws rule.invalid with all problems of all files
 */
export async function loadRuleFiles(folder: string = BUILT_IN_RULES): Promise<readonly StandardizationRule[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.yaml')).sort();
  const problems: RuleProblem[] = [];
  const rules = new Map<string, StandardizationRule>();
  for (const name of names) {
    const checked = checkRuleText(await readFile(join(folder, name), 'utf8'), name);
    if ('problems' in checked) problems.push(...checked.problems);
    else if (rules.has(checked.rule.id))
      problems.push({ rule: name, path: 'id', problem: `${checked.rule.id} is the id of another rule too` });
    else rules.set(checked.rule.id, checked.rule);
  }
  if (problems.length > 0) throw invalidRules(problems);
  return [...rules.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
