import { z } from 'zod';
import { etag, instant, pageOf, pageQuery, role, type RouteSpec } from './base.ts';
import { password } from './session.ts';

const userName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected 1 to 64 of a-z 0-9 . _ -');
const byUser = z.strictObject({ user: userName });
const byId = z.strictObject({ id: z.string().min(1).max(200) });

export const user = z
  .object({
    name: userName,
    displayName: z.string(),
    role,
    disabled: z.boolean(),
    createdAt: instant,
    lastLoginAt: instant.nullable(),
    /** Too many wrong passwords: nobody signs in as this user before then. */
    lockedUntil: instant.nullable(),
    etag,
  })
  .meta({ id: 'User' });
export type UserBody = z.infer<typeof user>;

export const apiKey = z
  .object({
    id: z.string(),
    user: userName,
    label: z.string(),
    role,
    /** First characters, to recognise it by. */
    hint: z.string(),
    createdAt: instant,
    expiresAt: instant.nullable(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKeyBody = z.infer<typeof apiKey>;

/** A key of the SLS wire API. */
export const accessKey = z
  .object({
    accessKeyId: z.string(),
    owner: z.string(),
    policies: z.array(z.string()),
    active: z.boolean(),
    maskedSecret: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'AccessKey' });
export type AccessKeyBody = z.infer<typeof accessKey>;

export const accessRoutes = {
  listUsers: {
    method: 'GET',
    path: '/users',
    summary: 'Users of console and API',
    tag: 'access',
    role: 'admin',
    query: z.strictObject(pageQuery),
    response: pageOf(user),
  },
  createUser: {
    method: 'POST',
    path: '/users',
    summary: 'Makes a user',
    tag: 'access',
    role: 'admin',
    body: z
      .strictObject({ name: userName, displayName: z.string().max(128).default(''), role, password: password })
      .meta({ id: 'NewUser' }),
    response: user,
    status: 201,
    idempotent: true,
    audit: 'user.create',
    problems: [409],
  },
  getUser: {
    method: 'GET',
    path: '/users/{user}',
    summary: 'One user',
    tag: 'access',
    role: 'admin',
    params: byUser,
    response: user,
    problems: [404],
  },
  updateUser: {
    method: 'PATCH',
    path: '/users/{user}',
    summary: 'Changes name, role, password or disables the user; sessions end when the role or password changes',
    tag: 'access',
    role: 'admin',
    params: byUser,
    body: z
      .strictObject({
        etag,
        displayName: z.string().max(128).optional(),
        role: role.optional(),
        disabled: z.boolean().optional(),
        password: password.optional(),
      })
      .meta({ id: 'UserChange' }),
    response: user,
    audit: 'user.update',
    problems: [404, 409],
  },
  deleteUser: {
    method: 'DELETE',
    path: '/users/{user}',
    summary: 'Deletes a user with sessions and API keys; the last owner stays',
    tag: 'access',
    role: 'admin',
    params: byUser,
    audit: 'user.delete',
    problems: [404, 409],
  },
  listApiKeys: {
    method: 'GET',
    path: '/api-keys',
    summary: 'API keys: your own, or all for an admin',
    tag: 'access',
    role: 'self',
    query: z.strictObject(pageQuery),
    response: pageOf(apiKey),
  },
  createApiKey: {
    method: 'POST',
    path: '/api-keys',
    summary: 'Makes an API key; the key is shown here and never again',
    tag: 'access',
    role: 'self',
    body: z
      .strictObject({
        label: z.string().min(1).max(128),
        role: role.optional().meta({ description: 'At most your own; absent: your own' }),
        expiresInDays: z.int().min(1).max(3650).optional(),
      })
      .meta({ id: 'NewApiKey' }),
    response: z.object({ ...apiKey.shape, key: z.string() }).meta({ id: 'ApiKeyWithSecret' }),
    status: 201,
    audit: 'api-key.create',
  },
  deleteApiKey: {
    method: 'DELETE',
    path: '/api-keys/{id}',
    summary: 'Revokes an API key at once',
    tag: 'access',
    role: 'self',
    params: byId,
    audit: 'api-key.delete',
    problems: [404],
  },
  listAccessKeys: {
    method: 'GET',
    path: '/access-keys',
    summary: 'Access keys of the SLS wire API; secrets masked',
    tag: 'access',
    role: 'admin',
    query: z.strictObject(pageQuery),
    response: pageOf(accessKey),
  },
  createAccessKey: {
    method: 'POST',
    path: '/access-keys',
    summary: 'Makes an access key for an owner, and the owner when new; the secret is shown here and never again',
    tag: 'access',
    role: 'admin',
    body: z
      .strictObject({
        owner: z.string().regex(/^[a-zA-Z0-9._-]{1,64}$/, 'expected 1 to 64 of a-z A-Z 0-9 . _ -'),
        policies: z
          .array(z.string().min(1).max(128))
          .max(20)
          .default([])
          .meta({ description: 'Attached to the owner: `AliyunLogFullAccess`, `AliyunLogReadOnlyAccess` or own ones' }),
      })
      .meta({ id: 'NewAccessKey' }),
    response: z.object({ ...accessKey.shape, secret: z.string() }).meta({ id: 'AccessKeyWithSecret' }),
    status: 201,
    audit: 'access-key.create',
    problems: [404, 409],
  },
  updateAccessKey: {
    method: 'PATCH',
    path: '/access-keys/{id}',
    summary: 'Switches a key on or off',
    tag: 'access',
    role: 'admin',
    params: byId,
    body: z.strictObject({ active: z.boolean() }).meta({ id: 'AccessKeyChange' }),
    response: accessKey,
    audit: 'access-key.update',
    problems: [404],
  },
  deleteAccessKey: {
    method: 'DELETE',
    path: '/access-keys/{id}',
    summary: 'Deletes a key at once',
    tag: 'access',
    role: 'admin',
    params: byId,
    audit: 'access-key.delete',
    problems: [404],
  },
} as const satisfies Record<string, RouteSpec>;
