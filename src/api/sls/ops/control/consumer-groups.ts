import { z } from 'zod';
import { empty, json, type SlsOperation } from '../../operation.ts';
import { logstoreOf } from '../../resources.ts';
import { SlsError } from '../../sls-error.ts';
import { bodyOf } from './body.ts';

const PATH = '/logstores/{ls}/consumergroups';
const RESOURCE = 'project/{project}/logstore/{ls}/consumergroup/{cg}';

const newGroup = z.object({ consumerGroup: z.string(), timeout: z.number(), order: z.boolean().default(false) });
const changed = z.object({ timeout: z.number().nullish(), order: z.boolean().nullish() });
const point = z.object({ shard: z.number().int().min(0), checkpoint: z.string() });
/** A bare array of shard numbers; Java sends none at all for an empty one. */
const held = z
  .array(z.number().int())
  .nullish()
  .transform((v) => v ?? []);

const createConsumerGroup: SlsOperation = {
  name: 'CreateConsumerGroup',
  method: 'POST',
  path: PATH,
  host: 'project',
  action: 'log:CreateConsumerGroup',
  resource: 'project/{project}/logstore/{ls}/consumergroup/*',
  async handle(request, services, ctx) {
    const { consumerGroup, timeout, order } = bodyOf(request, newGroup, 'ParameterInvalid');
    await services.control.groups.create(logstoreOf(request, services), consumerGroup, timeout, order, ctx);
    return empty();
  },
};

const updateConsumerGroup: SlsOperation = {
  name: 'UpdateConsumerGroup',
  method: 'PUT',
  path: `${PATH}/{cg}`,
  host: 'project',
  action: 'log:UpdateConsumerGroup',
  resource: RESOURCE,
  async handle(request, services, ctx) {
    const { timeout, order } = bodyOf(request, changed, 'ParameterInvalid');
    const change = {
      ...(typeof timeout === 'number' && { timeoutSec: timeout }),
      ...(typeof order === 'boolean' && { inOrder: order }),
    };
    await services.control.groups.update(logstoreOf(request, services), request.params['cg'] ?? '', change, ctx);
    return empty();
  },
};

const deleteConsumerGroup: SlsOperation = {
  name: 'DeleteConsumerGroup',
  method: 'DELETE',
  path: `${PATH}/{cg}`,
  host: 'project',
  action: 'log:DeleteConsumerGroup',
  resource: RESOURCE,
  async handle(request, services, ctx) {
    await services.control.groups.delete(logstoreOf(request, services), request.params['cg'] ?? '', ctx);
    return empty();
  },
};

const listConsumerGroup: SlsOperation = {
  name: 'ListConsumerGroup',
  method: 'GET',
  path: PATH,
  host: 'project',
  action: 'log:ListConsumerGroup',
  resource: 'project/{project}/logstore/{ls}/consumergroup/*',
  async handle(request, services, ctx) {
    const groups = await services.control.groups.list(logstoreOf(request, services), ctx);
    return json(groups.map((group) => ({ name: group.name, timeout: group.timeoutSec, order: group.inOrder })));
  },
};

const heartBeat: SlsOperation = {
  name: 'ConsumerGroupHeartBeat',
  method: 'POST',
  path: `${PATH}/{cg}`,
  where: { type: ['heartbeat'] },
  host: 'project',
  action: 'log:ConsumerGroupHeartBeat',
  resource: RESOURCE,
  async handle(request, services, ctx) {
    const consumer = request.query.get('consumer') ?? '';
    const shards = request.body.length === 0 ? [] : bodyOf(request, held, 'JsonInfoInvalid');
    return json(await services.control.groups.heartbeat(logstoreOf(request, services), request.params['cg'] ?? '', consumer, shards, ctx));
  },
};

const getCheckPoint: SlsOperation = {
  name: 'GetCheckPoint',
  method: 'GET',
  path: `${PATH}/{cg}`,
  host: 'project',
  action: 'log:GetConsumerGroupCheckPoint',
  resource: RESOURCE,
  async handle(request, services, ctx) {
    const shard = request.query.int('shard', -1);
    const all = await services.control.groups.checkpoints(logstoreOf(request, services), request.params['cg'] ?? '', ctx);
    return json(shard < 0 ? all : all.filter((one) => one.shard === shard));
  },
};

const updateCheckPoint: SlsOperation = {
  name: 'ConsumerGroupUpdateCheckPoint',
  method: 'POST',
  path: `${PATH}/{cg}`,
  where: { type: ['checkpoint'] },
  host: 'project',
  action: 'log:ConsumerGroupUpdateCheckPoint',
  resource: RESOURCE,
  async handle(request, services, ctx) {
    const { shard, checkpoint } = bodyOf(request, point, 'JsonInfoInvalid');
    const logstore = logstoreOf(request, services);
    // 404 here, 400 everywhere else (sls-api §5.3): consumer libraries drop the shard on it.
    if (!services.catalog.shards(logstore.id).some((info) => info.shard === shard))
      throw new SlsError('ShardNotExist', `shard ${shard} does not exist`, 404);
    const consumer = request.query.get('consumer') ?? '';
    const force = request.query.flag('forceSuccess');
    await services.control.groups.saveCheckpoint(logstore, request.params['cg'] ?? '', { shard, checkpoint, consumer, force }, ctx);
    return empty();
  },
};

/** Consumer groups (sls-api §4.4). */
export const consumerGroupOperations: readonly SlsOperation[] = [
  createConsumerGroup,
  updateConsumerGroup,
  deleteConsumerGroup,
  listConsumerGroup,
  heartBeat,
  getCheckPoint,
  updateCheckPoint,
];
