import type { ShardInfo } from '../../../../control/catalog.ts';
import { empty, json, type SlsOperation } from '../../operation.ts';
import { logstoreOf, shardOf } from '../../resources.ts';
import { SlsError } from '../../sls-error.ts';

function shardJson(shard: ShardInfo): Record<string, unknown> {
  return {
    shardID: shard.shard,
    status: shard.status,
    inclusiveBeginKey: shard.beginKey,
    exclusiveEndKey: shard.endKey,
    createTime: shard.createdSec,
  };
}

export const listShards: SlsOperation = {
  name: 'ListShards',
  method: 'GET',
  path: '/logstores/{ls}/shards',
  host: 'project',
  action: 'log:ListShards',
  resource: 'project/{project}/logstore/{ls}',
  handle(request, services) {
    return Promise.resolve(json(services.catalog.shards(logstoreOf(request, services).id).map(shardJson)));
  },
};

/** At a key strictly inside the shard, into a number of even parts, or in the middle. */
export const splitShard: SlsOperation = {
  name: 'SplitShard',
  method: 'POST',
  path: '/logstores/{ls}/shards/{shard}',
  where: { action: ['split'] },
  host: 'project',
  action: 'log:SplitShard',
  resource: 'project/{project}/logstore/{ls}',
  async handle(request, services, ctx) {
    const logstore = logstoreOf(request, services);
    const { shard } = shardOf(request, services, logstore);
    const key = request.query.get('key');
    const parts = request.query.int('shardCount', 0);
    if (key === undefined && parts !== 0 && parts < 2) throw new SlsError('ParameterInvalid', `shardCount ${parts} is invalid, expected 2 or more`);
    const shards = await services.catalog.splitShard(logstore.id, shard, key ?? (parts === 0 ? null : parts), ctx);
    return json(shards.map(shardJson));
  },
};

/** With the right-hand neighbour. */
export const mergeShards: SlsOperation = {
  name: 'MergeShards',
  method: 'POST',
  path: '/logstores/{ls}/shards/{shard}',
  where: { action: ['merge'] },
  host: 'project',
  action: 'log:MergeShards',
  resource: 'project/{project}/logstore/{ls}',
  async handle(request, services, ctx) {
    const logstore = logstoreOf(request, services);
    const { shard } = shardOf(request, services, logstore);
    return json((await services.catalog.mergeShards(logstore.id, shard, ctx)).map(shardJson));
  },
};

/** Forgets a readonly shard with its data (legacy; Python). */
export const deleteShard: SlsOperation = {
  name: 'DeleteShard',
  method: 'DELETE',
  path: '/logstores/{ls}/shards/{shard}',
  host: 'project',
  action: 'log:DeleteShard',
  resource: 'project/{project}/logstore/{ls}',
  async handle(request, services, ctx) {
    const logstore = logstoreOf(request, services);
    const { shard } = shardOf(request, services, logstore);
    await services.catalog.deleteShard(logstore.id, shard, ctx);
    return empty();
  },
};
