import { createHash, randomBytes } from 'node:crypto';
import { SluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import type { State } from '../state/state.ts';
import type { UserTable } from '../state/tables/control.ts';
import type { Audit } from './audit.ts';
import { hashPassword, passwordMatches } from './passwords.ts';

/** From least to most: a viewer reads, an analyst also handles alerts and events, an admin also changes settings and users, the owner may do everything. */
export const ROLES = ['viewer', 'analyst', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** Whether a role includes what `needed` may do. */
export function atLeast(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

export interface User {
  readonly name: string;
  readonly displayName: string;
  readonly role: Role;
  readonly disabled: boolean;
  readonly createdMs: number;
  /** 0: not locked. Unix ms. */
  readonly lockedUntilMs: number;
  /** 0: never. Unix ms. */
  readonly lastLoginMs: number;
}

export interface SignIn {
  /** Sent as `Authorization: Bearer`; kept only as a hash. */
  readonly token: string;
  readonly expiresAtMs: number;
  readonly user: User;
}

/** Who is behind a token. */
export interface Identity {
  readonly user: User;
  /** The session's or API key's role: never more than the user's own. */
  readonly role: Role;
  /** `session` or the id of the API key. */
  readonly via: string;
  readonly expiresAtMs: number | null;
}

export interface ApiKey {
  readonly id: string;
  readonly user: string;
  readonly label: string;
  readonly role: Role;
  /** First and last characters, by which people recognise it. */
  readonly hint: string;
  readonly createdMs: number;
  readonly expiresAtMs: number | null;
}

export interface UsersOptions {
  /** Life of a sign-in, hours. */
  readonly sessionHours: number;
  /** Wrong passwords in a row after which the account is locked. */
  readonly maxFailures: number;
  /** How long it stays locked, seconds. */
  readonly lockSec: number;
}

const SESSION_PREFIX = 'sluice_session_';
const KEY_PREFIX = 'sluice_key_';
const MIN_PASSWORD = 8;
const MAX_PASSWORD = 256;
/** scrypt takes 32 MB and a core each; more sign-ins at once than this wait in line, so that a flood of them cannot take the machine's memory. */
const MAX_HASHING = 4;

const hashed = (token: string): string => createHash('sha256').update(token).digest('hex');
const newToken = (prefix: string): string => prefix + randomBytes(32).toString('base64url');

/** People of the console and REST API: users, sign-ins, API keys. Tokens are random and kept as hashes, passwords as scrypt. */
export class Users {
  readonly #state: State;
  readonly #audit: Audit;
  readonly #options: UsersOptions;
  /** Compared with when the user does not exist, so that the answer takes as long. */
  readonly #nobody = hashPassword(randomBytes(16).toString('hex'));
  #hashing = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(state: State, audit: Audit, options: UsersOptions) {
    this.#state = state;
    this.#audit = audit;
    this.#options = options;
  }

  /** Makes the user `admin` with role owner when there is no owner yet; a password given in the settings later replaces the old one. */
  async ensureOwner(password: string, ctx: RunContext): Promise<void> {
    const rows = await this.#state.read((db) => db.selectFrom('users').selectAll().where('name', '=', 'admin').execute(), ctx);
    const [row] = rows;
    if (row === undefined) await this.create({ name: 'admin', displayName: 'Administrator', role: 'owner', password }, 'system', ctx);
    else if (!(await this.#limited(() => passwordMatches(password, row.password))))
      await this.setPassword('admin', password, 'system', ctx);
  }

  async list(ctx: RunContext): Promise<readonly User[]> {
    return (await this.#state.read((db) => db.selectFrom('users').selectAll().orderBy('name').execute(), ctx)).map(userOf);
  }

  async get(name: string, ctx: RunContext): Promise<User | null> {
    const row = await this.#state.read((db) => db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst(), ctx);
    return row === undefined ? null : userOf(row);
  }

  /** @throws request.invalid request.conflict */
  async create(
    spec: { readonly name: string; readonly displayName: string; readonly role: Role; readonly password: string },
    actor: string,
    ctx: RunContext,
  ): Promise<User> {
    const { name, displayName, role } = spec;
    if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name))
      throw new SluiceError('request.invalid', `user name ${name} is invalid, expected 1 to 64 of a-z 0-9 . _ -`, {
        resource: 'user',
        name,
      });
    checkPassword(spec.password);
    const password = await this.#limited(() => hashPassword(spec.password));
    const row: UserTable = {
      name,
      display_name: displayName,
      role,
      password,
      disabled: 0,
      created_ms: ctx.clock.nowMs(),
      failures: 0,
      locked_until_ms: 0,
      last_login_ms: 0,
    };
    await this.#state.transact(async (db) => {
      if ((await db.selectFrom('users').select('name').where('name', '=', name).executeTakeFirst()) !== undefined)
        throw new SluiceError('request.conflict', `user ${name} already exists`, { resource: 'user', name });
      await db.insertInto('users').values(row).execute();
    }, ctx);
    await this.#audit.append({ actor, action: 'user.create', resource: `user/${name}`, outcome: 'ok', details: { role } }, ctx);
    return userOf(row);
  }

  /** Changes what is given. Taking the last owner's role or disabling it is refused. @throws request.not_found request.invalid */
  async update(
    name: string,
    change: { readonly displayName?: string; readonly role?: Role; readonly disabled?: boolean },
    actor: string,
    ctx: RunContext,
  ): Promise<User> {
    const row = await this.#state.transact(async (db) => {
      const before = await db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst();
      if (before === undefined) throw missing('user', name);
      const row: UserTable = {
        ...before,
        display_name: change.displayName ?? before.display_name,
        role: change.role ?? before.role,
        disabled: change.disabled === undefined ? before.disabled : Number(change.disabled),
      };
      if (before.role === 'owner' && before.disabled === 0 && (row.role !== 'owner' || row.disabled === 1)) await keepAnOwner(db, name);
      await db
        .updateTable('users')
        .set({ display_name: row.display_name, role: row.role, disabled: row.disabled })
        .where('name', '=', name)
        .execute();
      if (row.disabled === 1) await db.deleteFrom('sessions').where('user', '=', name).execute();
      return row;
    }, ctx);
    await this.#audit.append({ actor, action: 'user.update', resource: `user/${name}`, outcome: 'ok', details: { ...change } }, ctx);
    return userOf(row);
  }

  /** With its sessions and API keys. @throws request.not_found request.invalid (the last owner) */
  async delete(name: string, actor: string, ctx: RunContext): Promise<void> {
    await this.#state.transact(async (db) => {
      const before = await db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst();
      if (before === undefined) throw missing('user', name);
      if (before.role === 'owner') await keepAnOwner(db, name);
      for (const table of ['sessions', 'api_keys'] as const) await db.deleteFrom(table).where('user', '=', name).execute();
      await db.deleteFrom('users').where('name', '=', name).execute();
    }, ctx);
    await this.#audit.append({ actor, action: 'user.delete', resource: `user/${name}`, outcome: 'ok' }, ctx);
  }

  /** Also ends every session of the user and unlocks the account. @throws request.not_found request.invalid */
  async setPassword(name: string, password: string, actor: string, ctx: RunContext): Promise<void> {
    checkPassword(password);
    const stored = await this.#limited(() => hashPassword(password));
    await this.#state.transact(async (db) => {
      const changed = await db
        .updateTable('users')
        .set({ password: stored, failures: 0, locked_until_ms: 0 })
        .where('name', '=', name)
        .executeTakeFirst();
      if (changed.numUpdatedRows === 0n) throw missing('user', name);
      await db.deleteFrom('sessions').where('user', '=', name).execute();
    }, ctx);
    await this.#audit.append({ actor, action: 'user.set-password', resource: `user/${name}`, outcome: 'ok' }, ctx);
  }

  /**
   * Signs in. The answer to a wrong name, a wrong password and a disabled account is the same.
   * @param client address and program, for the list of sessions and the audit trail
   * @throws request.unauthenticated; request.rate_limited with details.retryAfterSec when the account is locked
   */
  async login(name: string, password: string, client: string, ctx: RunContext): Promise<SignIn> {
    const row = await this.#state.read((db) => db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst(), ctx);
    const nowMs = ctx.clock.nowMs();
    const entry = { actor: `user:${name.slice(0, 64)}`, action: 'user.login', resource: `user/${name.slice(0, 64)}`, details: { client } };
    if (row !== undefined && row.locked_until_ms > nowMs) {
      await this.#audit.append({ ...entry, outcome: 'denied', details: { client, reason: 'locked' } }, ctx);
      throw locked(row.locked_until_ms - nowMs);
    }
    const stored = row?.password ?? (await this.#nobody);
    const matches = password.length <= MAX_PASSWORD && (await this.#limited(() => passwordMatches(password, stored)));
    if (row === undefined || !matches || row.disabled === 1) {
      const lockedMs = row === undefined ? 0 : await this.#failed(row.name, nowMs, ctx);
      await this.#audit.append({ ...entry, outcome: 'denied' }, ctx);
      if (lockedMs > 0) throw locked(lockedMs);
      throw new SluiceError('request.unauthenticated', 'the user name or the password is wrong');
    }
    const token = newToken(SESSION_PREFIX);
    const expiresAtMs = nowMs + this.#options.sessionHours * 3_600_000;
    await this.#state.transact(async (db) => {
      await db.deleteFrom('sessions').where('expires_ms', '<=', nowMs).execute();
      await db
        .insertInto('sessions')
        .values({ token_hash: hashed(token), user: name, created_ms: nowMs, expires_ms: expiresAtMs, client })
        .execute();
      await db.updateTable('users').set({ failures: 0, locked_until_ms: 0, last_login_ms: nowMs }).where('name', '=', name).execute();
    }, ctx);
    await this.#audit.append({ ...entry, outcome: 'ok' }, ctx);
    return { token, expiresAtMs, user: { ...userOf(row), lastLoginMs: nowMs, lockedUntilMs: 0 } };
  }

  /** Ends a session; an unknown one is ended already. */
  async logout(token: string, ctx: RunContext): Promise<void> {
    await this.#state.transact((db) => db.deleteFrom('sessions').where('token_hash', '=', hashed(token)).execute(), ctx);
  }

  /** Who a session token or API key belongs to; null: nobody, or not any more. */
  async identify(token: string, ctx: RunContext): Promise<Identity | null> {
    if (!token.startsWith(SESSION_PREFIX) && !token.startsWith(KEY_PREFIX)) return null;
    const hash = hashed(token);
    const nowMs = ctx.clock.nowMs();
    return await this.#state.read(async (db) => {
      if (token.startsWith(SESSION_PREFIX)) {
        const session = await db.selectFrom('sessions').selectAll().where('token_hash', '=', hash).executeTakeFirst();
        if (session === undefined || session.expires_ms <= nowMs) return null;
        const row = await db.selectFrom('users').selectAll().where('name', '=', session.user).executeTakeFirst();
        if (row === undefined || row.disabled === 1) return null;
        const user = userOf(row);
        return { user, role: user.role, via: 'session', expiresAtMs: session.expires_ms };
      }
      const key = await db.selectFrom('api_keys').selectAll().where('key_hash', '=', hash).executeTakeFirst();
      if (key === undefined || (key.expires_ms !== 0 && key.expires_ms <= nowMs)) return null;
      const row = await db.selectFrom('users').selectAll().where('name', '=', key.user).executeTakeFirst();
      if (row === undefined || row.disabled === 1) return null;
      const user = userOf(row);
      const role = atLeast(user.role, key.role as Role) ? (key.role as Role) : user.role;
      return { user, role, via: key.id, expiresAtMs: key.expires_ms === 0 ? null : key.expires_ms };
    }, ctx);
  }

  /** @param role at most the user's own. The key itself is answered once. @throws request.not_found request.forbidden */
  async createApiKey(
    user: string,
    label: string,
    role: Role,
    expiresAtMs: number | null,
    actor: string,
    ctx: RunContext,
  ): Promise<{ readonly key: string; readonly info: ApiKey }> {
    const key = newToken(KEY_PREFIX);
    const row = {
      id: randomBytes(8).toString('hex'),
      user,
      label,
      role,
      key_hash: hashed(key),
      hint: `${KEY_PREFIX}${key.slice(KEY_PREFIX.length, KEY_PREFIX.length + 4)}…${key.slice(-2)}`,
      created_ms: ctx.clock.nowMs(),
      expires_ms: expiresAtMs ?? 0,
    };
    await this.#state.transact(async (db) => {
      const owner = await db.selectFrom('users').select('role').where('name', '=', user).executeTakeFirst();
      if (owner === undefined) throw missing('user', user);
      if (!atLeast(owner.role as Role, role))
        throw new SluiceError('request.forbidden', `an API key of ${user} cannot have role ${role}, at most ${owner.role}`, {
          resource: 'api_key',
          name: label,
        });
      await db.insertInto('api_keys').values(row).execute();
    }, ctx);
    await this.#audit.append(
      { actor, action: 'api-key.create', resource: `api-key/${row.id}`, outcome: 'ok', details: { user, role, label } },
      ctx,
    );
    return { key, info: apiKeyOf(row) };
  }

  /** Without a user: everyone's. */
  async apiKeys(user: string | null, ctx: RunContext): Promise<readonly ApiKey[]> {
    const rows = await this.#state.read((db) => {
      const select = db.selectFrom('api_keys').selectAll().orderBy('created_ms').orderBy('id');
      return (user === null ? select : select.where('user', '=', user)).execute();
    }, ctx);
    return rows.map(apiKeyOf);
  }

  /** @throws request.not_found */
  async deleteApiKey(id: string, actor: string, ctx: RunContext): Promise<void> {
    await this.#state.transact(async (db) => {
      const gone = await db.deleteFrom('api_keys').where('id', '=', id).executeTakeFirst();
      if (gone.numDeletedRows === 0n) throw missing('api_key', id);
    }, ctx);
    await this.#audit.append({ actor, action: 'api-key.delete', resource: `api-key/${id}`, outcome: 'ok' }, ctx);
  }

  /** Counts a wrong password; answers for how long the account is locked now, ms. */
  async #failed(name: string, nowMs: number, ctx: RunContext): Promise<number> {
    const { maxFailures, lockSec } = this.#options;
    return await this.#state.transact(async (db) => {
      const row = await db
        .updateTable('users')
        .set((e) => ({ failures: e('failures', '+', 1) }))
        .where('name', '=', name)
        .returning('failures')
        .executeTakeFirst();
      if (row === undefined || row.failures < maxFailures) return 0;
      await db
        .updateTable('users')
        .set({ failures: 0, locked_until_ms: nowMs + lockSec * 1000 })
        .where('name', '=', name)
        .execute();
      return lockSec * 1000;
    }, ctx);
  }

  async #limited<T>(work: () => Promise<T>): Promise<T> {
    if (this.#hashing >= MAX_HASHING) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#hashing++;
    try {
      return await work();
    } finally {
      // The place passes on to the next in line without being given up in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#hashing--;
      else next();
    }
  }
}

function checkPassword(password: string): void {
  if (password.length < MIN_PASSWORD || password.length > MAX_PASSWORD)
    throw new SluiceError(
      'request.invalid',
      `a password of ${password.length} characters is invalid, expected ${MIN_PASSWORD} to ${MAX_PASSWORD}`,
      {
        resource: 'user',
        name: '',
      },
    );
}

async function keepAnOwner(db: Parameters<Parameters<State['transact']>[0]>[0], except: string): Promise<void> {
  const others = await db
    .selectFrom('users')
    .select('name')
    .where('role', '=', 'owner')
    .where('disabled', '=', 0)
    .where('name', '!=', except)
    .execute();
  if (others.length === 0)
    throw new SluiceError('request.invalid', `user ${except} is the last owner, make another one first`, {
      resource: 'user',
      name: except,
    });
}

const locked = (ms: number): SluiceError =>
  new SluiceError('request.rate_limited', 'too many wrong passwords, the account is locked for a while', {
    retryAfterSec: Math.ceil(ms / 1000),
  });
const missing = (resource: string, name: string): SluiceError =>
  new SluiceError('request.not_found', `${resource.replace('_', ' ')} ${name} does not exist`, { resource, name });

function userOf(row: UserTable): User {
  return {
    name: row.name,
    displayName: row.display_name,
    role: row.role as Role,
    disabled: row.disabled === 1,
    createdMs: row.created_ms,
    lockedUntilMs: row.locked_until_ms,
    lastLoginMs: row.last_login_ms,
  };
}

function apiKeyOf(row: {
  id: string;
  user: string;
  label: string;
  role: string;
  hint: string;
  created_ms: number;
  expires_ms: number;
}): ApiKey {
  return {
    id: row.id,
    user: row.user,
    label: row.label,
    role: row.role as Role,
    hint: row.hint,
    createdMs: row.created_ms,
    expiresAtMs: row.expires_ms === 0 ? null : row.expires_ms,
  };
}
