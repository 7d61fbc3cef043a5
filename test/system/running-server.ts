import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quietContext } from '../../src/core/context.ts';
import { systemClock } from '../../src/core/clock.ts';
import { SlsClient } from '../../src/sources/sls/sls-client.ts';
import { onFreePorts, PortTaken, saysPortTaken } from '../receivers/free-ports.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_MS = 120_000;

export const ROOT_KEY = { accessKeyId: 'LTAISYSTEMTEST', secret: 'secret-of-the-system-test' };
export const PASSWORD = 'admin-of-the-system-test';

/** A server as people run it: a process of its own, real ports, its own data directory. */
export class RunningServer {
  readonly dataDir: string;
  readonly httpPort: number;
  readonly slsPort: number;
  readonly ctx = quietContext(systemClock);
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | null = null;
  #output = '';
  #token = '';

  private constructor(dataDir: string, httpPort: number, slsPort: number, env: Readonly<Record<string, string>>) {
    this.dataDir = dataDir;
    this.httpPort = httpPort;
    this.slsPort = slsPort;
    this.#env = env;
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<RunningServer> {
    const dataDir = mkdtempSync(join(tmpdir(), 'sluice-system-'));
    return await onFreePorts(2, async ([httpPort, slsPort]) => {
      const server = new RunningServer(dataDir, httpPort!, slsPort!, env);
      await server.start();
      return server;
    });
  }

  /** Everything the process has printed. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.slsPort}`;
  }

  /** Starts the process, again after a kill too, on the same ports, and waits until it is ready. Answers how long that took. */
  async start(): Promise<number> {
    const begun = performance.now();
    const child = spawn(process.execPath, ['src/main.ts', 'server'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        SLUICE_DATA_DIR: this.dataDir,
        SLUICE_HTTP_PORT: String(this.httpPort),
        SLUICE_SLS_PORT: String(this.slsPort),
        SLUICE_ROOT_AK_ID: ROOT_KEY.accessKeyId,
        SLUICE_ROOT_AK_SECRET: ROOT_KEY.secret,
        SLUICE_ADMIN_PASSWORD: PASSWORD,
        SLUICE_DEMO: '0',
        ...this.#env,
      },
    });
    this.#child = child;
    const before = this.#output.length;
    child.stdout.on('data', (chunk: Buffer) => (this.#output += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (this.#output += chunk.toString('utf8')));
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) {
        const message = `the server ended:\n${this.#output}`;
        throw saysPortTaken(this.#output.slice(before)) ? new PortTaken(message) : new Error(message);
      }
      if (performance.now() - begun > READY_MS) throw new Error(`the server was not ready within ${READY_MS} ms:\n${this.#output}`);
      if (await this.#isReady()) break;
      await this.ctx.clock.sleep(20, this.ctx.signal);
    }
    this.#token = '';
    return performance.now() - begun;
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`)).status === 200;
    } catch {
      // Not listening yet: that is what is waited for.
      return false;
    }
  }

  /** Waits until the process has printed the text. */
  async printed(text: string): Promise<void> {
    const begun = performance.now();
    while (!this.#output.includes(text)) {
      if (performance.now() - begun > READY_MS) throw new Error(`${JSON.stringify(text)} was not printed:\n${this.#output}`);
      await this.ctx.clock.sleep(50, this.ctx.signal);
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  /** Stops it as an operator does, and removes its data. */
  async stop(): Promise<void> {
    await this.kill('SIGTERM');
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** A call of the REST API as the owner. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    if (this.#token === '') {
      const login = await this.#send('POST', '/login', { user: 'admin', password: PASSWORD });
      this.#token = ((await login.json()) as { token: string }).token;
    }
    const answer = await this.#send(method, path, body);
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  async remove(path: string): Promise<void> {
    const answer = await this.#send('DELETE', path, undefined);
    if (!answer.ok) throw new Error(`DELETE ${path} answered ${answer.status}: ${await answer.text()}`);
  }

  async #send(method: string, path: string, body: unknown): Promise<Response> {
    return await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** A client of the wire API with the owner's key. */
  wire(project: string): SlsClient {
    return new SlsClient({
      endpoint: this.endpoint,
      project,
      accessKeyId: ROOT_KEY.accessKeyId,
      accessKeySecret: ROOT_KEY.secret,
      timeoutMs: 30_000,
      userAgent: 'system-test',
    });
  }

  /** A project with a logstore and an index over the keys. */
  async makeLogstore(project: string, logstore: string, keys: Readonly<Record<string, 'text' | 'long'>>, shardCount = 1): Promise<void> {
    const client = this.wire(project);
    const json = (value: unknown) => ({ bytes: Buffer.from(JSON.stringify(value)), type: 'application/json' });
    const token = [',', ' ', "'", '"', ';', '=', '(', ')', '[', ']', '{', '}', '?', '@', '&', '<', '>', '/', ':', '\n', '\t', '\r'];
    await client.call('POST', '/', {}, json({ projectName: project, description: 'test' }), {}, this.ctx);
    await client.call('POST', '/logstores', {}, json({ logstoreName: logstore, ttl: 7, shardCount }), {}, this.ctx);
    const index = {
      line: { token, caseSensitive: false, chn: false },
      keys: Object.fromEntries(
        Object.entries(keys).map(([key, type]) => [
          key,
          { type, doc_value: true, ...(type === 'text' ? { token, caseSensitive: false } : {}) },
        ]),
      ),
    };
    await client.call('POST', `/logstores/${logstore}/index`, {}, json(index), {}, this.ctx);
    await client.close();
  }
}
