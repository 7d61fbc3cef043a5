/*
 * The load generator: a process of its own, so that its CPU is not that of what is measured. `node bench/load.ts ENDPOINT PROJECT LOGSTORE MB CONNECTIONS MB_PER_SEC`
 * (0: as fast as it goes). Prints one JSON line.
 */
import { systemClock } from '../src/core/clock.ts';
import { quietContext } from '../src/core/context.ts';
import { SlsClient } from '../src/sources/sls/sls-client.ts';
import { ROOT_KEY } from '../test/system/running-server.ts';
import { bodies } from './log-source.ts';

const [endpoint = '', project = '', logstore = '', mb = '0', connections = '10', rate = '0'] = process.argv.slice(2);
const ctx = quietContext(systemClock);
const client = new SlsClient({
  endpoint,
  project,
  accessKeyId: ROOT_KEY.accessKeyId,
  accessKeySecret: ROOT_KEY.secret,
  timeoutMs: 60_000,
  userAgent: 'bench',
});
// Made before the clock runs; a few, sent again and again, so that the generator has time for the network.
const prepared = bodies(42, 500, Math.floor(Date.now() / 1000));
const ready = Array.from({ length: Math.max(64, Math.min(4000, Number(process.env['BENCH_BODIES'] ?? 64))) }, () => prepared.next().value!);
const wanted = Number(mb) * 1e6;
const perSec = Number(rate) * 1e6;
let sent = 0;
let logs = 0;
const begun = performance.now();
await Promise.all(
  Array.from({ length: Number(connections) }, async (_, worker) => {
    for (let turn = worker; sent < wanted; turn++) {
      const body = ready[turn % ready.length]!;
      sent += body.rawBytes;
      logs += body.logs;
      await client.putLogs(logstore, body, ctx);
      const aheadMs = perSec === 0 ? 0 : (sent / perSec) * 1000 - (performance.now() - begun);
      if (aheadMs > 0) await ctx.clock.sleep(aheadMs, ctx.signal);
    }
  }),
);
await client.close();
process.stdout.write(`${JSON.stringify({ rawMb: sent / 1e6, logs, seconds: (performance.now() - begun) / 1000 })}\n`);
