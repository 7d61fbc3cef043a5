import { json, type SlsOperation } from '../../operation.ts';
import { logstoreOf } from '../../resources.ts';

/** Topics of a page at most (sls-api §3.8). */
const MAX_TOPICS = 100;

/** Topics of a logstore in order of their text, after `token`. */
export const listTopics: SlsOperation = {
  name: 'ListTopics',
  method: 'GET',
  path: '/logstores/{ls}',
  where: { type: ['topic'] },
  host: 'project',
  action: 'log:ListLogStoreTopics',
  resource: 'project/{project}/logstore/{ls}',
  async handle(request, services, ctx) {
    const logstore = logstoreOf(request, services);
    const line = Math.min(Math.max(1, request.query.int('line', MAX_TOPICS)), MAX_TOPICS);
    const token = request.query.get('token');
    const after = token === undefined ? '' : `where __topic__ > '${token.replaceAll("'", "''")}'`;
    const query = `* | select __topic__ from log ${after} group by __topic__ order by __topic__ limit ${line + 1}`;
    const toSec = Math.floor(ctx.clock.nowMs() / 1000) + 86_400;
    const answer = await services.queries.query({ logstore, fromSec: 0, toSec, query, line, offset: 0, reverse: false }, ctx);
    const topics = answer.rows.map((row) => row[0] ?? '');
    const page = topics.slice(0, line);
    return json(page, { 'x-log-count': String(page.length), 'x-log-nexttoken': topics.length > line ? (page.at(-1) ?? '') : '' });
  },
};
