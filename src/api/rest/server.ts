import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Settings } from '../../config/settings.ts';
import type { Audit } from '../../control/audit.ts';
import { SluiceError } from '../../core/errors.ts';
import type { RunContext } from '../../core/context.ts';
import type { State } from '../../state/state.ts';
import type { DeclaredMetrics } from '../../telemetry/metrics.ts';
import { readiness, type ReadinessCheck } from '../health.ts';
import { actorOf, type Call, type Handlers, type RequestFacts, type RestCaller } from './call.ts';
import { CONTENT_SECURITY_POLICY, ConsoleFiles } from './console-files.ts';
import type { RouteSpec } from './contract/base.ts';
import { API_PREFIX, ROUTES, type RouteName } from './contract/routes.ts';
import { Idempotency } from './idempotency.ts';
import { openApi } from './openapi.ts';
import { invalidRequest, jsonText, problemOf, PROBLEM_TYPE, restError } from './problem.ts';
import { groupRoutes, operationOf, reaches, resourceOf } from './routing.ts';
import { callerOf, mayAct, sessionCookie, type Identify } from './sign-in.ts';

export interface RestOptions {
  readonly settings: Settings['http'];
  /** Routes without a handler do not exist; the OpenAPI document lists the others. */
  readonly handlers: Partial<Handlers>;
  readonly users: Identify;
  readonly audit: Pick<Audit, 'append'>;
  readonly state: State;
  readonly checks: readonly ReadinessCheck[];
  /** Null: no /metrics. */
  readonly metrics: Pick<DeclaredMetrics, 'text'> | null;
  /** Folder of the built console; null: this node serves none. */
  readonly consoleDir: string | null;
  readonly version: string;
}

/** Acts that the service itself writes into the audit trail; the server adds only those that were refused. */
const SELF_AUDITED = new Set([
  'user.login',
  'user.create',
  'user.update',
  'user.delete',
  'user.set-password',
  'api-key.create',
  'api-key.delete',
]);

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Answers below this size are not worth compressing. */
const COMPRESS_FROM = 16 * 1024;

const zip = promisify(gzip);

type AnyHandler = (call: Call<RouteSpec>) => Promise<unknown>;
interface Sent {
  readonly status: number;
  readonly body: string;
  /** Of the resource answered. */
  readonly etag?: string;
}

/** The REST API, the health endpoints and the console on one port. Not listening yet. */
export async function createRestServer(options: RestOptions, ctx: RunContext): Promise<FastifyInstance> {
  const { settings } = options;
  const secure = settings.tlsCert !== undefined && settings.tlsKey !== undefined;
  const app = Fastify({
    ...(settings.tlsCert !== undefined && settings.tlsKey !== undefined
      ? { https: { cert: readFileSync(settings.tlsCert), key: readFileSync(settings.tlsKey) } }
      : {}),
    bodyLimit: settings.maxBodyBytes,
    genReqId: () => randomBytes(8).toString('hex'),
    // Slow clients and idle ones must not hold connections for ever.
    requestTimeout: 60_000,
    connectionTimeout: 0,
    keepAliveTimeout: 75_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1000, ignoreTrailingSlash: false },
    frameworkErrors: (error, request, reply) => void sendProblem(restError(error), request, reply as FastifyReply),
  }) as unknown as FastifyInstance;

  await app.register(cookie);
  await app.register(rateLimit, {
    global: true,
    max: settings.rateLimitPerMinute,
    timeWindow: 60_000,
    // A person behind a shared address is told apart by the token; without one the address counts.
    keyGenerator: (request) => request.headers.authorization ?? request.cookies[sessionCookie(secure)] ?? request.ip,
    errorResponseBuilder: (_, context) => tooMany(Math.ceil(context.ttl / 1000)),
  });

  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_, text, done) => {
    if (text === '') return done(null, undefined);
    try {
      done(null, JSON.parse(text as string));
    } catch (thrown) {
      done(
        new SluiceError(
          'request.invalid',
          `the body is no JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
          {},
          { cause: thrown },
        ),
      );
    }
  });

  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
      ...(secure ? { 'strict-transport-security': 'max-age=31536000' } : {}),
    });
  });
  // Fastify knows methods we do not have (QUERY, LOCK …) and would ask them for a body first.
  app.addHook('onRequest', async (request, reply) => {
    if (!METHODS.has(request.method)) await notFound(request, reply);
  });
  app.setErrorHandler(async (thrown, request, reply) => await sendProblem(restError(thrown), request, reply));

  const sendProblem = (error: SluiceError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = problemOf(error, { id: request.id, path: pathOf(request) });
    if (error.code === 'internal.unexpected') ctx.log.error({ requestId: request.id, error }, 'a REST call met a defect');
    if (error.code === 'request.rate_limited')
      reply.header('retry-after', typeof error.details['retryAfterSec'] === 'number' ? String(error.details['retryAfterSec']) : '60');
    if (error.code === 'request.unauthenticated') {
      reply.header('www-authenticate', 'Bearer');
      ctx.metrics.count('sluice_auth_denied_total', {
        edge: 'rest',
        reason: typeof error.details['reason'] === 'string' ? error.details['reason'] : 'password',
      });
    }
    return reply.code(problem.status).type(PROBLEM_TYPE).header('cache-control', 'no-store').send(jsonText(problem));
  };

  const present = Object.fromEntries(
    (Object.keys(ROUTES) as RouteName[])
      .filter((name) => options.handlers[name] !== undefined)
      .map((name) => [name, ROUTES[name] as RouteSpec]),
  );
  const idempotency = new Idempotency(options.state);

  /** One call of one operation, from who may do it to the answer as text. */
  const perform = async (
    operation: string,
    params: Readonly<Record<string, string>>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Sent> => {
    const spec = present[operation];
    const handler = options.handlers[operation as RouteName] as unknown as AnyHandler | undefined;
    if (spec === undefined || handler === undefined)
      throw new SluiceError('request.not_found', `${pathOf(request)} does not exist`, { path: pathOf(request) });
    const gone = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) gone.abort();
    });
    const callCtx: RunContext = {
      ...ctx,
      signal: AbortSignal.any([ctx.signal, gone.signal]),
      log: ctx.log.child({ requestId: request.id, operation }),
    };

    const caller: RestCaller | null = spec.role === 'none' ? null : await callerOf(request, options.users, secure, callCtx);
    const resource = resourceOf(spec, params, request.body);
    if (caller !== null && spec.role !== 'none' && spec.role !== 'self' && !mayAct(caller.role, spec.role)) {
      if (spec.audit !== undefined)
        await options.audit.append(
          { actor: actorOf(caller), action: spec.audit, resource, outcome: 'denied', details: { role: caller.role } },
          callCtx,
        );
      throw new SluiceError('request.forbidden', `role ${caller.role} may not do this, expected ${spec.role} or more`, {
        role: caller.role,
        expected: spec.role,
      });
    }

    const ifMatch = request.headers['if-match'];
    const withEtag = spec.method === 'PATCH' && ifMatch !== undefined && isObject(request.body) && request.body['etag'] === undefined;
    const body = withEtag ? { ...(request.body as object), etag: ifMatch.replace(/^(?:W\/)?"(.*)"$/, '$1') } : request.body;
    const facts: RequestFacts = {
      requestId: request.id,
      clientIp: request.ip,
      userAgent: request.headers['user-agent'] ?? '',
      ifMatch: withEtag,
    };
    const call = {
      params: spec.params === undefined ? undefined : checked('params', spec.params.safeParse(params)),
      query: spec.query === undefined ? noQuery(request.query) : checked('query', spec.query.safeParse(request.query)),
      body: spec.body === undefined ? undefined : checked('body', spec.body.safeParse(body)),
      caller,
      facts,
      ctx: callCtx,
      setSession: (session: { readonly token: string; readonly expiresAtMs: number } | null) => {
        const name = sessionCookie(secure);
        if (session === null) reply.clearCookie(name, { path: '/', secure });
        else
          reply.setCookie(name, session.token, {
            path: '/',
            httpOnly: true,
            sameSite: 'strict',
            secure,
            expires: new Date(session.expiresAtMs),
          });
      },
    } as unknown as Call<RouteSpec>;

    const work = async (): Promise<Sent> => {
      let answer: unknown;
      try {
        answer = await handler(call);
      } catch (thrown) {
        const error = restError(thrown);
        if (spec.audit !== undefined && !SELF_AUDITED.has(spec.audit))
          await options.audit.append(
            {
              actor: actorOf(caller),
              action: spec.audit,
              resource,
              outcome: 'failed',
              details: { code: error.code, reason: error.message },
            },
            ctx,
          );
        throw thrown;
      }
      if (spec.audit !== undefined && !SELF_AUDITED.has(spec.audit))
        await options.audit.append(
          { actor: actorOf(caller), action: spec.audit, resource, outcome: 'ok', details: auditDetails(request) },
          ctx,
        );
      return {
        status: spec.status ?? (spec.response === undefined ? 204 : 200),
        body: spec.response === undefined ? '' : jsonText(answer),
        ...(isObject(answer) && typeof answer['etag'] === 'string' ? { etag: answer['etag'] } : {}),
      };
    };
    const key = request.headers['idempotency-key'];
    if (spec.idempotent !== true || key === undefined) return await work();
    if (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key))
      throw new SluiceError('request.invalid', 'Idempotency-Key must be 1 to 200 printable characters', { header: 'Idempotency-Key' });
    const kept = await idempotency.once(caller?.user ?? '', operation, key, jsonText([params, call.body]), work, callCtx);
    if (kept.again) reply.header('idempotent-replayed', 'true');
    return kept;
  };

  const groups = groupRoutes(present);
  for (const group of groups) {
    const isSignIn = group.plain === 'login' || group.plain === 'openSession';
    app.route({
      method: group.method,
      url: group.path,
      ...(isSignIn
        ? {
            config: {
              rateLimit: {
                max: settings.signInsPerMinute,
                timeWindow: 60_000,
                keyGenerator: (request: FastifyRequest) => `sign-in ${request.ip}`,
              },
            },
          }
        : {}),
      handler: async (request, reply) => {
        const meant = operationOf(group, pathOf(request), request.params as Record<string, string>);
        if (meant === null) return await notFound(request, reply);
        const startedMs = ctx.clock.elapsedMs();
        reply.raw.once('finish', () => {
          ctx.metrics.count('sluice_http_requests_total', { route: meant.operation, status: `${Math.floor(reply.statusCode / 100)}xx` });
          ctx.metrics.observe('sluice_http_request_seconds', { route: meant.operation }, (ctx.clock.elapsedMs() - startedMs) / 1000);
        });
        return await sendJson(await perform(meant.operation, meant.params, request, reply), request, reply);
      },
    });
  }

  const document = jsonText(openApi(present, options.version));
  app.get(`${API_PREFIX}/openapi.json`, async (request, reply) => await sendJson({ status: 200, body: document }, request, reply));
  app.get(
    '/healthz',
    { config: { rateLimit: false } },
    async (_, reply) => await reply.header('cache-control', 'no-store').send({ ok: true }),
  );
  app.get('/readyz', { config: { rateLimit: false } }, async (_, reply) => {
    const answer = await readiness(options.checks, ctx);
    return await reply
      .code(answer.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(answer);
  });
  const { metrics } = options;
  if (metrics !== null)
    app.get('/metrics', { config: { rateLimit: false } }, async (_, reply) => {
      const { type, body } = await metrics.text();
      return await reply.type(type).header('cache-control', 'no-store').send(body);
    });

  const files = options.consoleDir === null ? null : new ConsoleFiles(options.consoleDir);
  const notFound = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const path = pathOf(request);
    const isApi = path === '/api' || path.startsWith('/api/');
    const allowed = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).filter(
      (method) => method !== request.method && groups.some((group) => group.method === method && reaches(group, path)),
    );
    if ((isApi || (request.method !== 'GET' && request.method !== 'HEAD')) && allowed.length > 0) {
      reply.header('allow', [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : [])].join(', '));
      return sendProblem(
        new SluiceError('request.method', `${path} has no method ${request.method}, expected ${allowed.join(' or ')}`, { allowed }),
        request,
        reply,
      );
    }
    if (!isApi && files !== null && (request.method === 'GET' || request.method === 'HEAD')) {
      const file = await files.find(decodeURIComponent(path), request.headers['accept-encoding'] ?? '');
      if (file !== null) {
        reply.headers({
          'content-type': file.type,
          'cache-control': file.cacheControl,
          etag: file.etag,
          vary: 'accept-encoding',
          'content-security-policy': CONTENT_SECURITY_POLICY,
        });
        if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
        if (file.encoding !== null) reply.header('content-encoding', file.encoding);
        return reply.code(200).send(file.body);
      }
      if (!files.built)
        return reply
          .code(503)
          .type('text/plain; charset=utf-8')
          .send('The console is not built: npm start builds it. The REST API works.\n');
    }
    return sendProblem(new SluiceError('request.not_found', `${path} does not exist`, { path }), request, reply);
  };
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, async (request, reply) => await notFound(request, reply));

  return app;
}

function pathOf(request: FastifyRequest): string {
  const url = request.raw.url ?? '';
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tooMany(retryAfterSec: number): SluiceError {
  return new SluiceError('request.rate_limited', `too many calls, expected a pause of ${retryAfterSec} s`, { retryAfterSec });
}

function checked<T>(
  part: 'params' | 'query' | 'body',
  result: { success: true; data: T } | { success: false; error: Parameters<typeof invalidRequest>[1] },
): T {
  if (!result.success) throw invalidRequest(part, result.error);
  return result.data;
}

/** A route without a query refuses one: a misspelt filter must not look as if it had worked. */
function noQuery(query: unknown): undefined {
  const [name] = Object.keys((query ?? {}) as object);
  if (name !== undefined)
    throw new SluiceError('request.invalid', `/query/${name}: is not known here`, {
      errors: [{ path: `/query/${name}`, message: 'is not known here' }],
    });
  return undefined;
}

function auditDetails(request: FastifyRequest): Record<string, unknown> {
  return { requestId: request.id, client: request.ip, ...(isObject(request.body) ? { body: request.body } : {}) };
}

async function sendJson({ status, body, etag }: Sent, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  reply.code(status).header('cache-control', 'no-store');
  if (status === 204) return reply.send();
  reply.type('application/json; charset=utf-8');
  if (etag !== undefined) {
    reply.header('etag', `"${etag}"`);
    if (request.method === 'GET' && request.headers['if-none-match'] === `"${etag}"`) return reply.code(304).send();
  }
  if (body.length < COMPRESS_FROM || !/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(body);
  // Level 1: over a network the first factor of six counts, the last few per cent do not.
  const packed = await zip(body, { level: constants.Z_BEST_SPEED });
  return reply.headers({ 'content-encoding': 'gzip', vary: 'accept-encoding' }).send(packed);
}
