import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HecServer, type HecEvent } from '../receivers/hec-server.ts';
import { RunningServer } from './running-server.ts';
import { fillLogstore } from './ship-process.ts';

const TOKEN = '11111111-2222-3333-4444-555555555555';

interface Task {
  readonly id: string;
  readonly etag: string;
  readonly enabled: boolean;
  readonly secrets: Readonly<Record<string, string>>;
}
interface Progress {
  readonly totals: { readonly delivered: number };
  readonly shards: readonly { readonly shard: number; readonly checkpoint: string | null; readonly lagGroups: number }[];
}

let server: RunningServer;
let splunk: HecServer;
let port: number;
beforeAll(async () => {
  server = await RunningServer.start();
  splunk = new HecServer([{ value: TOKEN, ack: true }]);
  port = await splunk.listen();
});
afterAll(async () => {
  await splunk.close();
  await server.stop();
});

const idOf = (event: HecEvent): string => (event.event as { id: string }).id;
const arrived = (): ReadonlySet<string> => new Set(splunk.events.map(idOf));
async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await server.ctx.clock.sleep(50, server.ctx.signal);
}

describe('a shipping task inside the server', () => {
  it('loses no log when the server is killed in the middle, and leaves receipts', async () => {
    await server.makeLogstore('tasks', 'waf', {}, 2);
    const ids = await fillLogstore(server, 'tasks', 'waf', 100, 100);
    const task = await server.call<Task>('POST', '/shipping-tasks', {
      name: 'to splunk',
      project: 'tasks',
      logstore: 'waf',
      receiver: `hec+http://127.0.0.1:${port}?ack=require&batchBytes=10000&ackPollMs=50`,
      secrets: { token: TOKEN },
      consumerGroup: 'splunk',
    });
    expect(JSON.stringify(task)).not.toContain(TOKEN);
    expect(task.secrets).toEqual({ token: '***' });
    await until(() => arrived().size > ids.length / 8);
    await server.kill();
    expect(arrived().size).toBeLessThan(ids.length);
    await server.start();
    await until(() => arrived().size === ids.length);
    expect([...arrived()].sort()).toEqual([...ids].sort());

    const { id } = task;
    const progress = () => server.call<Progress>('GET', `/shipping-tasks/${id}/progress`);
    await until(async () => (await progress()).shards.every((shard) => shard.lagGroups === 0));
    expect((await progress()).totals.delivered).toBeGreaterThan(0);
    const jobs = await server.call<{ items: { name: string; state: string }[] }>('GET', '/jobs');
    expect(jobs.items.find((job) => job.name === `ship:${id}`)?.state).toBe('running');

    // The identity under which the receiver knows a log leads to its receipts.
    const client = server.wire('tasks');
    const from = Buffer.from(await client.cursor('waf', 0, 'begin', server.ctx), 'base64').toString('latin1');
    await client.close();
    const receipt = await server.call<{ steps: { step: string; acknowledgement: string }[] }>(
      'GET',
      `/receipts?project=tasks&logstore=waf&shard=0&cursor=${from}&index=0`,
    );
    const delivery = receipt.steps.find((step) => step.step === 'ship:to splunk');
    expect(delivery?.acknowledgement).toMatch(/indexed \(ack \d+ on channel /);
  });

  it('pauses, resumes and ships again from the beginning', async () => {
    await server.makeLogstore('again', 'waf', {}, 1);
    splunk.events.length = 0;
    const { id } = await server.call<Task>('POST', '/shipping-tasks', {
      name: 'again',
      project: 'again',
      logstore: 'waf',
      receiver: `hec+http://127.0.0.1:${port}?ack=require&ackPollMs=50`,
      secrets: { token: TOKEN },
      consumerGroup: 'again',
      enabled: false,
    });
    const ids = await fillLogstore(server, 'again', 'waf', 3, 10);
    expect(await server.call<{ ok: boolean }>('POST', `/shipping-tasks/${id}:test`, {})).toMatchObject({ ok: true });
    expect(splunk.events).toEqual([]);
    expect((await server.call<Task>('POST', `/shipping-tasks/${id}:resume`)).enabled).toBe(true);
    await until(() => arrived().size === ids.length);
    const paused = await server.call<Task>('POST', `/shipping-tasks/${id}:pause`);
    expect(paused.enabled).toBe(false);
    splunk.events.length = 0;
    await server.call('POST', `/shipping-tasks/${id}:replay`, { from: 'begin' });
    await server.call('POST', `/shipping-tasks/${id}:resume`);
    await until(() => arrived().size === ids.length);
    await expect(server.call('PATCH', `/shipping-tasks/${id}`, { etag: paused.etag, name: 'late' })).rejects.toThrow(/409/);
    await server.remove(`/shipping-tasks/${id}`);
    await expect(server.call('GET', `/shipping-tasks/${id}`)).rejects.toThrow(/404/);
  });

  it('refuses what cannot run, and says why', async () => {
    const good = {
      name: 'x',
      project: 'tasks',
      logstore: 'waf',
      consumerGroup: 'x',
      receiver: `hec+http://127.0.0.1:${port}`,
      secrets: { token: TOKEN },
    };
    const made = (change: object) => server.call('POST', '/shipping-tasks', { ...good, ...change });
    await expect(made({ receiver: 'hecc+http://a' })).rejects.toThrow(/400.*hecc/);
    await expect(made({ secrets: {} })).rejects.toThrow(/400.*token/);
    await expect(made({ secrets: { tokenFile: '/etc/hostname' } })).rejects.toThrow(/400.*tokenFile/);
    await expect(made({ logstore: 'nowhere' })).rejects.toThrow(/404.*nowhere/);
    await expect(made({ name: 'to splunk' })).rejects.toThrow(/409.*to splunk/);
  });
});
