import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { RunContext } from '../../core/context.ts';
import { SluiceError } from '../../core/errors.ts';
import { ALL_DELIVERED, NO_REFUSALS, type Delivery, type RecordBatch } from '../batch.ts';
import type { LogEncoder, LogstoreOrigin, ShardOrigin } from '../encode/log-encoder.ts';
import { OtlpEncoder } from '../encode/otlp.ts';
import { bodyText, checkCall, httpError, HttpReceiver, type HttpAnswer } from '../http-receiver.ts';
import type { CheckStep, Sink, SinkLimits } from '../sink.ts';
import type { OtlpConfig } from './config.ts';

const compress = promisify(gzip);
const TAIL = Buffer.from(']}]}]}');

/**
 * OpenTelemetry logs: OTLP 1.x over HTTP in JSON. What a receiver does not accept it counts and does not name (`partialSuccess`), so the batch is halved until each refused record is found: what it
 * accepted may come again and has the same `sluice.id`.
 */
export class Otlp implements Sink {
  readonly kind = 'otlp';
  readonly target: string;
  readonly limits: SinkLimits;
  readonly #config: OtlpConfig;
  readonly #http: HttpReceiver;
  readonly #head: Buffer;

  constructor(config: OtlpConfig, origin: LogstoreOrigin) {
    this.#config = config;
    this.target = `otlp ${config.url}`;
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
    const attribute = (key: string, value: string): object => ({ key, value: { stringValue: value } });
    const resource = {
      attributes: [
        attribute('service.name', config.serviceName ?? origin.logstore),
        attribute('sls.project', origin.project),
        attribute('sls.logstore', origin.logstore),
      ],
    };
    this.#head = Buffer.from(
      `{"resourceLogs":[{"resource":${JSON.stringify(resource)},"scopeLogs":[{"scope":{"name":"sluice"},"logRecords":[`,
    );
  }

  encoder(origin: ShardOrigin): LogEncoder {
    return new OtlpEncoder(origin, { recordBytes: this.limits.recordBytes, severityField: this.#config.severityField });
  }

  async send(batch: RecordBatch, ctx: RunContext): Promise<Delivery> {
    // The comma behind the last record gives way to the end.
    const answer = await this.#post(Buffer.concat([this.#head, batch.all().subarray(0, batch.length - 1), TAIL]), ctx);
    if (answer.status !== 200) throw this.#errorOf(answer);
    const { rejected, message } = partialSuccess(answer);
    if (rejected > 0)
      throw new SluiceError('sink.rejected', `${this.target} refused ${rejected} of ${batch.count} log records: ${message}`, {
        target: this.target,
      });
    return { outcome: ALL_DELIVERED, refusals: NO_REFUSALS, acknowledgement: `${this.target} accepted ${batch.count} log records` };
  }

  async #post(body: Buffer, ctx: RunContext): Promise<HttpAnswer> {
    const { url, token, gzip } = this.#config;
    return await this.#http.call(
      url,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(gzip ? { 'content-encoding': 'gzip' } : {}),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: gzip ? await compress(body, { level: 1 }) : body,
      },
      ctx,
    );
  }

  /** OTLP: only 429, 502, 503 and 504 are tried again; other 5xx are waited out too, since nobody mends a receiver by losing logs. */
  #errorOf(answer: HttpAnswer): SluiceError {
    let said = bodyText(answer);
    try {
      said = (JSON.parse(answer.body.toString('utf8')) as { message?: string }).message ?? said;
    } catch {
      // Not a Status of OTLP: the text says who answered.
    }
    return httpError(answer, this.target, said);
  }

  async check(testEvent: boolean, ctx: RunContext): Promise<readonly CheckStep[]> {
    const steps = [...(await this.#http.probe(this.#config.url, ctx))];
    if (steps.some((step) => !step.ok)) return steps;
    const attempt = async (records: string): Promise<string> => {
      const answer = await this.#post(Buffer.concat([this.#head, Buffer.from(records), TAIL]), ctx);
      if (answer.status !== 200) throw this.#errorOf(answer);
      return `answered ${answer.status}`;
    };
    steps.push(await checkCall('token', async () => ({ ok: true, detail: `an empty list of log records was ${await attempt('')}` })));
    if (testEvent && steps.every((step) => step.ok)) {
      const record = `{"timeUnixNano":"${ctx.clock.nowMs()}000000","body":{"stringValue":"sluice preflight test event"}}`;
      steps.push(await checkCall('test event', async () => ({ ok: true, detail: `a test event was ${await attempt(record)}` })));
    }
    return steps;
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

function partialSuccess(answer: HttpAnswer): { readonly rejected: number; readonly message: string } {
  if (answer.body.length === 0) return { rejected: 0, message: '' };
  let partial: { rejectedLogRecords?: string | number; errorMessage?: string } | undefined;
  try {
    ({ partialSuccess: partial } = JSON.parse(answer.body.toString('utf8')) as { partialSuccess?: typeof partial });
  } catch (thrown) {
    throw new SluiceError('sink.busy', `the receiver answered 200 with no JSON: ${bodyText(answer)}`, {}, { cause: thrown });
  }
  // 64-bit numbers are text in the JSON of protobuf.
  return { rejected: Number(partial?.rejectedLogRecords ?? 0), message: partial?.errorMessage ?? '' };
}
