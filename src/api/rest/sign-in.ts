import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { SluiceError } from '../../core/errors.ts';
import type { RunContext } from '../../core/context.ts';
import type { Identity } from '../../control/users.ts';
import type { RestCaller } from './call.ts';
import { ROLES, type Role } from './contract/base.ts';
import { CSRF_HEADER } from './contract/routes.ts';

/** What tells who is behind a token. */
export interface Identify {
  identify(token: string, ctx: RunContext): Promise<Identity | null>;
}

/** `__Host-` makes browsers refuse the cookie unless it is Secure, for this host alone and of path `/`. Without TLS there is no such promise. */
export function sessionCookie(secure: boolean): string {
  return secure ? '__Host-sluice_session' : 'sluice_session';
}

/** Follows from the session's token, which scripts cannot read: a page of another origin can send the cookie along but not know this. */
export function csrfToken(sessionToken: string): string {
  return createHash('sha256').update(`csrf:${sessionToken}`).digest('base64url');
}

function sameText(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

/** Whether a role includes what `needed` may do. */
export function mayAct(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/**
 * Who calls: `Authorization: Bearer`, else the session cookie. A call by cookie that changes something must carry the CSRF header.
 * @throws request.unauthenticated request.forbidden (CSRF)
 */
export async function callerOf(request: FastifyRequest, users: Identify, secure: boolean, ctx: RunContext): Promise<RestCaller> {
  const header = request.headers.authorization;
  const cookie = request.cookies[sessionCookie(secure)];
  let token: string;
  if (header !== undefined) {
    const bearer = /^Bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1];
    if (bearer === undefined)
      throw new SluiceError('request.unauthenticated', 'the header Authorization is malformed, expected Bearer and a token', {
        reason: 'malformed',
      });
    token = bearer;
  } else if (cookie !== undefined) token = cookie;
  else throw new SluiceError('request.unauthenticated', 'the call carries no token: POST /api/v1/login answers one', { reason: 'missing' });
  const byCookie = header === undefined;
  if (byCookie && request.method !== 'GET' && request.method !== 'HEAD') {
    const sent = request.headers[CSRF_HEADER];
    if (typeof sent !== 'string' || !sameText(sent, csrfToken(token)))
      throw new SluiceError('request.forbidden', `a call by cookie needs the header ${CSRF_HEADER} with the csrfToken of GET /api/v1/me`, {
        reason: 'csrf',
      });
  }
  const identity = await users.identify(token, ctx);
  if (identity === null)
    throw new SluiceError('request.unauthenticated', 'the token is unknown, expired or revoked', { reason: 'unknown' });
  const { user, role, via, expiresAtMs } = identity;
  return {
    user: user.name,
    displayName: user.displayName,
    role,
    via: via === 'session' ? 'session' : 'api-key',
    expiresAtMs,
    token,
    byCookie,
  };
}
