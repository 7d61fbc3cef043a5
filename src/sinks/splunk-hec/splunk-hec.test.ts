import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeptLetters, KeptReceipts, QUICK, shipSetup, type ShipSetup } from '../../ship/testing/ship-setup.ts';
import { Shipper } from '../../ship/shipper.ts';
import { sinkContract } from '../sink.contract.ts';
import { splunkHecConfig } from './config.ts';
import { SplunkHec } from './splunk-hec.ts';
import { HecServer, type HecEvent, type HecToken } from '../../../test/receivers/hec-server.ts';

const ORIGIN = { project: 'secure', logstore: 'waf' };
const PLAIN: HecToken = { value: '11111111-2222-3333-4444-555555555555', ack: false };
const ACKED: HecToken = { value: '66666666-7777-8888-9999-000000000000', ack: true, indexes: ['main', 'security'] };

const sinkTo = (port: number, options: Record<string, unknown> = {}): SplunkHec =>
  new SplunkHec(
    splunkHecConfig.parse({ endpoints: [`http://127.0.0.1:${port}`], token: PLAIN.value, ackPollMs: 50, batchBytes: 20_000, ...options }),
    ORIGIN,
  );

const idOf = (event: HecEvent): string => (event.event as { id: string }).id;

for (const token of [PLAIN, ACKED])
  sinkContract(
    `Splunk HEC ${token.ack ? 'with indexer acknowledgement' : 'without acknowledgement'} [K12]`,
    async () => {
      const server = new HecServer([PLAIN, ACKED]);
      const port = await server.listen();
      return {
        port,
        open: (at) => sinkTo(at, { token: token.value, gzip: token.ack, ackTimeoutMs: 1000, ...(token.ack ? { ack: 'require' } : {}) }),
        openWithWrongSecret: (at) => sinkTo(at, { token: 'wrong' }),
        ids: () => Promise.resolve(server.events.map(idOf)),
        clear: () => {
          server.events.length = 0;
          return Promise.resolve();
        },
        misbehave: (random) => {
          server.fault = () => {
            if (random === null || random() > 0.3) return null;
            const which = random();
            if (which < 0.4) return { code: [8, 9, 23, 26][Math.floor(random() * 4)]! };
            if (which < 0.7) return { kind: 'taken', code: 9 };
            return token.ack ? (which < 0.8 ? { kind: 'no-ack' } : { code: 27 }) : null;
          };
        },
        refuse: (ids) => {
          server.refuses = (event) => ids.has(idOf(event));
        },
        stop: () => server.close(),
      };
    },
    { repeats: true },
  );

describe('Splunk HEC', () => {
  let server: HecServer;
  let port: number;
  let setup: ShipSetup;
  let ids: readonly string[];
  let groups = 0;
  beforeAll(async () => {
    server = new HecServer([PLAIN, ACKED]);
    port = await server.listen();
    setup = await shipSetup();
    ids = await setup.fill(4, 50, (builder, n) => builder.field('idx', n % 20 === 0 ? 'nowhere' : 'main'));
  });
  afterAll(async () => {
    await server.close();
    await setup.close();
  });

  async function ship(options: Record<string, unknown>): Promise<{ readonly shipper: Shipper; readonly letters: KeptLetters }> {
    server.events.length = 0;
    server.raw.length = 0;
    server.fault = () => null;
    const sink = sinkTo(port, options);
    const letters = new KeptLetters();
    const shipper = new Shipper(
      { client: setup.api(), sink, deadLetters: letters, receipts: new KeptReceipts() },
      { ...QUICK, group: `hec-${groups++}` },
    );
    try {
      await shipper.run(setup.ctx);
    } finally {
      await sink.close();
    }
    return { shipper, letters };
  }

  it('sends the envelope of HEC, with the settings of the seeds script [K28]', async () => {
    await ship({ index: 'security', sourcetype: 'ali:waf', source: 'sls', host: 'gw-1' });
    expect(server.events).toHaveLength(ids.length);
    expect(server.events.find((event) => idOf(event) === 'log-7')).toEqual({
      time: Number('1725961920.007000001'),
      host: 'gw-1',
      source: 'sls',
      sourcetype: 'ali:waf',
      index: 'security',
      event: {
        id: 'log-7',
        uri: '/a/7?q="x"',
        agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) 浏览器',
        idx: 'main',
        __topic__: 'waf',
        '__tag__:__pack_id__': 'P-0',
      },
      fields: { sluice_id: expect.stringMatching(/^secure\/waf\/0\/\d+\/7$/) as string },
    });
    await ship({});
    expect(server.events[0]).toMatchObject({ host: '10.0.0.1', source: 'sls:secure/waf', sourcetype: 'sluice:waf' });
    expect(server.events[0]).not.toHaveProperty('index');
  });

  it('sends lines to the raw endpoint, on a channel', async () => {
    await ship({ mode: 'raw' });
    expect(server.raw.map((line) => (JSON.parse(line) as { id: string }).id).sort()).toEqual([...ids].sort());
    expect(JSON.parse(server.raw[0]!)).toMatchObject({ __time__: 1_725_961_920, __source__: '10.0.0.1', __topic__: 'waf' });
  });

  it('finds the batch size a server takes by halving', async () => {
    server.maxContentBytes = 3000;
    const { shipper } = await ship({ batchBytes: 1_000_000 });
    server.maxContentBytes = 1_000_000;
    expect(shipper.totals).toMatchObject({ delivered: ids.length, deadLettered: 0 });
    expect(server.events).toHaveLength(ids.length);
  });

  it('a wrong index of one log is a dead letter, a wrong index of the settings stops', async () => {
    const { shipper, letters } = await ship({ token: ACKED.value, indexField: 'idx' });
    expect(shipper.totals).toMatchObject({ read: ids.length, delivered: ids.length - 10, deadLettered: 10 });
    expect(letters.all[0]!.error).toMatchObject({ code: 'sink.rejected', message: expect.stringContaining('Incorrect index') as string });
    await expect(ship({ token: ACKED.value, index: 'nowhere' })).rejects.toMatchObject({ code: 'sink.auth' });
  });

  it('uses the endpoint that answers', async () => {
    const { shipper } = await ship({ endpoints: ['http://127.0.0.1:1', `http://127.0.0.1:${port}`] });
    expect(shipper.totals.delivered).toBe(ids.length);
  });

  it('stops when the token has no acknowledgement and the settings require it', async () => {
    await expect(ship({ ack: 'require' })).rejects.toMatchObject({
      code: 'sink.auth',
      message: expect.stringContaining('acknowledge') as string,
    });
  });

  it.each([
    ['a wrong path', (at: number) => sinkTo(at, { endpoints: [`http://127.0.0.1:${at}/elsewhere`] }), 'health', /404.*is HEC on/],
    ['a wrong token', (at: number) => sinkTo(at, { token: 'wrong' }), 'token', /code 4/],
    ['a wrong index', (at: number) => sinkTo(at, { token: ACKED.value, index: 'nowhere' }), 'test event', /Incorrect index/],
    ['plain HTTP', (at: number) => sinkTo(at, { endpoints: [`https://127.0.0.1:${at}`] }), 'tls', /does not speak TLS/],
    ['an unknown host', () => sinkTo(1, { endpoints: ['http://no-such-host.invalid:8088'] }), 'dns', /no address/],
  ])('the check names %s', async (_, open, stage, detail) => {
    const sink = open(port);
    const steps = await sink.check(true, setup.ctx);
    await sink.close();
    expect(steps.at(-1)).toMatchObject({ stage, ok: false, detail: expect.stringMatching(detail) as string });
  });
});
