import { z } from 'zod';
import { instant, role, type RouteSpec } from './base.ts';

export const me = z
  .object({
    user: z.string(),
    displayName: z.string(),
    role,
    /** How the caller signed in: a session (bearer or cookie) or an API key. */
    via: z.enum(['session', 'api-key']),
    expiresAt: instant.nullable(),
    /** Of a cookie session: goes into the header x-sluice-csrf of every call that changes something. Null otherwise. */
    csrfToken: z.string().nullable(),
    /** True until the password made on the first start was changed. */
    passwordIsGenerated: z.boolean(),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof me>;

/** What a new password must be; an old one may be anything. */
export const password = z.string().min(8).max(256);

export const credentials = z
  .strictObject({ user: z.string().min(1).max(64), password: z.string().min(1).max(1024) })
  .meta({ id: 'Credentials' });

export const sessionRoutes = {
  login: {
    method: 'POST',
    path: '/login',
    summary: 'Signs in and answers a bearer token',
    tag: 'session',
    role: 'none',
    body: credentials,
    response: z.object({ token: z.string(), expiresAt: instant }).meta({ id: 'Token' }),
    audit: 'user.login',
    problems: [401, 429],
  },
  openSession: {
    method: 'POST',
    path: '/session',
    summary: 'Signs in with an HttpOnly cookie, for browsers',
    tag: 'session',
    role: 'none',
    body: credentials,
    response: me,
    audit: 'user.login',
    problems: [401, 429],
  },
  closeSession: { method: 'DELETE', path: '/session', summary: 'Signs out', tag: 'session', role: 'self', audit: 'user.logout' },
  me: { method: 'GET', path: '/me', summary: 'Who is calling', tag: 'session', role: 'self', response: me },
  changePassword: {
    method: 'POST',
    path: '/me:change-password',
    summary: 'Changes the own password; every session of the user ends, and the caller gets a new one',
    tag: 'session',
    role: 'self',
    body: z.strictObject({ current: z.string().min(1).max(1024), next: password }).meta({ id: 'PasswordChange' }),
    response: z
      .object({
        token: z.string().nullable().meta({ description: 'Of the new session; null for a browser, which gets a new cookie' }),
        expiresAt: instant,
      })
      .meta({ id: 'PasswordChanged' }),
    audit: 'user.set-password',
    problems: [403],
  },
} as const satisfies Record<string, RouteSpec>;
