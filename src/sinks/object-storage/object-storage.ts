import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip, zstdCompress } from 'node:zlib';
import { AwsV4Signer } from 'aws4fetch';
import type { RunContext } from '../../core/context.ts';
import { SluiceError } from '../../core/errors.ts';
import { ALL_DELIVERED, NO_REFUSALS, type Delivery, type RecordBatch } from '../batch.ts';
import { JsonLinesEncoder } from '../encode/json-lines.ts';
import type { LogEncoder, LogstoreOrigin, ShardOrigin } from '../encode/log-encoder.ts';
import { bodyText, checkCall, HttpReceiver, retryAfterSec, type HttpAnswer } from '../http-receiver.ts';
import type { CheckStep, Sink, SinkLimits } from '../sink.ts';
import type { ObjectStorageConfig } from './config.ts';

const packGzip = promisify(gzip);
const packZstd = promisify(zstdCompress);
const ENDING = { gzip: '.ndjson.gz', zstd: '.ndjson.zst', none: '.ndjson' } as const;
/** Errors of S3 that the same request need not meet again. */
const PASSING = new Set([
  'RequestTimeout',
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'IncompleteBody',
  'RequestTimeTooSkewed',
  'SlowDown',
  'OperationAborted',
]);
const CURSOR_DIGITS = 20;

/** What is known about an object, beside it under `manifest/`. */
export interface Manifest {
  readonly object: string;
  readonly project: string;
  readonly logstore: string;
  readonly shard: number;
  /** `<cursor>:<index>` of the first and the last log. */
  readonly first: string;
  readonly last: string;
  readonly records: number;
  /** Of the object's content, unpacked. */
  readonly contentBytes: number;
  readonly contentSha256: string;
  /** Of the object. */
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Batches of logs as objects of S3-compatible storage: `<prefix><project>/<logstore>/date=YYYY-MM-DD/hour=HH/<shard>-<first cursor>-<index>.ndjson.gz`, UTC of the first log, and a
 * manifest with counts and checksums under `<prefix>manifest/…`. The key follows from the first log, so that a batch that is sent again replaces itself.
 */
export class ObjectStorage implements Sink {
  readonly kind = 'object-storage';
  readonly target: string;
  readonly limits: SinkLimits;
  readonly #config: ObjectStorageConfig;
  readonly #origin: LogstoreOrigin;
  readonly #http: HttpReceiver;
  readonly #base: string;

  constructor(config: ObjectStorageConfig, origin: LogstoreOrigin) {
    this.#config = config;
    this.#origin = origin;
    const url = new URL(config.endpoint);
    this.#base = config.pathStyle ? `${url.origin}/${config.bucket}/` : `${url.protocol}//${config.bucket}.${url.host}/`;
    this.target = `object-storage ${this.#base}${config.prefix}`;
    this.limits = {
      batchBytes: config.batchBytes,
      batchRecords: config.batchRecords,
      batchMs: config.batchMs,
      recordBytes: config.recordBytes,
      inFlight: config.inFlight,
      // One object of a shard at a time: the one that a crash repeats begins where the one before it began, and replaces it.
      deduplicates: false,
      lingers: true,
      wholeGroups: true,
    };
    this.#http = new HttpReceiver(config);
  }

  encoder(origin: ShardOrigin): LogEncoder {
    return new JsonLinesEncoder(origin, { recordBytes: this.limits.recordBytes });
  }

  async send(batch: RecordBatch, ctx: RunContext): Promise<Delivery> {
    const { compression, prefix } = this.#config;
    const content = batch.all();
    const packed = compression === 'gzip' ? await packGzip(content) : compression === 'zstd' ? await packZstd(content) : content;
    const path = this.#pathOf(batch);
    const key = `${prefix}${path}${ENDING[compression]}`;
    const sha256 = hashOf(packed);
    const manifest: Manifest = {
      object: key,
      ...this.#origin,
      shard: batch.shard,
      first: batch.identity(0),
      last: batch.identity(batch.count - 1),
      records: batch.count,
      contentBytes: content.length,
      contentSha256: hashOf(content),
      bytes: packed.length,
      sha256,
    };
    await this.#put(key, packed, sha256, { 'content-type': 'application/x-ndjson', 'x-amz-meta-sluice-records': String(batch.count) }, ctx);
    const facts = Buffer.from(`${JSON.stringify(manifest)}\n`);
    await this.#put(`${prefix}manifest/${path}.json`, facts, hashOf(facts), { 'content-type': 'application/json' }, ctx);
    return { outcome: ALL_DELIVERED, refusals: NO_REFUSALS, acknowledgement: `${this.#base}${key} sha256 ${sha256}` };
  }

  #pathOf(batch: RecordBatch): string {
    const { project, logstore } = this.#origin;
    const at = new Date(batch.firstTimeSec * 1000).toISOString();
    const [cursor = '', index = ''] = batch.identity(0).split(':');
    // Of a filtered pull: `<page>+<ordinal>`, and a plus in a path means a space to some.
    const place = cursor.replace(/^\d+/, (digits) => digits.padStart(CURSOR_DIGITS, '0')).replaceAll(/[^0-9A-Za-z]/g, '_');
    return `${project}/${logstore}/date=${at.slice(0, 10)}/hour=${at.slice(11, 13)}/${batch.shard}-${place}-${index}`;
  }

  async #put(key: string, body: Buffer, sha256: string, headers: Readonly<Record<string, string>>, ctx: RunContext): Promise<void> {
    const answer = await this.#call('PUT', `${this.#base}${key}`, headers, body, sha256, ctx);
    if (answer.status !== 200) throw this.#errorOf(answer);
  }

  async #call(
    method: 'GET' | 'PUT',
    url: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer | null,
    sha256: string,
    ctx: RunContext,
  ): Promise<HttpAnswer> {
    const { accessKeyId, secretAccessKey, sessionToken, region } = this.#config;
    const signer = new AwsV4Signer({
      method,
      url,
      headers: { ...headers, 'x-amz-content-sha256': sha256 },
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      service: 's3',
      region,
      datetime: new Date(ctx.clock.nowMs()).toISOString().replaceAll(/[:-]|\.\d{3}/g, ''),
    });
    const signed = await signer.sign();
    const call = { method, headers: Object.fromEntries(signed.headers), ...(body === null ? {} : { body }) };
    return await this.#http.call(signed.url.toString(), call, ctx);
  }

  #errorOf(answer: HttpAnswer): SluiceError {
    const xml = answer.body.toString('utf8');
    const code = /<Code>([^<]*)<\/Code>/.exec(xml)?.[1] ?? '';
    const message = /<Message>([^<]*)<\/Message>/.exec(xml)?.[1] ?? bodyText(answer);
    const words = `${this.target} answered ${answer.status}${code === '' ? '' : ` ${code}`}: ${message}`;
    const details = { target: this.target, status: answer.status, s3Code: code };
    if (answer.status >= 500 || answer.status === 429 || answer.status === 408 || PASSING.has(code))
      return new SluiceError('sink.busy', words, { ...details, retryAfterSec: retryAfterSec(answer) });
    // Nothing that a log could be at fault for: bucket, key, region, rights.
    return new SluiceError('sink.auth', `${words}; check bucket, region, key and rights`, details);
  }

  async check(testEvent: boolean, ctx: RunContext): Promise<readonly CheckStep[]> {
    const steps = [...(await this.#http.probe(this.#base, ctx))];
    if (steps.some((step) => !step.ok)) return steps;
    steps.push(
      await checkCall('permission', async () => {
        const answer = await this.#call('GET', `${this.#base}?list-type=2&max-keys=1`, {}, null, hashOf(''), ctx);
        if (answer.status === 200) return { ok: true, detail: `the key is accepted; bucket ${this.#config.bucket} is there` };
        const error = this.#errorOf(answer);
        // A key that may write and not list is a good one; a test event shows it.
        if (error.details['s3Code'] === 'AccessDenied') return { ok: true, detail: 'the key is accepted; it may not list the bucket' };
        throw error;
      }),
    );
    if (!testEvent || steps.some((step) => !step.ok)) return steps;
    steps.push(
      await checkCall('test event', async () => {
        const key = `${this.#config.prefix}sluice-preflight.ndjson`;
        const line = Buffer.from(`${JSON.stringify({ message: 'sluice preflight test event' })}\n`);
        await this.#put(key, line, hashOf(line), { 'content-type': 'application/x-ndjson' }, ctx);
        return { ok: true, detail: `wrote ${this.#base}${key}` };
      }),
    );
    return steps;
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

const hashOf = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
