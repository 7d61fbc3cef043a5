import { decodeGroup } from '../../core/group-reader.ts';
import { SluiceError } from '../../core/errors.ts';
import { cursorNumber } from '../../ship/cursor-text.ts';
import { nextGroup } from '../../ship/log-group-list.ts';
import { EXIT, isOn, logstorePath, text, whole, type Command } from '../command.ts';
import { openWire, wireOptions } from '../wire.ts';
import { instantOf } from '../when.ts';

/** Groups of one call (SLS: at most 1000). */
const GROUPS = 1000;
/** Pause at the end of the shards with --follow. */
const IDLE_MS = 500;

export const pullCommand: Command = {
  name: 'pull',
  summary: 'Reads the stream of a logstore in the order it was received, as NDJSON',
  usage: 'PROJECT/LOGSTORE',
  positionals: [1, 1],
  options: {
    ...wireOptions,
    shard: { type: 'string', value: 'N', help: 'only this shard; all otherwise' },
    from: { type: 'string', value: 'PLACE', help: 'begin, end, or a receive time; begin' },
    limit: { type: 'string', short: 'n', value: 'N', help: 'ends after so many logs' },
    follow: { type: 'boolean', short: 'F', help: 'waits for more at the end' },
    query: { type: 'string', value: 'SPL', help: 'SPL program that filters on the server: * | where …' },
    identity: { type: 'boolean', help: 'adds __shard__, __cursor__ and __index__: who each log is' },
  },
  notes: [],
  async run(invocation) {
    const { io, ctx, positionals, values } = invocation;
    const { project, logstore } = logstorePath(positionals[0]);
    const place = text(values, 'from') ?? 'begin';
    const from =
      place === 'begin' || place === 'end' ? place : String(Math.floor(Date.parse(instantOf(place, ctx.clock.nowMs(), '--from')) / 1000));
    const limit = text(values, 'limit') === undefined ? Infinity : whole(values, 'limit', 0, 1);
    const query = text(values, 'query') ?? null;
    const client = await openWire(invocation, project);
    try {
      const known = (await client.listShards(logstore, ctx)).map((shard) => shard.shardID);
      const wanted = text(values, 'shard') === undefined ? known : [whole(values, 'shard', 0)];
      for (const shard of wanted)
        if (!known.includes(shard))
          throw new SluiceError(
            'request.not_found',
            `shard ${shard} of ${project}/${logstore} does not exist, expected one of ${known.join(', ')}`,
          );
      const cursors = new Map<number, string>();
      for (const shard of wanted) cursors.set(shard, await client.cursor(logstore, shard, from, ctx));
      let printed = 0;
      for (;;) {
        let idle = true;
        for (const [shard, cursor] of cursors) {
          const page = await client.pull(logstore, shard, cursor, GROUPS, query, ctx);
          if (page.next !== cursor) idle = false;
          cursors.set(shard, page.next);
          const first = cursorNumber(cursor);
          let at = 0;
          for (let g = 0; g < page.groups; g++) {
            const { start, end } = nextGroup(page.list, at);
            at = end;
            const group = decodeGroup(page.list.subarray(start, end));
            for (const [index, log] of group.logs.entries()) {
              const row = {
                __time__: log.timeSec,
                ...(log.timeNsPart === 0 ? {} : { __time_ns_part__: log.timeNsPart }),
                ...(group.topic === '' ? {} : { __topic__: group.topic }),
                ...(group.source === '' ? {} : { __source__: group.source }),
                ...Object.fromEntries(Object.entries(group.tags).map(([key, value]) => [`__tag__:${key}`, value])),
                ...log.fields,
                // With a query groups may be left out, and their places are not told.
                ...(isOn(values, 'identity')
                  ? {
                      __shard__: shard,
                      __cursor__: query === null && first !== null ? (first + BigInt(g)).toString() : null,
                      __index__: index,
                    }
                  : {}),
              };
              await io.out(`${JSON.stringify(row)}\n`);
              if (++printed >= limit) return EXIT.ok;
            }
          }
        }
        if (idle && !isOn(values, 'follow')) return EXIT.ok;
        if (idle) await ctx.clock.sleep(IDLE_MS, ctx.signal);
      }
    } finally {
      await client.close();
    }
  },
};
