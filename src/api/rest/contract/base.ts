import { z } from 'zod';

/** ISO 8601 in UTC, milliseconds: `2024-09-10T09:38:51.204Z`. */
export const instant = z.iso.datetime().meta({ description: 'ISO 8601, UTC' });

/** A time people may write: ISO 8601 with any offset, or whole Unix seconds as the SLS SDKs count. */
export const givenInstant = z
  .union([z.iso.datetime({ offset: true }), z.int().min(0).max(4_294_967_295)])
  .meta({ description: 'ISO 8601 with an offset, or Unix seconds', examples: ['2024-09-10T17:08:00+08:00'] });

/** Answered with a resource, sent back with its PATCH: somebody else's change in between is a 409, never overwritten. */
export const etag = z.string().min(1).max(200);

/** Worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export const severity = z.enum(SEVERITIES);
export type Severity = z.infer<typeof severity>;

export const CLOUDS = ['alibaba', 'tencent', 'huawei', 'aws', 'azure', 'google', 'other'] as const;
export const cloud = z.enum(CLOUDS);
export type CloudName = z.infer<typeof cloud>;

/** Each may do what the ones before may: a viewer reads, an analyst works on alerts and events, an admin changes logstores, rules, users and settings, the owner everything. */
export const ROLES = ['viewer', 'analyst', 'admin', 'owner'] as const;
export const role = z.enum(ROLES);
export type Role = z.infer<typeof role>;

/** Names of projects and logstores (SLS rules; the server says exactly what is wrong with a bad one). */
export const projectName = z.string().min(1).max(63);
export const logstoreName = z.string().min(1).max(63);

/** A number in a query string: only text that is one, so that `?pageSize=` is an error and not 0. */
export function queryNumber(min: number, max: number) {
  return z.preprocess((value) => (typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value), z.int().min(min).max(max));
}

/** `true` or `false` in a query string. */
export const queryBoolean = z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean());

/** Several values in a query string: repeated (`a=1&a=2`) or with commas (`a=1,2`). */
export function queryList<T extends z.ZodType>(item: T) {
  return z.preprocess((value) => (typeof value === 'string' ? value.split(',') : value), z.array(item).min(1).max(100));
}

/** Where a log stands: its identity for life within its logstore (project and logstore name it in full). */
export const logIdentity = z
  .object({
    project: projectName,
    logstore: logstoreName,
    shard: z.int().min(0),
    cursor: z.string().regex(/^\d{1,20}$/, 'expected the decimal digits of a cursor'),
    index: z.int().min(0),
  })
  .meta({ id: 'LogIdentity' });
export type LogIdentity = z.infer<typeof logIdentity>;

/** Something an alert is about. `type`: ip, host, user, key, domain, hash, resource … `role`: attacker, target, actor … as far as known. */
export const entity = z.object({ type: z.string(), value: z.string(), role: z.string().optional() }).meta({ id: 'Entity' });
export type Entity = z.infer<typeof entity>;

export const pageQuery = {
  pageSize: queryNumber(1, 1000).optional().meta({ description: 'Items in the answer; 100 when not given' }),
  pageToken: z.string().min(1).max(2000).optional().meta({ description: 'nextPageToken of the page before' }),
};

/** A page of a list. `nextPageToken` is empty on the last page. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextPageToken: z.string() });
}

/** RFC 9457 `application/problem+json`. */
export const problem = z
  .object({
    type: z.string().meta({ description: 'Address of the error in docs/reference/errors.md' }),
    title: z.string().meta({ description: 'What the code means, always the same for a code' }),
    status: z.int(),
    code: z.string().meta({ description: 'Code of the error table' }),
    detail: z.string().meta({ description: 'What happened here: names the thing, its value and what was expected' }),
    instance: z.string().meta({ description: 'Path of the request' }),
    requestId: z.string().meta({ description: 'Also in the log lines and in the header x-request-id' }),
    retry: z.boolean().meta({ description: 'The same call may succeed later without anyone changing anything' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Each wrong field; path as a JSON pointer after body, query, params or headers' }),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;

/** Counts over time; `counts[i]` belongs to [from + i · intervalSec, …). */
export const series = z.object({ from: instant, intervalSec: z.int(), counts: z.array(z.number()) }).meta({ id: 'Series' });
export type Series = z.infer<typeof series>;

export const severityCounts = z
  .object({ critical: z.int(), high: z.int(), medium: z.int(), low: z.int(), info: z.int() })
  .meta({ id: 'SeverityCounts' });
export type SeverityCounts = z.infer<typeof severityCounts>;

/** What a route is, as data: the server, the OpenAPI document and the clients are all made from it. */
export interface RouteSpec {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** OpenAPI form under `/api/v1`: `/projects/{project}/logstores`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** The least role that may call it; `none`: without signing in; `self`: anyone signed in, on their own account. */
  readonly role: Role | 'none' | 'self';
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Absent: the answer is 204 without a body. */
  readonly response?: z.ZodType;
  /** Status of success: 200, or 204 without a response, when absent. */
  readonly status?: 201 | 202;
  /** Takes an Idempotency-Key: the same key and body again answers what the first call answered. */
  readonly idempotent?: true;
  /** Kept in the audit trail under this action (`project.delete`). Everything privileged has one. */
  readonly audit?: string;
  /** Error codes a caller should expect beside those every route can answer. */
  readonly problems?: readonly number[];
}

/** What a client sends and gets for a route. */
export type ParamsOf<R extends RouteSpec> = R extends { params: infer P extends z.ZodType } ? z.input<P> : undefined;
export type QueryOf<R extends RouteSpec> = R extends { query: infer Q extends z.ZodType } ? z.input<Q> : undefined;
export type BodyOf<R extends RouteSpec> = R extends { body: infer B extends z.ZodType } ? z.input<B> : undefined;
export type AnswerOf<R extends RouteSpec> = R extends { response: infer A extends z.ZodType } ? z.output<A> : undefined;
