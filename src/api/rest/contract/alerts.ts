import { z } from 'zod';
import {
  cloud,
  entity,
  etag,
  instant,
  logIdentity,
  pageOf,
  pageQuery,
  queryList,
  series,
  severity,
  severityCounts,
  type RouteSpec,
} from './base.ts';

export const ALERT_STATUSES = ['new', 'acknowledged', 'suppressed', 'closed'] as const;
export const alertStatus = z.enum(ALERT_STATUSES);
export type AlertStatus = z.infer<typeof alertStatus>;

/** Why something was closed. */
export const verdict = z.enum(['true_positive', 'false_positive', 'benign', 'expected', 'duplicate']);
export type Verdict = z.infer<typeof verdict>;

/** A condition of the rule that held, with the value that made it hold. */
export const reason = z
  .object({ field: z.string(), operator: z.string(), value: z.string(), note: z.string().optional() })
  .meta({ id: 'Reason' });
export type Reason = z.infer<typeof reason>;

export const alert = z
  .object({
    id: z.string(),
    title: z.string(),
    severity,
    status: alertStatus,
    ruleId: z.string(),
    ruleRevision: z.int(),
    ruleTitle: z.string(),
    cloud,
    tactics: z.array(z.string()).meta({ description: 'ATT&CK short names: `initial-access`' }),
    techniques: z.array(z.string()).meta({ description: '`T1098.001`' }),
    /** Event time of the first and last evidence. */
    firstSeen: instant,
    lastSeen: instant,
    raisedAt: instant,
    /** Findings this alert stands for. */
    count: z.int(),
    entities: z.array(entity),
    evidence: z.array(logIdentity),
    reasons: z.array(reason),
    owner: z.string().nullable(),
    verdict: verdict.nullable(),
    note: z.string(),
    eventId: z.string().nullable(),
    etag,
  })
  .meta({ id: 'Alert' });
export type AlertBody = z.infer<typeof alert>;

const filters = {
  status: queryList(alertStatus).optional(),
  severity: queryList(severity).optional(),
  cloud: queryList(cloud).optional(),
  ruleId: z.string().max(200).optional(),
  entity: z.string().max(1024).optional().meta({ description: 'Value of an entity' }),
  eventId: z.string().max(200).optional(),
  owner: z.string().max(64).optional().meta({ description: '`-`: without an owner' }),
  from: z.iso.datetime({ offset: true }).optional().meta({ description: 'lastSeen at or after' }),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: 'firstSeen before' }),
};

const change = {
  status: alertStatus.optional(),
  owner: z.string().max(64).nullable().optional(),
  verdict: verdict.nullable().optional(),
  note: z.string().max(4000).optional(),
};

export const alertGroup = z
  .object({
    key: z.string().meta({ description: 'Rule id, or `type:value` of the entity' }),
    title: z.string(),
    severity,
    techniques: z.array(z.string()),
    count: z.int().meta({ description: 'Alerts in the group that match the filters' }),
    entityCount: z.int(),
    lastSeen: instant,
    trend: z.array(z.int()).meta({ description: 'Alerts in 24 equal parts of the period' }),
  })
  .meta({ id: 'AlertGroup' });
export type AlertGroup = z.infer<typeof alertGroup>;

export const alertSummary = z
  .object({
    byStatus: z.object({ new: z.int(), acknowledged: z.int(), suppressed: z.int(), closed: z.int() }),
    /** Of those that match the filters. */
    bySeverity: severityCounts,
    total: z.int(),
    trend: z.object({ ...series.shape, severities: z.array(severityCounts).meta({ description: 'Per interval' }) }),
    medianAcknowledgeSec: z.number().nullable(),
  })
  .meta({ id: 'AlertSummary' });
export type AlertSummary = z.infer<typeof alertSummary>;

const byId = z.strictObject({ id: z.string().min(1).max(200) });

export const alertRoutes = {
  listAlerts: {
    method: 'GET',
    path: '/alerts',
    summary: 'Alerts, newest first',
    tag: 'alerts',
    role: 'viewer',
    query: z.strictObject({ ...pageQuery, ...filters }),
    response: pageOf(alert),
  },
  groupAlerts: {
    method: 'GET',
    path: '/alerts:group',
    summary: 'Alerts counted by rule or entity, worst first',
    tag: 'alerts',
    role: 'viewer',
    query: z.strictObject({ ...pageQuery, ...filters, by: z.enum(['rule', 'entity']).default('rule') }),
    response: pageOf(alertGroup),
  },
  summarizeAlerts: {
    method: 'GET',
    path: '/alerts:summary',
    summary: 'Counts by status and severity, and their trend',
    tag: 'alerts',
    role: 'viewer',
    query: z.strictObject(filters),
    response: alertSummary,
  },
  updateAlerts: {
    method: 'POST',
    path: '/alerts:update',
    summary: 'Changes up to a thousand alerts at once; each that cannot be changed is named',
    tag: 'alerts',
    role: 'analyst',
    body: z.strictObject({ ids: z.array(z.string().min(1).max(200)).min(1).max(1000), ...change }).meta({ id: 'AlertsChange' }),
    response: z
      .object({ updated: z.array(z.string()), refused: z.array(z.object({ id: z.string(), detail: z.string() })) })
      .meta({ id: 'AlertsChanged' }),
    audit: 'alert.update',
  },
  getAlert: {
    method: 'GET',
    path: '/alerts/{id}',
    summary: 'One alert',
    tag: 'alerts',
    role: 'viewer',
    params: byId,
    response: alert,
    problems: [404],
  },
  updateAlert: {
    method: 'PATCH',
    path: '/alerts/{id}',
    summary: 'Changes status, owner, verdict or note',
    tag: 'alerts',
    role: 'analyst',
    params: byId,
    body: z.strictObject({ etag, ...change }).meta({ id: 'AlertChange' }),
    response: alert,
    audit: 'alert.update',
    problems: [404, 409],
  },
} as const satisfies Record<string, RouteSpec>;
