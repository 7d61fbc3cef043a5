import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RestDetectionRules } from './api/rest/adapters/detection-rules.ts';
import { RestStandardizationRules } from './api/rest/adapters/standardization-rules.ts';
import { ServerDoctor } from './api/rest/doctor-service.ts';
import { restHandlers } from './api/rest/handlers/all.ts';
import { Overview } from './api/rest/overview/overview-service.ts';
import { createRestServer } from './api/rest/server.ts';
import type { RestServices } from './api/rest/services.ts';
import { openSlsListener } from './api/sls/listener.ts';
import { slsOperations } from './api/sls/operations.ts';
import type { SlsServices } from './api/sls/services.ts';
import { autoSplitJob, ShardRates } from './api/sls/shard-rates.ts';
import { WriteQuota } from './api/sls/write-quota.ts';
import { StateAlerts } from './alerts/alerts-service.ts';
import { ServerDemo } from './app/demo-service.ts';
import { firstDemo } from './app/first-demo.ts';
import { openFoundation, type Foundation } from './app/foundation.ts';
import { openPipeline } from './app/pipeline.ts';
import type { StartServer } from './cli/commands/server.ts';
import type { LoadedSettings } from './config/load.ts';
import { settingRows } from './config/setting-rows.ts';
import type { Settings } from './config/settings.ts';
import { openWireControl } from './control/wire-control.ts';
import type { RunContext } from './core/context.ts';
import { SluiceError } from './core/errors.ts';
import { AlertPipeline } from './events/alert-pipeline.ts';
import { AlertRetention } from './events/alert-retention.ts';
import { EventBuilder } from './events/event-builder.ts';
import { StateSecurityEvents } from './events/events-service.ts';
import { StoreOldPulls } from './index/old-pulls.ts';
import { Receipts } from './jobs/receipts.ts';
import { RunningSupervisor } from './jobs/supervisor-run.ts';
import { StorePullFilter } from './query/pull-filter.ts';
import { RunQueries } from './query/run-queries.ts';
import { ShippingTasks } from './ship/shipping-tasks.ts';
import { openEmbeddedStore } from './store/chdb/embedded-store.ts';
import { openServerStore } from './store/clickhouse/server-store.ts';
import type { Store } from './store/store.ts';

const CONSOLE_FOLDER = fileURLToPath(new URL('../console/dist', import.meta.url));
/** A server that is just starting may load a thousand tables. */
const STORE_READY_MS = 60_000;
/** Jobs get so long to come to an end between two batches. */
const JOBS_GRACE_MS = 10_000;
const DAY_MS = 86_400_000;

async function openStore(settings: Settings, ctx: RunContext): Promise<Store> {
  if (settings.store.url !== undefined) return openServerStore(settings.store.url, settings.store.sessions);
  return (await openEmbeddedStore(settings, ctx)).store;
}

/**
 * Opens everything in the order of dependence, and closes it the other way round: what is kept, the store, the steps after the stream, the two edges.
 * @throws config.* when a port, a folder or a setting cannot be had; store.unavailable state.* stream.*
 */
export const startServer: StartServer = async (loaded, ctx) => {
  const startedAtMs = ctx.clock.nowMs();
  const stack = new AsyncDisposableStack();
  try {
    const { settings } = loaded;
    const base = await openFoundation(settings, stack, ctx);
    const isNew = base.catalog.logstores().length === 0;
    const store = await openStore(settings, ctx);
    stack.defer(() => store.close());
    await store.ready(STORE_READY_MS, ctx);

    const { state, stream, catalog } = base;
    const builder = new EventBuilder(settings.events);
    const alertPipeline = new AlertPipeline({ state, settings: settings.alerts, builder });
    await alertPipeline.gauge(ctx);
    const pipeline = await openPipeline(settings, base, store, alertPipeline, ctx);
    const supervisor = new RunningSupervisor(ctx);
    stack.defer(async () => {
      const late = await supervisor.stopAll(JOBS_GRACE_MS);
      if (late.length > 0) ctx.log.warn({ jobs: late }, 'jobs did not end in time');
    });
    pipeline.start(supervisor);
    supervisor.start(new AlertRetention({ state, settings: settings.alerts }));

    const queries = new RunQueries(store, pipeline.tables, pipeline.runner, catalog, querySettings(settings));
    const control = openWireControl({ state, catalog, stream, access: base.access, settings }, ctx);
    const rates = new ShardRates();
    const { shardWriteBytesPerSec: bytesPerSec, autoSplitAfterSec: afterSec, shardWriteQuotaBytesPerSec: quota } = settings.sls;
    supervisor.start(autoSplitJob({ rates, catalog, bytesPerSec, afterSec }));
    const pullFilter = new StorePullFilter(store, pipeline.tables, pipeline.runner, querySettings(settings));
    const oldPulls = new StoreOldPulls({
      store,
      tables: pipeline.tables,
      windowRows: settings.store.readBackRows,
      cacheBytes: settings.store.readBackCacheBytes,
      limits: { maxSec: settings.store.queryMaxSec, maxMemoryBytes: settings.store.queryMaxMemoryBytes },
    });
    const shipping = new ShippingTasks({
      state,
      secrets: base.secrets,
      catalog,
      groups: control.groups,
      stream,
      pullFilter,
      oldPulls,
      supervisor,
      folder: join(settings.dataDir, 'shipping'),
      pageBytes: settings.sls.pullMaxBytes,
      receiptsMs: settings.pipeline.receiptDays * DAY_MS,
    });
    const sls: SlsServices = {
      rates,
      ...(quota === undefined ? {} : { writeQuota: new WriteQuota(quota) }),
      catalog,
      stream,
      queries,
      access: base.access,
      control,
      settings,
      oldPulls,
      pullFilter,
    };
    const { host, port, tlsCert, tlsKey } = settings.sls;
    const tls =
      tlsCert === undefined || tlsKey === undefined
        ? {}
        : { tls: { cert: readFileSync(tlsCert, 'utf8'), key: readFileSync(tlsKey, 'utf8') } };
    const wire = await openSlsListener({ host, port, ...tls, operations: slsOperations }, sls, ctx);
    stack.defer(() => wire.close());
    const endpoint = `${tlsCert === undefined ? 'http' : 'https'}://${host}:${wire.port}`;

    const alerts = new StateAlerts({ state, catalog });
    const events = new StateSecurityEvents({ state, builder, settings: settings.events, catalog });
    const checks = readinessChecks(base, store);
    const services: RestServices = {
      catalog,
      stream,
      queries,
      groups: control.groups,
      users: base.users,
      generatedPassword: base.generatedPassword,
      access: base.access,
      audit: base.audit,
      supervisor,
      alerts,
      events,
      detectionRules: new RestDetectionRules({ ...pipeline.detection, store, state, catalog, sink: alertPipeline }),
      standardizationRules: new RestStandardizationRules({ ...pipeline.standardization, store }),
      shipping,
      receipts: new Receipts(state, stream, pipeline.steps),
      overview: new Overview({
        catalog,
        stream,
        store,
        supervisor,
        alerts,
        events,
        groups: control.groups,
        steps: pipeline.runner,
        generatedPassword: base.generatedPassword,
        dataDir: settings.dataDir,
      }),
      doctor: new ServerDoctor(settings, checks, supervisor),
      demo: new ServerDemo({
        catalog,
        state,
        store,
        limits: pipeline.standardization.limits,
        supervisor,
        target: { endpoint, root: base.keys.root },
      }),
      endpoints: { sls: { secure: tlsCert !== undefined, host, port: wire.port } },
      settings: { list: () => settingRows(loaded, base.keys.made) },
      version: { version: ownVersion(), startedAtMs },
    };
    const httpPort = await openRest(settings, base, services, checks, stack, ctx);

    await shipping.startAll(ctx);

    const consoleUrl = `${settings.http.tlsCert === undefined ? 'http' : 'https'}://${settings.http.host}:${httpPort}`;
    const lines = [`Console and REST  ${consoleUrl}`, `SLS wire API      ${endpoint}`, ...madeLines(loaded, base)];
    if (isNew && settings.demo) {
      ctx.log.info({}, 'loading the demonstration story');
      const { root } = base.keys;
      const found = await firstDemo({ endpoint, root, catalog, runner: pipeline.runner, events, consoleUrl }, ctx);
      lines.push('', ...found);
    }
    let closing: Promise<void> | null = null;
    return { banner: lines, close: () => (closing ??= stack.disposeAsync()) };
  } catch (thrown) {
    await stack.disposeAsync();
    throw thrown;
  }
};

function querySettings(settings: Settings) {
  const { queryMaxSec, queryMaxMemoryBytes, queryMaxRowsToRead, flushWaitMs, queryMaxRows } = settings.store;
  return {
    timeZone: settings.timeZone,
    maxSec: queryMaxSec,
    maxMemoryBytes: queryMaxMemoryBytes,
    maxRowsToRead: queryMaxRowsToRead,
    flushWaitMs,
    maxRows: queryMaxRows,
  };
}

function readinessChecks(base: Foundation, store: Store) {
  return [
    {
      name: 'state',
      check: async (ctx: RunContext) => {
        await base.users.list(ctx);
        return { ok: true, detail: 'answers' };
      },
    },
    {
      name: 'store',
      check: async (ctx: RunContext) => {
        await store.ready(2000, ctx);
        return { ok: true, detail: 'answers' };
      },
    },
  ];
}

async function openRest(
  settings: Settings,
  base: Foundation,
  services: RestServices,
  checks: ReturnType<typeof readinessChecks>,
  stack: AsyncDisposableStack,
  ctx: Parameters<StartServer>[1],
): Promise<number> {
  const { host, port } = settings.http;
  const app = await createRestServer(
    {
      settings: settings.http,
      handlers: restHandlers(services),
      users: base.users,
      audit: base.audit,
      state: base.state,
      checks,
      metrics: ctx.metrics,
      consoleDir: CONSOLE_FOLDER,
      version: services.version.version,
    },
    ctx,
  );
  stack.defer(() => app.close());
  try {
    await app.listen({ host, port });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw thrown;
    throw new SluiceError('config.port_in_use', `port ${port} of ${host} is in use by another program`, { port, host }, { cause: thrown });
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** What was made on this start, said once. */
function madeLines({ settings }: LoadedSettings, { keys }: Foundation): readonly string[] {
  const lines: string[] = [];
  if (keys.made.includes('admin password') && keys.adminPassword !== null) lines.push(`Sign in           admin / ${keys.adminPassword}`);
  if (keys.made.includes('root key')) lines.push(`Root access key   ${keys.root.accessKeyId} / ${keys.root.secret}`);
  if (lines.length > 0) lines.push(`                  made just now and kept in ${join(settings.dataDir, 'keys')}; not shown again`);
  return lines;
}

function ownVersion(): string {
  return (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}
