import { EXIT, type Command } from '../command.ts';
import { formatOption, print } from '../print.ts';
import { withClient } from '../rest-client.ts';

export const logstoresCommand: Command = {
  name: 'logstores',
  summary: 'Logstores of all projects, or of one',
  usage: '[PROJECT]',
  positionals: [0, 1],
  options: formatOption,
  notes: [],
  async run(invocation) {
    const { io, ctx, positionals } = invocation;
    const [project] = positionals;
    const rows = await withClient(io, ctx, async (client) =>
      project === undefined
        ? await client.all('listAllLogstores', {}, ctx)
        : await client.all('listLogstores', { params: { project } }, ctx),
    );
    await print(invocation, rows, [
      { head: 'Project', name: 'project', of: (row) => row.project },
      { head: 'Logstore', name: 'name', of: (row) => row.name },
      { head: 'Shards', name: 'shardCount', of: (row) => row.shardCount, right: true },
      { head: 'Days', name: 'ttlDays', of: (row) => row.ttlDays, right: true },
      { head: 'Index', name: 'hasIndex', of: (row) => row.hasIndex },
      { head: 'Profile', name: 'profile', of: (row) => row.profile },
      { head: 'Made', name: 'createdAt', of: (row) => row.createdAt },
    ]);
    return EXIT.ok;
  },
};
