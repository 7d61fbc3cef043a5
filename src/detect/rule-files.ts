import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asSluiceError, SluiceError } from '../core/errors.ts';
import { readRuleText, type DetectionRule } from './rule-text.ts';

/** Folder of the rules that come with Sluice: one YAML file per rule, in a folder per theme. */
export const BUILT_IN_DETECTION_RULES = fileURLToPath(new URL('../../content/detection', import.meta.url));

/**
 * Every rule file under the folder, sorted by id.
 * @throws rule.invalid with all problems of all files
 */
export async function loadDetectionRules(folder: string = BUILT_IN_DETECTION_RULES): Promise<readonly DetectionRule[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.yaml') || name.endsWith('.yml')).sort();
  const problems: { readonly rule: string; readonly path: string; readonly problem: string }[] = [];
  const rules = new Map<string, DetectionRule>();
  for (const name of names) {
    try {
      const rule = readRuleText(await readFile(join(folder, name), 'utf8'));
      if (rules.has(rule.meta.id)) problems.push({ rule: name, path: 'id', problem: `${rule.meta.id} is the id of another rule too` });
      else rules.set(rule.meta.id, rule);
    } catch (thrown) {
      const error = asSluiceError(thrown);
      problems.push({ rule: name, path: typeof error.details['path'] === 'string' ? error.details['path'] : '', problem: error.message });
    }
  }
  if (problems.length > 0) {
    const first = problems.slice(0, 3).map((one) => `${one.rule}: ${one.problem}`);
    const more = problems.length > 3 ? ` and ${problems.length - 3} more` : '';
    throw new SluiceError('rule.invalid', `${problems.length} problems in detection rules: ${first.join('; ')}${more}`, {
      problems,
      path: problems[0]?.path ?? '',
    });
  }
  return [...rules.values()].sort((a, b) => (a.meta.id < b.meta.id ? -1 : 1));
}
