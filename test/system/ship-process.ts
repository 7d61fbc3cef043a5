import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compress } from '../../src/core/codec.ts';
import { GroupBuilder } from '../../src/core/group-builder.ts';
import { ROOT_KEY, type RunningServer } from './running-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The line of JSON at the end of `sluice ship`. */
export interface Totals {
  readonly read: number;
  readonly delivered: number;
  readonly filtered: number;
  readonly deadLettered: number;
  readonly unfinished: number;
  readonly retries: number;
  readonly bytes: number;
}

export interface ShipStart {
  readonly server: RunningServer;
  /** Working directory: receipts and dead letters go below it. */
  readonly dir: string;
  readonly project: string;
  readonly logstore: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node itself. */
  readonly node?: readonly string[];
}

/** `sluice ship` as people start it, with the six variables of the seeds' scripts. */
export class ShipProcess {
  readonly child: ChildProcess;
  out = '';
  err = '';
  readonly ended: Promise<number | null>;

  constructor({ server, dir, project, logstore, args, env = {}, node = [] }: ShipStart) {
    this.child = spawn(process.execPath, [...node, join(ROOT, 'bin/sluice.mjs'), 'ship', ...args], {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        SLS_ENDPOINT: server.endpoint,
        SLS_PROJECT: project,
        SLS_LOGSTORE: logstore,
        SLS_AK_ID: ROOT_KEY.accessKeyId,
        SLS_AK_KEY: ROOT_KEY.secret,
        SLS_CG: 'sync_data',
        ...env,
      },
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString('utf8')));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString('utf8')));
    this.ended = once(this.child, 'close').then(([code]) => code as number | null);
  }

  async totals(): Promise<Totals> {
    const code = await this.ended;
    if (code !== 0) throw new Error(`sluice ship ended with ${code}:\n${this.err}`);
    return JSON.parse(this.out) as Totals;
  }

  /** As a crash: nothing is saved, nothing is closed. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

let made = 0;

/** Sends groups of logs to random shards; answers the field `id` of each, unlike any other. */
export async function fillLogstore(
  server: RunningServer,
  project: string,
  logstore: string,
  groups: number,
  logs: number,
): Promise<string[]> {
  const client = server.wire(project);
  const ids: string[] = [];
  const builder = new GroupBuilder();
  for (let group = 0; group < groups; group++) {
    builder.begin();
    for (let log = 0; log < logs; log++) {
      const n = made++;
      builder.beginLog(Math.floor(server.ctx.clock.nowMs() / 1000));
      builder.field('id', `log-${n}`);
      builder.field('instance_id', `instance-${n % 4}`);
      builder.field('uri', '/a');
      builder.endLog();
      ids.push(`log-${n}`);
    }
    const bytes = builder.finish();
    await client.putLogs(logstore, { bytes: Buffer.from(compress('lz4', bytes)), codec: 'lz4', rawBytes: bytes.length }, server.ctx);
  }
  await client.close();
  return ids;
}
