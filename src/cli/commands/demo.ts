import { compress } from '../../core/codec.ts';
import { SluiceError } from '../../core/errors.ts';
import { retry } from '../../core/retry.ts';
import type { RunContext } from '../../core/context.ts';
import { DEMO_LOGSTORES, DEMO_PROJECTS } from '../../demo/logstores.ts';
import { DEFAULT_BACKGROUND, demoStory } from '../../demo/story.ts';
import { SlsServiceError, type SlsClient } from '../../sources/sls/sls-client.ts';
import { EXIT, whole, type Command } from '../command.ts';
import { Progress } from '../progress.ts';
import { sizeText } from '../when.ts';
import { openWire, wireOptions } from '../wire.ts';

/** Making what is there already is what a second run does. */
async function made(client: SlsClient, path: string, body: unknown, ctx: RunContext): Promise<void> {
  try {
    await client.call('POST', path, {}, { bytes: Buffer.from(JSON.stringify(body)), type: 'application/json' }, {}, ctx);
  } catch (thrown) {
    if (!(thrown instanceof SlsServiceError) || !thrown.slsCode.endsWith('AlreadyExist')) throw thrown;
  }
}

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Makes the demonstration logstores and sends its story: an attack over four clouds within an hour of everyday traffic',
  usage: '',
  positionals: [0, 0],
  options: { ...wireOptions, background: { type: 'string', value: 'N', help: `everyday logs beside the attack's; ${DEFAULT_BACKGROUND}` } },
  notes: ['The story ends some minutes before now. Sent twice, it stands there twice.'],
  async run(invocation) {
    const { io, ctx, values } = invocation;
    const background = whole(values, 'background', DEFAULT_BACKGROUND);
    const clients = new Map<string, SlsClient>();
    const progress = new Progress(io, ctx.clock);
    let logs = 0;
    let bytes = 0;
    try {
      for (const { name, description } of DEMO_PROJECTS) {
        const client = await openWire(invocation, name);
        clients.set(name, client);
        await made(client, '/', { projectName: name, description }, ctx);
      }
      const clientOf = (project: string): SlsClient => {
        const client = clients.get(project);
        if (client === undefined) throw new SluiceError('internal.unexpected', `the demonstration has no project ${project}`, { project });
        return client;
      };
      for (const store of DEMO_LOGSTORES) {
        const client = clientOf(store.project);
        await made(client, '/logstores', { logstoreName: store.logstore, ttl: store.ttlDays, shardCount: store.shards }, ctx);
        await made(client, `/logstores/${store.logstore}/index`, store.index, ctx);
        progress.show(`${store.project}/${store.logstore}`, null);
      }
      for await (const { project, logstore, group } of demoStory({ nowMs: ctx.clock.nowMs(), background })) {
        const raw = Buffer.from(group.bytes);
        const body = { bytes: Buffer.from(compress('lz4', raw)), codec: 'lz4' as const, rawBytes: raw.length };
        await retry(() => clientOf(project).putLogs(logstore, body, ctx), { attempts: 6, baseMs: 200, maxMs: 5000 }, ctx);
        logs += group.logs;
        bytes += raw.length;
        progress.show(`${logs.toLocaleString('en-US')} logs`, Math.min(1, logs / Math.max(1, background)));
      }
    } finally {
      progress.clear();
      for (const client of clients.values()) await client.close();
    }
    io.err(
      `${logs.toLocaleString('en-US')} logs (${sizeText(bytes)}) in ${DEMO_LOGSTORES.length} logstores of ${DEMO_PROJECTS.length} projects\n`,
    );
    return EXIT.ok;
  },
};
