import type { LogstoreInfo } from '../../../../control/catalog.ts';
import type { RunContext } from '../../../../core/context.ts';
import type { HistogramAnswer, QueryAnswer, QueryRequest } from '../../../../query/queries.ts';
import type { SlsRequest } from '../../operation.ts';
import { logstoreOf, projectOf } from '../../resources.ts';
import type { SlsServices } from '../../services.ts';
import { SlsError } from '../../sls-error.ts';
import { requireAccess } from '../control/access-check.ts';
import type { StoreView } from '../control/store-views.ts';
import { StoreViewQueries, type ViewedStore } from './store-view-queries.ts';

export type Question = Omit<QueryRequest, 'logstore'>;
export type HistogramQuestion = Question & { readonly intervalSec?: number };

/** What stands at the place of the logstore in a query's path: a logstore, or a store view (sls-api §4.5). */
export interface Queried {
  query(question: Question, ctx: RunContext): Promise<QueryAnswer>;
  histogram(question: HistogramQuestion, ctx: RunContext): Promise<HistogramAnswer>;
}

/**
 * A store view asks each of its logstores, so the caller needs the right to each of them.
 * @throws SlsError LogStoreNotExist ProjectNotExist Unauthorized
 */
export async function queried(request: SlsRequest, services: SlsServices, action: string, ctx: RunContext): Promise<Queried> {
  const { queries, catalog, control } = services;
  const name = request.params['ls'] ?? '';
  const { name: project } = projectOf(request, services);
  if (catalog.logstore(project, name) === null) {
    const view = await control.objects.find(project, 'store_view', name, ctx);
    if (view !== null) return new StoreViewQueries(queries, storesOf(view.body as unknown as StoreView, request, services, action));
  }
  const logstore: LogstoreInfo = logstoreOf(request, services);
  return {
    query: (question, ctx) => queries.query({ ...question, logstore }, ctx),
    histogram: (question, ctx) => queries.histogram({ ...question, logstore }, ctx),
  };
}

function storesOf(view: StoreView, request: SlsRequest, services: SlsServices, action: string): readonly ViewedStore[] {
  return view.stores.map(({ project, storeName, query }) => {
    requireAccess(request, services, action, `project/${project}/logstore/${storeName}`);
    const logstore = services.catalog.logstore(project, storeName);
    if (logstore === null) throw new SlsError('LogStoreNotExist', `logstore ${storeName} of project ${project} does not exist`, 404);
    return { logstore, filter: query ?? '' };
  });
}
