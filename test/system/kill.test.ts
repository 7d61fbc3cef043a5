import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryAnswerBody } from '../../src/api/rest/contract/search.ts';
import { compress } from '../../src/core/codec.ts';
import { GroupBuilder } from '../../src/core/group-builder.ts';
import type { SlsClient } from '../../src/sources/sls/sls-client.ts';
import { RunningServer } from './running-server.ts';

/** Rounds of kill -9; more with SLUICE_KILL_ROUNDS. */
const ROUNDS = Number(process.env['SLUICE_KILL_ROUNDS'] ?? 3);
const WRITERS = 4;

/** Writers that put numbered logs for as long as they run, and remember which of them were acknowledged. */
class Writers {
  readonly acknowledged: string[] = [];
  readonly #server: RunningServer;
  #number = 0;

  constructor(server: RunningServer) {
    this.#server = server;
  }

  async runUntil(stop: Promise<void>): Promise<void> {
    let running = true;
    void stop.then(() => (running = false));
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        const client = this.#server.wire('kill-test');
        try {
          while (running) await this.#put(client, writer);
        } finally {
          await client.close();
        }
      }),
    );
  }

  async #put(client: SlsClient, writer: number): Promise<void> {
    const ids = Array.from({ length: 5 }, () => `w${writer}-${this.#number++}`);
    const builder = new GroupBuilder();
    builder.begin();
    for (const id of ids) {
      builder.beginLog(Math.floor(Date.now() / 1000));
      builder.field('id', id);
      builder.field('text', `message of ${id} ${'x'.repeat(300)}`);
      builder.endLog();
    }
    const raw = builder.finish();
    try {
      await client.putLogs('logs', { bytes: Buffer.from(compress('lz4', raw)), codec: 'lz4', rawBytes: raw.length }, this.#server.ctx);
    } catch {
      // Not acknowledged: the log may be there or not, and nobody may count on it.
      await this.#server.ctx.clock.sleep(20, this.#server.ctx.signal);
      return;
    }
    this.acknowledged.push(...ids);
  }
}

function enginePid(parent: number): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      if (
        Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine-process')
      )
        return Number(pid);
    } catch {
      // The process ended between the two looks.
    }
  }
  return 0;
}

describe('kill -9 under load', () => {
  let server: RunningServer;
  let writers: Writers;

  beforeAll(async () => {
    server = await RunningServer.start();
    await server.makeLogstore('kill-test', 'logs', { id: 'text', text: 'text' }, 2);
    writers = new Writers(server);
  }, 120_000);

  afterAll(async () => {
    await server.stop();
  });

  const stored = async (): Promise<ReadonlyMap<string, number>> => {
    const body = {
      query: '* | select id, count(1) as n group by id limit 1000000',
      from: new Date(Date.now() - 3_600_000).toISOString(),
      to: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const answer = await server.call<QueryAnswerBody>('POST', '/projects/kill-test/logstores/logs/query', body);
    expect(answer.progress).toBe('complete');
    return new Map(answer.rows.map(([id, n]) => [String(id), Number(n)]));
  };

  const everyAcknowledgedOnce = async (): Promise<void> => {
    const found = await stored();
    expect(writers.acknowledged.filter((id) => found.get(id) !== 1)).toEqual([]);
    expect([...found].filter(([, n]) => n !== 1)).toEqual([]);
  };

  it(`keeps every acknowledged log exactly once over ${ROUNDS} kills of the server, and is ready again soon`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { promise: stop, resolve } = Promise.withResolvers<void>();
      const writing = writers.runUntil(stop);
      await server.ctx.clock.sleep(300 + Math.random() * 1500, server.ctx.signal);
      await server.kill('SIGKILL');
      resolve();
      await writing;
      await server.start();
    }
    expect(writers.acknowledged.length).toBeGreaterThan(100);
    await everyAcknowledgedOnce();
  }, 600_000);

  it(`does the same over ${ROUNDS} kills of the embedded store, and takes logs all the while`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const before = writers.acknowledged.length;
      const { promise: stop, resolve } = Promise.withResolvers<void>();
      const writing = writers.runUntil(stop);
      await server.ctx.clock.sleep(300 + Math.random() * 1000, server.ctx.signal);
      const pid = enginePid(server.pid);
      expect(pid).toBeGreaterThan(0);
      process.kill(pid, 'SIGKILL');
      await server.ctx.clock.sleep(500, server.ctx.signal);
      resolve();
      await writing;
      expect(writers.acknowledged.length).toBeGreaterThan(before);
      while ((await fetch(`${server.url}/readyz`)).status !== 200) await server.ctx.clock.sleep(50, server.ctx.signal);
    }
    await everyAcknowledgedOnce();
  }, 600_000);
});
