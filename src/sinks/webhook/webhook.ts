import { createHmac } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { RunContext } from '../../core/context.ts';
import { SluiceError } from '../../core/errors.ts';
import { ALL_DELIVERED, NO_REFUSALS, type Delivery, type RecordBatch } from '../batch.ts';
import { JsonLinesEncoder } from '../encode/json-lines.ts';
import type { LogEncoder, LogstoreOrigin, ShardOrigin } from '../encode/log-encoder.ts';
import { bodyText, checkCall, httpError, HttpReceiver, type HttpAnswer } from '../http-receiver.ts';
import type { CheckStep, Sink, SinkLimits } from '../sink.ts';
import type { WebhookConfig } from './config.ts';

const compress = promisify(gzip);

/**
 * Posts batches of logs as JSON to any HTTP address. 2xx is delivered; each log carries its `sluice_id`, and a batch that is sent again has the same `webhook-id`, so that
 * a receiver can drop repeats. Signatures: Standard Webhooks 1.0.
 */
export class Webhook implements Sink {
  readonly kind = 'webhook';
  readonly target: string;
  readonly limits: SinkLimits;
  readonly #config: WebhookConfig;
  readonly #origin: LogstoreOrigin;
  readonly #http: HttpReceiver;
  readonly #key: Buffer | null;

  constructor(config: WebhookConfig, origin: LogstoreOrigin) {
    this.#config = config;
    this.#origin = origin;
    const { origin: host, pathname } = new URL(config.url);
    this.target = `webhook ${host}${pathname}`;
    this.limits = {
      batchBytes: config.batchBytes,
      batchRecords: config.batchRecords,
      batchMs: config.batchMs,
      recordBytes: config.recordBytes,
      inFlight: config.inFlight,
      deduplicates: true,
      lingers: false,
      wholeGroups: false,
    };
    this.#http = new HttpReceiver(config);
    this.#key = config.signingSecret === undefined ? null : Buffer.from(config.signingSecret.slice('whsec_'.length), 'base64');
  }

  encoder(origin: ShardOrigin): LogEncoder {
    return new JsonLinesEncoder(origin, { recordBytes: this.limits.recordBytes });
  }

  async send(batch: RecordBatch, ctx: RunContext): Promise<Delivery> {
    const body = this.#config.body === 'array' ? arrayOf(batch) : batch.all();
    const id = `${this.#origin.project}/${this.#origin.logstore}/${batch.shard}/${batch.identity(0)}-${batch.identity(batch.count - 1)}`;
    const answer = await this.#post(body, id, ctx);
    if (answer.status < 200 || answer.status >= 300) throw httpError(answer, this.target, bodyText(answer));
    return { outcome: ALL_DELIVERED, refusals: NO_REFUSALS, acknowledgement: `${this.target} answered ${answer.status} to ${id}` };
  }

  async #post(body: Buffer, id: string, ctx: RunContext): Promise<HttpAnswer> {
    const { token, gzip, body: form, url, query } = this.#config;
    const timestamp = String(Math.floor(ctx.clock.nowMs() / 1000));
    // Signed as the receiver sees it after unpacking.
    const signature =
      this.#key === null ? null : createHmac('sha256', this.#key).update(`${id}.${timestamp}.`).update(body).digest('base64');
    return await this.#http.call(
      query === undefined ? url : `${url}?${query}`,
      {
        method: 'POST',
        headers: {
          'content-type': form === 'array' ? 'application/json' : 'application/x-ndjson',
          'user-agent': 'sluice',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          ...(signature === null ? {} : { 'webhook-signature': `v1,${signature}` }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(gzip ? { 'content-encoding': 'gzip' } : {}),
        },
        body: gzip ? await compress(body, { level: 1 }) : body,
      },
      ctx,
    );
  }

  async check(testEvent: boolean, ctx: RunContext): Promise<readonly CheckStep[]> {
    const steps = [...(await this.#http.probe(this.#config.url, ctx))];
    if (steps.some((step) => !step.ok)) return steps;
    // No log at all: a receiver that knows the credentials answers 2xx, or 4xx for what it misses.
    steps.push(
      await checkCall('token', async () => {
        const answer = await this.#post(this.#config.body === 'array' ? Buffer.from('[]') : Buffer.alloc(0), 'check', ctx);
        const error = answer.status < 300 ? null : httpError(answer, this.target, bodyText(answer));
        if (error?.code === 'sink.auth') return { ok: false, detail: error.message };
        return { ok: true, detail: `an empty batch was answered ${answer.status}` };
      }),
    );
    if (!testEvent || steps.some((step) => !step.ok)) return steps;
    steps.push(
      await checkCall('test event', async () => {
        const log = JSON.stringify({ __time__: Math.floor(ctx.clock.nowMs() / 1000), message: 'sluice preflight test event' });
        const answer = await this.#post(Buffer.from(this.#config.body === 'array' ? `[${log}]` : `${log}\n`), 'test-event', ctx);
        if (answer.status >= 300) throw httpError(answer, this.target, bodyText(answer));
        return { ok: true, detail: `a test event was answered ${answer.status}` };
      }),
    );
    return steps;
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

/** The lines as a JSON array: each line feed gives way to a comma. */
function arrayOf(batch: RecordBatch): Buffer {
  if (batch.count === 0) throw new SluiceError('internal.unexpected', 'an empty batch is not sent');
  const out = Buffer.allocUnsafe(batch.length + 1);
  out[0] = 0x5b;
  batch.all().copy(out, 1);
  for (let record = 0; record < batch.count; record++) out[batch.ends[record]!] = 0x2c;
  out[batch.length] = 0x5d;
  return out;
}
