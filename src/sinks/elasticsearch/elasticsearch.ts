import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { RunContext } from '../../core/context.ts';
import { SluiceError } from '../../core/errors.ts';
import { ALL_DELIVERED, NO_REFUSALS, type Delivery, type RecordBatch } from '../batch.ts';
import { JsonLinesEncoder } from '../encode/json-lines.ts';
import type { LogEncoder, LogstoreOrigin, ShardOrigin } from '../encode/log-encoder.ts';
import { bodyText, checkCall, httpError, HttpReceiver, retryAfterSec, type HttpAnswer, type HttpCall } from '../http-receiver.ts';
import type { CheckStep, Sink, SinkLimits } from '../sink.ts';
import type { ElasticsearchConfig } from './config.ts';

const compress = promisify(gzip);

/** One item of a bulk answer, under the name of its operation. */
interface BulkItem {
  readonly status: number;
  readonly error?: { readonly type?: string; readonly reason?: string; readonly caused_by?: { readonly reason?: string } };
}

/**
 * Elasticsearch and OpenSearch by `_bulk`: `create` with the log's identity as `_id`, so that a repeat is answered 409 and stands there once (an index and a data stream alike). Each item
 * of an answer is looked at: what is busy is sent again, what the mapping refuses is refused for good.
 */
export class Elasticsearch implements Sink {
  readonly kind = 'elasticsearch';
  readonly target: string;
  readonly limits: SinkLimits;
  readonly #config: ElasticsearchConfig;
  readonly #http: HttpReceiver;
  readonly #endpoints: readonly string[];
  #next = 0;

  constructor(config: ElasticsearchConfig, _origin: LogstoreOrigin) {
    this.#config = config;
    this.#endpoints = config.endpoints.map((url) => url.replace(/\/+$/, ''));
    this.target = `elasticsearch ${this.#endpoints.join(', ')} index ${config.index}`;
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
  }

  encoder(origin: ShardOrigin): LogEncoder {
    return new JsonLinesEncoder(origin, {
      recordBytes: this.limits.recordBytes,
      timestamp: true,
      head: '{"create":{"_id":"',
      neck: '"}}\n',
    });
  }

  async send(batch: RecordBatch, ctx: RunContext): Promise<Delivery> {
    const answer = await this.#bulk(this.#endpoint(), batch.all(), ctx);
    if (answer.status !== 200) throw this.#errorOf(answer);
    const items = this.#itemsOf(answer, batch.count);
    const outcome = new Uint8Array(batch.count);
    const refusals = new Map<number, SluiceError>();
    let delivered = 0;
    for (const [record, { status, error }] of items.entries()) {
      // 409: the document is there from a try before.
      if (status === 201 || status === 200 || status === 409) {
        outcome[record] = 1;
        delivered++;
      } else if (status === 429 || status >= 500) continue;
      else if (status === 401 || status === 403 || status === 404)
        throw new SluiceError('sink.auth', `${this.target} refuses to write: ${status} ${reasonOf(error)}; check index and privileges`, {
          target: this.target,
          status,
        });
      else {
        outcome[record] = 2;
        refusals.set(
          record,
          new SluiceError('sink.rejected', `${this.target} refused the document: ${status} ${reasonOf(error)}`, {
            target: this.target,
            status,
          }),
        );
      }
    }
    // Nothing taken and nothing refused: it is too busy for all of them.
    if (delivered === 0 && refusals.size === 0)
      throw new SluiceError('sink.busy', `${this.target} is too busy: ${reasonOf(items[0]?.error)}`, {
        target: this.target,
        retryAfterSec: retryAfterSec(answer),
      });
    return {
      outcome: delivered === batch.count ? ALL_DELIVERED : outcome,
      refusals: refusals.size === 0 ? NO_REFUSALS : refusals,
      acknowledgement: `${this.target} has ${delivered} documents`,
    };
  }

  async #bulk(endpoint: string, body: Buffer, ctx: RunContext): Promise<HttpAnswer> {
    const { index, pipeline, gzip } = this.#config;
    const parameters = new URLSearchParams({
      filter_path: 'errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by.reason',
    });
    if (pipeline !== undefined) parameters.set('pipeline', pipeline);
    return await this.#call(
      `${endpoint}/${encodeURIComponent(index)}/_bulk?${parameters.toString()}`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', ...(gzip ? { 'content-encoding': 'gzip' } : {}) },
        body: gzip ? await compress(body, { level: 1 }) : body,
      },
      ctx,
    );
  }

  #call(url: string, call: HttpCall, ctx: RunContext): Promise<HttpAnswer> {
    const { apiKey, user, password } = this.#config;
    const authorization =
      apiKey !== undefined
        ? `ApiKey ${apiKey}`
        : user !== undefined
          ? `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`
          : null;
    return this.#http.call(url, { ...call, headers: { ...call.headers, ...(authorization === null ? {} : { authorization }) } }, ctx);
  }

  #itemsOf(answer: HttpAnswer, count: number): readonly BulkItem[] {
    let items: unknown;
    try {
      items = (JSON.parse(answer.body.toString('utf8')) as { items?: unknown }).items;
    } catch (thrown) {
      throw new SluiceError(
        'sink.busy',
        `${this.target} answered 200 with no JSON: ${bodyText(answer)}`,
        { target: this.target },
        { cause: thrown },
      );
    }
    if (!Array.isArray(items) || items.length !== count)
      throw new SluiceError(
        'sink.busy',
        `${this.target} answered for ${Array.isArray(items) ? items.length : 'none'} of ${count} documents`,
        { target: this.target },
      );
    return items.map((item) => Object.values(item as Record<string, BulkItem>)[0] ?? { status: 500 });
  }

  #errorOf(answer: HttpAnswer): SluiceError {
    let said = bodyText(answer);
    try {
      const { error } = JSON.parse(answer.body.toString('utf8')) as { error?: BulkItem['error'] | string };
      said = typeof error === 'string' ? error : reasonOf(error);
    } catch {
      // Not Elasticsearch itself: the text says who.
    }
    return httpError(answer, this.target, said);
  }

  #endpoint(): string {
    return this.#endpoints[this.#next++ % this.#endpoints.length]!;
  }

  async check(testEvent: boolean, ctx: RunContext): Promise<readonly CheckStep[]> {
    const steps: CheckStep[] = [];
    for (const endpoint of this.#endpoints) {
      const probed = await this.#http.probe(endpoint, ctx);
      steps.push(...probed);
      if (probed.some((step) => !step.ok)) continue;
      steps.push(
        await checkCall('token', async () => {
          const answer = await this.#call(`${endpoint}/`, { method: 'GET', headers: {} }, ctx);
          if (answer.status !== 200) throw this.#errorOf(answer);
          const { version } = JSON.parse(answer.body.toString('utf8')) as { version?: { number?: string; distribution?: string } };
          return {
            ok: version?.number !== undefined,
            detail: `${endpoint} is ${version?.distribution ?? 'elasticsearch'} ${version?.number ?? 'of no version'}`,
          };
        }),
      );
      if (testEvent && steps.every((step) => step.ok))
        steps.push(
          await checkCall('test event', async () => {
            const at = new Date(ctx.clock.nowMs()).toISOString();
            const lines = `{"create":{"_id":"sluice-preflight-${ctx.clock.nowMs()}"}}\n${JSON.stringify({ '@timestamp': at, message: 'sluice preflight test event' })}\n`;
            const answer = await this.#bulk(endpoint, Buffer.from(lines), ctx);
            if (answer.status !== 200) throw this.#errorOf(answer);
            const [item] = this.#itemsOf(answer, 1);
            return {
              ok: item?.status === 201,
              detail: item?.status === 201 ? 'a test document was created' : `${item?.status} ${reasonOf(item?.error)}`,
            };
          }),
        );
    }
    return steps;
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

function reasonOf(error: BulkItem['error']): string {
  return [error?.type, error?.reason, error?.caused_by?.reason].filter((word) => word !== undefined).join(': ');
}
