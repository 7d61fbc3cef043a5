import { CompressionTypes, Kafka as Client, KafkaJSError, Partitioners, type Message, type Producer, type SASLOptions } from 'kafkajs';
import type { RunContext } from '../../core/context.ts';
import { asSluiceError, SluiceError } from '../../core/errors.ts';
import { ALL_DELIVERED, NO_REFUSALS, type Delivery, type RecordBatch } from '../batch.ts';
import { JsonLinesEncoder } from '../encode/json-lines.ts';
import type { LogEncoder, LogstoreOrigin, ShardOrigin } from '../encode/log-encoder.ts';
import { readOptionFile } from '../option-file.ts';
import { probeEndpoint } from '../probe.ts';
import { hostAndPort } from '../sink-address.ts';
import type { CheckStep, Sink, SinkLimits } from '../sink.ts';
import type { KafkaConfig } from './config.ts';

/** Errors of the protocol by what the shipper does next; the rest is waited out. */
const NOT_ALLOWED = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'INVALID_TOPIC_EXCEPTION',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'CORRUPT_MESSAGE']);
const KAFKA_PORT = 9092;

/**
 * Apache Kafka: one JSON object a message, acknowledged by all in-sync replicas. Each message carries the log's `sluice_id` as a header and in the object, by which consumers drop repeats.
 */
export class Kafka implements Sink {
  readonly kind = 'kafka';
  readonly target: string;
  readonly limits: SinkLimits;
  readonly #config: KafkaConfig;
  readonly #origin: LogstoreOrigin;
  readonly #client: Client;
  readonly #tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Null: not connected. */
  #producer: Promise<Producer> | null = null;

  constructor(config: KafkaConfig, origin: LogstoreOrigin) {
    this.#config = config;
    this.#origin = origin;
    this.target = `kafka ${config.brokers.join(', ')} topic ${config.topic}`;
    this.limits = {
      batchBytes: config.batchBytes,
      batchRecords: config.batchRecords,
      batchMs: config.batchMs,
      recordBytes: config.recordBytes,
      inFlight: config.inFlight,
      // One batch of a shard at a time is what keeps its order.
      deduplicates: config.key !== 'shard',
      lingers: false,
      wholeGroups: false,
    };
    const { caFile, certFile, keyFile, user, password, mechanism, tls, verify, timeoutMs } = config;
    this.#tls = {
      ...(caFile === undefined ? {} : { ca: readOptionFile(caFile, 'caFile') }),
      ...(certFile === undefined ? {} : { cert: readOptionFile(certFile, 'certFile') }),
      ...(keyFile === undefined ? {} : { key: readOptionFile(keyFile, 'keyFile') }),
    };
    this.#client = new Client({
      clientId: 'sluice',
      brokers: [...config.brokers],
      ...(tls ? { ssl: { rejectUnauthorized: verify, ...this.#tls } } : {}),
      ...(user === undefined ? {} : { sasl: { mechanism, username: user, password: password ?? '' } as SASLOptions }),
      connectionTimeout: 10_000,
      requestTimeout: timeoutMs,
      // The shipper tries again, with one policy for all sinks. One try more inside, because the client learns a new leader by failing.
      retry: { retries: 1, initialRetryTime: 50 },
      logCreator: () => () => undefined,
    });
  }

  encoder(origin: ShardOrigin): LogEncoder {
    return new JsonLinesEncoder(origin, { recordBytes: this.limits.recordBytes });
  }

  async send(batch: RecordBatch, ctx: RunContext): Promise<Delivery> {
    const { topic, compression } = this.#config;
    try {
      const producer = await this.#connected();
      const sent = await abortable(
        producer.send({
          topic,
          acks: -1,
          timeout: this.#config.timeoutMs,
          compression: compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None,
          messages: this.#messages(batch),
        }),
        ctx,
      );
      const places = sent.map(({ partition, baseOffset }) => `${partition}@${baseOffset ?? '?'}`).join(' ');
      return { outcome: ALL_DELIVERED, refusals: NO_REFUSALS, acknowledgement: `${this.target} has it at ${places}` };
    } catch (thrown) {
      throw this.#errorOf(thrown);
    }
  }

  #messages(batch: RecordBatch): Message[] {
    const { key } = this.#config;
    const prefix = `${this.#origin.project}/${this.#origin.logstore}/${batch.shard}`;
    const messages: Message[] = [];
    for (let record = 0; record < batch.count; record++) {
      const id = `${prefix}/${batch.identity(record).replace(':', '/')}`;
      // Without the line feed.
      const value = batch.bytes.subarray(batch.startOf(record), batch.ends[record]! - 1);
      messages.push({ key: key === 'none' ? null : key === 'id' ? id : prefix, value, headers: { sluice_id: id } });
    }
    return messages;
  }

  #connected(): Promise<Producer> {
    this.#producer ??= (async () => {
      const producer = this.#client.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false });
      try {
        await producer.connect();
        return producer;
      } catch (thrown) {
        this.#producer = null;
        throw thrown;
      }
    })();
    return this.#producer;
  }

  #errorOf(thrown: unknown): SluiceError {
    if (thrown instanceof SluiceError) return thrown;
    const details = { target: this.target };
    for (let at: unknown = thrown; at instanceof Error; at = at.cause) {
      const { type = '' } = at as { type?: string };
      if (TOO_LARGE.has(type))
        return new SluiceError('sink.rejected', `${this.target} refused the batch: ${at.message}`, { ...details, type }, { cause: thrown });
      if (NOT_ALLOWED.has(type) || at.name === 'KafkaJSSASLAuthenticationError')
        return new SluiceError(
          'sink.auth',
          `${this.target}: ${at.message}; check user, password, topic and rights`,
          { ...details, type },
          { cause: thrown },
        );
    }
    const words = thrown instanceof Error ? thrown.message : String(thrown);
    const reached = thrown instanceof KafkaJSError && thrown.name === 'KafkaJSProtocolError';
    return new SluiceError(
      reached ? 'sink.busy' : 'sink.unreachable',
      `${this.target}: ${words}`,
      { ...details, stage: 'kafka' },
      { cause: thrown },
    );
  }

  async check(testEvent: boolean, ctx: RunContext): Promise<readonly CheckStep[]> {
    const steps: CheckStep[] = [];
    for (const broker of this.#config.brokers) {
      const { host, port } = hostAndPort(broker, KAFKA_PORT);
      const probed = await probeEndpoint(
        host,
        port,
        this.#config.tls ? { verify: this.#config.verify, serverName: host, ...this.#tls } : null,
        ctx,
      );
      steps.push(...probed);
    }
    if (steps.some((step) => !step.ok)) return steps;
    const admin = this.#client.admin();
    const step = async (stage: string, work: () => Promise<string>): Promise<void> => {
      try {
        steps.push({ stage, ok: true, detail: await work() });
      } catch (thrown) {
        steps.push({ stage, ok: false, detail: asSluiceError(this.#errorOf(thrown)).message });
      }
    };
    const { topic } = this.#config;
    await step('token', async () => {
      await admin.connect();
      return 'the brokers let us in';
    });
    if (steps.every((one) => one.ok))
      await step('topic', async () => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        return `topic ${topic} has ${topics[0]?.partitions.length ?? 0} partitions`;
      });
    await admin.disconnect();
    if (testEvent && steps.every((one) => one.ok))
      await step('test event', async () => {
        const producer = await this.#connected();
        await producer.send({ topic, acks: -1, messages: [{ value: JSON.stringify({ message: 'sluice preflight test event' }) }] });
        return 'a test message was taken';
      });
    return steps;
  }

  async close(): Promise<void> {
    const opened = this.#producer;
    this.#producer = null;
    // One that never came up has nothing to close.
    const producer = await opened?.catch(() => null);
    await producer?.disconnect();
  }
}

/** The client knows no signals: an abort leaves the request to itself, which may still arrive; its logs are sent again and have the same ids. */
async function abortable<T>(work: Promise<T>, ctx: RunContext): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(new SluiceError('aborted', 'sending was cancelled'));
  ctx.signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (ctx.signal.aborted) onAbort();
    return await Promise.race([work, promise]);
  } finally {
    ctx.signal.removeEventListener('abort', onAbort);
    work.catch(() => undefined);
  }
}
