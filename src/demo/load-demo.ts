import { compress } from '../core/codec.ts';
import type { RunContext } from '../core/context.ts';
import { SluiceError } from '../core/errors.ts';
import { retry } from '../core/retry.ts';
import { SlsServiceError, type SlsClient } from '../sources/sls/sls-client.ts';
import { DEMO_LOGSTORES, DEMO_PROJECTS } from './logstores.ts';
import { DEFAULT_BACKGROUND, demoStory } from './story.ts';

export interface LoadedDemo {
  readonly logs: number;
  /** Raw protobuf bytes sent. */
  readonly bytes: number;
}

/** Making what is there already is what a second run does. */
async function made(client: SlsClient, path: string, body: unknown, ctx: RunContext): Promise<void> {
  try {
    await client.call('POST', path, {}, { bytes: Buffer.from(JSON.stringify(body)), type: 'application/json' }, {}, ctx);
  } catch (thrown) {
    if (!(thrown instanceof SlsServiceError) || !thrown.slsCode.endsWith('AlreadyExist')) throw thrown;
  }
}

/**
 * Makes the projects, logstores and indexes of the demonstration and sends its story, all over the wire API like any other client.
 * `openClient` gives a client of one project; it is closed here. `progress` is told what is done, and how much of all (0..1; null: not yet known).
 * @throws SlsServiceError and request errors of the client
 */
export async function loadDemo(
  openClient: (project: string) => Promise<SlsClient>,
  background: number | null,
  progress: (note: string, share: number | null) => void,
  ctx: RunContext,
): Promise<LoadedDemo> {
  const everyday = background ?? DEFAULT_BACKGROUND;
  const clients = new Map<string, SlsClient>();
  let logs = 0;
  let bytes = 0;
  try {
    for (const { name, description } of DEMO_PROJECTS) {
      const client = await openClient(name);
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
      progress(`${store.project}/${store.logstore}`, null);
    }
    for await (const { project, logstore, group } of demoStory({ nowMs: ctx.clock.nowMs(), background: everyday })) {
      const raw = Buffer.from(group.bytes);
      const body = { bytes: Buffer.from(compress('lz4', raw)), codec: 'lz4' as const, rawBytes: raw.length };
      await retry(() => clientOf(project).putLogs(logstore, body, ctx), { attempts: 6, baseMs: 200, maxMs: 5000 }, ctx);
      logs += group.logs;
      bytes += raw.length;
      progress(`${logs.toLocaleString('en-US')} logs`, Math.min(1, logs / Math.max(1, everyday)));
    }
  } finally {
    for (const client of clients.values()) await client.close();
  }
  return { logs, bytes };
}
