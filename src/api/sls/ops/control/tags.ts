import { z } from 'zod';
import type { TagTarget } from '../../../../control/wire-tags.ts';
import type { RunContext } from '../../../../core/context.ts';
import { empty, json, type SlsOperation, type SlsRequest } from '../../operation.ts';
import type { SlsServices } from '../../services.ts';
import { SlsError } from '../../sls-error.ts';
import { requireAccess } from './access-check.ts';
import { bodyOf } from './body.ts';

/** Tags of one call at most (sls-api §4.9). */
const MAX_TAGS = 20;
/** Lines of one page of a list. */
const PAGE = 200;

/** Resource type → its kind among the stored objects (null: the catalogue's own) and its word in RAM resources. */
const TYPES: Readonly<Record<string, { readonly kind: 'dashboard' | 'machine_group' | 'config' | null; readonly ram: string }>> = {
  project: { kind: null, ram: '' },
  logstore: { kind: null, ram: 'logstore' },
  dashboard: { kind: 'dashboard', ram: 'dashboard' },
  machinegroup: { kind: 'machine_group', ram: 'machinegroup' },
  logtailconfig: { kind: 'config', ram: 'logtailconfig' },
};

const targets = { resourceType: z.string(), resourceId: z.array(z.string().min(1)).min(1).max(50) };
const tagBody = z.object({
  ...targets,
  tags: z
    .array(z.object({ key: z.string().min(1).max(128), value: z.string().max(128).default('') }))
    .nullish()
    .transform((v) => v ?? []),
});
const untagBody = z.object({
  ...targets,
  tags: z
    .array(z.string())
    .nullish()
    .transform((v) => v ?? []),
  all: z.boolean().nullish(),
});

/** The resources a body names: `project`, or `project#name` (sls-api §4.9). Each must exist and be open to the caller for the action. */
async function targetsOf(
  request: SlsRequest,
  services: SlsServices,
  resourceType: string,
  ids: readonly string[],
  action: string,
  ctx: RunContext,
): Promise<TagTarget[]> {
  const type = TYPES[resourceType];
  if (type === undefined) throw new SlsError('ParameterInvalid', `The resource type is not supported: ${resourceType}`);
  const found: TagTarget[] = [];
  for (const id of ids) {
    const [project = '', ...rest] = id.split('#');
    const resource = resourceType === 'project' ? project : rest.join('#');
    requireAccess(
      request,
      services,
      action,
      resourceType === 'project' ? `project/${project}` : `project/${project}/${type.ram}/${resource}`,
    );
    if (services.catalog.project(project) === null) throw new SlsError('ProjectNotExist', `The Project does not exist : ${project}`, 404);
    if (resourceType === 'logstore' && services.catalog.logstore(project, resource) === null)
      throw new SlsError('LogStoreNotExist', `logstore ${resource} does not exist`, 404);
    if (type.kind !== null) await services.control.objects.get(project, type.kind, resource, ctx);
    found.push({ project, resourceType, resource });
  }
  return found;
}

const tagResources: SlsOperation = {
  name: 'TagResources',
  method: 'POST',
  path: '/tag',
  host: 'any',
  action: null,
  resource: '',
  async handle(request, services, ctx) {
    const { resourceType, resourceId, tags } = bodyOf(request, tagBody);
    if (tags.length === 0 || tags.length > MAX_TAGS)
      throw new SlsError('PostBodyInvalid', `request tag key value pair size must little than ${MAX_TAGS}`);
    await services.control.tags.put(await targetsOf(request, services, resourceType, resourceId, 'log:TagResources', ctx), tags, ctx);
    return empty();
  },
};

const untagResources: SlsOperation = {
  name: 'UntagResources',
  method: 'POST',
  path: '/untag',
  host: 'any',
  action: null,
  resource: '',
  async handle(request, services, ctx) {
    const { resourceType, resourceId, tags, all } = bodyOf(request, untagBody);
    if (tags.length > MAX_TAGS) throw new SlsError('PostBodyInvalid', 'tag key value pair count exceed');
    const found = await targetsOf(request, services, resourceType, resourceId, 'log:UntagResources', ctx);
    await services.control.tags.remove(found, all === true ? null : tags, ctx);
    return empty();
  },
};

const filter = z.array(z.object({ key: z.string().nullish(), value: z.string().nullish() }));

/** A parameter that holds a JSON array. @throws SlsError ParameterInvalid */
function listIn<T>(request: SlsRequest, name: string, schema: z.ZodType<T[]>): T[] {
  const text = request.query.get(name);
  if (text === undefined) return [];
  try {
    return schema.parse(JSON.parse(text));
  } catch (thrown) {
    throw new SlsError('ParameterInvalid', `parameter ${name} is not a JSON array of what is expected`, 400, { cause: thrown });
  }
}

const listTagResources: SlsOperation = {
  name: 'ListTagResources',
  method: 'GET',
  path: '/tags',
  host: 'any',
  action: null,
  resource: '',
  async handle(request, services, ctx) {
    const resourceType = request.query.get('resourceType') ?? '';
    const ids = listIn(request, 'resourceId', z.array(z.string()));
    const wanted = listIn(request, 'tags', filter);
    if (!(resourceType in TYPES)) throw new SlsError('ParameterInvalid', `The resource type is not supported: ${resourceType}`);
    await targetsOf(request, services, resourceType, ids, 'log:ListTagResources', ctx);
    if (ids.length === 0)
      requireAccess(request, services, 'log:ListTagResources', request.project === null ? 'project/*' : `project/${request.project}`);
    const idOf = (tag: TagTarget): string => (resourceType === 'project' ? tag.project : `${tag.project}#${tag.resource}`);
    const all = (await services.control.tags.list(resourceType, ctx)).filter(
      (tag) =>
        (ids.length > 0 ? ids.includes(idOf(tag)) : request.project === null || tag.project === request.project) &&
        (wanted.length === 0 ||
          wanted.some(({ key, value }) => (!key || key === tag.key) && (value === null || value === undefined || value === tag.value))),
    );
    const from = Number(/^\d{1,9}$/.exec(request.query.get('nextToken') ?? '')?.[0] ?? 0);
    const page = all.slice(from, from + PAGE);
    return json({
      nextToken: from + PAGE < all.length ? String(from + PAGE) : '',
      tagResources: page.map((tag) => ({ resourceType, resourceId: idOf(tag), tagKey: tag.key, tagValue: tag.value })),
    });
  },
};

/** Tags of resources (sls-api §4.9). */
export const tagOperations: readonly SlsOperation[] = [tagResources, untagResources, listTagResources];
