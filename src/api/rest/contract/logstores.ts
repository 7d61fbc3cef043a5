import { z } from 'zod';
import { etag, givenInstant, instant, logstoreName, pageOf, pageQuery, projectName, type RouteSpec } from './base.ts';

const inProject = z.strictObject({ project: projectName });
export const inLogstore = z.strictObject({ project: projectName, logstore: logstoreName });
const inShard = z.strictObject({
  project: projectName,
  logstore: logstoreName,
  shard: z.string().regex(/^\d{1,9}$/, 'expected the number of a shard'),
});

export const project = z
  .object({
    name: projectName,
    description: z.string(),
    region: z.string(),
    logstoreCount: z.int(),
    createdAt: instant,
    modifiedAt: instant,
    etag,
  })
  .meta({ id: 'Project' });
export type Project = z.infer<typeof project>;

export const profile = z.enum(['balanced', 'search', 'compact']);

export const logstore = z
  .object({
    project: projectName,
    name: logstoreName,
    /** 3650 keeps for ever. */
    ttlDays: z.int(),
    shardCount: z.int(),
    autoSplit: z.boolean(),
    maxSplitShard: z.int(),
    appendMeta: z.boolean(),
    /** How full text is indexed: see docs/decisions. */
    profile,
    hasIndex: z.boolean(),
    createdAt: instant,
    modifiedAt: instant,
    etag,
  })
  .meta({ id: 'Logstore' });
export type Logstore = z.infer<typeof logstore>;

const token = z.array(z.string().max(1)).max(64);
const leafType = z.enum(['text', 'long', 'double']);

/** An index configuration; the same facts as the SLS wire form, in JSON names of this API. */
export const indexConfig = z
  .strictObject({
    line: z
      .strictObject({
        token,
        caseSensitive: z.boolean().default(false),
        chn: z.boolean().default(false),
        includeKeys: z.array(z.string()).default([]),
        excludeKeys: z.array(z.string()).default([]),
      })
      .nullable()
      .meta({ description: 'Full text; null: terms without a key cannot be searched' }),
    keys: z.record(
      z.string().min(1).max(128),
      z.strictObject({
        type: z.enum(['text', 'long', 'double', 'json']),
        token: token.default([]),
        caseSensitive: z.boolean().default(false),
        chn: z.boolean().default(false),
        docValue: z.boolean().default(true).meta({ description: 'Analytics: the key is a column of SQL' }),
        alias: z.string().default(''),
        jsonKeys: z
          .record(z.string(), z.strictObject({ type: leafType, docValue: z.boolean().default(true), alias: z.string().default('') }))
          .default({}),
        indexAll: z.boolean().default(false),
        maxDepth: z.int().default(-1),
      }),
    ),
    maxTextLen: z.int().min(64).max(16_384).default(2048),
  })
  .meta({ id: 'IndexConfig' });
export type IndexConfigBody = z.input<typeof indexConfig>;
export type IndexConfigAnswer = z.output<typeof indexConfig>;

const index = z.object({ index: indexConfig, etag, modifiedAt: instant }).meta({ id: 'Index' });

export const shard = z
  .object({
    shard: z.int(),
    status: z.enum(['readwrite', 'readonly']),
    /** 32 hex digits, inclusive; the end is exclusive. */
    beginKey: z.string(),
    endKey: z.string(),
    parents: z.array(z.int()),
    createdAt: instant,
    /** What the stream keeps: cursors [begin, end) and stored bytes. */
    begin: z.string(),
    end: z.string(),
    bytes: z.int(),
    /** Receive time of the newest group; null: there is none. */
    newestAt: instant.nullable(),
  })
  .meta({ id: 'Shard' });
export type Shard = z.infer<typeof shard>;

const groupName = z.string().regex(/^[a-zA-Z0-9_-]{2,100}$/, 'expected 2 to 100 of a-z A-Z 0-9 _ -');
const inGroup = z.strictObject({ project: projectName, logstore: logstoreName, group: groupName });

export const consumerGroup = z
  .object({
    name: groupName,
    timeoutSec: z.int(),
    inOrder: z.boolean(),
    createdAt: instant.nullable(),
    /** Consumers whose last heartbeat is younger than the timeout. */
    consumers: z.array(z.string()),
    /** Groups (of logs) behind the end of the stream, all shards; null: a checkpoint cannot be compared. */
    lagGroups: z.int().nullable(),
    /** Age of the oldest group not yet consumed; 0: nothing is left. */
    lagSec: z.number().nullable(),
    shards: z.array(
      z.object({
        shard: z.int(),
        /** Decimal cursor; null: no checkpoint yet. */
        checkpoint: z.string().nullable(),
        checkpointAt: instant.nullable(),
        consumer: z.string(),
        end: z.string(),
        lagGroups: z.int().nullable(),
        lagSec: z.number().nullable(),
      }),
    ),
    etag,
  })
  .meta({ id: 'ConsumerGroup' });
export type ConsumerGroup = z.infer<typeof consumerGroup>;

const settableLogstore = {
  ttlDays: z.int().min(1).max(3650).optional(),
  autoSplit: z.boolean().optional(),
  maxSplitShard: z.int().min(1).max(256).optional(),
  appendMeta: z.boolean().optional(),
  profile: profile.optional(),
};

export const logstoreRoutes = {
  listProjects: {
    method: 'GET',
    path: '/projects',
    summary: 'Projects',
    tag: 'projects',
    role: 'viewer',
    query: z.strictObject({ ...pageQuery, search: z.string().max(63).optional() }),
    response: pageOf(project),
  },
  createProject: {
    method: 'POST',
    path: '/projects',
    summary: 'Makes a project',
    tag: 'projects',
    role: 'admin',
    body: z.strictObject({ name: projectName, description: z.string().max(64).default('') }).meta({ id: 'NewProject' }),
    response: project,
    status: 201,
    idempotent: true,
    audit: 'project.create',
    problems: [409],
  },
  getProject: {
    method: 'GET',
    path: '/projects/{project}',
    summary: 'One project',
    tag: 'projects',
    role: 'viewer',
    params: inProject,
    response: project,
    problems: [404],
  },
  updateProject: {
    method: 'PATCH',
    path: '/projects/{project}',
    summary: 'Changes the description',
    tag: 'projects',
    role: 'admin',
    params: inProject,
    body: z.strictObject({ etag, description: z.string().max(64) }).meta({ id: 'ProjectChange' }),
    response: project,
    audit: 'project.update',
    problems: [404, 409],
  },
  deleteProject: {
    method: 'DELETE',
    path: '/projects/{project}',
    summary: 'Deletes a project with its logstores and logs; not to be undone',
    tag: 'projects',
    role: 'admin',
    params: inProject,
    query: z.strictObject({ confirm: z.string().meta({ description: 'The name again' }) }),
    audit: 'project.delete',
    problems: [404],
  },
  listAllLogstores: {
    method: 'GET',
    path: '/logstores',
    summary: 'Logstores of all projects',
    tag: 'logstores',
    role: 'viewer',
    query: z.strictObject({ ...pageQuery, search: z.string().max(63).optional() }),
    response: pageOf(logstore),
  },
  listLogstores: {
    method: 'GET',
    path: '/projects/{project}/logstores',
    summary: 'Logstores of a project',
    tag: 'logstores',
    role: 'viewer',
    params: inProject,
    query: z.strictObject({ ...pageQuery, search: z.string().max(63).optional() }),
    response: pageOf(logstore),
    problems: [404],
  },
  createLogstore: {
    method: 'POST',
    path: '/projects/{project}/logstores',
    summary: 'Makes a logstore',
    tag: 'logstores',
    role: 'admin',
    params: inProject,
    body: z
      .strictObject({
        name: logstoreName,
        ...settableLogstore,
        ttlDays: z.int().min(1).max(3650).default(180),
        shardCount: z.int().min(1).max(100).default(2),
      })
      .meta({ id: 'NewLogstore' }),
    response: logstore,
    status: 201,
    idempotent: true,
    audit: 'logstore.create',
    problems: [404, 409],
  },
  getLogstore: {
    method: 'GET',
    path: '/projects/{project}/logstores/{logstore}',
    summary: 'One logstore',
    tag: 'logstores',
    role: 'viewer',
    params: inLogstore,
    response: logstore,
    problems: [404],
  },
  updateLogstore: {
    method: 'PATCH',
    path: '/projects/{project}/logstores/{logstore}',
    summary: 'Changes retention, splitting or index profile',
    tag: 'logstores',
    role: 'admin',
    params: inLogstore,
    body: z.strictObject({ etag, ...settableLogstore }).meta({ id: 'LogstoreChange' }),
    response: logstore,
    audit: 'logstore.update',
    problems: [404, 409],
  },
  deleteLogstore: {
    method: 'DELETE',
    path: '/projects/{project}/logstores/{logstore}',
    summary: 'Deletes a logstore with its logs; not to be undone',
    tag: 'logstores',
    role: 'admin',
    params: inLogstore,
    query: z.strictObject({ confirm: z.string().meta({ description: 'The name again' }) }),
    audit: 'logstore.delete',
    problems: [404],
  },
  getIndex: {
    method: 'GET',
    path: '/projects/{project}/logstores/{logstore}/index',
    summary: 'Index configuration',
    tag: 'logstores',
    role: 'viewer',
    params: inLogstore,
    response: index,
    problems: [404],
  },
  putIndex: {
    method: 'PUT',
    path: '/projects/{project}/logstores/{logstore}/index',
    summary: 'Makes or replaces the index configuration; nothing is rebuilt',
    tag: 'logstores',
    role: 'admin',
    params: inLogstore,
    body: z
      .strictObject({ index: indexConfig, etag: etag.optional().meta({ description: 'Of the one replaced; absent: there must be none' }) })
      .meta({ id: 'IndexChange' }),
    response: index,
    audit: 'index.update',
    problems: [404, 409],
  },
  deleteIndex: {
    method: 'DELETE',
    path: '/projects/{project}/logstores/{logstore}/index',
    summary: 'Removes the index: logs can then be pulled, not searched',
    tag: 'logstores',
    role: 'admin',
    params: inLogstore,
    audit: 'index.delete',
    problems: [404],
  },
  listShards: {
    method: 'GET',
    path: '/projects/{project}/logstores/{logstore}/shards',
    summary: 'Shards with what the stream keeps of them',
    tag: 'logstores',
    role: 'viewer',
    params: inLogstore,
    response: pageOf(shard),
    problems: [404],
  },
  splitShard: {
    method: 'POST',
    path: '/projects/{project}/logstores/{logstore}/shards/{shard}:split',
    summary: 'Splits a shard; the old one becomes readonly',
    tag: 'logstores',
    role: 'admin',
    params: inShard,
    body: z
      .strictObject({
        at: z
          .string()
          .regex(/^[0-9a-f]{32}$/, 'expected 32 hex digits')
          .optional(),
        parts: z.int().min(2).max(64).optional(),
      })
      .meta({ id: 'ShardSplit' }),
    response: pageOf(shard),
    audit: 'shard.split',
    problems: [404, 409],
  },
  mergeShard: {
    method: 'POST',
    path: '/projects/{project}/logstores/{logstore}/shards/{shard}:merge',
    summary: 'Merges a shard with its right-hand neighbour',
    tag: 'logstores',
    role: 'admin',
    params: inShard,
    response: pageOf(shard),
    audit: 'shard.merge',
    problems: [404, 409],
  },
  listConsumerGroups: {
    method: 'GET',
    path: '/projects/{project}/logstores/{logstore}/consumer-groups',
    summary: 'Consumer groups with progress and lag',
    tag: 'consumer groups',
    role: 'viewer',
    params: inLogstore,
    response: pageOf(consumerGroup),
    problems: [404],
  },
  createConsumerGroup: {
    method: 'POST',
    path: '/projects/{project}/logstores/{logstore}/consumer-groups',
    summary: 'Makes a consumer group',
    tag: 'consumer groups',
    role: 'admin',
    params: inLogstore,
    body: z
      .strictObject({ name: groupName, timeoutSec: z.int().min(1).max(86_400).default(300), inOrder: z.boolean().default(false) })
      .meta({ id: 'NewConsumerGroup' }),
    response: consumerGroup,
    status: 201,
    idempotent: true,
    audit: 'consumer-group.create',
    problems: [404, 409],
  },
  getConsumerGroup: {
    method: 'GET',
    path: '/projects/{project}/logstores/{logstore}/consumer-groups/{group}',
    summary: 'One consumer group',
    tag: 'consumer groups',
    role: 'viewer',
    params: inGroup,
    response: consumerGroup,
    problems: [404],
  },
  updateConsumerGroup: {
    method: 'PATCH',
    path: '/projects/{project}/logstores/{logstore}/consumer-groups/{group}',
    summary: 'Changes timeout or order',
    tag: 'consumer groups',
    role: 'admin',
    params: inGroup,
    body: z
      .strictObject({ etag, timeoutSec: z.int().min(1).max(86_400).optional(), inOrder: z.boolean().optional() })
      .meta({ id: 'ConsumerGroupChange' }),
    response: consumerGroup,
    audit: 'consumer-group.update',
    problems: [404, 409],
  },
  resetConsumerGroup: {
    method: 'POST',
    path: '/projects/{project}/logstores/{logstore}/consumer-groups/{group}:reset',
    summary: 'Moves the checkpoints of all shards, or of one',
    tag: 'consumer groups',
    role: 'admin',
    params: inGroup,
    body: z
      .strictObject({ to: z.union([z.enum(['begin', 'end']), givenInstant]), shard: z.int().min(0).optional() })
      .meta({ id: 'ConsumerGroupReset' }),
    response: consumerGroup,
    audit: 'consumer-group.reset',
    problems: [404],
  },
  deleteConsumerGroup: {
    method: 'DELETE',
    path: '/projects/{project}/logstores/{logstore}/consumer-groups/{group}',
    summary: 'Deletes a consumer group with its checkpoints',
    tag: 'consumer groups',
    role: 'admin',
    params: inGroup,
    audit: 'consumer-group.delete',
    problems: [404],
  },
} as const satisfies Record<string, RouteSpec>;
