import { json, type SlsOperation } from '../../operation.ts';
import { askedInUrl } from './get-logs.ts';
import { progressOf, queryRequest } from './log-query.ts';
import { queried } from './queried.ts';

const handle: SlsOperation['handle'] = async (request, services, ctx) => {
  const question = queryRequest(askedInUrl(request.query));
  const intervalSec = request.query.int('interval', 0);
  const target = await queried(request, services, 'log:GetLogStoreHistogram', ctx);
  const answer = await target.histogram({ ...question, ...(intervalSec > 0 && { intervalSec }) }, ctx);
  const bars = answer.buckets.map((bucket) => ({
    from: bucket.fromSec,
    to: bucket.toSec,
    count: bucket.count,
    progress: progressOf(bucket),
  }));
  return json(bars, { 'x-log-progress': progressOf(answer), 'x-log-count': String(answer.total) });
};

const common = {
  name: 'GetHistograms',
  method: 'GET',
  where: { type: ['histogram'] },
  host: 'project',
  action: 'log:GetLogStoreHistogram',
  resource: 'project/{project}/logstore/{ls}',
  handle,
} as const;

/** The number of logs over time; Java and the OpenAPI ask on the index, everyone else on the logstore (sls-api §3.8). */
export const histogramOperations: readonly SlsOperation[] = [
  { ...common, path: '/logstores/{ls}' },
  { ...common, path: '/logstores/{ls}/index' },
];
