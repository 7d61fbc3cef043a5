import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HecServer, type HecEvent } from '../receivers/hec-server.ts';
import { RunningServer } from './running-server.ts';
import { fillLogstore, ShipProcess } from './ship-process.ts';

const TOKEN = '11111111-2222-3333-4444-555555555555';
/** Each logstore has a project of its own. */
const projectOf = (logstore: string): string => `secure-${logstore}`;

let server: RunningServer;
let splunk: HecServer;
let hecPort: number;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-ship-cli-'));
  server = await RunningServer.start();
  splunk = new HecServer([{ value: TOKEN, ack: true }]);
  hecPort = await splunk.listen();
});
afterAll(async () => {
  await splunk.close();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

class Ship extends ShipProcess {
  constructor(logstore: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, node: readonly string[] = []) {
    super({ server, dir, project: projectOf(logstore), logstore, args, env: { SLUICE_SINK_TOKEN: TOKEN, ...env }, node });
  }
}

const receiver = (): string => `hec+http://127.0.0.1:${hecPort}`;
const QUICK = ['--heartbeat', '1', '--fetch-interval', '50'];

const fill = (logstore: string, groups: number, logs: number): Promise<string[]> =>
  fillLogstore(server, projectOf(logstore), logstore, groups, logs);

const idOf = (event: HecEvent): string => (event.event as { id: string }).id;
const idsKept = (): string[] => [...new Set(splunk.events.map(idOf))].sort();

async function until(what: () => boolean): Promise<void> {
  while (!what()) await server.ctx.clock.sleep(20, server.ctx.signal);
}

describe('sluice ship', () => {
  it('takes the six variables of the scripts, makes the group, ships everything, and its totals add up [K20 K22]', async () => {
    await server.makeLogstore(projectOf('plain'), 'plain', {}, 2);
    const ids = await fill('plain', 20, 50);
    splunk.events.length = 0;
    const totals = await new Ship('plain', ['--to', receiver(), '--until-end', ...QUICK]).totals();
    expect(totals).toMatchObject({ read: 1000, delivered: 1000, filtered: 0, deadLettered: 0, unfinished: 0 });
    expect(idsKept()).toEqual([...ids].sort());
    // Again: the group is there, its place is kept, and only what came since is shipped.
    const more = await fill('plain', 3, 10);
    splunk.events.length = 0;
    expect(await new Ship('plain', ['--to', receiver(), '--until-end', ...QUICK]).totals()).toMatchObject({ read: 30, delivered: 30 });
    expect(idsKept()).toEqual([...more].sort());
    const receipts = readFileSync(join(dir, 'sluice-ship', 'secure-plain.plain.sync_data.receipts.ndjson'), 'utf8')
      .trim()
      .split('\n');
    const records = receipts.map((line) => JSON.parse(line) as { records: number; acknowledgement: string });
    expect(records.reduce((sum, receipt) => sum + receipt.records, 0)).toBe(1030);
    expect(records[0]!.acknowledgement).toMatch(/indexed \(ack \d+ on channel /);
  });

  it('filters and trims on the server, and counts what was dropped [K17]', async () => {
    await server.makeLogstore(projectOf('filtered'), 'filtered', { instance_id: 'text' }, 2);
    await fill('filtered', 10, 40);
    splunk.events.length = 0;
    const query = "* | where instance_id in ('instance-1','instance-2') | project id, instance_id";
    const totals = await new Ship('filtered', ['--to', receiver(), '--until-end', '--query', query, ...QUICK]).totals();
    expect(totals).toMatchObject({ read: 400, delivered: 200, filtered: 200, deadLettered: 0, unfinished: 0 });
    expect(splunk.events).toHaveLength(200);
    for (const { event } of splunk.events) expect(event).not.toHaveProperty('uri');
  });

  it('starts at the beginning, at the end, or at a receive time [K18]', async () => {
    await server.makeLogstore(projectOf('starts'), 'starts', {}, 1);
    await fill('starts', 1, 5);
    await server.ctx.clock.sleep(1100, server.ctx.signal);
    const between = new Date(server.ctx.clock.nowMs()).toISOString();
    await server.ctx.clock.sleep(1100, server.ctx.signal);
    await fill('starts', 1, 7);
    const read = async (group: string, from: string): Promise<number> =>
      (await new Ship('starts', ['--to', receiver(), '--until-end', '--group', group, '--from', from, ...QUICK]).totals()).read;
    expect(await read('from-begin', 'begin')).toBe(12);
    expect(await read('from-time', between)).toBe(7);
    expect(await read('from-end', 'end')).toBe(0);
  });

  it('shares the shards, and after kill -9 another one goes on from the checkpoint [K02 K06 K07 K23]', async () => {
    await server.makeLogstore(projectOf('shared'), 'shared', {}, 2);
    splunk.events.length = 0;
    const ids: string[] = [];
    const args = ['--to', receiver(), ...QUICK];
    const ships = [new Ship('shared', args), new Ship('shared', args), new Ship('shared', args)];
    const client = server.wire(projectOf('shared'));
    const holders = async (): Promise<string[]> => {
      const saved = await client.checkpoints('shared', 'sync_data', server.ctx).catch(() => []);
      return [...new Set(saved.map((entry) => entry.consumer).filter((name) => name !== ''))];
    };
    let holding: string[] = [];
    while (holding.length < 2) {
      ids.push(...(await fill('shared', 2, 10)));
      await server.ctx.clock.sleep(100, server.ctx.signal);
      holding = await holders();
    }
    const victim = ships.find((ship) => holding.some((name) => name.includes(`-${ship.child.pid}-`)))!;
    victim.child.kill('SIGKILL');
    ids.push(...(await fill('shared', 20, 10)));
    await until(() => idsKept().length === ids.length);
    expect(idsKept()).toEqual([...ids].sort());
    const rest = ships.filter((ship) => ship !== victim);
    for (const ship of rest) ship.child.kill('SIGTERM');
    for (const ship of rest) expect(await ship.totals()).toMatchObject({ unfinished: 0, deadLettered: 0 });
    // Everything is acknowledged and saved: one that comes now has nothing to do.
    expect(await new Ship('shared', [...args, '--until-end']).totals()).toMatchObject({ read: 0 });
    await client.close();
  });

  it('keeps what is refused in a file, and its totals still add up', async () => {
    await server.makeLogstore(projectOf('refused'), 'refused', {}, 1);
    const ids = await fill('refused', 4, 25);
    splunk.refuses = (event) => idOf(event) === ids[33];
    const totals = await new Ship('refused', ['--to', receiver(), '--until-end', '--keep', 'kept', ...QUICK]).totals();
    splunk.refuses = () => false;
    expect(totals).toMatchObject({ read: 100, delivered: 99, deadLettered: 1, unfinished: 0 });
    const lines = readFileSync(join(dir, 'kept', 'secure-refused.refused.sync_data.dead-letters.ndjson'), 'utf8')
      .trim()
      .split('\n');
    expect(lines).toHaveLength(1);
    const letter = JSON.parse(lines[0]!) as { record: string; code: string; reason: string; identity: string };
    expect(letter).toMatchObject({ code: 'sink.rejected', reason: expect.stringContaining('code 15') as string });
    expect((JSON.parse(letter.record) as HecEvent).event).toMatchObject({ id: ids[33] });
  });

  it('tries both ends before it starts, and names the faulty one [K27]', async () => {
    await server.makeLogstore(projectOf('checked'), 'checked', { instance_id: 'text' }, 2);
    await fill('checked', 1, 1);
    interface Step {
      readonly end: string;
      readonly stage: string;
      readonly ok: boolean;
      readonly detail: string;
    }
    const check = async (args: readonly string[], env: Record<string, string> = {}): Promise<readonly Step[]> => {
      const ship = new Ship('checked', ['--to', receiver(), '--check', ...args], env);
      const code = await ship.ended;
      const steps = ship.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Step);
      expect(code, ship.err).toBe(steps.every((step) => step.ok) ? 0 : 1);
      return steps;
    };
    const wrong = async (args: readonly string[], env: Record<string, string> = {}): Promise<string> =>
      (await check(args, env))
        .filter((step) => !step.ok)
        .map((step) => `${step.end} ${step.stage}: ${step.detail}`)
        .join('; ');
    splunk.events.length = 0;
    const steps = await check(['--test-event', '--query', "* | where instance_id = 'x'"]);
    expect(steps.filter((step) => !step.ok)).toEqual([]);
    expect(steps.map((step) => `${step.end} ${step.stage}`)).toEqual([
      'source tcp', 'source signature', 'source group', 'source query', 'receiver tcp', 'receiver health', 'receiver token', 'receiver test event',
    ]); // prettier-ignore
    expect(splunk.events.map((event) => event.event)).toEqual([{ message: 'sluice preflight test event' }]);
    expect(await wrong([], { SLS_ENDPOINT: 'http://no-such-host.invalid:1' })).toMatch(/^source dns: /);
    expect(await wrong([], { SLS_ENDPOINT: 'http://127.0.0.1:1' })).toMatch(/^source tcp: .*nothing listens/);
    expect(await wrong([], { SLS_ENDPOINT: server.endpoint.replace('http', 'https') })).toMatch(/^source tls: .*does not speak TLS/);
    expect(await wrong([], { SLS_AK_KEY: 'wrong' })).toMatch(/^source signature: .*SLS_AK_KEY/);
    expect(await wrong([], { SLS_AK_ID: 'LTAInobody' })).toMatch(/^source signature: .*SLS_AK_ID/);
    expect(await wrong([], { SLS_PROJECT: 'nowhere' })).toMatch(/^source project: /);
    expect(await wrong([], { SLS_LOGSTORE: 'nowhere' })).toMatch(/^source logstore: /);
    expect(await wrong(['--query', '* | wher x'])).toMatch(/^source query: /);
    expect(await wrong([], { SLUICE_SINK_TOKEN: 'wrong' })).toMatch(/^receiver token: .*code 4/);
    expect(await wrong([], { SLS_AK_KEY: 'wrong', SLUICE_SINK_TOKEN: 'wrong' })).toMatch(/source signature.*receiver token/);
    const client = server.wire(projectOf('checked'));
    for (let n = 1; n < 30; n++) await client.createGroup('checked', `group-${n}`, 60, false, server.ctx);
    expect(await wrong(['--group', 'one-too-many'])).toMatch(/^source quota: /);
    await client.close();
  });

  it('takes secrets from the environment and from files, never as an argument, and says all that is wrong', async () => {
    const refused = async (args: readonly string[], env: Record<string, string> = {}): Promise<string> => {
      const ship = new Ship('plain', args, env);
      expect(await ship.ended).toBe(2);
      return ship.err;
    };
    expect(await refused(['--to', `${receiver()}?token=${TOKEN}`])).toMatch(/token: is a secret.*SLUICE_SINK_TOKEN/);
    const url = await refused(['--to', `hec+http://user:hidden@127.0.0.1:${hecPort}`]);
    expect(url).toMatch(/holds no user and no password/);
    expect(url).not.toContain('hidden');
    expect(await refused(['--to', receiver()], { SLUICE_SINK_TOKEN: '' })).toMatch(/token: is missing, set SLUICE_SINK_TOKEN/);
    expect(await refused(['--to', `${receiver()}?batchBytes=many&indx=main`], { SLUICE_SINK_TOKE: 'x' })).toMatch(
      /SLUICE_SINK_TOKE: .*did you mean SLUICE_SINK_TOKEN\?[^]*batchBytes: expected integer[^]*indx: .*did you mean index\?/,
    );
    expect(await refused(['--to', 'hecs://x'])).toMatch(/is no kind of receiver/);
    expect(await refused([])).toMatch(/--to takes one of[^]*hec\+https/);
    writeFileSync(join(dir, 'token'), `${TOKEN}\n`);
    const fromFile = new Ship('plain', ['--to', receiver(), '--check'], {
      SLUICE_SINK_TOKEN: '',
      SLUICE_SINK_TOKEN_FILE: join(dir, 'token'),
    });
    expect(await fromFile.ended, fromFile.out).toBe(0);
  });

  it('loads neither an engine nor the server', async () => {
    const list = join(dir, 'modules');
    const hook = `import { registerHooks } from 'node:module'; import { appendFileSync } from 'node:fs';
      registerHooks({ load: (url, context, next) => { appendFileSync(${JSON.stringify(list)}, url + '\\n'); return next(url, context); } });`;
    const ship = new Ship('plain', ['--to', receiver(), '--until-end', ...QUICK], {}, [
      '--import',
      `data:text/javascript,${encodeURIComponent(hook)}`,
    ]);
    await ship.totals();
    expect(existsSync(list)).toBe(true);
    const loaded = readFileSync(list, 'utf8');
    expect(loaded).toContain('src/ship/shipper.ts');
    expect(loaded).not.toMatch(/chdb|@clickhouse|lmdb|node:sqlite|kysely|fastify|src\/(store|stream|state|query|api)\//);
  });
});
