import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SlsClient } from '../src/sources/sls/sls-client.ts';
import { ROOT_KEY } from '../test/system/running-server.ts';
import { ctx } from './context.ts';
import { cpuSec } from './harness.ts';
import { load } from './load-process.ts';

/** Raw MB per CPU second. */
export interface Accepting {
  readonly acceptMb: number;
  readonly pullMb: number;
  /** Accept by the least that such a server can do (`plain-server.ts`). */
  readonly limitMb: number;
}

/** Accept + durable append and nothing else, then the pull of the same data; the limit before and after, as the machine may have other users. */
export async function acceptAlone(mb: number): Promise<Accepting> {
  const nothing = async (): Promise<void> => {};
  const before = await accepting('plain-server.ts', mb, nothing, nothing);
  const own = await accepting('accept-server.ts', mb * 2, makeLogstore, pulling);
  const after = await accepting('plain-server.ts', mb, nothing, nothing);
  return { acceptMb: own.acceptMb, pullMb: own.more, limitMb: (before.acceptMb + after.acceptMb) / 2 };
}

/** What a server process of `bench/` accepts a CPU second, raw MB; then `more` with its endpoint. */
async function accepting<T>(
  program: string,
  mb: number,
  before: (client: SlsClient) => Promise<void>,
  more: (client: SlsClient, pid: number) => Promise<T>,
): Promise<{ readonly acceptMb: number; readonly more: T }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const child = spawn(process.execPath, [fileURLToPath(new URL(program, import.meta.url)), dataDir, '0'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const endpoint = `http://127.0.0.1:${Number(line.toString())}`;
    const client = new SlsClient({
      endpoint,
      project: 'bench',
      accessKeyId: ROOT_KEY.accessKeyId,
      accessKeySecret: ROOT_KEY.secret,
      timeoutMs: 60_000,
      userAgent: 'bench',
    });
    await before(client);
    await load(endpoint, 'bench', 'logs', mb / 4, 12);
    const cpuBefore = cpuSec(child.pid!);
    const loaded = await load(endpoint, 'bench', 'logs', mb, 12);
    const acceptMb = loaded.rawMb / (cpuSec(child.pid!) - cpuBefore);
    const result = await more(client, child.pid!);
    await client.close();
    return { acceptMb, more: result };
  } finally {
    child.stdin.end();
    await once(child, 'close');
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Raw MB per CPU second of pulling every shard from its begin. */
async function pulling(client: SlsClient, pid: number): Promise<number> {
  const before = cpuSec(pid);
  let pulled = 0;
  for (const { shardID } of await client.listShards('logs', ctx)) {
    let cursor = await client.cursor('logs', shardID, 'begin', ctx);
    for (;;) {
      const page = await client.pull('logs', shardID, cursor, 1000, null, ctx);
      pulled += page.list.length;
      if (page.next === cursor) break;
      cursor = page.next;
    }
  }
  return pulled / 1e6 / (cpuSec(pid) - before);
}

async function makeLogstore(client: SlsClient): Promise<void> {
  const json = (value: unknown) => ({ bytes: Buffer.from(JSON.stringify(value)), type: 'application/json' });
  await client.call('POST', '/', {}, json({ projectName: 'bench', description: '' }), {}, ctx);
  await client.call('POST', '/logstores', {}, json({ logstoreName: 'logs', ttl: 7, shardCount: 4 }), {}, ctx);
}
