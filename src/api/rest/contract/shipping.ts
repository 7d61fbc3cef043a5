import { z } from 'zod';
import { etag, givenInstant, instant, logstoreName, pageOf, pageQuery, projectName, type RouteSpec } from './base.ts';

const name = z.string().min(1).max(200);
const receiver = z
  .string()
  .min(1)
  .max(4000)
  .meta({ description: 'Address as `sluice ship --to` takes it, options behind `?`; no secrets' });
const secrets = z
  .record(z.string().regex(/^[A-Za-z0-9]+$/), z.string().min(1).max(8192))
  .meta({ description: 'Secret options of the receiver by name (`token`); kept sealed, never answered' });
const query = z.string().max(10_000).meta({ description: 'SPL that filters and trims; empty: everything' });
const consumerGroup = z.string().min(1).max(63);
const place = z.union([z.enum(['begin', 'end']), givenInstant]).meta({ description: 'begin, end, or a receive time' });
const byId = z.strictObject({ id: z.string().min(1).max(200) });

export const shippingTask = z
  .object({
    id: z.string(),
    name,
    project: projectName,
    logstore: logstoreName,
    receiver,
    secrets: z.record(z.string(), z.string()).meta({ description: 'Names of those that are set; values masked' }),
    query,
    start: z.union([z.enum(['begin', 'end']), instant]),
    consumerGroup,
    enabled: z.boolean(),
    createdAt: instant,
    modifiedAt: instant,
    etag,
  })
  .meta({ id: 'ShippingTask' });
export type ShippingTaskBody = z.infer<typeof shippingTask>;

const progress = z
  .object({
    totals: z
      .object({
        read: z.int(),
        delivered: z.int(),
        filtered: z.int(),
        deadLettered: z.int(),
        retries: z.int(),
        bytes: z.int(),
        sentBytes: z.int(),
        cut: z.int(),
      })
      .meta({ description: 'All shards, since the task was last started' }),
    shards: z.array(
      z.object({
        shard: z.int(),
        checkpoint: z.string().nullable().meta({ description: 'Everything before this cursor is acknowledged; null: none saved' }),
        lagGroups: z.int(),
        lagSec: z.number().meta({ description: 'Age of the first group not acknowledged' }),
        lastError: z.string(),
      }),
    ),
  })
  .meta({ id: 'ShippingProgress' });

const change = { method: 'POST', tag: 'shipping', role: 'admin', params: byId, response: shippingTask, problems: [404] } as const;

export const shippingRoutes = {
  listShippingTasks: {
    method: 'GET',
    path: '/shipping-tasks',
    summary: 'Shippers that the server runs',
    tag: 'shipping',
    role: 'viewer',
    query: z.strictObject(pageQuery),
    response: pageOf(shippingTask),
  },
  createShippingTask: {
    method: 'POST',
    path: '/shipping-tasks',
    summary: 'Ships a logstore to a receiver from inside the server',
    tag: 'shipping',
    role: 'admin',
    body: z
      .strictObject({
        name,
        project: projectName,
        logstore: logstoreName,
        receiver,
        secrets: secrets.default({}),
        query: query.default(''),
        start: place.default('begin'),
        consumerGroup,
        enabled: z.boolean().default(true),
      })
      .meta({ id: 'NewShippingTask' }),
    response: shippingTask,
    status: 201,
    idempotent: true,
    audit: 'shipping-task.create',
    problems: [404, 409],
  },
  getShippingTask: {
    method: 'GET',
    path: '/shipping-tasks/{id}',
    summary: 'One shipping task',
    tag: 'shipping',
    role: 'viewer',
    params: byId,
    response: shippingTask,
    problems: [404],
  },
  updateShippingTask: {
    method: 'PATCH',
    path: '/shipping-tasks/{id}',
    summary: 'Changes a shipping task; it goes on from its checkpoint',
    tag: 'shipping',
    role: 'admin',
    params: byId,
    body: z
      .strictObject({
        etag,
        name: name.optional(),
        receiver: receiver.optional(),
        secrets: secrets.optional(),
        query: query.optional(),
        consumerGroup: consumerGroup.optional(),
        enabled: z.boolean().optional(),
      })
      .meta({ id: 'ShippingTaskChange' }),
    response: shippingTask,
    audit: 'shipping-task.update',
    problems: [404, 409],
  },
  deleteShippingTask: {
    method: 'DELETE',
    path: '/shipping-tasks/{id}',
    summary: 'Stops and deletes a shipping task; its consumer group and checkpoints stay',
    tag: 'shipping',
    role: 'admin',
    params: byId,
    audit: 'shipping-task.delete',
    problems: [404],
  },
  pauseShippingTask: {
    ...change,
    path: '/shipping-tasks/{id}:pause',
    summary: 'Stops a task until it is resumed',
    audit: 'shipping-task.pause',
  },
  resumeShippingTask: {
    ...change,
    path: '/shipping-tasks/{id}:resume',
    summary: 'Starts a task again from its checkpoint',
    audit: 'shipping-task.resume',
  },
  replayShippingTask: {
    ...change,
    path: '/shipping-tasks/{id}:replay',
    summary: 'Ships again what was received since a time',
    body: z.strictObject({ from: z.union([z.literal('begin'), givenInstant]) }).meta({ id: 'ShippingReplay' }),
    audit: 'shipping-task.replay',
  },
  testShippingTask: {
    method: 'POST',
    path: '/shipping-tasks/{id}:test',
    summary: 'Tries the receiver step by step; the first step that is not ok names the fault',
    tag: 'shipping',
    role: 'admin',
    params: byId,
    body: z.strictObject({ testEvent: z.boolean().default(false) }).meta({ id: 'ShippingTest' }),
    response: z
      .object({ ok: z.boolean(), steps: z.array(z.object({ stage: z.string(), ok: z.boolean(), detail: z.string() })) })
      .meta({ id: 'ShippingTestAnswer' }),
    audit: 'shipping-task.test',
    problems: [404],
  },
  shippingProgress: {
    method: 'GET',
    path: '/shipping-tasks/{id}/progress',
    summary: 'How far a task is, shard by shard',
    tag: 'shipping',
    role: 'viewer',
    params: byId,
    response: progress,
    problems: [404],
  },
} as const satisfies Record<string, RouteSpec>;
