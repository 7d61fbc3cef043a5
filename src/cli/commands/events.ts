import { EXIT, text, type Command, type Invocation } from '../command.ts';
import { formatOption, print, printable, tableText } from '../print.ts';
import { withClient, type RestClient } from '../rest-client.ts';
import { triageOptions, triageQuery } from './alerts.ts';

async function one(invocation: Invocation, client: RestClient, id: string): Promise<void> {
  const { io, ctx } = invocation;
  const event = await client.call('getSecurityEvent', { params: { id } }, ctx);
  if (!io.outIsTty || text(invocation.values, 'format') === 'ndjson') {
    await io.out(`${JSON.stringify(event)}\n`);
    return;
  }
  const head = [
    `${event.severity.toUpperCase()}  ${event.id}  ${event.status}  risk ${event.riskScore.toFixed(0)} of 100`,
    event.title,
    event.summary,
    '',
    `Seen      ${event.firstSeen} to ${event.lastSeen}`,
    `Clouds    ${event.clouds.map((part) => `${part.cloud} ${part.alerts}`).join(', ')}`,
    `Owner     ${event.owner ?? '-'}${event.dueAt === null ? '' : `, respond by ${event.dueAt}`}`,
    `Entities  ${event.entities.map((entity) => entity.value).join(', ')}`,
    '',
  ];
  const causes = new Map(event.edges.filter((edge) => edge.kind === 'cause').map((edge) => [edge.to, edge]));
  const numbers = new Map(event.steps.map((step, i) => [step.alertId, i + 1]));
  await io.out(`${head.map(printable).join('\n')}\n`);
  await io.out(
    tableText(
      event.steps,
      [
        { head: '#', name: 'number', of: (step) => numbers.get(step.alertId) ?? 0, right: true },
        { head: 'Time', name: 'time', of: (step) => step.time.slice(11, 19) },
        { head: 'Cloud', name: 'cloud', of: (step) => step.cloud },
        { head: 'Tactic', name: 'tactic', of: (step) => step.tactic },
        { head: 'Technique', name: 'technique', of: (step) => step.technique },
        { head: 'What happened', name: 'title', of: (step) => step.title },
        {
          head: 'From',
          name: 'from',
          of: (step) => {
            const edge = causes.get(step.alertId);
            return edge === undefined ? '' : `#${numbers.get(edge.from) ?? '?'} by ${edge.via.map((entity) => entity.value).join(' ')}`;
          },
        },
      ],
      io.columns,
    ),
  );
}

export const eventsCommand: Command = {
  name: 'events',
  summary: 'Security events; one event with its attack chain',
  usage: '[EVENT]',
  positionals: [0, 1],
  options: { ...formatOption, ...triageOptions },
  notes: ['Statuses: new, investigating, contained, closed.'],
  async run(invocation) {
    const { io, ctx, positionals } = invocation;
    return await withClient(io, ctx, async (client) => {
      const [id] = positionals;
      if (id !== undefined) {
        await one(invocation, client, id);
        return EXIT.ok;
      }
      const { items, nextPageToken } = await client.call('listSecurityEvents', { query: triageQuery(invocation) }, ctx);
      await print(invocation, items, [
        { head: 'Severity', name: 'severity', of: (row) => row.severity },
        { head: 'Risk', name: 'riskScore', of: (row) => Math.round(row.riskScore), right: true },
        { head: 'Event', name: 'id', of: (row) => row.id },
        { head: 'Status', name: 'status', of: (row) => row.status },
        { head: 'Title', name: 'title', of: (row) => row.title },
        { head: 'Alerts', name: 'alertCount', of: (row) => row.alertCount, right: true },
        { head: 'Clouds', name: 'clouds', of: (row) => row.clouds.map((part) => part.cloud).join(' ') },
        { head: 'Last seen', name: 'lastSeen', of: (row) => row.lastSeen },
        { head: 'Owner', name: 'owner', of: (row) => row.owner },
      ]);
      if (nextPageToken !== '') io.err('There are more: narrow the filters or raise --limit.\n');
      return EXIT.ok;
    });
  },
};
