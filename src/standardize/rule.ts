import { parseDocument } from 'yaml';
import { z } from 'zod';
import { SluiceError } from '../core/errors.ts';
import { CLASS_TABLES } from './class-table.ts';

/** A log as SLS prints one: `__time__` (Unix s), `__topic__`, `__source__`, `__tag__:k`, and its contents. All values are text. */
export type SampleLog = Readonly<Record<string, string>>;

/** Zone of times that have none in the log. */
const ZONES: Readonly<Record<string, string>> = { UTC: 'UTC', '+08:00': 'Asia/Shanghai' };

const ruleSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/, 'expected lower-case words joined by dots and hyphens, such as alibaba.actiontrail')
    .max(100)
    .describe('Written on every event.'),
  revision: z.number().int().min(1).describe('Grows with each change; written on every event, so that history can be standardized again.'),
  title: z.string().min(1).max(200),
  vendor: z.string().min(1).max(60).describe('OCSF metadata.product.vendor_name, as `Alibaba Cloud`.'),
  product: z.string().min(1).max(60).describe('OCSF metadata.product.name, as `ActionTrail`.'),
  classUid: z
    .number()
    .int()
    .refine((uid) => CLASS_TABLES.has(uid), { error: `expected an OCSF class that has a table: ${[...CLASS_TABLES.keys()].join(', ')}` })
    .describe('The standardized structure; its category follows from it.'),
  match: z
    .strictObject({
      logstores: z
        .array(z.string().regex(/^[a-zA-Z0-9_*/-]+$/, 'expected a logstore name, or project/logstore; * stands for any characters'))
        .default([])
        .describe('Logstores the rule applies to by itself; others by an ingestion policy.'),
      topics: z.array(z.string()).default([]).describe('Only logs of these topics; empty: all.'),
    })
    .prefault({}),
  provider: z.string().default('').describe('OCSF cloud.provider when the program does not say.'),
  zone: z.enum(['UTC', '+08:00']).default('UTC').describe('Zone of times that the log writes without one.'),
  absent: z.array(z.string()).max(10).default([]).describe('Values that mean there is none, such as `-`.'),
  spl: z
    .string()
    .min(1)
    .max(65_536)
    .describe('Pipeline whose output fields are named by OCSF path; `unmapped.<name>` keeps what has none.'),
  samples: z
    .array(z.strictObject({ log: z.record(z.string(), z.string()), event: z.record(z.string(), z.unknown()).nullable() }))
    .default([])
    .describe('Logs with the event that the rule makes of them; null: none.'),
});

/** Data, not code (design D7): an SPL program with a target class and samples. One event per log and rule, at most. */
export type StandardizationRule = z.infer<typeof ruleSchema>;

export interface RuleProblem {
  /** File, or id of a custom rule. */
  readonly rule: string;
  /** `match.topics[0]`; '' for the whole. */
  readonly path: string;
  readonly problem: string;
}

/** JSON schema of a rule, for the console's form and the reference page. */
export function ruleJsonSchema(): unknown {
  return z.toJSONSchema(ruleSchema, { io: 'input' });
}

/** IANA name of a rule's zone. */
export function zoneName(rule: Pick<StandardizationRule, 'zone'>): string {
  return ZONES[rule.zone] as string;
}

/** Reads one rule; all its problems at once. */
export function checkRule(
  value: unknown,
  name: string,
): { readonly rule: StandardizationRule } | { readonly problems: readonly RuleProblem[] } {
  const result = ruleSchema.safeParse(value);
  if (result.success) return { rule: result.data };
  return {
    problems: result.error.issues.map((issue) => ({ rule: name, path: z.core.toDotPath(issue.path), problem: issue.message })),
  };
}

/** The YAML text of one rule. */
export function checkRuleText(text: string, name: string): ReturnType<typeof checkRule> {
  const document = parseDocument(text, { strict: true, uniqueKeys: true });
  if (document.errors.length > 0) {
    return { problems: document.errors.map((error) => ({ rule: name, path: '', problem: error.message.split('\n')[0] as string })) };
  }
  return checkRule(document.toJS({ maxAliasCount: 0 }), name);
}

/** One error for all problems. */
export function invalidRules(problems: readonly RuleProblem[]): SluiceError {
  const first = problems.slice(0, 3).map((one) => `${one.rule}${one.path === '' ? '' : ` ${one.path}`}: ${one.problem}`);
  const more = problems.length > 3 ? ` and ${problems.length - 3} more` : '';
  return new SluiceError('rule.invalid', `${problems.length} problems in standardization rules: ${first.join('; ')}${more}`, {
    problems,
    path: problems[0]?.path ?? '',
  });
}

/** True when the rule applies to the logstore by itself. A pattern without a slash is about the logstore's name alone. */
export function matchesLogstore(rule: StandardizationRule, project: string, logstore: string): boolean {
  return rule.match.logstores.some((pattern) => {
    const text = pattern.includes('/') ? `${project}/${logstore}` : logstore;
    return new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(text);
  });
}
