import { z } from 'zod';
import { empty, json, type SlsOperation } from '../../operation.ts';
import { projectOf } from '../../resources.ts';
import { SlsError } from '../../sls-error.ts';
import { bodyOf } from './body.ts';
import { containing, paged } from './paging.ts';

/** Per project (sls-api §5.5). */
const MAX = 100;
/** Longest query, characters: 64 KB is refused (sls-api §4.6). */
const MAX_QUERY = 65_535;

const text = z
  .string()
  .nullish()
  .transform((v) => v ?? '');

/** Exactly these five read back. */
const body = z.object({
  savedsearchName: z.string().regex(/^[\w.-]{2,128}$/, 'expected 2 to 128 of a-z A-Z 0-9 _ - .'),
  displayName: text,
  searchQuery: z.string().max(MAX_QUERY),
  logstore: z.string(),
  topic: text,
});

const RESOURCE = 'project/{project}/savedsearch/{name}';
const nameOf = (params: Readonly<Record<string, string>>): string => params['name'] ?? '';

/** Saved searches (sls-api §4.6). */
export const savedSearchOperations: readonly SlsOperation[] = [
  {
    name: 'CreateSavedSearch',
    method: 'POST',
    path: '/savedsearches',
    host: 'project',
    action: 'log:CreateSavedSearch',
    resource: 'project/{project}/savedsearch/*',
    async handle(request, services, ctx) {
      const search = bodyOf(request, body);
      await services.control.objects.create(projectOf(request, services).name, 'saved_search', search.savedsearchName, search, MAX, ctx);
      return empty();
    },
  },
  {
    name: 'UpdateSavedSearch',
    method: 'PUT',
    path: '/savedsearches/{name}',
    host: 'project',
    action: 'log:UpdateSavedSearch',
    resource: RESOURCE,
    async handle(request, services, ctx) {
      const search = bodyOf(request, body);
      const name = nameOf(request.params);
      if (search.savedsearchName !== name)
        throw new SlsError('ParameterInvalid', `savedsearchName ${search.savedsearchName} is not the ${name} of the path`);
      await services.control.objects.update(projectOf(request, services).name, 'saved_search', name, () => search, ctx);
      return empty();
    },
  },
  {
    name: 'GetSavedSearch',
    method: 'GET',
    path: '/savedsearches/{name}',
    host: 'project',
    action: 'log:GetSavedSearch',
    resource: RESOURCE,
    async handle(request, services, ctx) {
      return json(
        (await services.control.objects.get(projectOf(request, services).name, 'saved_search', nameOf(request.params), ctx)).body,
      );
    },
  },
  {
    name: 'DeleteSavedSearch',
    method: 'DELETE',
    path: '/savedsearches/{name}',
    host: 'project',
    action: 'log:DeleteSavedSearch',
    resource: RESOURCE,
    async handle(request, services, ctx) {
      await services.control.objects.delete(projectOf(request, services).name, 'saved_search', nameOf(request.params), ctx);
      return empty();
    },
  },
  {
    name: 'ListSavedSearch',
    method: 'GET',
    path: '/savedsearches',
    host: 'project',
    action: 'log:ListSavedSearch',
    resource: 'project/{project}/savedsearch/*',
    async handle(request, services, ctx) {
      const { query } = request;
      const all = await services.control.objects.list(projectOf(request, services).name, 'saved_search', ctx);
      const { count, total, items } = paged(
        containing(all, query, 'savedsearchName', (one) => one.name),
        query,
      );
      return json({
        count,
        total,
        savedsearches: items.map((one) => one.name),
        savedsearchItems: items.map((one) => ({ savedsearchName: one.name, displayName: one.body['displayName'] ?? '' })),
      });
    },
  },
];
