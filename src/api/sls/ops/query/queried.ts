import type { RunContext } from '../../../../core/context.ts';
import type { HistogramAnswer, QueryAnswer, QueryRequest } from '../../../../query/queries.ts';
import type { SlsRequest } from '../../operation.ts';
import { logstoreOf } from '../../resources.ts';
import type { SlsServices } from '../../services.ts';

type Question = Omit<QueryRequest, 'logstore'>;

/** What stands at the place of the logstore in a query's path. */
export interface Queried {
  query(question: Question, ctx: RunContext): Promise<QueryAnswer>;
  histogram(question: Question & { readonly intervalSec?: number }, ctx: RunContext): Promise<HistogramAnswer>;
}

/** @throws SlsError LogStoreNotExist ProjectNotExist */
export function queried(request: SlsRequest, services: SlsServices, _ctx: RunContext): Promise<Queried> {
  const logstore = logstoreOf(request, services);
  const { queries } = services;
  return Promise.resolve({
    query: (question, ctx) => queries.query({ ...question, logstore }, ctx),
    histogram: (question, ctx) => queries.histogram({ ...question, logstore }, ctx),
  });
}
