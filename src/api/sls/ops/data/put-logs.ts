import type { LogstoreInfo, ShardInfo } from '../../../../control/catalog.ts';
import { inRange, normalKey } from '../../../../control/shard-keys.ts';
import type { RunContext } from '../../../../core/context.ts';
import type { GroupBytes } from '../../../../core/log.ts';
import type { ShardRef } from '../../../../stream/stream.ts';
import { empty, type SlsOperation, type SlsReply, type SlsRequest } from '../../operation.ts';
import { logstoreOf } from '../../resources.ts';
import type { SlsServices } from '../../services.ts';
import { SlsError } from '../../sls-error.ts';
import { receivedGroups, withMeta } from './received-groups.ts';
import { readTimeWindow } from './time-window.ts';

const PUT = {
  method: 'POST',
  host: 'project',
  action: 'log:PostLogStoreLogs',
  resource: 'project/{project}/logstore/{ls}',
} as const;

/** Any shard that takes writes. */
export const putLogs: SlsOperation = { ...PUT, name: 'PutLogs', path: '/logstores/{ls}/shards/lb', handle: put };

/** The same without a path for shards, as Go's SDK sends it (sls-api §3.1). */
export const putLogsDirect: SlsOperation = { ...PUT, name: 'PutLogs', path: '/logstores/{ls}', where: { type: [] }, handle: put };

/** The shard of a hash key: logs of one key stay in order. */
export const putLogsByKey: SlsOperation = { ...PUT, name: 'PutLogs', path: '/logstores/{ls}/shards/route', handle: put };

async function put(request: SlsRequest, services: SlsServices, ctx: RunContext): Promise<SlsReply> {
  const logstore = logstoreOf(request, services);
  const nowMs = ctx.clock.nowMs();
  const rules = { logstore, window: readTimeWindow(services.settings.sls.logTimeWindow), nowMs };
  const groups = receivedGroups(request, rules);
  const meta = logstore.appendMeta ? withMeta(groups, request.facts.clientIp, nowMs) : groups;
  await store(meta, logstore, request.query.get('key'), services, ctx);
  return empty();
}

/** Resolves once the groups are on the disk. @throws stream.* SlsError ParameterInvalid LogStoreWithoutShard ShardNotExist ShardWriteQuotaExceed */
export async function store(
  groups: readonly GroupBytes[],
  logstore: LogstoreInfo,
  key: string | undefined,
  services: SlsServices,
  ctx: RunContext,
): Promise<void> {
  if (groups.length === 0) return;
  let rawBytes = 0;
  let logs = 0;
  for (const group of groups) {
    rawBytes += group.rawBytes;
    logs += group.logs;
  }
  const at = placeFor(logstore, key, rawBytes, services, ctx);
  await services.stream.append(at, groups, ctx);
  ctx.metrics.count('sluice_sls_received_logs_total', {}, logs);
  ctx.metrics.count('sluice_sls_received_bytes_total', {}, rawBytes);
}

/** The shard that takes so many bytes: the key's, else any that still may. */
function placeFor(logstore: LogstoreInfo, key: string | undefined, rawBytes: number, services: SlsServices, ctx: RunContext): ShardRef {
  const { catalog, rates, writeQuota } = services;
  const choice = choiceOf(catalog.shards(logstore.id), key, logstore.name);
  const nowMs = ctx.clock.elapsedMs();
  const from = choice.length === 1 ? 0 : Math.floor(Math.random() * choice.length);
  for (let i = 0; i < choice.length; i++) {
    const at = { logstore: logstore.id, shard: (choice[(from + i) % choice.length] as ShardInfo).shard };
    // What is refused counts too: a shard is split for what it is asked to take.
    if (i === 0) rates?.add(at, rawBytes);
    if (writeQuota === undefined || writeQuota.take(at, rawBytes, nowMs)) return at;
  }
  const of = key === undefined ? `all shards of logstore ${logstore.name}` : `the shard of hash key ${key}`;
  throw new SlsError('ShardWriteQuotaExceed', `${of} took ${writeQuota?.bytesPerSec} bytes within a second, send it again a little later`, 403);
}

function choiceOf(shards: readonly ShardInfo[], key: string | undefined, logstore: string): readonly ShardInfo[] {
  const open = shards.filter((shard) => shard.status === 'readwrite');
  if (open.length === 0) throw new SlsError('LogStoreWithoutShard', `logstore ${logstore} has no shard that takes writes`);
  if (key === undefined) return open;
  const full = normalKey(key);
  if (full === null) throw new SlsError('ParameterInvalid', `hash key ${key} is invalid, expected up to 32 hexadecimal digits`);
  const found = open.find((shard) => inRange(full, shard));
  if (found === undefined) throw new SlsError('ShardNotExist', `no shard that takes writes has the hash key ${full}`);
  return [found];
}
