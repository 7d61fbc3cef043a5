import { z } from 'zod';
import { reason, verdict } from './alerts.ts';
import {
  cloud,
  entity,
  etag,
  instant,
  logIdentity,
  pageOf,
  pageQuery,
  queryList,
  severity,
  severityCounts,
  type RouteSpec,
} from './base.ts';

export const EVENT_STATUSES = ['new', 'investigating', 'contained', 'closed'] as const;
export const eventStatus = z.enum(EVENT_STATUSES);
export type EventStatus = z.infer<typeof eventStatus>;

/** One node of the attack chain: an alert in its place. */
export const step = z
  .object({
    alertId: z.string(),
    time: instant,
    cloud,
    tactic: z.string().meta({ description: 'ATT&CK short name; empty: the rule names none' }),
    technique: z.string(),
    ruleId: z.string(),
    ruleRevision: z.int(),
    title: z.string(),
    severity,
    count: z.int(),
    lastSeen: instant,
    entities: z.array(entity),
    evidence: z.array(logIdentity),
    reasons: z.array(reason),
  })
  .meta({ id: 'Step' });
export type StepBody = z.infer<typeof step>;

/** From a cause to its effect, or between steps that only share an address. */
export const edge = z
  .object({
    from: z.string().meta({ description: 'alertId of the earlier step' }),
    to: z.string(),
    kind: z.enum(['cause', 'shared-source']).meta({ description: '`shared-source`: only the source address is the same' }),
    /** What both have in common. */
    via: z.array(entity),
    gapSec: z.number(),
    crossesClouds: z.boolean(),
  })
  .meta({ id: 'Edge' });
export type EdgeBody = z.infer<typeof edge>;

export const eventSummary = z
  .object({
    id: z.string().meta({ description: '`SE-1042`; stays for life, also after a merge' }),
    title: z.string(),
    summary: z.string().meta({ description: 'What happened, in a sentence or two' }),
    severity,
    status: eventStatus,
    riskScore: z.number().min(0).max(100),
    /** What the score is made of; the parts add up to it. */
    riskParts: z.array(z.object({ name: z.string(), points: z.number() })),
    firstSeen: instant,
    lastSeen: instant,
    clouds: z.array(z.object({ cloud, alerts: z.int() })),
    tactics: z.array(z.object({ tactic: z.string(), severity, alerts: z.int() })).meta({ description: 'Reached ones, in ATT&CK order' }),
    entities: z.array(entity),
    alertCount: z.int(),
    ruleCount: z.int(),
    /** Logs of evidence, and the logstores they stand in. */
    evidenceCount: z.int(),
    logstoreCount: z.int(),
    owner: z.string().nullable(),
    /** Respond by; null: no deadline for this severity, or closed. */
    dueAt: instant.nullable(),
    verdict: verdict.nullable(),
    /** Display id this one was merged into; null: it was not. */
    mergedInto: z.string().nullable(),
    etag,
  })
  .meta({ id: 'SecurityEventSummary' });
export type EventSummaryBody = z.infer<typeof eventSummary>;

export const securityEvent = z
  .object({
    ...eventSummary.shape,
    steps: z.array(step).meta({ description: 'By time' }),
    edges: z.array(edge),
    similar: z.array(z.object({ id: z.string(), title: z.string(), verdict: verdict.nullable(), closedAt: instant, why: z.string() })),
    related: z.array(z.object({ id: z.string(), title: z.string(), why: z.string() })),
  })
  .meta({ id: 'SecurityEvent' });
export type SecurityEventBody = z.infer<typeof securityEvent>;

export const activity = z
  .object({
    at: instant,
    actor: z.string(),
    kind: z.enum(['created', 'alert-joined', 'merged', 'changed', 'comment', 'response', 'reopened']),
    text: z.string(),
  })
  .meta({ id: 'Activity' });
export type ActivityBody = z.infer<typeof activity>;

const byId = z.strictObject({ id: z.string().min(1).max(200) });

const filters = {
  status: queryList(eventStatus).optional(),
  severity: queryList(severity).optional(),
  cloud: queryList(cloud).optional(),
  tactic: z.string().max(100).optional(),
  entity: z.string().max(1024).optional(),
  owner: z.string().max(64).optional().meta({ description: '`-`: without an owner' }),
  from: z.iso.datetime({ offset: true }).optional().meta({ description: 'lastSeen at or after' }),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: 'firstSeen before' }),
};

export const securityEventRoutes = {
  listSecurityEvents: {
    method: 'GET',
    path: '/security-events',
    summary: 'Security events, by severity then risk unless sorted otherwise',
    tag: 'security events',
    role: 'viewer',
    query: z.strictObject({
      ...pageQuery,
      ...filters,
      sort: z.enum(['severity', 'lastSeen', 'firstSeen', 'riskScore']).default('severity'),
    }),
    response: pageOf(eventSummary),
  },
  summarizeSecurityEvents: {
    method: 'GET',
    path: '/security-events:summary',
    summary: 'Counts by status and severity',
    tag: 'security events',
    role: 'viewer',
    query: z.strictObject(filters),
    response: z
      .object({
        byStatus: z.object({ new: z.int(), investigating: z.int(), contained: z.int(), closed: z.int() }),
        bySeverity: severityCounts,
        total: z.int(),
        withoutOwner: z.int(),
      })
      .meta({ id: 'SecurityEventCounts' }),
  },
  getSecurityEvent: {
    method: 'GET',
    path: '/security-events/{id}',
    summary: 'One security event with its attack chain',
    tag: 'security events',
    role: 'viewer',
    params: byId,
    response: securityEvent,
    problems: [404],
  },
  updateSecurityEvent: {
    method: 'PATCH',
    path: '/security-events/{id}',
    summary: 'Changes status, owner, title or verdict',
    tag: 'security events',
    role: 'analyst',
    params: byId,
    body: z
      .strictObject({
        etag,
        status: eventStatus.optional(),
        owner: z.string().max(64).nullable().optional(),
        title: z.string().min(1).max(300).optional(),
        verdict: verdict.nullable().optional(),
        note: z.string().max(4000).optional().meta({ description: 'Goes into the activity beside the change' }),
      })
      .meta({ id: 'SecurityEventChange' }),
    response: securityEvent,
    audit: 'security-event.update',
    problems: [404, 409],
  },
  mergeSecurityEvents: {
    method: 'POST',
    path: '/security-events/{id}:merge',
    summary: 'Takes the alerts of others in; their ids lead here from then on',
    tag: 'security events',
    role: 'analyst',
    params: byId,
    body: z.strictObject({ ids: z.array(z.string().min(1).max(200)).min(1).max(100) }).meta({ id: 'SecurityEventMerge' }),
    response: securityEvent,
    audit: 'security-event.merge',
    problems: [404, 409],
  },
  listActivity: {
    method: 'GET',
    path: '/security-events/{id}/activity',
    summary: 'What happened to a security event, newest first',
    tag: 'security events',
    role: 'viewer',
    params: byId,
    query: z.strictObject(pageQuery),
    response: pageOf(activity),
    problems: [404],
  },
  addComment: {
    method: 'POST',
    path: '/security-events/{id}/activity',
    summary: 'Adds a comment',
    tag: 'security events',
    role: 'analyst',
    params: byId,
    body: z.strictObject({ text: z.string().min(1).max(4000) }).meta({ id: 'NewComment' }),
    response: activity,
    status: 201,
    idempotent: true,
    audit: 'security-event.comment',
    problems: [404],
  },
} as const satisfies Record<string, RouteSpec>;
