import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decompress } from '../src/core/codec.ts';
import { decodeGroup } from '../src/core/group-reader.ts';
import { RunningServer } from '../test/system/running-server.ts';
import { ShipProcess } from '../test/system/ship-process.ts';
import { ctx } from './context.ts';
import { quiet } from './filled-store.ts';
import { childrenOf, cpuSec, endedCpuSec, rounded, type Bench, type BenchRow } from './harness.ts';
import { load } from './load-process.ts';
import { bodies, KEYS } from './log-source.ts';

const MB = 200;

interface Receiver {
  readonly syslog: number;
  readonly hec: number;
  close(): Promise<void>;
}

async function startReceiver(): Promise<Receiver> {
  const program = fileURLToPath(new URL('receiver.ts', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const ports = JSON.parse(line.toString()) as { syslog: number; hec: number };
  return {
    ...ports,
    async close() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

/** A server with logs that are indexed, a receiver, and a folder for the shippers. */
interface Scene {
  readonly server: RunningServer;
  readonly receiver: Receiver;
  readonly dir: string;
  readonly rawMb: number;
  readonly logs: number;
  /** CPU seconds of the server and its engine so far. */
  readonly serverCpu: () => number;
}

async function withScene(mb: number, work: (scene: Scene) => ReturnType<Bench['run']>): ReturnType<Bench['run']> {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const receiver = await startReceiver();
  const server = await RunningServer.start();
  try {
    await server.makeLogstore('bench', 'logs', KEYS, 2);
    const { rawMb, logs } = await load(server.endpoint, 'bench', 'logs', mb, 8);
    const pids = [server.pid, ...childrenOf(server.pid)];
    await quiet(pids);
    return await work({ server, receiver, dir, rawMb, logs, serverCpu: () => pids.reduce((sum, pid) => sum + cpuSec(pid), 0) });
  } finally {
    await server.stop();
    await receiver.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Shipped {
  /** Of the shipper without its start, and of the server and its engine. */
  readonly shipSec: number;
  readonly serverSec: number;
  readonly delivered: number;
}

let groups = 0;

async function ship(scene: Scene, to: string, more: readonly string[]): Promise<Shipped> {
  const run = async (from: string): Promise<Shipped> => {
    const [before, serverBefore] = [endedCpuSec(), scene.serverCpu()];
    const args = ['--to', to, '--until-end', '--group', `bench-${groups++}`, '--from', from, '--heartbeat', '1', '--fetch-interval', '50'];
    const totals = await new ShipProcess({
      server: scene.server,
      dir: scene.dir,
      project: 'bench',
      logstore: 'logs',
      args: [...args, ...more],
      env: to.startsWith('hec') ? { SLUICE_SINK_TOKEN: '11111111-2222-3333-4444-555555555555' } : {},
    }).totals();
    const wanted = from === 'begin' ? scene.logs : 0;
    if (totals.read !== wanted || totals.unfinished + totals.deadLettered + totals.retries > 0)
      throw new Error(`shipping ${wanted} logs to ${to} ended with ${JSON.stringify(totals)}`);
    return { shipSec: endedCpuSec() - before, serverSec: scene.serverCpu() - serverBefore, delivered: totals.delivered };
  };
  const empty = await run('end');
  const full = await run('begin');
  return { shipSec: full.shipSec - empty.shipSec, serverSec: full.serverSec - empty.serverSec, delivered: full.delivered };
}

/** `sluice ship` without a filter: the shipper's own cost per receiver, beside rsyslog forwarding the same logs from a file. */
export const benchShip: Bench = {
  name: 'ship',
  summary: 'sluice ship without a filter: pull, decode, encode, send as RFC 5424 and HEC, beside rsyslog forwarding a file',
  async run({ mb }) {
    return await withScene(mb ?? MB, async (scene) => {
      const rows: BenchRow[] = [];
      const figures: Record<string, number> = {};
      for (const [name, to, aim] of [
        ['syslog', `syslog+tcp://127.0.0.1:${scene.receiver.syslog}`, 180],
        ['hec', `hec+http://127.0.0.1:${scene.receiver.hec}?ack=off`, 150],
      ] as const) {
        const { shipSec, serverSec } = await ship(scene, to, []);
        figures[`${name}Mb`] = rounded(scene.rawMb / shipSec);
        figures[`${name}ServerMb`] = rounded(scene.rawMb / serverSec);
        rows.push({
          what: name === 'syslog' ? 'RFC 5424 over TCP, JSON message' : 'HEC events over HTTP',
          measured: `${rounded(scene.rawMb / shipSec)} raw MB per CPU second of the shipper`,
          beside: `aim ${aim}; the server's pulls: ${rounded(scene.rawMb / serverSec)}`,
        });
      }
      const lines = join(scene.dir, 'logs.ndjson');
      await writeLines(lines, scene.rawMb * 1e6);
      const script = onePostPerLog(scene, lines);
      if (typeof script === 'number') figures['scriptMb'] = rounded(script, 2);
      rows.push({
        what: 'rival: a Python script that POSTs each log to HEC by itself',
        measured: typeof script === 'number' ? `${rounded(script, 2)} raw MB per CPU second` : `not measured: ${script}`,
        beside: '',
      });
      const rival = await rsyslogForwards(scene, lines);
      if (rival !== null) figures['rsyslogMb'] = rounded(scene.rawMb / rival);
      rows.push({
        what: 'rival: rsyslog forwards a file of the same logs as RFC 5424',
        measured: rival === null ? 'not measured: rsyslogd is not installed' : `${rounded(scene.rawMb / rival)} raw MB per CPU second`,
        beside: '',
      });
      return { rows, figures };
    });
  },
};

/** `sluice ship --query`: the filter runs in the server and its engine, so all three count. */
export const benchShipSpl: Bench = {
  name: 'ship-spl',
  summary: 'sluice ship with an SPL filter: server, engine and shipper together, raw bytes before the filter',
  async run({ mb }) {
    return await withScene(mb ?? MB, async (scene) => {
      const rows: BenchRow[] = [];
      const figures: Record<string, number> = {};
      for (const [name, query] of [
        ['where', "* | where action = 'block'"],
        ['project', '* | where cast(status as bigint) >= 400 | project client_ip, method, url, status'],
        ['parse', "* | parse-regexp url, 'page=(\\d+)' as page | where page = '77' | project client_ip, page"],
      ] as const) {
        const { shipSec, serverSec, delivered } = await ship(scene, `syslog+tcp://127.0.0.1:${scene.receiver.syslog}`, ['--query', query]);
        const all = scene.rawMb / (shipSec + serverSec);
        figures[`${name}Mb`] = rounded(all);
        figures[`${name}ShipSec`] = rounded(shipSec, 2);
        figures[`${name}ServerSec`] = rounded(serverSec, 2);
        rows.push({
          what: query,
          measured: `${rounded(all)} raw MB per CPU second, ${delivered} of ${scene.logs} logs pass`,
          beside: `aim 50; ${rounded((serverSec / (shipSec + serverSec)) * 100)} % of it in server and engine`,
        });
      }
      return { rows, figures };
    });
  },
};

/** Logs that the script sends: it needs a millisecond each. */
const SCRIPT_LOGS = 3000;

/** Raw MB per CPU second of one POST per log; a text: why it could not run. */
function onePostPerLog({ receiver }: Scene, lines: string): number | string {
  const program = fileURLToPath(new URL('one-post-per-log.py', import.meta.url));
  const url = `http://127.0.0.1:${receiver.hec}/services/collector/event`;
  const done = spawnSync('python3', [program, url, lines, String(SCRIPT_LOGS)], { encoding: 'utf8' });
  if (done.status !== 0) return done.error?.message ?? done.stderr.trim().split('\n').at(-1) ?? '';
  const { cpuSec: seconds, rawBytes } = JSON.parse(done.stdout) as { cpuSec: number; rawBytes: number };
  return rawBytes / 1e6 / seconds;
}

/** CPU seconds of rsyslogd from its start until the receiver has everything; null: it is not installed. */
async function rsyslogForwards({ receiver, dir }: Scene, lines: string): Promise<number | null> {
  if (spawnSync('sh', ['-c', 'command -v rsyslogd'], { stdio: 'ignore' }).status !== 0) return null;
  const work = join(dir, 'rsyslog');
  mkdirSync(work);
  const conf = join(work, 'rsyslog.conf');
  writeFileSync(
    conf,
    `global(workDirectory="${work}" maxMessageSize="64k")
module(load="imfile")
input(type="imfile" file="${lines}" tag="bench" ruleset="r")
ruleset(name="r") {
  action(type="omfwd" target="127.0.0.1" port="${receiver.syslog}" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format" TCP_Framing="octet-counted") }
`,
  );
  const bytes = async (): Promise<number> => Number(await (await fetch(`http://127.0.0.1:${receiver.hec}/bytes`)).text());
  const before = await bytes();
  const child = spawn('rsyslogd', ['-n', '-f', conf, '-i', join(work, 'pid')], { stdio: 'ignore' });
  const wanted = readFileSync(lines).length;
  try {
    // It has read the file and then nothing comes any more: rsyslog says itself when it is through by doing nothing.
    for (let last = -1, now = (await bytes()) - before; ; last = now) {
      await ctx.clock.sleep(1000, ctx.signal);
      now = (await bytes()) - before;
      if (child.exitCode !== null) throw new Error(`rsyslogd ended with ${child.exitCode}`);
      if (now === last && now >= wanted) break;
    }
    return cpuSec(child.pid!);
  } finally {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
}

/** The logs that the load generator sent, as JSON lines. */
async function writeLines(path: string, rawBytes: number): Promise<void> {
  const out = createWriteStream(path);
  let written = 0;
  for (const body of bodies(42, 500, 1_725_961_920)) {
    if (written >= rawBytes) break;
    written += body.rawBytes;
    const group = decodeGroup(Buffer.from(decompress(body.codec, body.bytes, body.rawBytes)));
    const text = group.logs.map((log) => `${JSON.stringify(log.fields)}\n`).join('');
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}
