import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeptLetters, KeptReceipts, QUICK, shipSetup, type ShipSetup } from '../../ship/testing/ship-setup.ts';
import { Shipper } from '../../ship/shipper.ts';
import { sinkContract } from '../sink.contract.ts';
import { answerJson, serveHttp } from '../testing/http-server.ts';
import { elasticsearchConfig } from './config.ts';
import { Elasticsearch } from './elasticsearch.ts';

const API_KEY = Buffer.from('id:key').toString('base64');
const ORIGIN = { project: 'secure', logstore: 'waf' };

type Doc = Readonly<Record<string, unknown>>;

/** `_bulk` of a data stream as Elasticsearch documents it: an action line and a document line each, `create` only, an answer for every item, 409 for an id that is there. */
async function startBulkServer() {
  const documents = new Map<string, Doc>();
  const state = { refused: new Set<string>() as ReadonlySet<string>, random: null as (() => number) | null };
  const server = await serveHttp((call, response) => {
    if (call.headers.authorization !== `ApiKey ${API_KEY}`)
      return answerJson(response, 401, { error: { type: 'security_exception', reason: 'unable to authenticate' }, status: 401 });
    if (call.method === 'GET' && call.url.pathname === '/')
      return answerJson(response, 200, { version: { number: '8.17.0' }, tagline: 'You Know, for Search' });
    if (call.url.pathname !== '/logs-sluice/_bulk')
      return answerJson(response, 404, { error: { type: 'index_not_found_exception', reason: 'no such index' }, status: 404 });
    if (call.headers['content-type'] !== 'application/x-ndjson')
      return answerJson(response, 406, { error: 'Content-Type header is not supported' });
    const random = state.random ?? (() => 1);
    if (random() < 0.15)
      return answerJson(response, 503, { error: { type: 'unavailable_shards_exception', reason: 'not now' } }, { 'retry-after': '0' });
    const lines = call.body.toString('utf8').split('\n');
    if (lines.pop() !== '' || lines.length % 2 !== 0)
      return answerJson(response, 400, {
        error: { type: 'illegal_argument_exception', reason: 'The bulk request must be terminated by a newline [\\n]' },
      });
    const items: unknown[] = [];
    for (let i = 0; i < lines.length; i += 2) {
      const { create } = JSON.parse(lines[i]!) as { create: { _id: string } };
      const doc = JSON.parse(lines[i + 1]!) as Doc;
      if (Number.isNaN(Date.parse(String(doc['@timestamp']))))
        items.push({ create: { status: 400, error: { type: 'document_parsing_exception', reason: 'no @timestamp' } } });
      else if (state.refused.has(String(doc['id'])))
        items.push({
          create: {
            status: 400,
            error: { type: 'document_parsing_exception', reason: 'failed to parse field [uri]', caused_by: { reason: 'not an ip' } },
          },
        });
      else if (documents.has(create._id))
        items.push({ create: { status: 409, error: { type: 'version_conflict_engine_exception', reason: 'document already exists' } } });
      else if (random() < 0.1)
        items.push({ create: { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'queue capacity' } } });
      else {
        documents.set(create._id, doc);
        items.push({ create: { status: 201 } });
      }
    }
    return answerJson(response, random() < 0.1 ? 502 : 200, { errors: true, items });
  });
  return { server, documents, state };
}

const open = (port: number, more: Record<string, unknown> = {}): Elasticsearch =>
  new Elasticsearch(
    elasticsearchConfig.parse({
      endpoints: [`http://127.0.0.1:${port}`],
      index: 'logs-sluice',
      apiKey: API_KEY,
      batchRecords: 100,
      ...more,
    }),
    ORIGIN,
  );

sinkContract(
  'Elasticsearch',
  async () => {
    const { server, documents, state } = await startBulkServer();
    return {
      ...server,
      open: (port) => open(port),
      openWithWrongSecret: (port) => open(port, { apiKey: 'd3Jvbmc=' }),
      ids: () => Promise.resolve([...documents.values()].map((doc) => String(doc['id']))),
      clear: () => {
        documents.clear();
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
  { repeats: false },
);

describe('Elasticsearch', () => {
  let setup: ShipSetup;
  let bulk: Awaited<ReturnType<typeof startBulkServer>>;
  beforeAll(async () => {
    setup = await shipSetup(1);
    bulk = await startBulkServer();
    await setup.fill(1, 10, (builder, n) => (n === 3 ? builder.field('@timestamp', 'of the log') : undefined));
  });
  afterAll(async () => {
    await setup.close();
    await bulk.server.stop();
  });

  const ship = async (sink: Elasticsearch, group: string): Promise<Shipper> => {
    const shipper = new Shipper(
      { client: setup.api(), sink, deadLetters: new KeptLetters(), receipts: new KeptReceipts() },
      { ...QUICK, group },
    );
    try {
      await shipper.run(setup.ctx);
    } finally {
      await sink.close();
    }
    return shipper;
  };

  it('makes documents that a data stream takes, under the identity of the log, so that shipping again adds nothing', async () => {
    for (const group of ['once', 'again'])
      expect((await ship(open(bulk.server.port), group)).totals).toMatchObject({ delivered: 10, deadLettered: 0 });
    expect(bulk.documents.size).toBe(10);
    const [id, doc] = [...bulk.documents].find(([, document]) => document['id'] === 'log-7')!;
    expect(id).toMatch(/^secure\/waf\/0\/\d+\/7$/);
    expect(doc).toEqual({
      '@timestamp': '2024-09-10T09:52:00.007000001Z',
      id: 'log-7',
      uri: '/a/7?q="x"',
      agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) 浏览器',
      __topic__: 'waf',
      __source__: '10.0.0.1',
      '__tag__:__pack_id__': 'P-0',
      sluice_id: id,
    });
  });

  it('has one @timestamp, also for a log that has a field of that name', async () => {
    bulk.documents.clear();
    await ship(open(bulk.server.port), 'timestamp');
    const doc = [...bulk.documents.values()].find((document) => document['id'] === 'log-3');
    expect(doc).toMatchObject({ '@timestamp': '2024-09-10T09:52:00.003000001Z', log_timestamp: 'of the log' });
  });

  it('stops when the index is not there or the names do not fit', async () => {
    await expect(ship(open(bulk.server.port, { index: 'nowhere' }), 'no-index')).rejects.toMatchObject({
      code: 'sink.auth',
      message: expect.stringContaining('index_not_found_exception') as string,
    });
    for (const index of ['Upper', '-dash', 'a,b', ''])
      expect(elasticsearchConfig.safeParse({ endpoints: ['http://x'], index }).success, index).toBe(false);
  });
});
