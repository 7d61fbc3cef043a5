import { constants } from 'node:fs';
import { access, readdir, stat, statfs } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { asSluiceError } from '../core/errors.ts';
import type { Health, RunContext } from '../core/context.ts';
import type { Checked } from './doctor-verdict.ts';
import type { Settings } from './settings.ts';

export interface TimedCheck extends Checked {
  readonly elapsedMs: number;
}

type Outcome = Pick<Checked, 'status' | 'detail' | 'fix'>;

export interface CheckSpec {
  readonly name: string;
  run(ctx: RunContext): Promise<Outcome>;
}

const ok = (detail: string): Outcome => ({ status: 'ok', detail, fix: '' });
const warn = (detail: string, fix: string): Outcome => ({ status: 'warn', detail, fix });
const fail = (detail: string, fix: string): Outcome => ({ status: 'fail', detail, fix });
const skipped = (detail: string): Outcome => ({ status: 'skipped', detail, fix: '' });

/** A check that hangs says so after this, and the others go on. */
const CHECK_MS = 5000;

/** Runs checks one after another. Never throws: what a check throws is its failure. */
export async function runChecks(specs: readonly CheckSpec[], ctx: RunContext): Promise<readonly TimedCheck[]> {
  const results: TimedCheck[] = [];
  for (const spec of specs) {
    const began = ctx.clock.elapsedMs();
    const late = new AbortController();
    let outcome: Outcome;
    try {
      outcome = await Promise.race([
        spec.run(ctx),
        ctx.clock
          .sleep(CHECK_MS, late.signal)
          .then(() => fail(`no answer within ${CHECK_MS / 1000} s`, 'See whether the machine or the other side is overloaded.')),
      ]);
    } catch (thrown) {
      const error = asSluiceError(thrown);
      outcome = fail(`${error.code}: ${error.message}`, '');
    } finally {
      late.abort();
    }
    results.push({ name: spec.name, ...outcome, elapsedMs: Math.round(ctx.clock.elapsedMs() - began) });
  }
  return results;
}

const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

const node: CheckSpec = {
  name: 'node',
  run: () => {
    const major = Number(process.versions.node.split('.')[0]);
    return Promise.resolve(
      major >= 24
        ? ok(`Node ${process.versions.node}`)
        : fail(`Node ${process.versions.node} is too old`, 'Use Node 24 or later; npm start in a clone brings it.'),
    );
  },
};

/** The data directory, or the folder it would be made in: the doctor looks and makes nothing. */
async function nearestFolder(path: string): Promise<string> {
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      await access(at, constants.F_OK);
      return at;
    } catch (thrown) {
      if (at === dirname(at)) throw thrown;
    }
  }
}

function dataDir({ dataDir }: Settings): CheckSpec {
  return {
    name: 'data directory',
    async run() {
      const folder = await nearestFolder(dataDir);
      try {
        await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
      } catch (thrown) {
        return fail(
          `${folder} cannot be written: ${asSluiceError(thrown).message}`,
          'Give the user that runs Sluice the right to write there, or set SLUICE_DATA_DIR.',
        );
      }
      return ok(folder === resolve(dataDir) ? `${dataDir} can be written` : `${dataDir} will be made on the first start`);
    },
  };
}

function keyFiles({ dataDir }: Settings): CheckSpec {
  return {
    name: 'key files',
    async run() {
      const folder = join(dataDir, 'keys');
      let names: readonly string[];
      try {
        names = await readdir(folder);
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return skipped('none yet: made on the first start');
        throw thrown;
      }
      const open: string[] = [];
      for (const name of names) if (((await stat(join(folder, name))).mode & 0o077) !== 0) open.push(name);
      if (open.length > 0)
        return fail(
          `${open.join(', ')} in ${folder} can be read by others`,
          `chmod 600 ${open.map((name) => join(folder, name)).join(' ')}`,
        );
      return ok(`${names.length} files, readable by their owner alone`);
    },
  };
}

function diskSpace({ dataDir, stream }: Settings): CheckSpec {
  return {
    name: 'disk space',
    async run() {
      const { bavail, blocks, bsize } = await statfs(await nearestFolder(dataDir));
      const free = bavail * bsize;
      const total = blocks * bsize;
      const text = `${gb(free)} of ${gb(total)} free`;
      if (free < stream.reserveBytes * 2) return fail(text, `Free space: with less than ${gb(stream.reserveBytes)} logs are refused.`);
      if (free < total * 0.1 || free < 2e9) return warn(text, 'Free space or shorten retention before it runs out.');
      return ok(text);
    },
  };
}

/** Whether somebody can listen there. */
async function portFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

function ports(settings: Settings, running: boolean): CheckSpec {
  return {
    name: 'ports',
    async run() {
      const wanted = (['http', 'sls'] as const)
        .map((part) => ({ part, host: settings[part].host, port: settings[part].port }))
        .filter(({ port }) => port !== 0);
      const text = wanted.map(({ part, port }) => `${part} ${port}`).join(', ');
      if (running) return ok(`${text || 'free ones'}, held by the server`);
      for (const { part, host, port } of wanted)
        if (!(await portFree(host, port)))
          return fail(
            `port ${port} of ${host} is taken by another program`,
            `End that program, or set SLUICE_${part.toUpperCase()}_PORT to another port.`,
          );
      return ok(`${text || 'free ones'} can be taken`);
    },
  };
}

/** Opens and closes a TCP connection. */
async function reach(host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host, port, timeout: 3000 });
    const end = (error?: Error): void => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end(new Error('no connection within 3 s')));
    socket.once('error', end);
  });
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'kafka:': 9092,
  'kafkas:': 9093,
  'http:': 8123,
  'https:': 8443,
  'postgres:': 5432,
  'postgresql:': 5432,
};

function remote(name: 'stream' | 'store' | 'state', url: string | undefined, embedded: string): CheckSpec {
  return {
    name,
    async run() {
      if (url === undefined) return ok(embedded);
      const { protocol, hostname, port } = new URL(url);
      const at = port === '' ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port);
      try {
        await reach(hostname, at);
        return ok(`${hostname}:${at} accepts connections`);
      } catch (thrown) {
        return fail(
          `${hostname}:${at} cannot be reached: ${asSluiceError(thrown).message}`,
          `Start it, open the network to it, or correct SLUICE_${name.toUpperCase()}_URL.`,
        );
      }
    },
  };
}

const clock: CheckSpec = {
  name: 'clock',
  async run(ctx) {
    const year = new Date(ctx.clock.nowMs()).getUTCFullYear();
    if (year < 2025 || year > 2100)
      return fail(`the machine says it is the year ${year}`, 'Set the clock (NTP): signatures and log times depend on it.');
    const [wall, steady] = [ctx.clock.nowMs(), ctx.clock.elapsedMs()];
    await ctx.clock.sleep(50, ctx.signal);
    const drift = Math.abs(ctx.clock.nowMs() - wall - (ctx.clock.elapsedMs() - steady));
    return drift > 25
      ? warn(
          `the wall clock moved by ${Math.round(drift)} ms against the steady one within 50 ms`,
          'See whether NTP steps the clock instead of slewing it.',
        )
      : ok(new Date(wall).toISOString());
  },
};

function timeZone({ timeZone: name }: Settings): CheckSpec {
  return { name: 'time zone', run: () => Promise.resolve(ok(`${name}, for SQL's date functions`)) };
}

function exposure(settings: Settings): CheckSpec {
  return {
    name: 'exposure',
    run() {
      const open = (['http', 'sls'] as const).filter((part) => settings[part].insecure);
      return Promise.resolve(
        open.length === 0
          ? ok('loopback or TLS')
          : warn(
              `${open.map((part) => `${part} on ${settings[part].host}`).join(' and ')} takes passwords and logs in the clear`,
              `Set ${open[0] ?? 'http'}.tlsCert and ${open[0] ?? 'http'}.tlsKey, or put a TLS proxy in front.`,
            ),
      );
    },
  };
}

/** What can be looked at without the server. @param running a server of this installation answers: its ports are then taken by right */
export function installationChecks(settings: Settings, running: boolean): readonly CheckSpec[] {
  return [
    node,
    dataDir(settings),
    keyFiles(settings),
    diskSpace(settings),
    ports(settings, running),
    remote('stream', settings.stream.url, 'embedded (lmdb)'),
    remote('store', settings.store.url, 'embedded (ClickHouse in a child process)'),
    remote('state', settings.state.url, 'embedded (SQLite)'),
    clock,
    timeZone(settings),
    exposure(settings),
  ];
}

/** A running part as a check. */
export function partCheck(name: string, health: (ctx: RunContext) => Promise<Health>, fix: string): CheckSpec {
  return {
    name,
    async run(ctx) {
      const { ok: good, detail } = await health(ctx);
      return good ? ok(detail) : fail(detail, fix);
    },
  };
}
