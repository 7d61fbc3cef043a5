import { z } from 'zod';
import type { SigmaDocument, SigmaLevel } from '../query/syntax/sigma/ast.ts';
import { invalid } from '../query/syntax/sigma/refuse.ts';
import type { SeverityId } from './hit.ts';
import { techniqueName, tacticByShortName } from './attack.ts';

/** An event for a sample: written out, or what a standardization rule makes of a raw log (its own sample by number from 0, or one given here). */
const sampleEvent = z.strictObject({
  event: z.record(z.string(), z.unknown()).optional(),
  from: z.string().optional(),
  sample: z.number().int().min(0).optional(),
  log: z.record(z.string(), z.string()).optional(),
  /** Seconds after the first event of a sequence. */
  at: z.number().min(0).optional(),
  /** So many of it, … */
  times: z.number().int().min(1).max(1000).optional(),
  /** … each so many seconds after the one before, */
  every: z.number().min(0).optional(),
  /** … with `{n}` in texts of the event replaced by their number. */
});
export type SampleEvent = z.infer<typeof sampleEvent>;

const sample = z.union([
  z.strictObject({ ...sampleEvent.shape, hits: z.boolean() }),
  /** For correlations: events in order, and whether the correlation is true once at least. */
  z.strictObject({ sequence: z.array(sampleEvent).min(1), hits: z.boolean() }),
]);
export type RuleSample = z.infer<typeof sample>;

/** `sluice:` of a rule document: what Sigma has no word for. */
const extension = z.strictObject({
  /** Bumped when the rule changes its meaning: written on each hit. */
  revision: z.number().int().min(1).default(1),
  /** Paths whose first non-empty value is the main entity: one alert per rule, main entity and window. */
  entity: z.array(z.string()).default([]),
  /** Paths whose values are the attacker's, whatever their place in the event usually says. */
  attacker: z.array(z.string()).default([]),
  /** Seconds of the alert window; hits of one entity within it are one alert. */
  windowSec: z.number().int().min(60).max(86_400).default(3600),
  confidence: z.enum(['low', 'medium', 'high']).default('medium'),
  /** An alert becomes a security event by itself. */
  passThrough: z.boolean().default(false),
  /** `What {api.operation} did {actor.user.name}`: values of the first hit are filled in. */
  summary: z.string().max(200).default(''),
  /** What to do about it, for people. */
  advice: z.string().default(''),
  /** Run as tests on the real engine. */
  samples: z.array(sample).default([]),
});

export interface RuleMeta {
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly title: string;
  readonly description: string;
  readonly level: SigmaLevel;
  /** OCSF severity_id 1 to 5. */
  readonly severityId: SeverityId;
  /** OCSF confidence_id 1 to 3. */
  readonly confidenceId: 1 | 2 | 3;
  /** Short names in the order of the tags. */
  readonly tactics: readonly string[];
  /** `T1098.001` … */
  readonly techniques: readonly { readonly id: string; readonly name: string }[];
  readonly tags: readonly string[];
  readonly references: readonly string[];
  readonly falsepositives: readonly string[];
  readonly author: string;
  readonly license: string;
  readonly entityPaths: readonly string[];
  readonly attackerPaths: readonly string[];
  readonly windowSec: number;
  readonly passThrough: boolean;
  readonly summary: string;
  readonly advice: string;
  readonly samples: readonly RuleSample[];
}

const SEVERITY: Readonly<Record<SigmaLevel, SeverityId>> = { informational: 1, low: 2, medium: 3, high: 4, critical: 5 };
const CONFIDENCE = { low: 1, medium: 2, high: 3 } as const;

/** A document without a level raises medium alerts: the specification leaves it open. @throws rule.invalid */
export function metaOf(document: SigmaDocument): RuleMeta {
  const parsed = extension.safeParse(document.custom['sluice'] ?? {});
  if (!parsed.success) {
    throw invalid('sluice', parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  }
  const id = document.id === '' ? document.name : document.id;
  if (id === '') throw invalid('id', 'a rule needs an id or a name: hits and alerts are kept under it');
  const level = document.level ?? 'medium';
  const attack = document.tags
    .filter((tag) => tag.toLowerCase().startsWith('attack.'))
    .map((tag) => tag.slice(7).toLowerCase().replaceAll('_', '-'));
  const tactics = [...new Set(attack.map((tag) => tacticByShortName(tag)?.shortName).filter((name) => name !== undefined))];
  const techniques = attack
    .filter((tag) => /^t\d{4}(\.\d{3})?$/.test(tag))
    .map((tag) => ({ id: tag.toUpperCase(), name: techniqueName(tag.toUpperCase()) }));
  const { data } = parsed;
  return {
    id,
    name: document.name,
    revision: data.revision,
    title: document.title,
    description: document.description,
    level,
    severityId: SEVERITY[level],
    confidenceId: CONFIDENCE[data.confidence],
    tactics,
    techniques,
    tags: document.tags,
    references: document.references,
    falsepositives: document.falsepositives,
    author: document.author,
    license: document.license,
    entityPaths: data.entity,
    attackerPaths: data.attacker,
    windowSec: data.windowSec,
    passThrough: data.passThrough,
    summary: data.summary,
    advice: data.advice,
    samples: data.samples,
  };
}
