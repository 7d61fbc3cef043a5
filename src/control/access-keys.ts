import { randomBytes, randomInt } from 'node:crypto';
import { SluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import type { State } from '../state/state.ts';
import { nextNumber } from '../state/tables/state.ts';
import type { AccessControl, AccessDecision, AccessFacts, AccessKey, Caller } from './access.ts';
import { Policy } from './policy.ts';
import { masked, type Secrets } from './secrets.ts';

const document = (effect: string, action: readonly string[]): string =>
  JSON.stringify({ Version: '1', Statement: [{ Effect: effect, Action: action, Resource: ['*'] }] });

/** Policies that exist without being made: the vendor's names. */
export const BUILT_IN_POLICIES: Readonly<Record<string, string>> = {
  AliyunLogFullAccess: document('Allow', ['log:*']),
  AliyunLogReadOnlyAccess: document('Allow', ['log:Get*', 'log:List*', 'log:Query*', 'log:PullLogs', 'log:ListShards']),
};

/** Length of a temporary key's life, seconds: the vendor's bounds of AssumeRole. */
const STS_MIN_SEC = 900;
const STS_MAX_SEC = 43_200;

export interface AccessOptions {
  /** The owner's key, from settings or the first start: everything is allowed to it, and it cannot be deleted. */
  readonly root: { readonly accessKeyId: string; readonly secret: string; readonly owner: string };
  readonly secrets: Secrets;
}

export interface RamUser {
  readonly name: string;
  readonly displayName: string;
  readonly createdSec: number;
  readonly policies: readonly string[];
  readonly keys: readonly {
    readonly accessKeyId: string;
    readonly active: boolean;
    readonly createdSec: number;
    readonly maskedSecret: string;
  }[];
}

export interface NewKey {
  readonly accessKeyId: string;
  /** Shown once, here; afterwards only masked. */
  readonly secret: string;
}

export interface TemporaryKey extends NewKey {
  readonly securityToken: string;
  readonly expiresAtMs: number;
}

interface Loaded {
  readonly users: ReadonlyMap<string, RamUser>;
  readonly keys: ReadonlyMap<string, AccessKey>;
  /** Policy name → compiled. */
  readonly policies: ReadonlyMap<string, { readonly policy: Policy; readonly document: string; readonly description: string }>;
  /** Project → its own policy. */
  readonly projects: ReadonlyMap<string, { readonly policy: Policy; readonly document: string }>;
  /** Temporary key id → the document that narrows it. */
  readonly narrowed: ReadonlyMap<string, Policy>;
}

const REVISION = 'access.revision';

/**
 * RAM-style users, their access keys and policies. Deny by default; an explicit deny wins; the owner may do everything.
 * Secrets are sealed in the state and open in memory, because every request is checked with them.
 */
export class AccessKeys implements AccessControl {
  readonly #state: State;
  readonly #options: AccessOptions;
  #loaded: Loaded = { users: new Map(), keys: new Map(), policies: new Map(), projects: new Map(), narrowed: new Map() };
  #revision = -1;

  private constructor(state: State, options: AccessOptions) {
    this.#state = state;
    this.#options = options;
  }

  /** @throws state.* secret.unreadable */
  static async open(state: State, options: AccessOptions, ctx: RunContext): Promise<AccessKeys> {
    const access = new AccessKeys(state, options);
    await access.refresh(ctx);
    return access;
  }

  key(accessKeyId: string): AccessKey | null {
    const { root } = this.#options;
    if (accessKeyId === root.accessKeyId)
      return {
        accessKeyId,
        owner: root.owner,
        root: true,
        policies: ['owner'],
        secret: root.secret,
        sessionToken: null,
        expiresAtMs: null,
      };
    return this.#loaded.keys.get(accessKeyId) ?? null;
  }

  allowed(caller: Caller | null, action: string, resource: string, facts: AccessFacts): AccessDecision {
    if (caller?.root === true) return 'allowed';
    const project = /^project\/([^/*]+)/.exec(resource)?.[1];
    const own = project === undefined ? undefined : this.#loaded.projects.get(project);
    const ofProject = own?.policy.verdict(action, resource, facts, caller?.owner ?? null) ?? 'silent';
    if (ofProject === 'deny') return 'denied_by_project';
    if (caller === null) return 'allowed';
    const narrowed = this.#loaded.narrowed.get(caller.accessKeyId);
    if (narrowed !== undefined && narrowed.verdict(action, resource, facts, caller.owner) !== 'allow') return 'denied';
    let allow = ofProject === 'allow';
    for (const name of caller.policies) {
      const verdict = this.#loaded.policies.get(name)?.policy.verdict(action, resource, facts, caller.owner) ?? 'silent';
      if (verdict === 'deny') return 'denied';
      if (verdict === 'allow') allow = true;
    }
    return allow ? 'allowed' : 'denied';
  }

  users(): readonly RamUser[] {
    return [...this.#loaded.users.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  user(name: string): RamUser | null {
    return this.#loaded.users.get(name) ?? null;
  }

  policies(): readonly { readonly name: string; readonly description: string; readonly document: string; readonly builtIn: boolean }[] {
    return [...this.#loaded.policies]
      .map(([name, p]) => ({ name, description: p.description, document: p.document, builtIn: name in BUILT_IN_POLICIES }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The project's own policy document, '' when it has none. */
  projectPolicy(project: string): string {
    return this.#loaded.projects.get(project)?.document ?? '';
  }

  /** Loads what another node changed. Answers whether there was anything. */
  async refresh(ctx: RunContext): Promise<boolean> {
    const loaded = await this.#state.read(async (db) => {
      const revision = (await db.selectFrom('counters').select('value').where('name', '=', REVISION).executeTakeFirst())?.value ?? 0;
      if (revision === this.#revision) return null;
      return {
        revision,
        users: await db.selectFrom('ram_users').selectAll().execute(),
        policies: await db.selectFrom('ram_policies').selectAll().execute(),
        attachments: await db.selectFrom('ram_attachments').selectAll().orderBy('policy').execute(),
        keys: await db.selectFrom('access_keys').selectAll().orderBy('created_sec').execute(),
        sessions: await db.selectFrom('sts_sessions').selectAll().execute(),
        projects: await db.selectFrom('project_policies').selectAll().execute(),
      };
    }, ctx);
    if (loaded === null) return false;
    const { secrets } = this.#options;
    const policies = new Map<string, { policy: Policy; document: string; description: string }>();
    for (const [name, text] of Object.entries(BUILT_IN_POLICIES))
      policies.set(name, { policy: Policy.parse(text, name), document: text, description: '' });
    for (const row of loaded.policies)
      policies.set(row.name, { policy: Policy.parse(row.document, row.name), document: row.document, description: row.description });
    const policiesOf = (user: string): readonly string[] => loaded.attachments.filter((a) => a.user === user).map((a) => a.policy);
    const keys = new Map<string, AccessKey>();
    const users = new Map<string, RamUser>();
    for (const row of loaded.users) {
      const own = loaded.keys.filter((k) => k.user === row.name);
      const opened = own.map((k) => ({ ...k, secret: secrets.open(k.secret, `access_keys/${k.id}`) }));
      const policies = policiesOf(row.name);
      for (const k of opened)
        if (k.active === 1)
          keys.set(k.id, {
            accessKeyId: k.id,
            owner: row.name,
            root: false,
            policies,
            secret: k.secret,
            sessionToken: null,
            expiresAtMs: null,
          });
      users.set(row.name, {
        name: row.name,
        displayName: row.display_name,
        createdSec: row.created_sec,
        policies,
        keys: opened.map((k) => ({ accessKeyId: k.id, active: k.active === 1, createdSec: k.created_sec, maskedSecret: masked(k.secret) })),
      });
    }
    const narrowed = new Map<string, Policy>();
    for (const row of loaded.sessions) {
      const secret = secrets.open(row.secret, `sts_sessions/${row.id}/secret`);
      const sessionToken = secrets.open(row.token, `sts_sessions/${row.id}/token`);
      keys.set(row.id, {
        accessKeyId: row.id,
        owner: row.user,
        root: false,
        policies: policiesOf(row.user),
        secret,
        sessionToken,
        expiresAtMs: row.expires_ms,
      });
      if (row.document !== '') narrowed.set(row.id, Policy.parse(row.document, `session ${row.session_name}`));
    }
    const projects = new Map(
      loaded.projects.map((p) => [p.project, { policy: Policy.parse(p.document, `of project ${p.project}`), document: p.document }]),
    );
    this.#loaded = { users, keys, policies, projects, narrowed };
    this.#revision = loaded.revision;
    return true;
  }

  /** @throws request.conflict request.invalid */
  async createUser(name: string, displayName: string, ctx: RunContext): Promise<RamUser> {
    if (!/^[a-zA-Z0-9._-]{1,64}$/.test(name) || name === this.#options.root.owner)
      throw new SluiceError('request.invalid', `user name ${name} is invalid, expected 1 to 64 of a-z A-Z 0-9 . _ -`, {
        resource: 'ram_user',
        name,
      });
    const created_sec = Math.floor(ctx.clock.nowMs() / 1000);
    await this.#write(async (db) => {
      if ((await db.selectFrom('ram_users').select('name').where('name', '=', name).executeTakeFirst()) !== undefined)
        throw new SluiceError('request.conflict', `user ${name} already exists`, { resource: 'ram_user', name });
      await db.insertInto('ram_users').values({ name, display_name: displayName, created_sec }).execute();
    }, ctx);
    return this.#userOf(name);
  }

  /** With its keys, sessions and attachments. @throws request.not_found */
  async deleteUser(name: string, ctx: RunContext): Promise<void> {
    this.#userOf(name);
    await this.#write(async (db) => {
      for (const table of ['access_keys', 'sts_sessions', 'ram_attachments'] as const)
        await db.deleteFrom(table).where('user', '=', name).execute();
      await db.deleteFrom('ram_users').where('name', '=', name).execute();
    }, ctx);
  }

  /** At most two keys a user, as the vendor has it: one in use, one to change over to. @throws request.not_found request.quota */
  async createKey(user: string, ctx: RunContext): Promise<NewKey> {
    return await this.importKey(user, { accessKeyId: `LTAI${randomText(20)}`, secret: randomText(30) }, ctx);
  }

  /** A key whose id and secret are given, so that clients of another installation go on unchanged. @throws request.conflict request.invalid request.quota */
  async importKey(user: string, key: NewKey, ctx: RunContext): Promise<NewKey> {
    const { accessKeyId: id, secret } = key;
    if (!/^[A-Za-z0-9._-]{2,64}$/.test(id) || secret.length < 2 || secret.length > 128)
      throw new SluiceError(
        'request.invalid',
        `access key id ${id} is invalid, expected 2 to 64 of a-z A-Z 0-9 . _ - and a secret of 2 to 128 characters`,
        {
          resource: 'access_key',
          name: id,
        },
      );
    const have = this.#userOf(user).keys.length;
    if (have >= 2)
      throw new SluiceError('request.quota', `user ${user} has ${have} access keys, at most 2`, {
        resource: 'access_key',
        name: user,
        limit: 2,
      });
    if (this.key(id) !== null)
      throw new SluiceError('request.conflict', `access key ${id} already exists`, { resource: 'access_key', name: id });
    const sealed = this.#options.secrets.seal(secret, `access_keys/${id}`);
    const created_sec = Math.floor(ctx.clock.nowMs() / 1000);
    await this.#write((db) => db.insertInto('access_keys').values({ id, user, secret: sealed, active: 1, created_sec }).execute(), ctx);
    return key;
  }

  /** @throws request.not_found */
  async setKeyActive(accessKeyId: string, active: boolean, ctx: RunContext): Promise<void> {
    await this.#write(async (db) => {
      const changed = await db
        .updateTable('access_keys')
        .set({ active: Number(active) })
        .where('id', '=', accessKeyId)
        .executeTakeFirst();
      if (changed.numUpdatedRows === 0n) throw missing('access_key', accessKeyId);
    }, ctx);
  }

  /** @throws request.not_found */
  async deleteKey(accessKeyId: string, ctx: RunContext): Promise<void> {
    await this.#write(async (db) => {
      const gone = await db.deleteFrom('access_keys').where('id', '=', accessKeyId).executeTakeFirst();
      if (gone.numDeletedRows === 0n) throw missing('access_key', accessKeyId);
    }, ctx);
  }

  /** Makes or replaces a policy of ours. @throws request.invalid request.conflict (a built-in name) */
  async putPolicy(name: string, description: string, text: string, ctx: RunContext): Promise<void> {
    if (name in BUILT_IN_POLICIES) throw new SluiceError('request.conflict', `policy ${name} is built in`, { resource: 'policy', name });
    if (!/^[a-zA-Z0-9-]{1,128}$/.test(name))
      throw new SluiceError('request.invalid', `policy name ${name} is invalid, expected 1 to 128 of a-z A-Z 0-9 -`, {
        resource: 'policy',
        name,
      });
    Policy.parse(text, name);
    const created_sec = Math.floor(ctx.clock.nowMs() / 1000);
    await this.#write(
      (db) =>
        db
          .insertInto('ram_policies')
          .values({ name, description, document: text, created_sec })
          .onConflict((c) => c.column('name').doUpdateSet({ description, document: text }))
          .execute(),
      ctx,
    );
  }

  /** Also takes it from everyone. @throws request.not_found */
  async deletePolicy(name: string, ctx: RunContext): Promise<void> {
    await this.#write(async (db) => {
      const gone = await db.deleteFrom('ram_policies').where('name', '=', name).executeTakeFirst();
      if (gone.numDeletedRows === 0n) throw missing('policy', name);
      await db.deleteFrom('ram_attachments').where('policy', '=', name).execute();
    }, ctx);
  }

  /** @throws request.not_found */
  async attach(user: string, policy: string, ctx: RunContext): Promise<void> {
    this.#userOf(user);
    if (!this.#loaded.policies.has(policy)) throw missing('policy', policy);
    await this.#write(
      (db) =>
        db
          .insertInto('ram_attachments')
          .values({ user, policy })
          .onConflict((c) => c.doNothing())
          .execute(),
      ctx,
    );
  }

  async detach(user: string, policy: string, ctx: RunContext): Promise<void> {
    this.#userOf(user);
    await this.#write((db) => db.deleteFrom('ram_attachments').where('user', '=', user).where('policy', '=', policy).execute(), ctx);
  }

  /** Sets the policy of a project; '' removes it. @throws request.invalid */
  async setProjectPolicy(project: string, text: string, ctx: RunContext): Promise<void> {
    if (text !== '') Policy.parse(text, `of project ${project}`);
    await this.#write(async (db) => {
      await db.deleteFrom('project_policies').where('project', '=', project).execute();
      if (text !== '') await db.insertInto('project_policies').values({ project, document: text }).execute();
    }, ctx);
  }

  /**
   * A temporary key that may do what the user may, narrowed by `policy` ('' does not narrow). Requests carry its security token.
   * @throws request.not_found request.invalid (duration outside 900 to 43200 s, policy)
   */
  async assume(user: string, sessionName: string, policy: string, durationSec: number, ctx: RunContext): Promise<TemporaryKey> {
    this.#userOf(user);
    if (policy !== '') Policy.parse(policy, `session ${sessionName}`);
    if (!Number.isInteger(durationSec) || durationSec < STS_MIN_SEC || durationSec > STS_MAX_SEC)
      throw new SluiceError('request.invalid', `duration ${durationSec} is invalid, expected ${STS_MIN_SEC} to ${STS_MAX_SEC} seconds`, {
        resource: 'sts_session',
        name: sessionName,
      });
    const { secrets } = this.#options;
    const nowMs = ctx.clock.nowMs();
    const id = `STS.${randomText(24)}`;
    const secret = randomText(44);
    const securityToken = randomBytes(48).toString('base64');
    const expiresAtMs = nowMs + durationSec * 1000;
    await this.#write(async (db) => {
      // A day past their end they are of no use to anyone, not even for the right error.
      await db
        .deleteFrom('sts_sessions')
        .where('expires_ms', '<', nowMs - 86_400_000)
        .execute();
      await db
        .insertInto('sts_sessions')
        .values({
          id,
          user,
          session_name: sessionName,
          secret: secrets.seal(secret, `sts_sessions/${id}/secret`),
          token: secrets.seal(securityToken, `sts_sessions/${id}/token`),
          document: policy,
          expires_ms: expiresAtMs,
        })
        .execute();
    }, ctx);
    return { accessKeyId: id, secret, securityToken, expiresAtMs };
  }

  async #write(work: (db: Parameters<Parameters<State['transact']>[0]>[0]) => Promise<unknown>, ctx: RunContext): Promise<void> {
    await this.#state.transact(async (db) => {
      await work(db);
      await nextNumber(db, REVISION);
    }, ctx);
    await this.refresh(ctx);
  }

  #userOf(name: string): RamUser {
    const user = this.#loaded.users.get(name);
    if (user === undefined) throw missing('ram_user', name);
    return user;
  }
}

const missing = (resource: string, name: string): SluiceError =>
  new SluiceError('request.not_found', `${resource.replace('_', ' ')} ${name} does not exist`, { resource, name });

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** Random letters and digits, about 5.8 bits each. */
function randomText(length: number): string {
  return Array.from({ length }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('');
}
