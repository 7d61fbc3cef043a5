import type { FoundLog, LogIdentity } from '../../../../query/queries.ts';
import { json, type SlsOperation } from '../../operation.ts';
import { logstoreOf } from '../../resources.ts';
import { SlsError } from '../../sls-error.ts';

/** Lines on each side of a log, at most (sls-api §3.9). */
const MAX_LINES = 100;

/** The identity inside a `__pack_meta__` of ours: `<shard>|<cursor>|<index>`. @throws SlsError ParameterInvalid */
function identityOf(packMeta: string): LogIdentity {
  const match = /^(\d{1,9})\|(\d{1,20})\|(\d{1,9})$/.exec(packMeta);
  if (match === null)
    throw new SlsError('ParameterInvalid', `pack_meta ${packMeta} is invalid, take it from a query that ends in | with_pack_meta`);
  return { shard: Number(match[1]), cursor: match[2] as string, index: Number(match[3]) };
}

/** A log as a query with `with_pack_meta` shows it. */
function rowOf(log: FoundLog, at: number): Record<string, string> {
  const { shard, cursor, index } = log.identity;
  const row: Record<string, string> = { __index_number__: String(at), __time__: String(log.timeSec) };
  if (log.timeNsPart !== 0) row['__time_ns_part__'] = String(log.timeNsPart);
  row['__source__'] = log.source;
  row['__topic__'] = log.topic;
  for (const [name, value] of Object.entries(log.tags)) row[`__tag__:${name}`] = value;
  row['__pack_meta__'] = `${shard}|${cursor}|${index}`;
  return { ...row, ...log.fields };
}

/** Logs around one, of the same producer (sls-api §3.9). */
export const contextLogs: SlsOperation = {
  name: 'GetContextLogs',
  method: 'GET',
  path: '/logstores/{ls}',
  where: { type: ['context_log'] },
  host: 'project',
  action: 'log:GetLogStoreContextLogs',
  resource: 'project/{project}/logstore/{ls}',
  async handle(request, services, ctx) {
    const logstore = logstoreOf(request, services);
    const lines = (name: string): number => {
      const count = request.query.int(name, 0);
      if (count < 0 || count > MAX_LINES)
        throw new SlsError('ParameterInvalid', `${name} must be within range [0, ${MAX_LINES}], but is ${count}`);
      return count;
    };
    const back = lines('back_lines');
    const forward = lines('forward_lines');
    if (back + forward === 0) throw new SlsError('ParameterInvalid', 'back_lines or forward_lines must be above 0');
    const identity = identityOf(request.query.get('pack_meta') ?? '');
    const found = await services.queries.context(logstore, identity, back, forward, ctx);
    const own = found.findIndex((log) => log.identity.cursor === identity.cursor && log.identity.index === identity.index);
    const after = found.length - own - 1;
    // Without a neighbour there is no context, and the log itself is left out too.
    if (own + after === 0) return json({ progress: 'Complete', total_lines: 0, back_lines: 0, forward_lines: 0, logs: [] });
    return json({
      progress: 'Complete',
      total_lines: found.length,
      back_lines: own,
      forward_lines: after,
      logs: found.map((log, i) => rowOf(log, i - own)),
    });
  },
};
