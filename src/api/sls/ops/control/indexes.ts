import { indexToWire, parseIndex } from '../../../../control/index-config.ts';
import type { RunContext } from '../../../../core/context.ts';
import { empty, json, type SlsOperation, type SlsRequest } from '../../operation.ts';
import { logstoreOf } from '../../resources.ts';
import type { SlsServices } from '../../services.ts';
import { SlsError } from '../../sls-error.ts';

const RESOURCE = 'project/{project}/logstore/{ls}';

async function put(request: SlsRequest, services: SlsServices, create: boolean, ctx: RunContext): Promise<void> {
  const { project, name } = logstoreOf(request, services);
  const index = parseIndex(request.json('IndexInfoInvalid'), name, Math.floor(ctx.clock.nowMs() / 1000));
  await services.catalog.putIndex(project, name, index, create, ctx);
}

const createIndex: SlsOperation = {
  name: 'CreateIndex',
  method: 'POST',
  path: '/logstores/{ls}/index',
  host: 'project',
  action: 'log:CreateIndex',
  resource: RESOURCE,
  async handle(request, services, ctx) {
    await put(request, services, true, ctx);
    return empty();
  },
};

const updateIndex: SlsOperation = {
  name: 'UpdateIndex',
  method: 'PUT',
  path: '/logstores/{ls}/index',
  host: 'project',
  action: 'log:UpdateIndex',
  resource: RESOURCE,
  async handle(request, services, ctx) {
    await put(request, services, false, ctx);
    return empty();
  },
};

const getIndex: SlsOperation = {
  name: 'GetIndex',
  method: 'GET',
  path: '/logstores/{ls}/index',
  where: { type: [] },
  host: 'project',
  action: 'log:GetIndex',
  resource: RESOURCE,
  handle(request, services) {
    const { index, ttlDays } = logstoreOf(request, services);
    if (index === null) throw new SlsError('IndexConfigNotExist', "index config doesn't exist", 404);
    return Promise.resolve(json(indexToWire(index, ttlDays)));
  },
};

const deleteIndex: SlsOperation = {
  name: 'DeleteIndex',
  method: 'DELETE',
  path: '/logstores/{ls}/index',
  host: 'project',
  action: 'log:DeleteIndex',
  resource: RESOURCE,
  async handle(request, services, ctx) {
    const { project, name, index } = logstoreOf(request, services);
    if (index === null) throw new SlsError('ParameterInvalid', "log store index isn't created");
    await services.catalog.deleteIndex(project, name, ctx);
    return empty();
  },
};

/** Index configurations (sls-api §4.3). */
export const indexOperations: readonly SlsOperation[] = [createIndex, getIndex, updateIndex, deleteIndex];
