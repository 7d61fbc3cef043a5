import { z } from 'zod';
import { instant, logIdentity, logstoreName, pageOf, pageQuery, projectName, queryNumber, type RouteSpec } from './base.ts';

export const job = z
  .object({
    name: z.string(),
    state: z.enum(['running', 'waiting', 'stopped', 'failed', 'done']),
    restarts: z.int(),
    progressAt: instant,
    /** What it did last. */
    note: z.string(),
    /** `code: message`, or empty. */
    lastError: z.string(),
    /** Where people are: a failed job waits for someone, a waiting one comes back by itself. */
    needsAttention: z.boolean(),
  })
  .meta({ id: 'Job' });
export type JobBody = z.infer<typeof job>;

/** What one step did to one log's range. */
export const receiptStep = z
  .object({
    step: z.string().meta({ description: '`received`, `index`, `standardize`, `detect`, `ship:<task>`' }),
    state: z.enum(['done', 'pending', 'failed']),
    at: instant.nullable(),
    /** Cursors [from, to) that were done together. */
    range: z.object({ from: z.string(), to: z.string() }).nullable(),
    rowsIn: z.int().nullable(),
    rowsOut: z.int().nullable(),
    error: z.string().meta({ description: '`code: message`, or empty' }),
    /** Who has the result, in words. */
    acknowledgement: z.string(),
  })
  .meta({ id: 'ReceiptStep' });
export type ReceiptStep = z.infer<typeof receiptStep>;

export const receipt = z.object({ ...logIdentity.shape, steps: z.array(receiptStep) }).meta({ id: 'Receipt' });
export type ReceiptBody = z.infer<typeof receipt>;

export const auditRecord = z
  .object({
    seq: z.int(),
    at: instant,
    actor: z.string(),
    action: z.string(),
    resource: z.string(),
    outcome: z.enum(['ok', 'denied', 'failed']),
    details: z.record(z.string(), z.unknown()),
    hash: z.string(),
  })
  .meta({ id: 'AuditRecord' });
export type AuditRecordBody = z.infer<typeof auditRecord>;

export const settingRow = z
  .object({
    name: z.string().meta({ description: '`http.port`' }),
    variable: z.string().meta({ description: '`SLUICE_HTTP_PORT`' }),
    /** As JSON; secrets masked. */
    value: z.unknown(),
    from: z.enum(['default', 'file', 'environment', 'first start']),
    unit: z.string(),
    description: z.string(),
  })
  .meta({ id: 'Setting' });
export type SettingRow = z.infer<typeof settingRow>;

export const check = z
  .object({
    name: z.string(),
    status: z.enum(['ok', 'warn', 'fail', 'skipped']),
    detail: z.string(),
    /** What to do about it; empty when all is well. */
    fix: z.string(),
    elapsedMs: z.number(),
  })
  .meta({ id: 'Check' });
export type CheckBody = z.infer<typeof check>;

export const doctorAnswer = z
  .object({ verdict: z.enum(['ok', 'warn', 'fail']), sentence: z.string(), checks: z.array(check) })
  .meta({ id: 'DoctorAnswer' });
export type DoctorAnswer = z.infer<typeof doctorAnswer>;

const jobName = z.strictObject({ name: z.string().min(1).max(200) });

export const operationRoutes = {
  loadDemo: {
    method: 'POST',
    path: '/demo:load',
    summary:
      'Starts the job that sends the demonstration through the SLS wire API: an attack over four clouds within an hour of everyday traffic',
    tag: 'operations',
    role: 'admin',
    response: job,
    status: 202,
    audit: 'demo.load',
    problems: [409],
  },
  clearDemo: {
    method: 'POST',
    path: '/demo:clear',
    summary: 'Removes the demonstration: its logstores, and alerts and security events that stand on nothing else',
    tag: 'operations',
    role: 'admin',
    response: z.object({ logstores: z.int(), alerts: z.int(), events: z.int() }).meta({ id: 'ClearedDemo' }),
    audit: 'demo.clear',
  },
  listJobs: {
    method: 'GET',
    path: '/jobs',
    summary: 'Everything that runs in this process',
    tag: 'operations',
    role: 'viewer',
    query: z.strictObject(pageQuery),
    response: pageOf(job),
  },
  restartJob: {
    method: 'POST',
    path: '/jobs/{name}:restart',
    summary: 'Starts a failed or stopped job again',
    tag: 'operations',
    role: 'admin',
    params: jobName,
    response: job,
    audit: 'job.restart',
    problems: [404],
  },
  stopJob: {
    method: 'POST',
    path: '/jobs/{name}:stop',
    summary: 'Stops a job until it is started again or the process restarts',
    tag: 'operations',
    role: 'admin',
    params: jobName,
    response: job,
    audit: 'job.stop',
    problems: [404],
  },
  receipts: {
    method: 'GET',
    path: '/receipts',
    summary: 'The life of one log: what each step did to it and who acknowledged it',
    tag: 'operations',
    role: 'viewer',
    query: z.strictObject({
      project: projectName,
      logstore: logstoreName,
      shard: queryNumber(0, 4_294_967_295),
      cursor: logIdentity.shape.cursor,
      index: queryNumber(0, 4_294_967_295),
    }),
    response: receipt,
    problems: [404],
  },
  listAudit: {
    method: 'GET',
    path: '/audit-trail',
    summary: 'Who did what, newest first',
    tag: 'operations',
    role: 'admin',
    query: z.strictObject({
      ...pageQuery,
      actor: z.string().max(200).optional(),
      action: z.string().max(100).optional(),
      from: z.iso.datetime({ offset: true }).optional(),
      to: z.iso.datetime({ offset: true }).optional(),
    }),
    response: pageOf(auditRecord),
  },
  verifyAudit: {
    method: 'POST',
    path: '/audit-trail:verify',
    summary: 'Checks the hash chain from the first record to the last',
    tag: 'operations',
    role: 'admin',
    body: z
      .strictObject({
        noted: z
          .strictObject({ seq: z.int().min(1), hash: z.string().max(128) })
          .optional()
          .meta({ description: 'A head that was noted earlier' }),
      })
      .meta({ id: 'AuditVerification' }),
    response: z
      .object({
        ok: z.boolean(),
        records: z.int(),
        head: z.object({ seq: z.int(), hash: z.string() }),
        firstBad: z.object({ seq: z.int(), reason: z.string() }).nullable(),
      })
      .meta({ id: 'AuditVerdict' }),
  },
  settings: {
    method: 'GET',
    path: '/settings',
    summary: 'Settings in force and where each comes from; secrets masked',
    tag: 'operations',
    role: 'admin',
    response: pageOf(settingRow),
  },
  doctor: {
    method: 'POST',
    path: '/doctor',
    summary: 'Checks this installation',
    tag: 'operations',
    role: 'admin',
    response: doctorAnswer,
  },
  endpoints: {
    method: 'GET',
    path: '/endpoints',
    summary: 'Where logs are sent to',
    tag: 'operations',
    role: 'viewer',
    response: z
      .object({
        sls: z.object({
          secure: z.boolean().meta({ description: 'Whether it speaks TLS' }),
          host: z.string().meta({ description: 'The address it listens on; 0.0.0.0 and :: are every address of the machine' }),
          port: z.int(),
        }),
      })
      .meta({ id: 'Endpoints' }),
  },
  version: {
    method: 'GET',
    path: '/version',
    summary: 'What runs here',
    tag: 'operations',
    role: 'none',
    response: z
      .object({ product: z.literal('sluice'), version: z.string(), api: z.literal('v1'), node: z.string(), startedAt: instant })
      .meta({ id: 'Version' }),
  },
} as const satisfies Record<string, RouteSpec>;
