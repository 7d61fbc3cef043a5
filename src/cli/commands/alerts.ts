import { EXIT, text, whole, type Command, type Invocation } from '../command.ts';
import { formatOption, print, printable } from '../print.ts';
import { withClient, type RestClient } from '../rest-client.ts';
import { instantOf } from '../when.ts';

/** Options that alerts and events share, as query parameters. */
export const triageOptions = {
  status: { type: 'string', value: 'A,B', help: 'only with one of these statuses' },
  severity: { type: 'string', value: 'A,B', help: 'critical, high, medium, low, info' },
  entity: { type: 'string', value: 'VALUE', help: 'only about this address, user, host …' },
  from: { type: 'string', value: 'TIME', help: 'seen at or after' },
  to: { type: 'string', value: 'TIME', help: 'seen before' },
  limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many; 50' },
} as const;

export function triageQuery({ values, ctx }: Invocation): Record<string, string | readonly string[] | number> {
  const now = ctx.clock.nowMs();
  const query: Record<string, string | readonly string[] | number> = { pageSize: Math.min(1000, whole(values, 'limit', 50, 1)) };
  for (const name of ['status', 'severity']) {
    const value = text(values, name);
    if (value !== undefined) query[name] = value.split(',');
  }
  const entity = text(values, 'entity');
  if (entity !== undefined) query['entity'] = entity;
  for (const name of ['from', 'to']) {
    const value = text(values, name);
    if (value !== undefined) query[name] = instantOf(value, now, `--${name}`);
  }
  return query;
}

async function one(invocation: Invocation, client: RestClient, id: string): Promise<void> {
  const { io, ctx } = invocation;
  const alert = await client.call('getAlert', { params: { id } }, ctx);
  if (!io.outIsTty || text(invocation.values, 'format') === 'ndjson') {
    await io.out(`${JSON.stringify(alert)}\n`);
    return;
  }
  const lines = [
    `${alert.severity.toUpperCase()}  ${alert.id}  ${alert.status}`,
    alert.title,
    '',
    `Rule      ${alert.ruleId} r${alert.ruleRevision}  ${alert.techniques.join(' ')}`,
    `Seen      ${alert.firstSeen} to ${alert.lastSeen}, ${alert.count} times`,
    `Cloud     ${alert.cloud}`,
    `Event     ${alert.eventId ?? '-'}`,
    `Owner     ${alert.owner ?? '-'}`,
    '',
    'Why it fired',
    ...alert.reasons.map(
      (reason) => `  ${reason.field} ${reason.operator} ${reason.value}${reason.note === undefined ? '' : `  (${reason.note})`}`,
    ),
    'Entities',
    ...alert.entities.map((entity) => `  ${entity.type}  ${entity.value}${entity.role === undefined ? '' : `  ${entity.role}`}`),
    'Evidence',
    ...alert.evidence.map((log) => `  ${log.project}/${log.logstore} shard ${log.shard} cursor ${log.cursor} #${log.index}`),
  ];
  await io.out(`${lines.map(printable).join('\n')}\n`);
}

export const alertsCommand: Command = {
  name: 'alerts',
  summary: 'Alerts, newest first; one alert with why it fired and its evidence',
  usage: '[ALERT]',
  positionals: [0, 1],
  options: { ...formatOption, ...triageOptions, rule: { type: 'string', value: 'ID', help: 'only of this rule' } },
  notes: ['Statuses: new, acknowledged, suppressed, closed.'],
  async run(invocation) {
    const { io, ctx, positionals, values } = invocation;
    return await withClient(io, ctx, async (client) => {
      const [id] = positionals;
      if (id !== undefined) {
        await one(invocation, client, id);
        return EXIT.ok;
      }
      const ruleId = text(values, 'rule');
      const { items, nextPageToken } = await client.call(
        'listAlerts',
        { query: { ...triageQuery(invocation), ...(ruleId === undefined ? {} : { ruleId }) } },
        ctx,
      );
      await print(invocation, items, [
        { head: 'Severity', name: 'severity', of: (row) => row.severity },
        { head: 'Alert', name: 'id', of: (row) => row.id },
        { head: 'Last seen', name: 'lastSeen', of: (row) => row.lastSeen },
        { head: 'Status', name: 'status', of: (row) => row.status },
        { head: 'Cloud', name: 'cloud', of: (row) => row.cloud },
        { head: 'Title', name: 'title', of: (row) => row.title },
        { head: 'Entities', name: 'entities', of: (row) => row.entities.map((entity) => entity.value).join(' ') },
        { head: 'Event', name: 'eventId', of: (row) => row.eventId },
      ]);
      if (nextPageToken !== '') io.err('There are more: narrow the filters or raise --limit.\n');
      return EXIT.ok;
    });
  },
};
