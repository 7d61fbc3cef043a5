import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { forgetGeneratedPassword, keysOf, localKeys } from '../../../config/first-start.ts';
import { loadSettings } from '../../../config/load.ts';
import type { Settings } from '../../../config/settings.ts';
import { AccessKeys } from '../../../control/access-keys.ts';
import { Audit } from '../../../control/audit.ts';
import { Secrets } from '../../../control/secrets.ts';
import { StateCatalog } from '../../../control/state-catalog.ts';
import { Users } from '../../../control/users.ts';
import { systemClock, type Clock } from '../../../core/clock.ts';
import type { RunContext } from '../../../core/context.ts';
import { RunningSupervisor } from '../../../jobs/supervisor-run.ts';
import { openSqliteState } from '../../../state/sqlite/sqlite-state.ts';
import type { State } from '../../../state/state.ts';
import { LmdbStream } from '../../../stream/lmdb/lmdb-stream.ts';
import { createLogger } from '../../../telemetry/logger.ts';
import { DeclaredMetrics } from '../../../telemetry/metrics.ts';
import { ServerDoctor } from '../doctor-service.ts';
import { restHandlers } from '../handlers/all.ts';
import { createRestServer } from '../server.ts';
import type { RestServices } from '../services.ts';
import { settingRows } from '../../../config/setting-rows.ts';

export interface RestSetup {
  readonly app: FastifyInstance;
  readonly services: RestServices;
  readonly settings: Settings;
  readonly state: State;
  readonly stream: LmdbStream;
  readonly catalog: StateCatalog;
  readonly ctx: RunContext;
  readonly dir: string;
  readonly password: string;
  /** A call as somebody, JSON in and out. */
  call(
    method: InjectOptions['method'] & string,
    path: string,
    options?: { token?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<LightMyRequestResponse>;
  signIn(user: string, password: string): Promise<string>;
  close(): Promise<void>;
}

/** Everything behind the REST API that needs no query engine, real, in a folder of its own. */
export async function restSetup(
  options: { env?: Record<string, string>; clock?: Clock; consoleDir?: string; services?: Partial<RestServices> } = {},
): Promise<RestSetup> {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-rest-'));
  const log = createLogger('error', { write: () => undefined });
  const metrics = new DeclaredMetrics(log, { processMetrics: false });
  const stop = new AbortController();
  const ctx: RunContext = { signal: stop.signal, clock: options.clock ?? systemClock, log, metrics };
  const loaded = loadSettings({ env: { SLUICE_DATA_DIR: dir, ...options.env } });
  const { settings } = loaded;
  const keys = await keysOf(settings);
  const state = await openSqliteState(dir, ctx);
  const stream = await LmdbStream.open({ path: join(dir, 'stream'), mapBytes: 1024 ** 3, commitWaitMs: 0, reserveBytes: 1 }, ctx);
  const secrets = new Secrets(keys.masterKey);
  const audit = new Audit(state, secrets);
  const users = new Users(state, audit, {
    sessionHours: settings.http.sessionHours,
    maxFailures: settings.http.lockAfterFailures,
    lockSec: settings.http.lockSec,
  });
  const password = keys.adminPassword ?? '';
  await users.ensureOwner(password, ctx);
  const access = await AccessKeys.open(state, { root: { ...keys.root, owner: 'root' }, secrets }, ctx);
  const catalog = await StateCatalog.open(state, { settings, places: stream, owner: 'root' }, ctx);
  let generated = (await localKeys(dir)).adminPassword !== null;
  const supervisor = new RunningSupervisor(ctx);
  const services: RestServices = {
    catalog,
    stream,
    queries: null,
    groups: null,
    users,
    generatedPassword: {
      inUse: (user) => user === 'admin' && generated,
      async forget() {
        await forgetGeneratedPassword(dir);
        generated = false;
      },
    },
    access,
    audit,
    supervisor,
    alerts: null,
    events: null,
    detectionRules: null,
    standardizationRules: null,
    shipping: null,
    receipts: null,
    overview: null,
    doctor: new ServerDoctor(settings, [], supervisor),
    demo: null,
    endpoints: { sls: { secure: false, host: '127.0.0.1', port: 7810 } },
    settings: { list: () => settingRows(loaded, keys.made) },
    version: { version: '0.0.0', startedAtMs: ctx.clock.nowMs() },
    ...options.services,
  };
  const app = await createRestServer(
    {
      settings: settings.http,
      handlers: restHandlers(services),
      users,
      audit,
      state,
      checks: [{ name: 'state', check: async (checkCtx) => ({ ok: (await users.list(checkCtx)).length > 0, detail: 'answers' }) }],
      metrics,
      consoleDir: options.consoleDir ?? null,
      version: '0.0.0',
    },
    ctx,
  );
  await app.ready();

  const call: RestSetup['call'] = async (method, path, { token, body, headers } = {}) =>
    await app.inject({
      method: method as 'GET',
      url: path.startsWith('/') && !path.startsWith('/api/') && !path.startsWith('/!') ? `/api/v1${path}` : path.replace(/^\/!/, ''),
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  return {
    app,
    services,
    settings,
    state,
    stream,
    catalog,
    ctx,
    dir,
    password,
    call,
    async signIn(user, word) {
      return (await users.login(user, word, 'test', ctx)).token;
    },
    async close() {
      await app.close();
      stop.abort();
      await stream.close();
      await state.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
