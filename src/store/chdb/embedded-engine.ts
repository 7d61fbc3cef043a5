import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClickHouseClient } from '@clickhouse/client';
import type { RunContext } from '../../core/context.ts';
import { SluiceError } from '../../core/errors.ts';
import { clickHouseClient } from '../clickhouse/clickhouse-client.ts';
import type { Connection } from '../clickhouse/http-store.ts';
import { engineConfig, type EngineLimits } from './engine-config.ts';
import type { EngineMessage, EngineOptions } from './engine-options.ts';

export interface EmbeddedEngineOptions extends EngineLimits {
  /** Data directory of the engine; made when missing. */
  readonly folder: string;
  /** Statements at once. */
  readonly sessions: number;
  /** Loopback port of the engine's HTTP interface; 0 takes a free one. */
  readonly port: number;
  /** Null: made at each start. */
  readonly password: string | null;
}

const PROGRAM = fileURLToPath(new URL('engine-process.ts', import.meta.url));
const USER = 'sluice';
const DATABASE = 'sluice';
/** Opening a directory with a thousand tables took 2.3 s (design D6); after that something hangs. */
const START_MS = 120_000;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5000;

/**
 * The embedded engine in a process of its own, started again when it ends: a crash or an out-of-memory kill costs the statements under way, nothing else.
 */
export class EmbeddedEngine implements Connection {
  readonly #options: EmbeddedEngineOptions;
  readonly #ctx: RunContext;
  readonly #password: string;
  readonly #bodyFolder: string;
  #child: ChildProcess | null = null;
  #client: ClickHouseClient | null = null;
  #port: number;
  #lastFailure = 'it has not started yet';
  #closing = false;
  #ended: Promise<void> = Promise.resolve();

  private constructor(options: EmbeddedEngineOptions, ctx: RunContext) {
    this.#options = options;
    this.#ctx = ctx;
    this.#port = options.port;
    this.#password = options.password ?? randomBytes(24).toString('base64url');
    this.#bodyFolder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'sluice-rows-'));
  }

  /** Starts the engine and waits until it listens. @throws store.unavailable with the engine's own words */
  static async open(options: EmbeddedEngineOptions, ctx: RunContext): Promise<EmbeddedEngine> {
    const engine = new EmbeddedEngine(options, ctx);
    try {
      mkdirSync(options.folder, { recursive: true, mode: 0o700 });
      writeFileSync(engine.#configFile(), engineConfig(options), { mode: 0o600 });
      await engine.#start();
    } catch (thrown) {
      await engine.close();
      throw thrown;
    }
    engine.#ended = engine.#watch();
    return engine;
  }

  /** Process id, for tests that kill it; null while it is down. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Where clients of the operator find it (BI tools). */
  get address(): { readonly port: number; readonly user: string; readonly password: string; readonly database: string } {
    return { port: this.#port, user: USER, password: this.#password, database: DATABASE };
  }

  client(): ClickHouseClient {
    if (this.#client !== null) return this.#client;
    throw new SluiceError('store.unavailable', `the embedded store is starting again: ${this.#lastFailure}`);
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const child = this.#child;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await gone;
      clearTimeout(late);
    }
    await this.#ended;
    await this.#client?.close();
    this.#client = null;
    rmSync(this.#bodyFolder, { recursive: true, force: true });
  }

  #configFile(): string {
    return `${resolve(this.#options.folder)}.xml`;
  }

  async #start(): Promise<void> {
    const child = spawn(process.execPath, [PROGRAM], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // A statement holds a thread of this pool while it runs: fewer threads than sessions would make them wait for each other.
      env: { ...process.env, UV_THREADPOOL_SIZE: String(this.#options.sessions + 8) },
    });
    this.#child = child;
    const options: EngineOptions = {
      folder: resolve(this.#options.folder),
      configFile: this.#configFile(),
      host: '127.0.0.1',
      port: this.#port,
      user: USER,
      password: this.#password,
      database: DATABASE,
      sessions: this.#options.sessions,
      bodyFolder: this.#bodyFolder,
    };
    const port = await new Promise<number>((resolvePort, reject) => {
      const failed = (why: string): void => {
        this.#lastFailure = why;
        reject(new SluiceError('store.unavailable', `the embedded store did not start: ${why}`));
      };
      const late = setTimeout(() => {
        failed(`it did not answer within ${START_MS / 1000} s`);
        child.kill('SIGKILL');
      }, START_MS);
      child.once('error', (thrown) => failed(thrown.message));
      child.once('exit', (code, signal) => failed(`its process ended with ${signal ?? `code ${code}`}`));
      child.once('message', (message: EngineMessage) => {
        clearTimeout(late);
        if ('port' in message) resolvePort(message.port);
        else failed(message.failed);
      });
      child.send(options);
    });
    // The same port again after a restart, so that an operator's tools find it.
    this.#port = port;
    this.#client = clickHouseClient({
      url: `http://127.0.0.1:${port}`,
      user: USER,
      password: this.#password,
      database: DATABASE,
      maxConnections: this.#options.sessions + 4,
    });
  }

  /** Starts the engine again whenever it ends, at once the first time, then more and more slowly. */
  async #watch(): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    for (;;) {
      const startedMs = this.#ctx.clock.elapsedMs();
      const child = this.#child!;
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      this.#lastFailure = `its process ended with ${child.signalCode ?? `code ${child.exitCode}`}`;
      const client = this.#client;
      if (this.#closing) return;
      this.#client = null;
      this.#ctx.log.error(
        { pid: child.pid, code: child.exitCode, signal: child.signalCode },
        'the embedded store ended; starting it again',
      );
      this.#ctx.metrics.count('sluice_store_restarts_total', {});
      await client?.close();
      if (this.#ctx.clock.elapsedMs() - startedMs > 60_000) waitMs = FIRST_WAIT_MS;
      for (let started = false; !started && !this.#closing;) {
        await this.#pause(waitMs);
        waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
        if (this.#closing) return;
        try {
          await this.#start();
          started = true;
          this.#ctx.log.info({ pid: this.#child?.pid }, 'the embedded store is back');
        } catch (thrown) {
          const error = thrown instanceof Error ? thrown.message : String(thrown);
          this.#ctx.log.error({ error }, 'the embedded store did not start');
        }
      }
      if (this.#closing) return;
    }
  }

  async #pause(ms: number): Promise<void> {
    try {
      await this.#ctx.clock.sleep(ms, this.#ctx.signal);
    } catch {
      // The process ends: close() follows, and nothing is to be started any more.
      this.#closing = true;
    }
  }
}
