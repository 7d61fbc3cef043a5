import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka as Client } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeptLetters, KeptReceipts, QUICK, shipSetup, type ShipSetup } from '../../ship/testing/ship-setup.ts';
import { Shipper } from '../../ship/shipper.ts';
import { hasKafka, startKafka, type KafkaBroker } from '../../../test/receivers/kafka-broker.ts';
import { sinkContract } from '../sink.contract.ts';
import { kafkaConfig } from './config.ts';
import { Kafka } from './kafka.ts';

const ORIGIN = { project: 'secure', logstore: 'waf' };

interface Read {
  readonly key: string | null;
  readonly value: Readonly<Record<string, string>>;
  readonly id: string;
  readonly partition: number;
}

/** Reads a topic from its beginning to its end. */
async function readAll(port: number, topic: string): Promise<readonly Read[]> {
  const client = new Client({ brokers: [`127.0.0.1:${port}`], logCreator: () => () => undefined });
  const admin = client.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const left = new Map(offsets.map(({ partition, low, high }) => [partition, Number(high) - Number(low)]));
  const wanted = [...left.values()].reduce((sum, count) => sum + count, 0);
  const read: Read[] = [];
  if (wanted === 0) return read;
  const consumer = client.consumer({ groupId: `reader-${Math.random()}`, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: ({ partition, message }) => {
          read.push({
            key: message.key?.toString() ?? null,
            value: JSON.parse(message.value?.toString() ?? '') as Record<string, string>,
            id: String(message.headers?.['sluice_id']),
            partition,
          });
          if (read.length === wanted) resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return read;
}

async function makeTopic(port: number, topic: string, partitions: number): Promise<void> {
  const admin = new Client({ brokers: [`127.0.0.1:${port}`], logCreator: () => () => undefined }).admin();
  await admin.connect();
  // The client's own wait for leaders gives up when a broker under load does not know the new topic, or its leader, yet.
  await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: partitions }] });
  await expect
    .poll(async () => (await admin.fetchTopicOffsets(topic).catch(() => [])).length, {
      timeout: 20_000,
    })
    .toBe(partitions);
  await admin.disconnect();
}

const open = (port: number, topic: string, more: Record<string, unknown> = {}): Kafka =>
  new Kafka(kafkaConfig.parse({ brokers: [`127.0.0.1:${port}`], topic, batchRecords: 100, timeoutMs: 5000, ...more }), ORIGIN);

describe.skipIf(!hasKafka)('a Kafka broker', () => {
  sinkContract(
    'Kafka',
    async (proxyPort) => {
      const dir = mkdtempSync(join(tmpdir(), 'sluice-kafka-'));
      const broker = await startKafka(dir, proxyPort);
      let topic = '';
      let topics = 0;
      return {
        port: broker.port,
        behindProxy: broker.proxiedPort,
        open: (port) => open(port, topic),
        ids: async () => (await readAll(broker.port, topic)).map(({ value }) => value['id']!),
        clear: async () => {
          topic = `logs-${topics++}`;
          await makeTopic(broker.port, topic, 3);
        },
        async stop() {
          await broker.stop();
          rmSync(dir, { recursive: true, force: true });
        },
      };
    },
    { repeats: true, seeds: [1, 2] },
  );

  describe('Kafka', () => {
    let broker: KafkaBroker;
    let setup: ShipSetup;
    let dir: string;
    let groups = 0;
    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'sluice-kafka-'));
      broker = await startKafka(dir, 1);
      setup = await shipSetup(2);
      await setup.fill(6, 50);
    });
    afterAll(async () => {
      await setup.close();
      await broker.stop();
      rmSync(dir, { recursive: true, force: true });
    });

    async function ship(sink: Kafka): Promise<Shipper> {
      const shipper = new Shipper(
        { client: setup.api(), sink, deadLetters: new KeptLetters(), receipts: new KeptReceipts() },
        { ...QUICK, group: `kafka-${groups++}` },
      );
      try {
        await shipper.run(setup.ctx);
      } finally {
        await sink.close();
      }
      return shipper;
    }

    it('keeps the order of a shard, and names each log in a header', async () => {
      await makeTopic(broker.port, 'ordered', 3);
      expect((await ship(open(broker.port, 'ordered', { batchRecords: 17 }))).totals).toMatchObject({ read: 300, delivered: 300 });
      const read = await readAll(broker.port, 'ordered');
      for (const shard of [0, 1]) {
        const own = read.filter(({ key }) => key === `secure/waf/${shard}`);
        expect(own).toHaveLength(150);
        expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
        const numbers = own.map(({ value }) => Number(value['id']!.slice(4)));
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      }
      for (const { id, value } of read) expect(id).toBe(value['sluice_id']);
      await makeTopic(broker.port, 'spread', 3);
      await ship(open(broker.port, 'spread', { key: 'id', compression: 'none' }));
      expect(new Set((await readAll(broker.port, 'spread')).map(({ partition }) => partition)).size).toBe(3);
    });

    it.each(['plain', 'scram-sha-256'])('signs in with %s, and stops for a wrong password', async (mechanism) => {
      const topic = `sasl-${mechanism}`;
      await makeTopic(broker.port, topic, 1);
      const good = { mechanism, user: 'logs', password: 's3cret' };
      expect((await ship(open(broker.saslPort, topic, good))).totals.delivered).toBe(300);
      const wrong = { ...good, password: 'wrong' };
      await expect(ship(open(broker.saslPort, topic, wrong))).rejects.toMatchObject({ code: 'sink.auth' });
      const probe = open(broker.saslPort, topic, wrong);
      expect((await probe.check(false, setup.ctx)).at(-1)).toMatchObject({ stage: 'token', ok: false });
      await probe.close();
    });

    it('names a topic that is not there', async () => {
      await expect(ship(open(broker.port, 'nowhere'))).rejects.toMatchObject({ code: 'sink.auth' });
      const probe = open(broker.port, 'nowhere');
      expect((await probe.check(false, setup.ctx)).at(-1)).toMatchObject({ stage: 'topic', ok: false });
      await probe.close();
    });

    it('finds what the broker takes when a batch is too large for it', async () => {
      await makeTopic(broker.port, 'large', 1);
      const big = await shipSetup(1);
      await big.fill(1, 20, (builder, n) =>
        builder.field(
          'noise',
          Buffer.from(Array.from({ length: 150_000 }, (_, i) => 33 + ((i * 7919 + n * 104_729 + ((i * i) % 251)) % 90))),
        ),
      );
      const sink = open(broker.port, 'large', { batchBytes: 5_000_000, compression: 'none' });
      const shipper = new Shipper({ client: big.api(), sink, deadLetters: new KeptLetters(), receipts: new KeptReceipts() }, QUICK);
      await shipper.run(big.ctx);
      await sink.close();
      await big.close();
      expect(shipper.totals).toMatchObject({ read: 20, delivered: 20, deadLettered: 0 });
      expect(await readAll(broker.port, 'large')).toHaveLength(20);
    });
  });
});
