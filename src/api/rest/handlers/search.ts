import type { Catalog } from '../../../control/catalog.ts';
import { SluiceError } from '../../../core/errors.ts';
import type { FoundLog, Queries, QueryRequest } from '../../../query/queries.ts';
import type { Handlers } from '../call.ts';
import type { FoundLogBody } from '../contract/search.ts';
import { iso, isoNanos, isoOfSec, timeParts } from '../times.ts';
import { logstoreOf } from './logstores.ts';

function shownLog(log: FoundLog): FoundLogBody {
  return {
    ...log.identity,
    time: isoNanos(log.timeSec, log.timeNsPart),
    received: iso(log.receivedMs),
    topic: log.topic,
    source: log.source,
    tags: { ...log.tags },
    fields: { ...log.fields },
  };
}

function windowOf(body: {
  readonly from: string | number;
  readonly to: string | number;
}): Pick<QueryRequest, 'fromSec' | 'toSec' | 'fromNsPart' | 'toNsPart'> {
  const from = timeParts(body.from);
  const to = timeParts(body.to);
  if (to.sec < from.sec || (to.sec === from.sec && to.nsPart < from.nsPart))
    throw new SluiceError('request.invalid', `to (${body.to}) is before from (${body.from})`, {
      errors: [{ path: '/body/to', message: 'is before from' }],
    });
  return {
    fromSec: from.sec,
    toSec: to.sec,
    ...(from.nsPart === 0 ? {} : { fromNsPart: from.nsPart }),
    ...(to.nsPart === 0 ? {} : { toNsPart: to.nsPart }),
  };
}

export function searchHandlers(catalog: Catalog, queries: Queries): Pick<Handlers, 'query' | 'histogram' | 'context' | 'log'> {
  return {
    async query({ params, body, ctx }) {
      const answer = await queries.query(
        {
          logstore: logstoreOf(catalog, params),
          ...windowOf(body),
          query: body.query,
          line: body.limit,
          offset: body.offset,
          reverse: body.reverse,
          accurate: true,
          scan: body.scan,
          ...(body.topic === undefined ? {} : { topic: body.topic }),
          ...(body.shard === undefined ? {} : { shard: body.shard }),
        },
        ctx,
      );
      return {
        columns: answer.columns.map((column) => ({ ...column })),
        // The largest part of the answer goes through as it is: a copy of each row would cost more than the engine took.
        rows: answer.rows as (string | null)[][],
        identities: answer.identities.map((identity) => ({ ...identity })),
        progress: answer.complete ? ('complete' as const) : ('incomplete' as const),
        incompleteReason: answer.incompleteReason,
        processedRows: answer.processedRows,
        processedBytes: answer.processedBytes,
        elapsedMs: answer.elapsedMs,
        hasSql: answer.hasSql,
        terms: answer.terms.map((term) => ({ ...term })),
        diagnostics: answer.diagnostics.map((diagnostic) => ({ ...diagnostic })),
        sql: answer.sql,
      };
    },

    async histogram({ params, body, ctx }) {
      const answer = await queries.histogram(
        {
          logstore: logstoreOf(catalog, params),
          ...windowOf(body),
          query: body.query,
          line: 0,
          offset: 0,
          reverse: false,
          ...(body.intervalSec === undefined ? {} : { intervalSec: body.intervalSec }),
          ...(body.topic === undefined ? {} : { topic: body.topic }),
        },
        ctx,
      );
      return {
        buckets: answer.buckets.map(({ fromSec, toSec, count, complete }) => ({
          from: isoOfSec(fromSec),
          to: isoOfSec(toSec),
          count,
          complete,
        })),
        total: answer.total,
        complete: answer.complete,
      };
    },

    async context({ params, body, ctx }) {
      const { shard, cursor, index, back, forward } = body;
      const logs = await queries.context(logstoreOf(catalog, params), { shard, cursor, index }, back, forward, ctx);
      const anchor = logs.findIndex(({ identity }) => identity.shard === shard && identity.cursor === cursor && identity.index === index);
      return { logs: logs.map(shownLog), anchor };
    },

    async log({ params, query, ctx }) {
      return shownLog(await queries.log(logstoreOf(catalog, params), query, ctx));
    },
  };
}
