import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SlsClient } from '../../src/sources/sls/sls-client.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const KEY = { id: 'LTAItestsystem000000000A', secret: 'testsystemsecret00000000000000' };
const PASSWORD = 'system-test-password';

/** A free port; somebody else may take it before the server does, which then says so. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** The real program in a process of its own, with a folder that outlives it. */
export class RunningServer {
  readonly dir = mkdtempSync(join(tmpdir(), 'sluice-system-'));
  #child: ChildProcess | null = null;
  #ports = { http: 0, sls: 0 };
  #token = '';
  /** What the server printed, for the message of a failed test. */
  output = '';

  /** Starts it and waits until it is ready. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#ports = { http: await freePort(), sls: await freePort() };
    const child = spawn(process.execPath, [MAIN, 'server'], {
      env: {
        ...process.env,
        SLUICE_DATA_DIR: this.dir,
        SLUICE_HTTP_PORT: String(this.#ports.http),
        SLUICE_SLS_PORT: String(this.#ports.sls),
        SLUICE_ROOT_AK_ID: KEY.id,
        SLUICE_ROOT_AK_SECRET: KEY.secret,
        SLUICE_ADMIN_PASSWORD: PASSWORD,
        SLUICE_TIME_ZONE: 'UTC',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const take = (chunk: Buffer): void => void (this.output = (this.output + String(chunk)).slice(-20_000));
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const until = Date.now() + 60_000;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${this.output}`);
      const ready = await fetch(`${this.url}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (ready) break;
      if (Date.now() > until) throw new Error(`the server is not ready after a minute:\n${this.output}`);
      await pause(50);
    }
    const answer = await fetch(`${this.url}/api/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'admin', password: PASSWORD }),
    });
    this.#token = ((await answer.json()) as { token: string }).token;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#ports.http}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** A call of the REST API as admin. @throws with the answer's text when it is no success */
  async rest<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** A client of the wire API with the root key. */
  client(project: string): SlsClient {
    return new SlsClient({
      endpoint: `http://127.0.0.1:${this.#ports.sls}`,
      project,
      accessKeyId: KEY.id,
      accessKeySecret: KEY.secret,
      timeoutMs: 20_000,
      userAgent: 'system-test',
    });
  }

  /** Ends it with the signal and waits until it is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    await gone;
  }

  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    // Its engine ends when it sees that its parent is gone.
    await pause(300);
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** Asks until the answer is what is waited for; fails with the last one. */
export async function eventually<T>(ask: () => Promise<T>, good: (answer: T) => boolean, waitMs: number): Promise<T> {
  const until = Date.now() + waitMs;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (Date.now() > until) throw new Error(`not within ${waitMs} ms; the last answer: ${JSON.stringify(answer).slice(0, 3000)}`);
    await pause(200);
  }
}
