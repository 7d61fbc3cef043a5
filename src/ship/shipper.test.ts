import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HecServer, type HecEvent } from '../../test/receivers/hec-server.ts';
import { splunkHecConfig } from '../sinks/splunk-hec/config.ts';
import { SplunkHec } from '../sinks/splunk-hec/splunk-hec.ts';
import { cursorNumber } from './cursor-text.ts';
import { Shipper } from './shipper.ts';
import { KeptLetters, KeptReceipts, QUICK, shipSetup, type ShipSetup } from './testing/ship-setup.ts';

const GROUPS = 30;
const LOGS = 100;
/** Shares no factor with the size of a group: hardly a batch ends where a group does. */
const RECORDS = 37;

let setup: ShipSetup;
let server: HecServer;
let port: number;
beforeAll(async () => {
  setup = await shipSetup(1);
  await setup.fill(GROUPS, LOGS);
  server = new HecServer([{ value: 'token', ack: false }]);
  port = await server.listen();
});
afterAll(async () => {
  await server.close();
  await setup.close();
});

const idOf = ({ event }: HecEvent): string => (event as { id: string }).id;
const shipperOf = (group: string, more: Partial<typeof QUICK> = {}) => {
  const sink = new SplunkHec(
    splunkHecConfig.parse({ endpoints: [`http://127.0.0.1:${port}`], token: 'token', batchRecords: RECORDS, inFlight: 1 }),
    {
      project: 'secure',
      logstore: 'waf',
    },
  );
  const shipper = new Shipper(
    { client: setup.api(), sink, deadLetters: new KeptLetters(), receipts: new KeptReceipts() },
    { ...QUICK, group, ...more },
  );
  return { shipper, sink };
};

describe('checkpoints of a shipper', () => {
  it('follow the batches also while none of them ends with a group, and never pass a log that is not delivered', async () => {
    server.events.length = 0;
    // Takes twenty batches, then is busy for ever.
    server.fault = () => (server.events.length >= 20 * RECORDS ? { code: 9 } : null);
    const { shipper, sink } = shipperOf('stalled', { releaseGraceMs: 50 });
    const stop = new AbortController();
    const running = shipper.run({ ...setup.ctx, signal: stop.signal });
    while (shipper.totals.retries < 3) await setup.ctx.clock.sleep(5, setup.ctx.signal);
    stop.abort();
    await running;
    await sink.close();
    const delivered = shipper.totals.delivered;
    expect(delivered).toBe(20 * RECORDS);
    const api = setup.api();
    const [saved] = await api.checkpoints('waf', 'stalled', setup.ctx);
    const begin = cursorNumber(await api.cursor('waf', 0, 'begin', setup.ctx))!;
    expect(cursorNumber(saved!.checkpoint)! - begin).toBe(BigInt(Math.floor(delivered / LOGS)));

    server.fault = () => null;
    const before = new Set(server.events.map(idOf));
    server.events.length = 0;
    const next = shipperOf('stalled');
    await next.shipper.run(setup.ctx);
    await next.sink.close();
    // Repeats are those of the group it was stopped in.
    expect(next.shipper.totals.read).toBe(GROUPS * LOGS - Math.floor(delivered / LOGS) * LOGS);
    expect(new Set([...before, ...server.events.map(idOf)]).size).toBe(GROUPS * LOGS);
  });
});
