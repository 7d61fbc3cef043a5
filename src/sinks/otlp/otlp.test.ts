import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KeptLetters, KeptReceipts, QUICK, shipSetup, type ShipSetup } from '../../ship/testing/ship-setup.ts';
import { Shipper } from '../../ship/shipper.ts';
import { sinkContract } from '../sink.contract.ts';
import { answerJson, serveHttp } from '../testing/http-server.ts';
import { otlpConfig } from './config.ts';
import { Otlp } from './otlp.ts';

/** opentelemetry-proto 1.x, logs.proto and common.proto in the JSON of protobuf: names in lowerCamelCase, 64-bit numbers as text; a name that is not in it is a mistake here. */
const anyValue: z.ZodType = z.lazy(() =>
  z.union([
    z.strictObject({ stringValue: z.string() }),
    z.strictObject({ boolValue: z.boolean() }),
    z.strictObject({ kvlistValue: z.strictObject({ values: z.array(keyValue) }) }),
  ]),
);
const keyValue = z.strictObject({ key: z.string().min(1), value: anyValue });
const logRecord = z.strictObject({
  timeUnixNano: z.string().regex(/^\d{19}$/),
  severityNumber: z.number().int().min(1).max(24).optional(),
  body: anyValue,
  attributes: z.array(keyValue).optional(),
});
const request = z.strictObject({
  resourceLogs: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: z.array(keyValue) }),
      scopeLogs: z.array(z.strictObject({ scope: z.strictObject({ name: z.string() }), logRecords: z.array(logRecord) })),
    }),
  ),
});
type LogRecord = z.infer<typeof logRecord>;

const ORIGIN = { project: 'secure', logstore: 'waf' };
const fieldOf = (record: LogRecord, name: string): string | undefined =>
  (record.body as { kvlistValue?: { values: { key: string; value: { stringValue: string } }[] } }).kvlistValue?.values.find(
    ({ key }) => key === name,
  )?.value.stringValue;

async function startCollector() {
  const records: LogRecord[] = [];
  const resources: unknown[] = [];
  const state = { refused: new Set<string>() as ReadonlySet<string>, random: null as (() => number) | null };
  const server = await serveHttp((call, response) => {
    if (call.headers.authorization !== 'Bearer t0ken') return answerJson(response, 401, { code: 16, message: 'no token' });
    if (call.url.pathname !== '/v1/logs') return answerJson(response, 404, {});
    if (call.headers['content-type'] !== 'application/json') return answerJson(response, 415, {});
    const fault = state.random === null ? 1 : state.random();
    if (fault < 0.2)
      return answerJson(
        response,
        [429, 502, 503, 504][Math.floor(fault * 20)]!,
        { code: 14, message: 'unavailable' },
        { 'retry-after': '0' },
      );
    const parsed = request.safeParse(JSON.parse(call.body.toString('utf8')));
    if (!parsed.success) return answerJson(response, 400, { code: 3, message: z.prettifyError(parsed.error) });
    const all = parsed.data.resourceLogs.flatMap(({ resource, scopeLogs }) => {
      resources.push(resource);
      return scopeLogs.flatMap(({ logRecords }) => logRecords);
    });
    const good = all.filter((record) => !state.refused.has(fieldOf(record, 'id') ?? ''));
    records.push(...good);
    if (fault < 0.3) return answerJson(response, 503, {});
    const rejected = all.length - good.length;
    return answerJson(
      response,
      200,
      rejected === 0 ? {} : { partialSuccess: { rejectedLogRecords: String(rejected), errorMessage: 'unknown tenant' } },
    );
  });
  return { server, records, resources, state };
}

const open = (port: number, more: Record<string, unknown> = {}): Otlp =>
  new Otlp(otlpConfig.parse({ url: `http://127.0.0.1:${port}/v1/logs`, token: 't0ken', batchRecords: 100, ...more }), ORIGIN);

sinkContract(
  'OTLP',
  async () => {
    const { server, records, state } = await startCollector();
    return {
      ...server,
      open: (port) => open(port),
      openWithWrongSecret: (port) => open(port, { token: 'wrong' }),
      ids: () => Promise.resolve(records.map((record) => fieldOf(record, 'id')!)),
      clear: () => {
        records.length = 0;
        return Promise.resolve();
      },
      misbehave: (random) => {
        state.random = random;
      },
      refuse: (ids) => {
        state.refused = ids;
      },
    };
  },
  { repeats: true },
);

describe('OTLP', () => {
  let setup: ShipSetup;
  let collector: Awaited<ReturnType<typeof startCollector>>;
  beforeAll(async () => {
    setup = await shipSetup(1);
    collector = await startCollector();
    await setup.fill(1, 10, (builder, n) => {
      builder.field('level', ['error', 'WARN', '6', 'whatever'][n % 4]!);
      builder.field('odd', Buffer.from([0x41, 0x00, 0xff, 0x22]));
    });
  });
  afterAll(async () => {
    await setup.close();
    await collector.server.stop();
  });

  it('makes the log records of the data model: nanoseconds, severity, fields as the body, identity and tags as attributes', async () => {
    const sink = open(collector.server.port, { severityField: 'level', gzip: false });
    await new Shipper({ client: setup.api(), sink, deadLetters: new KeptLetters(), receipts: new KeptReceipts() }, QUICK).run(setup.ctx);
    await sink.close();
    expect(collector.records.map((record) => record.severityNumber)).toEqual([17, 13, 9, undefined, 17, 13, 9, undefined, 17, 13]);
    const value = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    expect(collector.records[7]).toEqual({
      timeUnixNano: '1725961920007000001',
      body: {
        kvlistValue: {
          values: [
            value('id', 'log-7'),
            value('uri', '/a/7?q="x"'),
            value('agent', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) 浏览器'),
            value('level', 'whatever'),
            value('odd', 'A\u0000\ufffd"'),
          ],
        },
      },
      attributes: [
        { key: 'sluice.id', value: { stringValue: expect.stringMatching(/^secure\/waf\/0\/\d+\/7$/) as string } },
        value('sls.topic', 'waf'),
        value('sls.source', '10.0.0.1'),
        value('sls.tag.__pack_id__', 'P-0'),
      ],
    });
    expect(collector.resources[0]).toEqual({
      attributes: [value('service.name', 'waf'), value('sls.project', 'secure'), value('sls.logstore', 'waf')],
    });
  });
});
