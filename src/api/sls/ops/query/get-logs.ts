import { z } from 'zod';
import { compressedJson, json, type SlsOperation, type SlsQuery } from '../../operation.ts';
import { bodyOf } from '../control/body.ts';
import { headersOf, metaOf, queryRequest, rowMaps, type AskedQuery } from './log-query.ts';
import { queried } from './queried.ts';

const RESOURCE = 'project/{project}/logstore/{ls}';

const number = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d+$/)
      .transform(Number),
  ])
  .nullish()
  .transform((v) => v ?? undefined);
const text = z
  .string()
  .nullish()
  .transform((v) => v ?? undefined);
const flag = z
  .union([z.boolean(), z.string().transform((v) => v.toLowerCase() === 'true')])
  .nullish()
  .transform((v) => v ?? undefined);

const asked = z.object({
  from: number,
  to: number,
  fromNs: number,
  toNs: number,
  fromNsPart: number,
  toNsPart: number,
  topic: text,
  query: text,
  line: number,
  offset: number,
  reverse: flag,
  powerSql: flag,
  accurate: flag,
  isAccurate: flag,
  session: text,
  shard: number,
});

/** The parameters of a query in the URL, all of them text. */
export function askedInUrl(query: SlsQuery): AskedQuery {
  const int = (name: string): number | undefined => (query.get(name) === undefined ? undefined : query.int(name, 0));
  return {
    from: int('from'),
    to: int('to'),
    fromNs: int('fromNs') ?? int('fromNsPart'),
    toNs: int('toNs') ?? int('toNsPart'),
    topic: query.get('topic'),
    query: query.get('query'),
    line: int('line'),
    offset: int('offset'),
    reverse: query.flag('reverse'),
    accurate: query.flag('accurate'),
    session: query.get('session'),
    shard: int('shard'),
  };
}

/** GetLogs V2 of the OpenAPI, V3 of the Go SDK (sls-api §3.6). */
const getLogsV2: SlsOperation = {
  name: 'GetLogsV2',
  method: 'POST',
  path: '/logstores/{ls}/logs',
  host: 'project',
  action: 'log:GetLogStoreLogs',
  resource: RESOURCE,
  async handle(request, services, ctx) {
    const body = bodyOf(request, asked, 'ParameterInvalid');
    const question = queryRequest({
      ...body,
      fromNs: body.fromNs ?? body.fromNsPart,
      toNs: body.toNs ?? body.toNsPart,
      accurate: body.accurate ?? body.isAccurate,
    });
    const answer = await (await queried(request, services, 'log:GetLogStoreLogs', ctx)).query(question, ctx);
    return compressedJson({ meta: metaOf(answer, { powerSql: body.powerSql ?? false }), data: rowMaps(answer) });
  },
};

/** GetLogs V1: a bare array, what is known about it in headers (sls-api §3.7). */
const getLogsV1: SlsOperation = {
  name: 'GetLogs',
  method: 'GET',
  path: '/logstores/{ls}',
  where: { type: ['log'] },
  host: 'project',
  action: 'log:GetLogStoreLogs',
  resource: RESOURCE,
  async handle(request, services, ctx) {
    const question = queryRequest(askedInUrl(request.query));
    const answer = await (await queried(request, services, 'log:GetLogStoreLogs', ctx)).query(question, ctx);
    return json(rowMaps(answer), headersOf(answer));
  },
};

export const getLogsOperations: readonly SlsOperation[] = [getLogsV2, getLogsV1];
