import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeGroup } from '../../src/core/group-reader.ts';
import { nextGroup } from '../../src/ship/log-group-list.ts';
import { FaultProxy, randomFaults, seeded } from '../../src/sinks/testing/fault-proxy.ts';
import { makeCertificates } from '../receivers/certificates.ts';
import { HecServer, type HecEvent } from '../receivers/hec-server.ts';
import { hasRsyslog, startRsyslog, type SyslogServer } from '../receivers/syslog-servers.ts';
import { RunningServer } from './running-server.ts';
import { fillLogstore, ShipProcess, type Totals } from './ship-process.ts';

const TOKEN = '11111111-2222-3333-4444-555555555555';
const PROJECT = 'secure-waf';
const LOGSTORE = 'waf';
const SHARDS = 4;
const GROUPS = 200;
const LOGS = 100;
/** Heartbeats of a second, so that the shards of a killed process are given away after two. */
const QUICK = ['--heartbeat', '1', '--fetch-interval', '50'];
const EVERYTHING: Partial<Totals> = { filtered: 0, deadLettered: 0, unfinished: 0 };

let server: RunningServer;
let dir: string;
let ids: readonly string[];
let splunk: HecServer;
let hecPort: number;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-ship-no-loss-'));
  server = await RunningServer.start();
  splunk = new HecServer([{ value: TOKEN, ack: true }]);
  hecPort = await splunk.listen();
  await server.makeLogstore(PROJECT, LOGSTORE, {}, SHARDS);
  ids = (await fillLogstore(server, PROJECT, LOGSTORE, GROUPS, LOGS)).sort();
});
afterAll(async () => {
  for (const ship of ships) if (ship.child.exitCode === null && ship.child.signalCode === null) await ship.kill();
  await splunk.close();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

const ships: ShipProcess[] = [];
function launch(place: { readonly project: string; readonly logstore: string }, to: string, ...args: string[]): ShipProcess {
  const env: Record<string, string> = to.startsWith('hec') ? { SLUICE_SINK_TOKEN: TOKEN } : {};
  const ship = new ShipProcess({ server, dir, ...place, args: ['--to', to, ...QUICK, ...args], env });
  ships.push(ship);
  return ship;
}
const start = (group: string, to: string): ShipProcess =>
  launch({ project: PROJECT, logstore: LOGSTORE }, to, '--group', group, '--until-end');

/** Waits while the processes run; one that ends before is told of with its messages. */
async function until(what: () => boolean, ...running: readonly ShipProcess[]): Promise<void> {
  while (!what()) {
    for (const { child, err } of running) if (child.exitCode !== null) throw new Error(`sluice ship ended with ${child.exitCode}:\n${err}`);
    await server.ctx.clock.sleep(10, server.ctx.signal);
  }
}

/** Sockets of a process that listen: its own inodes among those that /proc has in state 0A (LISTEN). */
function listeners(pid: number): readonly string[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch (thrown) {
        // Closed while we looked.
        if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return '';
        throw thrown;
      }
    }),
  );
  return ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === '0A' && own.has(`socket:[${columns[9]}]`))
    .map((columns) => columns[1]!);
}

interface Receipt {
  readonly shard: number;
  readonly records: number;
  readonly acknowledgement: string;
}

const receiptsOf = (group: string): readonly Receipt[] =>
  readFileSync(join(dir, 'sluice-ship', `${PROJECT}.${LOGSTORE}.${group}.receipts.ndjson`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Receipt);

describe('sluice ship to Splunk HEC with indexer acknowledgement', () => {
  const to = (port: number): string => `hec+http://127.0.0.1:${port}?ack=require&batchBytes=30000&ackPollMs=50`;
  const idOf = (event: HecEvent): string => (event.event as { id: string }).id;

  it('ships 20,000 logs of four shards, each once, with receipts of what the indexer has', async () => {
    splunk.events.length = 0;
    expect(await start('hec-plain', to(hecPort)).totals()).toMatchObject({
      ...EVERYTHING,
      read: ids.length,
      delivered: ids.length,
      retries: 0,
    });
    expect(splunk.events.map(idOf).sort()).toEqual(ids);
    const receipts = receiptsOf('hec-plain');
    expect(new Set(receipts.map((receipt) => receipt.shard)).size).toBe(SHARDS);
    expect(receipts.reduce((sum, receipt) => sum + receipt.records, 0)).toBe(ids.length);
    for (const { acknowledgement } of receipts) expect(acknowledgement).toMatch(/indexed \(ack \d+ on channel /);
  });

  it('loses nothing when answers and connections go wrong and the process is killed in the middle', async () => {
    splunk.events.length = 0;
    const random = seeded(7);
    const proxy = await FaultProxy.start(hecPort);
    proxy.next = randomFaults(random, 0.4);
    // Busy, busy after the events were taken, and taken but never acknowledged.
    let wrong = 0;
    splunk.fault = () => {
      if (random() > 0.2) return null;
      wrong++;
      return [{ code: 9 }, { kind: 'taken' as const, code: 9 }, { kind: 'no-ack' as const }][Math.floor(random() * 3)]!;
    };
    const receiver = `${to(proxy.port)}&ackTimeoutMs=1000`;
    const first = start('hec-faults', receiver);
    await until(() => splunk.events.length > ids.length / 4, first);
    await first.kill();
    expect(first.out).toBe('');
    const before = new Set(splunk.events.map(idOf)).size;
    expect(before).toBeLessThan(ids.length);
    const totals = await start('hec-faults', receiver).totals();
    splunk.fault = () => null;
    await proxy.down();
    expect(wrong).toBeGreaterThan(0);
    expect(proxy.faults).toBeGreaterThan(0);
    expect(totals).toMatchObject(EVERYTHING);
    expect(totals.read).toBe(totals.delivered);
    expect(totals.read).toBeGreaterThanOrEqual(ids.length - before);
    expect(totals.retries).toBeGreaterThan(0);
    expect([...new Set(splunk.events.map(idOf))].sort()).toEqual(ids);
    // Repeats are told by the id that the log has for life.
    const lifeIds = new Map(splunk.events.map((event) => [event.fields?.['sluice_id'], idOf(event)]));
    expect(lifeIds.size).toBe(ids.length);
  });

  it('is shared by two processes of one group, each log shipped once, and listens to nobody [K01 K26]', async () => {
    splunk.events.length = 0;
    const place = { project: 'secure-two', logstore: 'two' };
    await server.makeLogstore(place.project, place.logstore, {}, SHARDS);
    const pair = [launch(place, to(hecPort)), launch(place, to(hecPort))];
    const client = server.wire(place.project);
    // Until each of the two has saved the place of a shard, there is nothing to read for the other.
    for (let holders = 0; holders < 2;) {
      await server.ctx.clock.sleep(100, server.ctx.signal);
      const saved = await client.checkpoints(place.logstore, 'sync_data', server.ctx).catch(() => []);
      holders = new Set(saved.map((entry) => entry.consumer).filter((name) => name !== '')).size;
    }
    await client.close();
    const own = await fillLogstore(server, place.project, place.logstore, 80, 50);
    await until(() => new Set(splunk.events.map(idOf)).size === own.length, ...pair);
    for (const ship of pair) expect(listeners(ship.child.pid!)).toEqual([]);
    expect(listeners(server.pid)).not.toEqual([]);
    for (const ship of pair) ship.child.kill('SIGTERM');
    const totals = await Promise.all(pair.map((ship) => ship.totals()));
    expect(totals.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(own.length);
    for (const each of totals) {
      expect(each).toMatchObject(EVERYTHING);
      expect(each.delivered).toBeGreaterThan(0);
    }
    expect(splunk.events.map(idOf).sort()).toEqual(own.sort());
  });

  it('keeps what is refused in a logstore that is named', async () => {
    splunk.events.length = 0;
    const place = { project: 'secure-letters', logstore: 'letters' };
    await server.makeLogstore(place.project, place.logstore, {}, 2);
    const client = server.wire(place.project);
    const body = { bytes: Buffer.from(JSON.stringify({ logstoreName: 'refused', ttl: 7, shardCount: 1 })), type: 'application/json' };
    await client.call('POST', '/logstores', {}, body, {}, server.ctx);
    const own = await fillLogstore(server, place.project, place.logstore, 10, 30);
    const bad = new Set([own[3]!, own[77]!, own[290]!]);
    splunk.refuses = (event) => bad.has(idOf(event));
    const ship = (...args: string[]): ShipProcess => launch(place, to(hecPort), ...args);
    const totals = await ship('--until-end', '--dead-letter', 'refused').totals();
    splunk.refuses = () => false;
    expect(totals).toMatchObject({
      read: own.length,
      delivered: own.length - bad.size,
      filtered: 0,
      deadLettered: bad.size,
      unfinished: 0,
    });
    const from = await client.cursor('refused', 0, 'begin', server.ctx);
    const page = await client.pull('refused', 0, from, 100, null, server.ctx);
    await client.close();
    const letters: Record<string, string>[] = [];
    for (let group = 0, at = 0; group < page.groups; group++) {
      const { start: begin, end } = nextGroup(page.list, at);
      at = end;
      for (const log of decodeGroup(page.list.subarray(begin, end)).logs) letters.push(log.fields);
    }
    expect(letters.map((letter) => idOf(JSON.parse(letter['record']!) as HecEvent)).sort()).toEqual([...bad].sort());
    for (const letter of letters) {
      expect(letter).toMatchObject({ ...place, code: 'sink.rejected' });
      expect(letter['reason']).toContain('code 15');
      expect(letter['identity']).toMatch(/^\d+:\d+$/);
    }
    // Named before anything is shipped, not with the first refused log.
    const missing = ship('--until-end', '--dead-letter', 'nowhere');
    expect(await missing.ended).toBe(1);
    expect(missing.err).toMatch(/nowhere/);
    const itself = ship('--until-end', '--dead-letter', place.logstore);
    expect(await itself.ended).toBe(2);
    expect(itself.err).toMatch(/another logstore/);
    const check = ship('--check', '--dead-letter', 'nowhere');
    expect(await check.ended).toBe(1);
    expect(check.out).toMatch(/"stage":"logstore","ok":false.*nowhere/);
  });
});

describe.skipIf(!hasRsyslog)('sluice ship to rsyslog over TCP', () => {
  let rsyslog: SyslogServer;
  let seen = 0;
  beforeAll(async () => {
    rsyslog = await startRsyslog(dir, makeCertificates(dir));
  });
  afterAll(async () => {
    await rsyslog.stop();
  });

  /** Ids that came since the last look, once `enough` holds for them. */
  async function arrived(enough: (found: readonly string[]) => boolean, ...running: ShipProcess[]): Promise<readonly string[]> {
    let found: readonly string[] = [];
    await until(
      () => {
        found = rsyslog
          .lines()
          .slice(seen)
          .map((line) => (JSON.parse(line['msg']!) as { id: string }).id);
        return enough(found);
      },
      ...running,
    );
    return found;
  }

  it('ships 20,000 logs of four shards, each once, confirmed by the receiver [K14]', async () => {
    const totals = await start('syslog-plain', `syslog+tcp://127.0.0.1:${rsyslog.tcpPort}?format=rfc5424`).totals();
    expect(totals).toMatchObject({ ...EVERYTHING, read: ids.length, delivered: ids.length, retries: 0 });
    const found = await arrived((all) => all.length >= ids.length);
    expect([...found].sort()).toEqual(ids);
    for (const { acknowledgement } of receiptsOf('syslog-plain')) expect(acknowledgement).toMatch(/read \d+ bytes and closed/);
    seen += found.length;
  });

  it('loses nothing when connections break and the process is killed in the middle', async () => {
    const proxy = await FaultProxy.start(rsyslog.tcpPort);
    proxy.next = randomFaults(seeded(11), 0.4);
    const to = `syslog+tcp://127.0.0.1:${proxy.port}?batchBytes=30000`;
    const first = start('syslog-faults', to);
    const before = new Set(await arrived((all) => all.length > ids.length / 4, first)).size;
    await first.kill();
    expect(first.out).toBe('');
    expect(before).toBeLessThan(ids.length);
    const totals = await start('syslog-faults', to).totals();
    await proxy.down();
    expect(proxy.faults).toBeGreaterThan(0);
    expect(totals).toMatchObject(EVERYTHING);
    expect(totals.read).toBe(totals.delivered);
    const found = await arrived((all) => new Set(all).size >= ids.length);
    expect([...new Set(found)].sort()).toEqual(ids);
  });
});
