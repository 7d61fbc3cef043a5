import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { forgetGeneratedPassword, keysOf, localKeys, type Keys } from '../config/first-start.ts';
import type { Settings } from '../config/settings.ts';
import type { GeneratedPassword } from '../api/rest/services.ts';
import { AccessKeys } from '../control/access-keys.ts';
import { Audit } from '../control/audit.ts';
import { Secrets } from '../control/secrets.ts';
import { StateCatalog } from '../control/state-catalog.ts';
import { Users } from '../control/users.ts';
import type { RunContext } from '../core/context.ts';
import { SluiceError } from '../core/errors.ts';
import { openSqliteState } from '../state/sqlite/sqlite-state.ts';
import type { State } from '../state/state.ts';
import { LmdbStream } from '../stream/lmdb/lmdb-stream.ts';
import type { Stream } from '../stream/stream.ts';

/** What every part stands on: what is kept, who may act, and what there is. */
export interface Foundation {
  readonly keys: Keys;
  readonly stream: Stream;
  readonly state: State;
  readonly secrets: Secrets;
  readonly audit: Audit;
  readonly users: Users;
  readonly access: AccessKeys;
  readonly catalog: StateCatalog;
  readonly generatedPassword: GeneratedPassword;
}

async function openStream(settings: Settings, ctx: RunContext): Promise<Stream> {
  const { url, mapBytes, commitWaitMs, reserveBytes } = settings.stream;
  if (url !== undefined) throw noAdapter('stream.url', url, 'the embedded stream (leave it out)');
  return await LmdbStream.open({ path: join(settings.dataDir, 'stream'), mapBytes, commitWaitMs, reserveBytes }, ctx);
}

async function openState(settings: Settings, ctx: RunContext): Promise<State> {
  const { url } = settings.state;
  if (url !== undefined) throw noAdapter('state.url', url, 'the embedded SQLite (leave it out)');
  return await openSqliteState(settings.dataDir, ctx);
}

/** Of the address only the scheme is said: the rest may hold a password. */
function noAdapter(setting: string, url: string, expected: string): SluiceError {
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? 'what stands there';
  return new SluiceError('config.invalid', `${setting} is ${scheme}, for which this version has no adapter; expected ${expected}`, {
    setting,
  });
}

/**
 * Opens everything that is kept, in the order of ownership: the stream's lock says that the data directory is ours. What was opened is closed by `stack`.
 * @throws config.data_dir_in_use config.invalid state.* stream.*
 */
export async function openFoundation(settings: Settings, stack: AsyncDisposableStack, ctx: RunContext): Promise<Foundation> {
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  const stream = await openStream(settings, ctx);
  stack.defer(() => stream.close());
  const keys = await keysOf(settings);
  const state = await openState(settings, ctx);
  stack.defer(() => state.close());
  const secrets = new Secrets(keys.masterKey);
  const audit = new Audit(state, secrets);
  const { sessionHours, lockAfterFailures, lockSec } = settings.http;
  const users = new Users(state, audit, { sessionHours, maxFailures: lockAfterFailures, lockSec });
  if (keys.adminPassword !== null) await users.ensureOwner(keys.adminPassword, ctx);
  const access = await AccessKeys.open(state, { root: { ...keys.root, owner: 'root' }, secrets }, ctx);
  const catalog = await StateCatalog.open(state, { settings, places: stream, owner: 'root' }, ctx);
  let generated = settings.adminPassword === undefined && (await localKeys(settings.dataDir)).adminPassword !== null;
  const generatedPassword: GeneratedPassword = {
    inUse: (user) => user === 'admin' && generated,
    async forget() {
      await forgetGeneratedPassword(settings.dataDir);
      generated = false;
    },
  };
  return { keys, stream, state, secrets, audit, users, access, catalog, generatedPassword };
}
