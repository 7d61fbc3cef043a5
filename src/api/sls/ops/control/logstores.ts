import { z } from 'zod';
import type { LogstoreInfo, NewLogstore } from '../../../../control/catalog.ts';
import { empty, json, type SlsOperation } from '../../operation.ts';
import { logstoreOf, projectOf } from '../../resources.ts';
import { SlsError } from '../../sls-error.ts';
import { bodyOf } from './body.ts';
import { containing, paged } from './paging.ts';

const INVALID = 'LogStoreInfoInvalid';

const logstoreBody = z.looseObject({
  logstoreName: z.string().optional(),
  ttl: z.number().nullish(),
  shardCount: z.number().nullish(),
  autoSplit: z.boolean().nullish(),
  maxSplitShard: z.number().nullish(),
  enable_tracking: z.boolean().nullish(),
  appendMeta: z.boolean().nullish(),
  telemetryType: z.string().nullish(),
  mode: z.string().nullish(),
  hot_ttl: z.number().int().nullish(),
  infrequentAccessTTL: z.number().int().nullish(),
  encrypt_conf: z.record(z.string(), z.unknown()).nullish(),
  productType: z.string().nullish(),
  processorId: z.string().nullish(),
  resourceGroupId: z.string().nullish(),
  shardingPolicy: z.unknown().optional(),
});

type LogstoreBody = z.output<typeof logstoreBody>;

/** Properties that we keep and give back, and that change nothing here. */
const KEPT = ['hot_ttl', 'infrequentAccessTTL', 'encrypt_conf', 'productType', 'processorId', 'resourceGroupId', 'shardingPolicy'] as const;

/** Days that a log lies in cheaper storage at least (sls-api §4.2). */
const MIN_INFREQUENT_DAYS = 30;
const MIN_ARCHIVE_DAYS = 60;

/** The storage classes must fit into the retention; -1 is unset. @throws SlsError LogStoreInfoInvalid */
function checkClasses(extra: Readonly<Record<string, unknown>>, ttl: number): void {
  const hot = Number(extra['hot_ttl'] ?? -1);
  const infrequent = Number(extra['infrequentAccessTTL'] ?? -1);
  if (hot !== -1 && (hot < 1 || hot > ttl)) throw new SlsError(INVALID, `hot_ttl ${hot} is invalid, expected 1 to ttl ${ttl}`);
  if (infrequent === -1) return;
  if (infrequent < MIN_INFREQUENT_DAYS)
    throw new SlsError(INVALID, `infrequentAccessTTL ${infrequent} is invalid, expected at least ${MIN_INFREQUENT_DAYS}`);
  const archive = ttl - Math.max(hot, 0) - infrequent;
  if (archive !== 0 && archive < MIN_ARCHIVE_DAYS)
    throw new SlsError(
      INVALID,
      `ttl ${ttl} leaves ${archive} days of archive after hot_ttl and infrequentAccessTTL, expected 0 or at least ${MIN_ARCHIVE_DAYS}`,
    );
}

/** What a body says, in the catalogue's words; what it leaves out is left out. */
function changesOf(body: LogstoreBody, before: Readonly<Record<string, unknown>>): Partial<Omit<NewLogstore, 'name' | 'shardCount'>> {
  const extra: Record<string, unknown> = { ...before };
  for (const name of KEPT) {
    const value = body[name];
    const unset = (name === 'hot_ttl' || name === 'infrequentAccessTTL') && value === -1;
    if (value !== undefined && value !== null && !unset) extra[name] = value;
  }
  // SDKs send 0 or null for a bound that means nothing without autoSplit.
  const bound = body.autoSplit === true || (body.maxSplitShard ?? 0) > 0 ? body.maxSplitShard : undefined;
  return {
    ...(typeof body.ttl === 'number' && { ttlDays: body.ttl }),
    ...(typeof body.autoSplit === 'boolean' && { autoSplit: body.autoSplit }),
    ...(typeof bound === 'number' && { maxSplitShard: bound }),
    ...(typeof body.enable_tracking === 'boolean' && { enableTracking: body.enable_tracking }),
    ...(typeof body.appendMeta === 'boolean' && { appendMeta: body.appendMeta }),
    ...(typeof body.telemetryType === 'string' && { telemetryType: body.telemetryType }),
    ...(typeof body.mode === 'string' && body.mode !== '' && { mode: body.mode }),
    extra,
  };
}

function shown(logstore: LogstoreInfo): Record<string, unknown> {
  const { extra } = logstore;
  return {
    logstoreName: logstore.name,
    ttl: logstore.ttlDays,
    shardCount: logstore.shardCount,
    enable_tracking: logstore.enableTracking,
    appendMeta: logstore.appendMeta,
    autoSplit: logstore.autoSplit,
    maxSplitShard: logstore.maxSplitShard,
    telemetryType: logstore.telemetryType,
    mode: logstore.mode,
    createTime: logstore.createdSec,
    lastModifyTime: logstore.modifiedSec,
    hot_ttl: extra['hot_ttl'] ?? -1,
    infrequentAccessTTL: extra['infrequentAccessTTL'] ?? -1,
    productType: extra['productType'] ?? '',
    ...Object.fromEntries(KEPT.filter((name) => extra[name] !== undefined && name !== 'productType').map((name) => [name, extra[name]])),
  };
}

const createLogStore: SlsOperation = {
  name: 'CreateLogStore',
  method: 'POST',
  path: '/logstores',
  host: 'project',
  action: 'log:CreateLogStore',
  resource: 'project/{project}/logstore/*',
  async handle(request, services, ctx) {
    const body = bodyOf(request, logstoreBody, INVALID);
    const { name: project } = projectOf(request, services);
    const { logstoreName: name, ttl, shardCount } = body;
    if (name === undefined || typeof ttl !== 'number' || typeof shardCount !== 'number')
      throw new SlsError(INVALID, 'logstoreName, ttl and shardCount are needed');
    if ((await services.control.objects.find(project, 'store_view', name, ctx)) !== null)
      throw new SlsError('LogStoreAlreadyExist', `logstore ${name} already exists`);
    const change = changesOf(body, {});
    checkClasses(change.extra ?? {}, ttl);
    await services.catalog.createLogstore(project, { ...change, name, ttlDays: ttl, shardCount }, ctx);
    return empty();
  },
};

const getLogStore: SlsOperation = {
  name: 'GetLogStore',
  method: 'GET',
  path: '/logstores/{ls}',
  host: 'project',
  where: { type: [] },
  action: 'log:GetLogStore',
  resource: 'project/{project}/logstore/{ls}',
  handle: (request, services) => Promise.resolve(json(shown(logstoreOf(request, services)))),
};

const updateLogStore: SlsOperation = {
  name: 'UpdateLogStore',
  method: 'PUT',
  path: '/logstores/{ls}',
  host: 'project',
  action: 'log:UpdateLogStore',
  resource: 'project/{project}/logstore/{ls}',
  async handle(request, services, ctx) {
    const logstore = logstoreOf(request, services);
    // Another shardCount is left aside, as the vendor does: shards are split and merged.
    const change = changesOf(bodyOf(request, logstoreBody, INVALID), logstore.extra);
    checkClasses(change.extra ?? {}, change.ttlDays ?? logstore.ttlDays);
    await services.catalog.updateLogstore(logstore.project, logstore.name, change, ctx);
    return empty();
  },
};

const deleteLogStore: SlsOperation = {
  name: 'DeleteLogStore',
  method: 'DELETE',
  path: '/logstores/{ls}',
  host: 'project',
  action: 'log:DeleteLogStore',
  resource: 'project/{project}/logstore/{ls}',
  async handle(request, services, ctx) {
    const { project, name } = logstoreOf(request, services);
    await services.catalog.deleteLogstore(project, name, ctx);
    return empty();
  },
};

const listLogStores: SlsOperation = {
  name: 'ListLogStores',
  method: 'GET',
  path: '/logstores',
  host: 'project',
  action: 'log:ListLogStores',
  resource: 'project/{project}/logstore/*',
  handle(request, services) {
    const { query } = request;
    const telemetry = query.get('telemetryType');
    const mode = query.get('mode');
    let all = containing(services.catalog.logstores(projectOf(request, services).name), query, 'logstoreName', (l) => l.name);
    // `None` asks for plain logstores, as LoongCollector and the SDKs write it.
    if (telemetry !== undefined) all = all.filter((l) => (l.telemetryType || 'None') === telemetry);
    if (mode !== undefined) all = all.filter((l) => l.mode === mode);
    const { count, total, items } = paged(all, query, 200);
    return Promise.resolve(json({ count, total, logstores: items.map((l) => l.name) }));
  },
};

const meteringBody = z.object({ meteringMode: z.enum(['ChargeByFunction', 'ChargeByDataIngest']) });

const getMeteringMode: SlsOperation = {
  name: 'GetLogStoreMeteringMode',
  method: 'GET',
  path: '/logstores/{ls}/meteringmode',
  host: 'project',
  action: 'log:GetLogStoreMeteringMode',
  resource: 'project/{project}/logstore/{ls}',
  handle: (request, services) =>
    Promise.resolve(json({ meteringMode: logstoreOf(request, services).extra['meteringMode'] ?? 'ChargeByFunction' })),
};

const updateMeteringMode: SlsOperation = {
  name: 'UpdateLogStoreMeteringMode',
  method: 'PUT',
  path: '/logstores/{ls}/meteringmode',
  host: 'project',
  action: 'log:UpdateLogStoreMeteringMode',
  resource: 'project/{project}/logstore/{ls}',
  async handle(request, services, ctx) {
    const logstore = logstoreOf(request, services);
    const { meteringMode } = bodyOf(request, meteringBody, 'ParameterInvalid');
    await services.catalog.updateLogstore(logstore.project, logstore.name, { extra: { ...logstore.extra, meteringMode } }, ctx);
    return empty();
  },
};

/** Logstores (sls-api §4.2). */
export const logstoreOperations: readonly SlsOperation[] = [
  createLogStore,
  getLogStore,
  updateLogStore,
  deleteLogStore,
  listLogStores,
  getMeteringMode,
  updateMeteringMode,
];
