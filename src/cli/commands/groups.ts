import { SluiceError } from '../../core/errors.ts';
import { EXIT, isOn, logstorePath, text, UsageError, whole, type Command } from '../command.ts';
import { formatOption, print } from '../print.ts';
import { withClient } from '../rest-client.ts';
import { instantOf, spanText } from '../when.ts';

export const groupsCommand: Command = {
  name: 'groups',
  summary: 'Consumer groups with lag; one group by shard; moving and deleting them',
  usage: 'PROJECT/LOGSTORE [GROUP]',
  positionals: [1, 2],
  options: {
    ...formatOption,
    reset: { type: 'string', value: 'TO', help: 'moves the checkpoints to begin, end, or a receive time' },
    shard: { type: 'string', value: 'N', help: 'with --reset: only this shard' },
    delete: { type: 'boolean', help: 'deletes the group with its checkpoints' },
  },
  notes: ['A running consumer keeps its own place in memory: stop it before --reset.'],
  async run(invocation) {
    const { io, ctx, positionals, values } = invocation;
    const params = logstorePath(positionals[0]);
    const group = positionals[1];
    const to = text(values, 'reset');
    if (group === undefined && (to !== undefined || isOn(values, 'delete'))) throw new UsageError('--reset and --delete need a GROUP');
    return await withClient(io, ctx, async (client) => {
      if (group === undefined) {
        const { items } = await client.call('listConsumerGroups', { params }, ctx);
        await print(invocation, items, [
          { head: 'Group', name: 'name', of: (row) => row.name },
          { head: 'Consumers', name: 'consumers', of: (row) => row.consumers.length, right: true },
          { head: 'Behind', name: 'lagGroups', of: (row) => row.lagGroups, right: true },
          { head: 'Oldest', name: 'lagSec', of: (row) => (row.lagSec === null ? null : spanText(row.lagSec)), right: true },
          { head: 'In order', name: 'inOrder', of: (row) => row.inOrder },
          { head: 'Timeout', name: 'timeoutSec', of: (row) => `${row.timeoutSec} s`, right: true },
        ]);
        return EXIT.ok;
      }
      const named = { ...params, group };
      if (isOn(values, 'delete')) {
        await client.call('deleteConsumerGroup', { params: named }, ctx);
        io.err(`deleted consumer group ${group}\n`);
        return EXIT.ok;
      }
      let shown = await client.call('getConsumerGroup', { params: named }, ctx);
      if (to !== undefined) {
        if (shown.consumers.length > 0)
          throw new SluiceError('request.conflict', `consumer group ${group} is in use by ${shown.consumers.join(', ')}: stop them first`);
        const place = to === 'begin' || to === 'end' ? to : instantOf(to, ctx.clock.nowMs(), '--reset');
        const shard = text(values, 'shard') === undefined ? {} : { shard: whole(values, 'shard', 0) };
        shown = await client.call('resetConsumerGroup', { params: named, body: { to: place, ...shard } }, ctx);
      }
      await print(invocation, shown.shards, [
        { head: 'Shard', name: 'shard', of: (row) => row.shard, right: true },
        { head: 'Consumer', name: 'consumer', of: (row) => row.consumer || '-' },
        { head: 'Checkpoint', name: 'checkpoint', of: (row) => row.checkpoint, right: true },
        { head: 'Saved', name: 'checkpointAt', of: (row) => row.checkpointAt },
        { head: 'End', name: 'end', of: (row) => row.end, right: true },
        { head: 'Behind', name: 'lagGroups', of: (row) => row.lagGroups, right: true },
        { head: 'Oldest', name: 'lagSec', of: (row) => (row.lagSec === null ? null : spanText(row.lagSec)), right: true },
      ]);
      return EXIT.ok;
    });
  },
};
