import type { RamUser } from '../../../control/access-keys.ts';
import type { ApiKey, User } from '../../../control/users.ts';
import { SluiceError } from '../../../core/errors.ts';
import { requireEtag, type Handlers } from '../call.ts';
import type { AccessKeyBody, ApiKeyBody, UserBody } from '../contract/access.ts';
import { withEtag } from '../etag.ts';
import { pageInMemory } from '../paging.ts';
import type { AccessKeysService, UsersService, GeneratedPassword } from '../services.ts';
import { mayAct } from '../sign-in.ts';
import { iso, isoOfSec, isoOrNull } from '../times.ts';

function shownUser(user: User): UserBody {
  const { name, displayName, role, disabled, createdMs, lastLoginMs, lockedUntilMs } = user;
  const { etag } = withEtag({ name, displayName, role, disabled, createdMs });
  return {
    name,
    displayName,
    role,
    disabled,
    createdAt: iso(createdMs),
    lastLoginAt: isoOrNull(lastLoginMs),
    lockedUntil: isoOrNull(lockedUntilMs),
    // Signing in is no change that should turn an administrator's edit away.
    etag,
  };
}

function shownApiKey(key: ApiKey): ApiKeyBody {
  const { id, user, label, role, hint, createdMs, expiresAtMs } = key;
  return { id, user, label, role, hint, createdAt: iso(createdMs), expiresAt: expiresAtMs === null ? null : iso(expiresAtMs) };
}

function shownKeys(user: RamUser): AccessKeyBody[] {
  return user.keys.map(({ accessKeyId, active, createdSec, maskedSecret }) => ({
    accessKeyId,
    owner: user.name,
    policies: [...user.policies],
    active,
    maskedSecret,
    createdAt: isoOfSec(createdSec),
  }));
}

type Served =
  | 'listUsers'
  | 'createUser'
  | 'getUser'
  | 'updateUser'
  | 'deleteUser'
  | 'listApiKeys'
  | 'createApiKey'
  | 'deleteApiKey'
  | 'listAccessKeys'
  | 'createAccessKey'
  | 'updateAccessKey'
  | 'deleteAccessKey';

export function accessHandlers(users: UsersService, access: AccessKeysService, generated: GeneratedPassword): Pick<Handlers, Served> {
  const keyOf = (id: string): AccessKeyBody => {
    const found = access
      .users()
      .flatMap(shownKeys)
      .find((key) => key.accessKeyId === id);
    if (found === undefined)
      throw new SluiceError('request.not_found', `access key ${id} does not exist`, { resource: 'access_key', name: id });
    return found;
  };

  /** Nobody hands out or touches more than they have. */
  const within = (own: User['role'], wanted: User['role'], what: string): void => {
    if (!mayAct(own, wanted))
      throw new SluiceError('request.forbidden', `role ${own} may not ${what} of role ${wanted}`, { role: own, expected: wanted });
  };

  return {
    async listUsers({ query, ctx }) {
      return pageInMemory((await users.list(ctx)).map(shownUser), (item) => item.name, query);
    },
    async createUser({ caller, body, ctx }) {
      within(caller.role, body.role, 'make a user');
      return shownUser(await users.create(body, `user:${caller.user}`, ctx));
    },
    async getUser({ params, ctx }) {
      const found = await users.get(params.user, ctx);
      if (found === null)
        throw new SluiceError('request.not_found', `user ${params.user} does not exist`, { resource: 'user', name: params.user });
      return shownUser(found);
    },
    async updateUser({ caller, params, body, facts, ctx }) {
      const before = await users.get(params.user, ctx);
      if (before === null)
        throw new SluiceError('request.not_found', `user ${params.user} does not exist`, { resource: 'user', name: params.user });
      within(caller.role, before.role, 'change a user');
      if (body.role !== undefined) within(caller.role, body.role, 'make a user');
      requireEtag(body.etag, shownUser(before).etag, `user ${params.user}`, facts);
      const actor = `user:${caller.user}`;
      const { displayName, role, disabled } = body;
      const change = {
        ...(displayName === undefined ? {} : { displayName }),
        ...(role === undefined ? {} : { role }),
        ...(disabled === undefined ? {} : { disabled }),
      };
      const after = Object.keys(change).length === 0 ? before : await users.update(params.user, change, actor, ctx);
      if (body.password !== undefined) {
        await users.setPassword(params.user, body.password, actor, ctx);
        if (generated.inUse(params.user)) await generated.forget();
      }
      return shownUser(after);
    },
    async deleteUser({ caller, params, ctx }) {
      const before = await users.get(params.user, ctx);
      if (before !== null) within(caller.role, before.role, 'delete a user');
      await users.delete(params.user, `user:${caller.user}`, ctx);
    },

    async listApiKeys({ caller, query, ctx }) {
      const all = mayAct(caller.role, 'admin');
      const keys = await users.apiKeys(all ? null : caller.user, ctx);
      return pageInMemory(keys.map(shownApiKey), (item) => `${item.createdAt} ${item.id}`, query);
    },
    async createApiKey({ caller, body, ctx }) {
      const role = body.role ?? caller.role;
      within(caller.role, role, 'make an API key');
      const expiresAtMs = body.expiresInDays === undefined ? null : ctx.clock.nowMs() + body.expiresInDays * 86_400_000;
      const { key, info } = await users.createApiKey(caller.user, body.label, role, expiresAtMs, `user:${caller.user}`, ctx);
      return { ...shownApiKey(info), key };
    },
    async deleteApiKey({ caller, params, ctx }) {
      const mine = await users.apiKeys(mayAct(caller.role, 'admin') ? null : caller.user, ctx);
      // A key of somebody else is as good as none: its id is not told.
      if (!mine.some((key) => key.id === params.id))
        throw new SluiceError('request.not_found', `API key ${params.id} does not exist`, { resource: 'api_key', name: params.id });
      await users.deleteApiKey(params.id, `user:${caller.user}`, ctx);
    },

    listAccessKeys({ query }) {
      return Promise.resolve(pageInMemory(access.users().flatMap(shownKeys), (item) => `${item.owner}/${item.accessKeyId}`, query));
    },
    async createAccessKey({ body, ctx }) {
      if (access.user(body.owner) === null) await access.createUser(body.owner, '', ctx);
      for (const policy of body.policies) await access.attach(body.owner, policy, ctx);
      const { accessKeyId, secret } = await access.createKey(body.owner, ctx);
      return { ...keyOf(accessKeyId), secret };
    },
    async updateAccessKey({ params, body, ctx }) {
      await access.setKeyActive(params.id, body.active, ctx);
      return keyOf(params.id);
    },
    async deleteAccessKey({ params, ctx }) {
      await access.deleteKey(params.id, ctx);
    },
  };
}
