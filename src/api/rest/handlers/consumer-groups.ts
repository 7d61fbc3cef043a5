import type { Catalog, LogstoreInfo } from '../../../control/catalog.ts';
import { SluiceError } from '../../../core/errors.ts';
import type { RunContext } from '../../../core/context.ts';
import { defined, requireEtag, type Handlers } from '../call.ts';
import type { ConsumerGroup } from '../contract/logstores.ts';
import { etagOf } from '../etag.ts';
import { pageInMemory } from '../paging.ts';
import type { ConsumerGroupsService, GroupInfo, StreamService } from '../services.ts';
import { iso, isoOfSec, timeParts } from '../times.ts';
import { logstoreOf } from './logstores.ts';

type Served =
  'listConsumerGroups' | 'createConsumerGroup' | 'getConsumerGroup' | 'updateConsumerGroup' | 'resetConsumerGroup' | 'deleteConsumerGroup';

export function consumerGroupHandlers(catalog: Catalog, stream: StreamService, groups: ConsumerGroupsService): Pick<Handlers, Served> {
  const shown = async (logstore: LogstoreInfo, info: GroupInfo, ctx: RunContext): Promise<ConsumerGroup> => {
    const nowMs = ctx.clock.nowMs();
    const shards = await Promise.all(
      catalog.shards(logstore.id).map(async ({ shard }) => {
        const at = { logstore: logstore.id, shard };
        const { begin, end } = await stream.bounds(at, ctx);
        const saved = info.checkpoints.find((checkpoint) => checkpoint.shard === shard);
        const holder = info.consumers.find((consumer) => consumer.shards.includes(shard));
        const readable = saved === undefined || saved.cursor !== null;
        // Without a checkpoint a consumer begins where it likes; counted as everything that is kept.
        const next = saved?.cursor ?? begin;
        const from = next < begin ? begin : next > end ? end : next;
        const lag = Number(end - from);
        return {
          shard,
          checkpoint: saved?.cursor?.toString() ?? null,
          checkpointAt: saved === undefined ? null : iso(saved.updatedMs),
          consumer: holder?.name ?? saved?.consumer ?? '',
          end: end.toString(),
          lagGroups: readable ? lag : null,
          lagSec: !readable ? null : lag === 0 ? 0 : Math.max(0, (nowMs - (await stream.receivedMsAt(at, from, ctx))) / 1000),
        };
      }),
    );
    const known = shards.every((shard) => shard.lagGroups !== null);
    return {
      name: info.name,
      timeoutSec: info.timeoutSec,
      inOrder: info.inOrder,
      createdAt: info.createdSec === 0 ? null : isoOfSec(info.createdSec),
      consumers: info.consumers.map((consumer) => consumer.name).toSorted(),
      lagGroups: known ? shards.reduce((sum, shard) => sum + (shard.lagGroups ?? 0), 0) : null,
      lagSec: known ? shards.reduce((most, shard) => Math.max(most, shard.lagSec ?? 0), 0) : null,
      shards,
      etag: etagOf([info.name, info.timeoutSec, info.inOrder]),
    };
  };

  const groupOf = async (logstore: LogstoreInfo, name: string, ctx: RunContext): Promise<GroupInfo> => {
    const found = (await groups.list(logstore, ctx)).find((info) => info.name === name);
    if (found === undefined)
      throw new SluiceError('request.not_found', `consumer group ${name} of logstore ${logstore.name} does not exist`, {
        resource: 'consumer_group',
        name,
      });
    return found;
  };

  return {
    async listConsumerGroups({ params, ctx }) {
      const logstore = logstoreOf(catalog, params);
      const items = await Promise.all((await groups.list(logstore, ctx)).map((info) => shown(logstore, info, ctx)));
      return pageInMemory(items, (item) => item.name, { pageSize: items.length });
    },
    async createConsumerGroup({ params, body, ctx }) {
      const logstore = logstoreOf(catalog, params);
      await groups.create(logstore, body.name, body.timeoutSec, body.inOrder, ctx);
      return await shown(logstore, await groupOf(logstore, body.name, ctx), ctx);
    },
    async getConsumerGroup({ params, ctx }) {
      const logstore = logstoreOf(catalog, params);
      return await shown(logstore, await groupOf(logstore, params.group, ctx), ctx);
    },
    async updateConsumerGroup({ params, body, facts, ctx }) {
      const logstore = logstoreOf(catalog, params);
      const before = await shown(logstore, await groupOf(logstore, params.group, ctx), ctx);
      requireEtag(body.etag, before.etag, `consumer group ${params.group}`, facts);
      const { timeoutSec, inOrder } = body;
      await groups.update(logstore, params.group, defined({ timeoutSec, inOrder }), ctx);
      return await shown(logstore, await groupOf(logstore, params.group, ctx), ctx);
    },
    async resetConsumerGroup({ params, body, ctx }) {
      const logstore = logstoreOf(catalog, params);
      await groupOf(logstore, params.group, ctx);
      const all = catalog.shards(logstore.id).map((info) => info.shard);
      if (body.shard !== undefined && !all.includes(body.shard))
        throw new SluiceError('request.not_found', `shard ${body.shard} of logstore ${logstore.name} does not exist`, {
          resource: 'shard',
          name: String(body.shard),
        });
      const { to } = body;
      const where = to === 'begin' || to === 'end' ? to : { receivedMs: timeParts(to).sec * 1000 };
      for (const shard of body.shard === undefined ? all : [body.shard]) {
        const cursor = await stream.cursorAt({ logstore: logstore.id, shard }, where, ctx);
        await groups.reset(logstore, params.group, shard, cursor, ctx);
      }
      return await shown(logstore, await groupOf(logstore, params.group, ctx), ctx);
    },
    async deleteConsumerGroup({ params, ctx }) {
      await groups.delete(logstoreOf(catalog, params), params.group, ctx);
    },
  };
}
