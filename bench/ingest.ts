import type { QueryAnswerBody } from '../src/api/rest/contract/search.ts';
import { GroupBuilder } from '../src/core/group-builder.ts';
import { RunningServer } from '../test/system/running-server.ts';
import { acceptAlone } from './accepting.ts';
import { ctx } from './context.ts';
import { engine, ENGINE_ENV } from './engine.ts';
import { load } from './load-process.ts';
import { childrenOf, cpuSec, percentile, rounded, type Bench } from './harness.ts';
import { bodies, KEYS } from './log-source.ts';

async function countAll(server: RunningServer, logstore: string): Promise<number> {
  const body = { query: '* | select count(1) as n', from: 0, to: 4_000_000_000 };
  const answer = await server.call<QueryAnswerBody>('POST', `/projects/bench/logstores/${logstore}/query`, body);
  return Number(answer.rows[0]?.[0]);
}

/** Logs in, and when they can be found. */
export const benchIngest: Bench = {
  name: 'ingest',
  summary: 'PutLogs over the wire: accept, append → searchable, delay, pull, a hundred quiet logstores',
  async run({ mb: given, seconds: forSec }) {
    const mb = given ?? 400;
    const { acceptMb, pullMb, limitMb } = await acceptAlone(mb);
    const server = await RunningServer.start(ENGINE_ENV);
    try {
      await server.makeLogstore('bench', 'logs', KEYS, 4);
      const pids = [server.pid, ...childrenOf(server.pid)];
      const cpu = (): number => pids.reduce((sum, pid) => sum + cpuSec(pid), 0);
      // The first batches make the table and decide its layout.
      await load(server.endpoint, 'bench', 'logs', 30, 10);
      const known = await countAll(server, 'logs');
      const before = cpu();
      const begun = performance.now();
      const loaded = await load(server.endpoint, 'bench', 'logs', mb, 12);
      while ((await countAll(server, 'logs')) < known + loaded.logs) await ctx.clock.sleep(100, ctx.signal);
      const seconds = (performance.now() - begun) / 1000;
      // Merges belong to it: they are over when the engine is quiet.
      for (let last = cpu(), now = last; ; last = now) {
        await ctx.clock.sleep(2000, ctx.signal);
        now = cpu();
        if (now - last < 0.25) break;
      }
      const searchableMb = loaded.rawMb / (cpu() - before);

      // Half of what it took, for a while.
      const half = loaded.rawMb / seconds / 2;
      const delays = await delaysDuring(server, load(server.endpoint, 'bench', 'logs', half * (forSec ?? 15), 4, half));

      const trickle = await trickling(server, cpu, forSec ?? 30);
      const p95 = percentile(delays, 0.95);
      return {
        rows: [
          {
            what: 'accept + durable append, raw MB per CPU second',
            measured: String(Math.round(acceptMb)),
            beside: `aim 300; ${rounded(acceptMb / limitMb, 2)} of the least such a server can do, ${Math.round(limitMb)}`,
          },
          { what: 'pull of the same data', measured: String(Math.round(pullMb)), beside: 'aim 300' },
          {
            what: 'append → searchable, with merges',
            measured: String(rounded(searchableMb)),
            beside: 'aim 60 (standardize and detect run as well)',
          },
          {
            what: 'delay at half load, 95th percentile',
            measured: `${Math.round(p95)} ms of ${delays.length}`,
            beside: `aim 1000 ms at ${rounded(half)} MB/s`,
          },
          { what: '100 logstores × 10 logs/s, of one core', measured: `${rounded(trickle)} %`, beside: 'aim 20 %' },
        ],
        figures: {
          acceptMb: rounded(acceptMb),
          limitMb: rounded(limitMb),
          pullMb: rounded(pullMb),
          searchableMb: rounded(searchableMb),
          delayP95Ms: rounded(p95),
          halfLoadMbPerSec: rounded(half),
          tricklePercent: rounded(trickle),
        },
      };
    } finally {
      await server.stop();
    }
  },
};

/** From the acknowledgement of a marker to its row in the engine, ms, while the load runs. The engine is asked directly: a query of Sluice would hurry the index. */
async function delaysDuring(server: RunningServer, busy: Promise<unknown>): Promise<readonly number[]> {
  const client = server.wire('bench');
  const waiting = new Map<string, number>();
  const delays: number[] = [];
  let running = true;
  void busy.then(() => (running = false));
  const putMarkers = async (): Promise<void> => {
    const builder = new GroupBuilder();
    for (let number = 0; running; number++) {
      builder.begin();
      builder.beginLog(Math.floor(Date.now() / 1000));
      builder.field('client_ip', '198.51.100.1');
      builder.endLog();
      builder.topic('marker');
      builder.source(`m${number}`);
      const raw = builder.finish();
      await client.putLogs('logs', { bytes: raw, codec: 'none', rawBytes: raw.length }, ctx);
      waiting.set(`m${number}`, performance.now());
      await ctx.clock.sleep(150, ctx.signal);
    }
  };
  const look = async (): Promise<void> => {
    while (running || waiting.size > 0) {
      const found = await engine("SELECT DISTINCT source FROM logs_1 WHERE topic = 'marker'");
      const nowMs = performance.now();
      for (const source of found.split('\n')) {
        const since = waiting.get(source);
        if (since === undefined) continue;
        delays.push(nowMs - since);
        waiting.delete(source);
      }
      await ctx.clock.sleep(50, ctx.signal);
    }
  };
  await Promise.all([putMarkers(), look(), busy]);
  await client.close();
  return delays;
}

/** Share of a core that a hundred logstores of ten logs a second cost. */
async function trickling(server: RunningServer, cpu: () => number, seconds: number): Promise<number> {
  const stores = 100;
  const client = server.wire('bench');
  const json = (value: unknown) => ({ bytes: Buffer.from(JSON.stringify(value)), type: 'application/json' });
  const keys = Object.fromEntries(Object.entries(KEYS).map(([key, type]) => [key, { type, doc_value: true, token: [' ', '/'] }]));
  for (let store = 0; store < stores; store++) {
    await client.call('POST', '/logstores', {}, json({ logstoreName: `quiet-${store}`, ttl: 7, shardCount: 1 }), {}, ctx);
    await client.call('POST', `/logstores/quiet-${store}/index`, {}, json({ line: { token: [' ', '/'] }, keys }), {}, ctx);
  }
  const source = bodies(7, 10, Math.floor(Date.now() / 1000));
  const round = async (): Promise<void> => {
    const next = performance.now() + 1000;
    for (let store = 0; store < stores; store++) await client.putLogs(`quiet-${store}`, source.next().value!, ctx);
    await ctx.clock.sleep(Math.max(0, next - performance.now()), ctx.signal);
  };
  // A table is made with the first logs that are written to it.
  for (let second = 0; second < 60; second++) await round();
  const before = cpu();
  const begun = performance.now();
  for (let second = 0; second < seconds; second++) await round();
  const share = ((cpu() - before) / ((performance.now() - begun) / 1000)) * 100;
  await client.close();
  return share;
}
