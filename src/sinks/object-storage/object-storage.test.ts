import { createHash } from 'node:crypto';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeptLetters, KeptReceipts, QUICK, shipSetup, type ShipSetup } from '../../ship/testing/ship-setup.ts';
import { Shipper } from '../../ship/shipper.ts';
import { sinkContract } from '../sink.contract.ts';
import { startS3 } from '../testing/s3-server.ts';
import { objectStorageConfig } from './config.ts';
import { ObjectStorage, type Manifest } from './object-storage.ts';

const KEYS = { AKTEST: 'SKTESTSECRET' };
const ORIGIN = { project: 'secure', logstore: 'waf' };

const open = (port: number, more: Record<string, unknown> = {}): ObjectStorage =>
  new ObjectStorage(
    objectStorageConfig.parse({
      endpoint: `http://127.0.0.1:${port}`,
      bucket: 'siem-archive',
      prefix: 'sluice/',
      region: 'eu-central-1',
      accessKeyId: 'AKTEST',
      secretAccessKey: KEYS.AKTEST,
      batchBytes: 20_000,
      ...more,
    }),
    ORIGIN,
  );

const idsIn = (content: Buffer): string[] =>
  content
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { id: string }).id);

sinkContract(
  'object storage',
  async () => {
    const s3 = await startS3('siem-archive', KEYS, 'eu-central-1');
    return {
      port: s3.port,
      stop: () => s3.stop(),
      open: (port) => open(port),
      openWithWrongSecret: (port) => open(port, { secretAccessKey: 'wrong' }),
      ids: () => Promise.resolve([...s3.objects].flatMap(([key, { body }]) => (key.endsWith('.gz') ? idsIn(gunzipSync(body)) : []))),
      clear: () => {
        s3.objects.clear();
        return Promise.resolve();
      },
      misbehave: (random) => {
        s3.state.fault = () =>
          random === null || random() > 0.3
            ? null
            : { code: ['SlowDown', 'InternalError', 'RequestTimeout'][Math.floor(random() * 3)]!, taken: random() < 0.5 };
      },
    };
  },
  { repeats: false },
);

describe('object storage', () => {
  let setup: ShipSetup;
  let s3: Awaited<ReturnType<typeof startS3>>;
  let ids: readonly string[];
  let groups = 0;
  beforeAll(async () => {
    setup = await shipSetup(2);
    s3 = await startS3('siem-archive', KEYS, 'eu-central-1');
    ids = await setup.fill(12, 100);
  });
  afterAll(async () => {
    await setup.close();
    await s3.stop();
  });

  async function ship(sink: ObjectStorage, untilEnd = true, signal = setup.ctx.signal): Promise<Shipper> {
    const shipper = new Shipper(
      { client: setup.api(), sink, deadLetters: new KeptLetters(), receipts: new KeptReceipts() },
      { ...QUICK, untilEnd, group: `object-${groups++}` },
    );
    try {
      await shipper.run({ ...setup.ctx, signal });
    } finally {
      await sink.close();
    }
    return shipper;
  }

  it.each([
    ['gzip', '.ndjson.gz', gunzipSync],
    ['zstd', '.ndjson.zst', zstdDecompressSync],
    ['none', '.ndjson', (bytes: Buffer) => bytes],
  ] as const)('writes %s objects by time, each with a manifest of counts and checksums', async (compression, ending, unpack) => {
    s3.objects.clear();
    expect((await ship(open(s3.port, { compression }))).totals).toMatchObject({ read: 1200, delivered: 1200, deadLettered: 0 });
    const objects = [...s3.objects].filter(([key]) => !key.startsWith('sluice/manifest/'));
    const manifests = [...s3.objects]
      .filter(([key]) => key.startsWith('sluice/manifest/'))
      .map(([, { body }]) => JSON.parse(body.toString('utf8')) as Manifest);
    expect(objects.length).toBeGreaterThan(4);
    expect(manifests.map((manifest) => manifest.object).sort()).toEqual(objects.map(([key]) => key).sort());
    for (const [key, { body }] of objects) {
      expect(key).toMatch(/^sluice\/secure\/waf\/date=2024-09-10\/hour=09\/[01]-\d{20}-\d+\.ndjson/);
      expect(key.endsWith(ending)).toBe(true);
      const content = unpack(body);
      const manifest = manifests.find((candidate) => candidate.object === key)!;
      const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
      expect(manifest).toMatchObject({
        ...ORIGIN,
        records: idsIn(content).length,
        bytes: body.length,
        sha256: hash(body),
        contentBytes: content.length,
        contentSha256: hash(content),
      });
      const [first, last] = [content.toString('utf8').split('\n')[0]!, content.toString('utf8').trimEnd().split('\n').at(-1)!].map(
        (line) => (JSON.parse(line) as { sluice_id: string }).sluice_id,
      );
      expect(first).toBe(`secure/waf/${manifest.shard}/${manifest.first.replace(':', '/')}`);
      expect(last).toBe(`secure/waf/${manifest.shard}/${manifest.last.replace(':', '/')}`);
    }
    expect(manifests.reduce((sum, manifest) => sum + manifest.records, 0)).toBe(ids.length);
  });

  it('waits for a full object while logs trickle in, and writes what it holds when it is stopped', async () => {
    s3.objects.clear();
    const stop = new AbortController();
    const running = ship(open(s3.port, { batchBytes: 1_000_000 }), false, stop.signal);
    // Long enough for many pulls at the end of the shards.
    await setup.ctx.clock.sleep(1000, setup.ctx.signal);
    expect([...s3.objects.keys()]).toEqual([]);
    stop.abort();
    expect((await running).totals).toMatchObject({ read: 1200, delivered: 1200 });
    expect([...s3.objects.keys()].filter((key) => !key.includes('manifest'))).toHaveLength(2);
  });

  it.each([
    [{ accessKeyId: 'AKNOBODY' }, /InvalidAccessKeyId/],
    [{ secretAccessKey: 'wrong' }, /SignatureDoesNotMatch/],
    [{ region: 'us-east-1' }, /AuthorizationHeaderMalformed/],
    [{ bucket: 'elsewhere' }, /NoSuchBucket/],
  ])('names what is wrong with %o', async (wrong, words) => {
    const sink = open(s3.port, wrong);
    expect((await sink.check(true, setup.ctx)).at(-1)).toMatchObject({
      stage: 'permission',
      ok: false,
      detail: expect.stringMatching(words) as string,
    });
    await expect(ship(sink)).rejects.toMatchObject({ code: 'sink.auth', message: expect.stringMatching(words) as string });
  });
});
