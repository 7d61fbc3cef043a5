import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessFacts, Caller } from '../../control/access.ts';
import type { Settings } from '../../config/settings.ts';
import type { RunContext } from '../../core/context.ts';
import { SluiceError } from '../../core/errors.ts';
import type { Authenticator } from './authenticate.ts';
import { checkDigests } from './body.ts';
import { CallContext } from './call-context.ts';
import type { Call, Connections, Phase } from './connections.ts';
import { parseTarget, projectOfHost, type HostRules } from './host.ts';
import type { Inflight } from './inflight.ts';
import type { SlsOperation, SlsQuery } from './operation.ts';
import { parseQuery, queryOf, type Parameter } from './query-string.ts';
import { receiveBody } from './receive-body.ts';
import { renderError, renderReply, sendReply, type Rendered } from './reply.ts';
import { requestId } from './request-id.ts';
import type { Routed, Router } from './router.ts';
import type { SlsServices } from './services.ts';
import { headerText } from './signature-v1.ts';
import { isUnexpected, slsErrorOf, SlsError } from './sls-error.ts';
import { WireRequest } from './wire-request.ts';

/** What every call is answered with the help of. */
export interface ExchangeParts {
  readonly router: Router;
  readonly services: SlsServices;
  readonly settings: Settings['sls'];
  readonly authenticator: Authenticator;
  readonly connections: Connections;
  readonly inflight: Inflight;
  readonly hosts: HostRules;
  /** The listener is closing: connections end with their call. */
  closing(): boolean;
}

/** What a request line and its headers say, before anything is believed. */
interface Asked {
  readonly path: string;
  readonly queryText: string;
  readonly parameters: readonly Parameter[];
  readonly query: SlsQuery;
  readonly project: string | null;
}

/** One call from its headers to the last byte of its answer. Never throws: what goes wrong is the answer. */
export async function exchange(message: IncomingMessage, response: ServerResponse, parts: ExchangeParts, ctx: RunContext): Promise<void> {
  const { connections, inflight } = parts;
  const { socket } = message;
  const startMs = ctx.clock.elapsedMs();
  const id = requestId(ctx.clock.nowMs());
  const callCtx = new CallContext(ctx, id);
  let operation: SlsOperation | null = null;
  let release: () => void = () => undefined;
  let held = 0;

  const call: Call = {
    phase: 'body',
    sinceMs: startMs,
    received: 0,
    cut(phase: Phase) {
      if (phase !== 'body' || response.headersSent) {
        socket.destroy();
        return;
      }
      const error = new SlsError('RequestTimeout', `the body came too slowly: ${call.received} bytes so far`, 408);
      answer(renderError(error), error, { connection: 'close' });
      response.once('finish', () => socket.destroy());
    },
  };
  connections.begin(socket, call);

  const answer = (rendered: Rendered, error: SlsError | null, extra: Readonly<Record<string, string>> = {}): void => {
    if (response.headersSent || socket.destroyed) return;
    const name = operation?.name ?? 'none';
    ctx.metrics.count('sluice_sls_requests_total', { operation: name, status: `${Math.floor(rendered.status / 100)}xx` });
    if (error !== null) tell(error, name, id, ctx);
    if (call.phase !== 'body' || message.complete) {
      call.phase = 'reply';
      call.sinceMs = ctx.clock.elapsedMs();
    }
    const headers: Record<string, string> = {
      'x-log-requestid': id,
      'x-log-time': String(Math.floor(ctx.clock.nowMs() / 1000)),
      server: 'Sluice',
      ...extra,
    };
    if (operation?.cors === true) headers['access-control-allow-origin'] = '*';
    if (parts.closing()) headers.connection = 'close';
    sendReply(response, rendered, headers, message.method !== 'HEAD');
    ctx.metrics.observe('sluice_sls_request_seconds', { operation: name }, (ctx.clock.elapsedMs() - startMs) / 1000);
  };

  response.once('close', () => {
    callCtx.end(response.writableFinished);
    inflight.give(held);
    held = 0;
    const done = (): void => connections.end(socket, call, ctx.clock.elapsedMs());
    // What is left of a refused body is read and thrown away first, so that the connection can be used again.
    if (message.complete || message.destroyed) done();
    else message.once('close', done);
  });

  try {
    const asked = ask(message, parts.hosts);
    if (message.method === 'OPTIONS' && headerText(message.headers, 'access-control-request-method') !== '') {
      if (!parts.router.allowsCors(asked.path)) throw new SlsError('InvalidMethod', `OPTIONS is not allowed on ${asked.path}`, 405);
      answer({ status: 200, headers: PREFLIGHT, chunks: [], bytes: 0 }, null, { 'access-control-allow-origin': '*' });
      return;
    }
    const routed = route(message, asked, parts.router);
    if (!(routed instanceof SlsError)) operation = routed.operation;
    const facts = factsOf(message);
    const caller = admit(message, asked, routed, facts, parts, ctx);
    if (routed instanceof SlsError) throw routed;
    const maxBodyBytes = routed.operation.maxBodyBytes ?? parts.settings.maxBodyBytes;
    const body = await receiveBody(message, maxBodyBytes, inflight, call);
    release = body.release;
    call.phase = 'work';
    if (body.bytes.length > 0 || caller !== null) checkDigests(message.headers, body.bytes);
    const request = new WireRequest({
      requestId: id,
      method: message.method ?? '',
      path: asked.path,
      project: asked.project,
      params: routed.params,
      query: asked.query,
      headers: message.headers,
      caller,
      facts,
      body: body.bytes,
      maxBodyBytes,
    });
    const reply = await routed.operation.handle(request, parts.services, callCtx);
    const rendered = renderReply(reply, message.headers);
    inflight.take(rendered.bytes);
    held = rendered.bytes;
    if (response.destroyed) inflight.give(held);
    answer(rendered, null);
  } catch (thrown) {
    const error = slsErrorOf(thrown);
    answer(renderError(error), error);
  } finally {
    release();
  }
}

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'content-type, x-log-apiversion, x-log-bodyrawsize, x-log-compresstype',
  'access-control-max-age': '86400',
};

/** @throws SlsError InvalidHost MissingHost ParameterInvalid */
function ask(message: IncomingMessage, hosts: HostRules): Asked {
  const host = headerText(message.headers, 'host');
  const target = parseTarget(message.url ?? '', host);
  if (target === null) throw new SlsError('ParameterInvalid', `the target of the request line is neither a path nor an http address`);
  if (target.host === '' && host === '') throw new SlsError('MissingHost', 'Host is missing in the headers');
  const parameters = parseQuery(target.query);
  return {
    path: target.path,
    queryText: target.query,
    parameters,
    query: queryOf(parameters),
    project: projectOfHost(target.host, headerText(message.headers, 'x-log-project'), hosts),
  };
}

/** A path that nobody knows is told only to those who may ask. */
function route(message: IncomingMessage, asked: Asked, router: Router): Routed | SlsError {
  try {
    return router.route(message.method ?? '', asked.path, asked.query, asked.project);
  } catch (thrown) {
    return slsErrorOf(thrown);
  }
}

/** Version, signature, permission, project: in this order, so that strangers learn nothing about what there is. @throws SlsError */
function admit(
  message: IncomingMessage,
  asked: Asked,
  routed: Routed | SlsError,
  facts: AccessFacts,
  parts: ExchangeParts,
  ctx: RunContext,
): Caller | null {
  const { headers } = message;
  const unsigned = !(routed instanceof SlsError) && routed.operation.signed === false;
  const version = headerText(headers, 'x-log-apiversion') || (unsigned ? (asked.query.get('APIVersion') ?? '') : '');
  if (version === '') throw new SlsError('MissingAPIVersion', 'x-log-apiversion is missing in the headers');
  if (version !== '0.6.0') throw new SlsError('InvalidAPIVersion', `x-log-apiversion ${version} is not supported, expected 0.6.0`);
  const signed = { method: message.method ?? '', path: asked.path, query: asked.parameters, headers };
  const caller = parts.authenticator.check(signed, asked.queryText, ctx.clock.nowMs());
  if (caller === null && !unsigned) throw new SlsError('Unauthorized', 'Authorization is missing in the headers', 401);
  if (routed instanceof SlsError) return caller;
  const { operation, params } = routed;
  if (operation.action !== null) {
    const resource = operation.resource.replace(/\{(\w+)\}/g, (_, name: string) =>
      name === 'project' ? (asked.project ?? '') : (params[name] ?? ''),
    );
    const decision = parts.services.access.allowed(caller, operation.action, resource, facts);
    if (decision === 'denied_by_project') throw new SlsError('Unauthorized', 'Access denied by project policy.', 401);
    if (decision === 'denied')
      throw new SlsError('Unauthorized', `denied by sts or ram, action: ${operation.action}, resource: acs:log:*:*:${resource}`, 401);
  }
  if (operation.host === 'project' && parts.services.catalog.project(asked.project ?? '') === null)
    throw new SlsError('ProjectNotExist', `The Project does not exist : ${asked.project ?? ''}`, 404);
  return caller;
}

function factsOf(message: IncomingMessage): AccessFacts {
  const address = message.socket.remoteAddress ?? '';
  return { clientIp: address.startsWith('::ffff:') ? address.slice(7) : address, secure: 'encrypted' in message.socket };
}

/** Counts and logs a refusal: log content, secrets and query texts stay out. */
function tell(error: SlsError, operation: string, id: string, ctx: RunContext): void {
  if (error.status === 401) ctx.metrics.count('sluice_auth_denied_total', { edge: 'sls', reason: error.errorCode });
  if (isUnexpected(error)) {
    const cause = error.cause instanceof SluiceError ? (error.cause.cause ?? error.cause) : error.cause;
    ctx.log.error(
      { requestId: id, operation, error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) },
      'an operation of the wire API failed unexpectedly',
    );
  } else if (error.status >= 500) {
    ctx.log.warn({ requestId: id, operation, code: error.errorCode, error: error.message }, 'an operation of the wire API failed');
  }
}
