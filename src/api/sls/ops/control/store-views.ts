import { z } from 'zod';
import { indexToWire } from '../../../../control/index-config.ts';
import { json, type SlsOperation } from '../../operation.ts';
import { projectOf } from '../../resources.ts';
import { SlsError } from '../../sls-error.ts';
import { bodyOf } from './body.ts';
import { objectOperations } from './object-operations.ts';

/** Per project, and logstores of one view. */
const MAX_VIEWS = 100;
const MAX_STORES = 50;

export const storeViewBody = z.object({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{2,61}$/, 'expected 3 to 62 of a-z 0-9 _ with a letter in front')
    .optional(),
  storeType: z.enum(['logstore', 'metricstore']),
  stores: z
    .array(z.object({ project: z.string(), storeName: z.string(), query: z.string().nullish() }))
    .min(1)
    .max(MAX_STORES),
});

export type StoreView = z.output<typeof storeViewBody>;

const crud = objectOperations({
  kind: 'store_view',
  word: 'StoreView',
  path: 'storeviews',
  nameKey: 'name',
  ram: 'storeview',
  limit: MAX_VIEWS,
  parse: (request) => bodyOf(request, storeViewBody, 'ParameterInvalid'),
  show: (object) => object.body,
  keep(object, query) {
    const type = query.get('storeType');
    return type === undefined || object.body['storeType'] === type;
  },
  check(body, project, services) {
    const name = String(body['name']);
    // A query names a logstore or a view at the same place, so the two share their names.
    if (services.catalog.logstore(project, name) !== null)
      throw new SlsError('ParameterInvalid', `${name} is already the name of a logstore`);
  },
});

const indexes: SlsOperation = {
  name: 'GetStoreViewIndex',
  method: 'GET',
  path: '/storeviews/{name}/index',
  host: 'project',
  action: 'log:GetStoreViewIndex',
  resource: 'project/{project}/storeview/{name}',
  async handle(request, services, ctx) {
    const { name: project } = projectOf(request, services);
    const found = await services.control.objects.get(project, 'store_view', request.params['name'] ?? '', ctx);
    const indexes: unknown[] = [];
    const storeViewErrors: unknown[] = [];
    for (const store of (found.body as unknown as StoreView).stores) {
      const at = { projectName: store.project, logstore: store.storeName };
      const resource = `project/${store.project}/logstore/${store.storeName}`;
      const open = services.access.allowed(request.caller, 'log:GetIndex', resource, request.facts) === 'allowed';
      const logstore = open ? services.catalog.logstore(store.project, store.storeName) : null;
      if (!open) storeViewErrors.push({ ...at, status: 'Unauthorized', message: 'denied by sts or ram' });
      else if (logstore === null)
        storeViewErrors.push({ ...at, status: 'LogStoreNotExist', message: `logstore ${store.storeName} does not exist` });
      else if (logstore.index === null)
        storeViewErrors.push({ ...at, status: 'IndexConfigNotExist', message: 'logstore without index config' });
      else indexes.push({ ...at, index: indexToWire(logstore.index, logstore.ttlDays) });
    }
    return json({ indexes, storeViewErrors });
  },
};

/** Store views: several logstores under one name (sls-api §4.5). */
export const storeViewOperations: readonly SlsOperation[] = [...crud, indexes];
