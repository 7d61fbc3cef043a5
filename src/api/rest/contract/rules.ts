import { z } from 'zod';
import { reason } from './alerts.ts';
import {
  cloud,
  etag,
  givenInstant,
  instant,
  logIdentity,
  pageOf,
  pageQuery,
  queryBoolean,
  queryList,
  severity,
  type RouteSpec,
} from './base.ts';

const origin = z.enum(['built-in', 'custom']);
const fault = z.object({ code: z.string(), detail: z.string() }).nullable().meta({ description: 'Why it does not run; null: it does' });
const byId = z.strictObject({ id: z.string().min(1).max(200) });
const text = z.string().min(1).max(262_144);

export const detectionRuleSummary = z
  .object({
    id: z.string(),
    title: z.string(),
    description: z.string(),
    severity,
    kind: z.enum(['sigma', 'correlation', 'spl']),
    enabled: z.boolean(),
    origin,
    revision: z.int(),
    logsource: z.string().meta({ description: '`aws / cloudtrail`' }),
    tactics: z.array(z.string()),
    techniques: z.array(z.string()),
    author: z.string(),
    license: z.string(),
    /** Alerts of the last 24 h, and the last one. */
    alerts24h: z.int(),
    lastAlertAt: instant.nullable(),
    fault,
    etag,
  })
  .meta({ id: 'DetectionRuleSummary' });
export type DetectionRuleSummary = z.infer<typeof detectionRuleSummary>;

export const detectionRule = z
  .object({
    ...detectionRuleSummary.shape,
    text: z.string().meta({ description: 'The YAML as it was written' }),
    references: z.array(z.string()),
    falsePositives: z.array(z.string()),
  })
  .meta({ id: 'DetectionRule' });
export type DetectionRuleBody = z.infer<typeof detectionRule>;

export const ruleTestAnswer = z
  .object({
    matched: z.int(),
    /** Events the rule looked at. */
    read: z.int(),
    /** The first hundred. */
    hits: z.array(
      z.object({ index: z.int(), time: instant, title: z.string(), evidence: logIdentity.nullable(), reasons: z.array(reason) }),
    ),
    sql: z.string(),
    elapsedMs: z.number(),
  })
  .meta({ id: 'RuleTestAnswer' });
export type RuleTestAnswer = z.infer<typeof ruleTestAnswer>;

export const standardizationRuleSummary = z
  .object({
    id: z.string(),
    title: z.string(),
    cloud,
    product: z.string(),
    logType: z.string(),
    classUid: z.int(),
    className: z.string(),
    category: z.string(),
    enabled: z.boolean(),
    origin,
    revision: z.int(),
    /** Ingestion policies that use it. */
    references: z.int(),
    fault,
    etag,
  })
  .meta({ id: 'StandardizationRuleSummary' });
export type StandardizationRuleSummary = z.infer<typeof standardizationRuleSummary>;

export const standardizationRule = z
  .object({
    ...standardizationRuleSummary.shape,
    text: z.string().meta({ description: 'The YAML as it was written' }),
    spl: z.string(),
    /** event null: the rule makes none of the log. */
    samples: z.array(z.object({ log: z.record(z.string(), z.string()), event: z.record(z.string(), z.unknown()).nullable() })),
  })
  .meta({ id: 'StandardizationRule' });
export type StandardizationRuleBody = z.infer<typeof standardizationRule>;

const listQuery = {
  ...pageQuery,
  search: z.string().max(200).optional(),
  enabled: queryBoolean.optional(),
  origin: origin.optional(),
};

export const ruleRoutes = {
  listDetectionRules: {
    method: 'GET',
    path: '/detection-rules',
    summary: 'Detection rules',
    tag: 'rules',
    role: 'viewer',
    query: z.strictObject({ ...listQuery, severity: queryList(severity).optional() }),
    response: pageOf(detectionRuleSummary),
  },
  createDetectionRule: {
    method: 'POST',
    path: '/detection-rules',
    summary: 'Adds a rule of your own (Sigma or SPL in YAML)',
    tag: 'rules',
    role: 'admin',
    body: z.strictObject({ text, enabled: z.boolean().default(true) }).meta({ id: 'NewDetectionRule' }),
    response: detectionRule,
    status: 201,
    idempotent: true,
    audit: 'detection-rule.create',
    problems: [409],
  },
  getDetectionRule: {
    method: 'GET',
    path: '/detection-rules/{id}',
    summary: 'One rule with its text',
    tag: 'rules',
    role: 'viewer',
    params: byId,
    response: detectionRule,
    problems: [404],
  },
  updateDetectionRule: {
    method: 'PATCH',
    path: '/detection-rules/{id}',
    summary: 'Switches a rule on or off, or changes the text of an own one',
    tag: 'rules',
    role: 'admin',
    params: byId,
    body: z.strictObject({ etag, enabled: z.boolean().optional(), text: text.optional() }).meta({ id: 'DetectionRuleChange' }),
    response: detectionRule,
    audit: 'detection-rule.update',
    problems: [404, 409],
  },
  deleteDetectionRule: {
    method: 'DELETE',
    path: '/detection-rules/{id}',
    summary: 'Deletes an own rule',
    tag: 'rules',
    role: 'admin',
    params: byId,
    audit: 'detection-rule.delete',
    problems: [404, 409],
  },
  testDetectionRule: {
    method: 'POST',
    path: '/detection-rules/{id}:test',
    summary: 'Runs a rule over given events or stored ones; raises nothing',
    tag: 'rules',
    role: 'analyst',
    params: byId,
    body: z
      .strictObject({
        text: text.optional().meta({ description: 'Instead of the saved text' }),
        events: z.array(z.record(z.string(), z.unknown())).max(1000).optional(),
        from: givenInstant.optional(),
        to: givenInstant.optional(),
      })
      .meta({ id: 'DetectionRuleTest' }),
    response: ruleTestAnswer,
    problems: [404, 408],
  },
  replayDetectionRule: {
    method: 'POST',
    path: '/detection-rules/{id}:replay',
    summary: 'Runs a rule over stored events and raises what it would have raised; the same again raises nothing twice',
    tag: 'rules',
    role: 'admin',
    params: byId,
    body: z.strictObject({ from: givenInstant, to: givenInstant }).meta({ id: 'Replay' }),
    response: z.object({ findings: z.int(), newAlerts: z.int(), read: z.int(), elapsedMs: z.number() }).meta({ id: 'ReplayAnswer' }),
    audit: 'detection-rule.replay',
    problems: [404, 408],
  },
  listStandardizationRules: {
    method: 'GET',
    path: '/standardization-rules',
    summary: 'Standardization rules',
    tag: 'rules',
    role: 'viewer',
    query: z.strictObject({ ...listQuery, cloud: queryList(cloud).optional() }),
    response: pageOf(standardizationRuleSummary),
  },
  createStandardizationRule: {
    method: 'POST',
    path: '/standardization-rules',
    summary: 'Adds a rule of your own; its samples must come out right',
    tag: 'rules',
    role: 'admin',
    body: z.strictObject({ text, enabled: z.boolean().default(true) }).meta({ id: 'NewStandardizationRule' }),
    response: standardizationRule,
    status: 201,
    idempotent: true,
    audit: 'standardization-rule.create',
    problems: [409],
  },
  getStandardizationRule: {
    method: 'GET',
    path: '/standardization-rules/{id}',
    summary: 'One rule with its SPL and samples',
    tag: 'rules',
    role: 'viewer',
    params: byId,
    response: standardizationRule,
    problems: [404],
  },
  updateStandardizationRule: {
    method: 'PATCH',
    path: '/standardization-rules/{id}',
    summary: 'Switches a rule on or off, or changes the text of an own one',
    tag: 'rules',
    role: 'admin',
    params: byId,
    body: z.strictObject({ etag, enabled: z.boolean().optional(), text: text.optional() }).meta({ id: 'StandardizationRuleChange' }),
    response: standardizationRule,
    audit: 'standardization-rule.update',
    problems: [404, 409],
  },
  deleteStandardizationRule: {
    method: 'DELETE',
    path: '/standardization-rules/{id}',
    summary: 'Deletes an own rule',
    tag: 'rules',
    role: 'admin',
    params: byId,
    audit: 'standardization-rule.delete',
    problems: [404, 409],
  },
  testStandardizationRule: {
    method: 'POST',
    path: '/standardization-rules/{id}:test',
    summary: 'Runs a rule over given logs; stores nothing',
    tag: 'rules',
    role: 'analyst',
    params: byId,
    body: z
      .strictObject({
        text: text.optional().meta({ description: 'Instead of the saved text' }),
        logs: z.array(z.record(z.string(), z.string())).min(1).max(1000),
      })
      .meta({ id: 'StandardizationRuleTest' }),
    response: z
      .object({
        /** events[i] came out of logs[i]; null: the rule drops the log. */
        events: z.array(z.record(z.string(), z.unknown()).nullable()),
        sql: z.string(),
        elapsedMs: z.number(),
      })
      .meta({ id: 'StandardizationRuleTestAnswer' }),
    problems: [404, 408],
  },
} as const satisfies Record<string, RouteSpec>;
