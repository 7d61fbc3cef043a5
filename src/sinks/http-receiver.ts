import { Agent, request } from 'undici';
import { z } from 'zod';
import { SluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import { stageOf } from '../sources/sls/sls-client.ts';
import { readOptionFile } from './option-file.ts';
import { probeEndpoint } from './probe.ts';
import type { CheckStep } from './sink.ts';

/** Settings that every receiver over HTTP has. */
export const httpSettings = {
  timeoutMs: z.number().min(1000).default(120_000).meta({ unit: 'ms' }).describe("Limit of one request; the seeds' script has 120 s."),
  verify: z.boolean().default(true).describe('Check the certificate of the receiver.'),
  caFile: z.string().optional().describe('PEM file of the certificate authority; without it those of the system.'),
  certFile: z.string().optional().describe('PEM file of our certificate, where the receiver wants one.'),
  keyFile: z.string().optional().describe('PEM file of its key.'),
} as const;

export interface HttpSettings {
  readonly timeoutMs: number;
  readonly verify: boolean;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
  readonly header: (name: string) => string | undefined;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** Connections of one sink: as many as requests may be on the way (the shipper bounds those), kept open between batches. */
const CONNECTIONS = 64;
const CONNECT_MS = 10_000;

/** Calls a receiver over HTTP(S) with keep-alive; what goes wrong on the way has the shipper's words. */
export class HttpReceiver {
  readonly #settings: HttpSettings;
  readonly #tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly #agent: Agent;

  /** @throws config.invalid when a file cannot be read */
  constructor(settings: HttpSettings) {
    const { caFile, certFile, keyFile } = settings;
    if ((certFile === undefined) !== (keyFile === undefined))
      throw new SluiceError('config.invalid', 'certFile and keyFile belong together', {});
    this.#settings = settings;
    this.#tls = {
      ...(caFile === undefined ? {} : { ca: readOptionFile(caFile, 'caFile') }),
      ...(certFile === undefined ? {} : { cert: readOptionFile(certFile, 'certFile') }),
      ...(keyFile === undefined ? {} : { key: readOptionFile(keyFile, 'keyFile') }),
    };
    this.#agent = new Agent({
      connections: CONNECTIONS,
      keepAliveTimeout: 60_000,
      connect: { timeout: CONNECT_MS, rejectUnauthorized: settings.verify, ...this.#tls },
    });
  }

  /** @throws sink.unreachable with details.stage; aborted */
  async call(url: string, { method, headers, body }: HttpCall, ctx: RunContext): Promise<HttpAnswer> {
    try {
      const answer = await request(url, {
        method,
        dispatcher: this.#agent,
        headers: { ...headers },
        body: body ?? null,
        signal: ctx.signal,
        headersTimeout: this.#settings.timeoutMs,
        bodyTimeout: this.#settings.timeoutMs,
      });
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      return {
        status: answer.statusCode,
        body: bytes,
        header: (name) => {
          const value = answer.headers[name];
          return Array.isArray(value) ? value[0] : value;
        },
      };
    } catch (thrown) {
      if (ctx.signal.aborted) throw new SluiceError('aborted', 'sending was cancelled', {}, { cause: thrown });
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      const { origin } = new URL(url);
      throw new SluiceError(
        'sink.unreachable',
        `no answer from ${origin}: ${reason}`,
        { stage: stageOf(thrown), target: origin },
        { cause: thrown },
      );
    }
  }

  /** Name, connection and certificate of the receiver. */
  probe(url: string, ctx: RunContext): Promise<readonly CheckStep[]> {
    const { protocol, hostname, port } = new URL(url);
    const secure = protocol === 'https:';
    const host = hostname.replace(/^\[|\]$/g, '');
    const tls = secure ? { verify: this.#settings.verify, serverName: host, ...this.#tls } : null;
    return probeEndpoint(host, port === '' ? (secure ? 443 : 80) : Number(port), tls, ctx);
  }

  /** Ends what is still on the way; twice is safe. */
  async close(): Promise<void> {
    if (!this.#agent.destroyed) await this.#agent.destroy();
  }
}

/** Whole seconds of `Retry-After`; 0 when there is none (or a date: our own pauses do then). */
export function retryAfterSec(answer: HttpAnswer): number {
  const text = answer.header('retry-after') ?? '';
  return /^\d{1,5}$/.test(text) ? Number(text) : 0;
}

/**
 * What an answer that is no success means where the receiver's protocol says no more: 401 and 403 credentials; 404, 405 and redirects a wrong address; 408, 429 and
 * 5xx wait; 400, 413, 415 and 422 the batch. @param said what the receiver answered, for people
 */
export function httpError(answer: HttpAnswer, target: string, said: string): SluiceError {
  const { status } = answer;
  const words = `${target} answered ${status}${said === '' ? '' : `: ${said}`}`;
  const details = { target, status };
  if (status === 401 || status === 403) return new SluiceError('sink.auth', `${words}; check the credentials`, details);
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return new SluiceError('sink.busy', words, { ...details, retryAfterSec: retryAfterSec(answer) });
  if (status === 400 || status === 413 || status === 415 || status === 422) return new SluiceError('sink.rejected', words, details);
  return new SluiceError('sink.auth', `${words}; check the address`, details);
}

/** The beginning of a body for an error message. */
export function bodyText(answer: HttpAnswer): string {
  return answer.body.subarray(0, 300).toString('utf8').replaceAll(/\s+/g, ' ').trim();
}

/** Steps of a check after those of `probe`: one call that must be answered as `ok` says. */
export async function checkCall(stage: string, call: () => Promise<{ readonly ok: boolean; readonly detail: string }>): Promise<CheckStep> {
  try {
    return { stage, ...(await call()) };
  } catch (thrown) {
    const error = thrown instanceof SluiceError ? thrown : new SluiceError('sink.unreachable', String(thrown));
    const failed = error.code === 'sink.auth' ? stage : typeof error.details['stage'] === 'string' ? error.details['stage'] : stage;
    return { stage: failed, ok: false, detail: error.message };
  }
}
