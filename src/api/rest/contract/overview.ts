import { z } from 'zod';
import { eventSummary } from './security-events.ts';
import { cloud, instant, queryNumber, series, severityCounts, type RouteSpec } from './base.ts';

/** How a step (index, standardize, detect, ship …) of a logstore keeps up. */
export const stepFreshness = z
  .object({
    step: z.string(),
    /** Groups of logs behind the step before it. */
    lagGroups: z.int(),
    /** Age of the oldest log the step has not done yet; 0: nothing is left. */
    lagSec: z.number(),
    /** Longer than this counts as late. */
    allowedSec: z.number(),
    state: z.enum(['fresh', 'slow', 'late', 'stopped']),
    /** Last failure, or empty. */
    lastError: z.string(),
  })
  .meta({ id: 'StepFreshness' });
export type StepFreshness = z.infer<typeof stepFreshness>;

export const logstoreFreshness = z
  .object({
    project: z.string(),
    logstore: z.string(),
    cloud,
    logsPerSec: z.number(),
    bytesPerSec: z.number().meta({ description: 'Uncompressed, estimated from what is stored' }),
    /** Receive time of the newest log; null: none was ever received. */
    newestAt: instant.nullable(),
    ageSec: z.number().nullable(),
    /** Age at which it counts as silent, learned from its own past; null: too little is known. */
    allowedSec: z.number().nullable(),
    state: z.enum(['fresh', 'slow', 'late', 'silent', 'empty']),
    /** Logs refused in the period. */
    rejected: z.int().nullable().meta({ description: 'Null: not counted per logstore' }),
    trend: z.array(z.number()).meta({ description: 'Logs in 60 equal parts of the period' }),
    steps: z.array(stepFreshness),
  })
  .meta({ id: 'LogstoreFreshness' });
export type LogstoreFreshness = z.infer<typeof logstoreFreshness>;

export const overview = z
  .object({
    at: instant,
    verdict: z.object({
      level: z.enum(['ok', 'warn', 'error']),
      /** One sentence a tired person can act on. */
      sentence: z.string(),
      problems: z.array(
        z.object({ level: z.enum(['warn', 'error']), text: z.string(), link: z.string().meta({ description: 'Path in the console' }) }),
      ),
    }),
    ingest: z.object({
      logsPerSec: z.number(),
      bytesPerSec: z.number().meta({ description: 'Uncompressed, estimated from what is stored' }),
      logsToday: z.int(),
      trend: series,
    }),
    logstores: z.array(logstoreFreshness),
    alerts: z.object({ open: severityCounts, byHour: z.array(severityCounts), byHourFrom: instant }),
    events: z.object({ open: z.int(), withoutOwner: z.int(), top: z.array(eventSummary) }),
    shipping: z.array(
      z.object({
        project: z.string(),
        logstore: z.string(),
        group: z.string(),
        lagSec: z.number().nullable(),
        lagGroups: z.int().nullable(),
        consumers: z.int(),
      }),
    ),
    storage: z.object({
      /** On disk in the store, and what it was raw. */
      storeBytes: z.int(),
      rawBytes: z.int(),
      streamBytes: z.int(),
      diskFreeBytes: z.int().nullable(),
      diskTotalBytes: z.int().nullable(),
      largest: z.array(z.object({ project: z.string(), logstore: z.string(), storeBytes: z.int(), ttlDays: z.int() })),
    }),
    setUp: z.array(z.object({ id: z.string(), text: z.string(), done: z.boolean(), link: z.string() })),
  })
  .meta({ id: 'Overview' });
export type OverviewBody = z.infer<typeof overview>;

export const overviewRoutes = {
  overview: {
    method: 'GET',
    path: '/overview',
    summary: 'Health, ingest, freshness, alerts and events at a glance',
    tag: 'overview',
    role: 'viewer',
    query: z.strictObject({ periodSec: queryNumber(300, 604_800).default(3600).meta({ description: 'Length of the trends' }) }),
    response: overview,
  },
} as const satisfies Record<string, RouteSpec>;
