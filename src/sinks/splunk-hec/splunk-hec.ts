import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Agent, request } from 'undici';
import { asSluiceError, SluiceError } from '../../core/errors.ts';
import type { RunContext } from '../../core/context.ts';
import { stageOf } from '../../sources/sls/sls-client.ts';
import { NO_REFUSALS, type Delivery, type RecordBatch } from '../batch.ts';
import { HecEncoder } from '../encode/hec.ts';
import type { LogEncoder, LogstoreOrigin, ShardOrigin } from '../encode/log-encoder.ts';
import { readOptionFile } from '../option-file.ts';
import { probeEndpoint } from '../probe.ts';
import type { CheckStep, Sink, SinkLimits } from '../sink.ts';
import type { SplunkHecConfig } from './config.ts';
import { hecError, hecMeaning, hecWords, INCORRECT_INDEX, readHecAnswer, type HecAnswer } from './hec-codes.ts';

const compress = promisify(gzip);

interface Endpoint {
  readonly url: string;
  /** Monotonic ms until which it is left out. */
  deadUntilMs: number;
  failures: number;
}

/** A channel of indexer acknowledgement: its ids count from 0, an id is reported true once and then forgotten. */
interface Channel {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly waiting: Map<number, () => void>;
  polling: boolean;
}

/**
 * Splunk HTTP Event Collector (checklist K12, K28): batches of concatenated JSON events or raw lines, keep-alive, several endpoints with failover, indexer
 * acknowledgement where the token has it. Without acknowledgement a 200 means "accepted", which is what HEC can promise.
 */
export class SplunkHec implements Sink {
  readonly kind = 'splunk-hec';
  readonly target: string;
  readonly limits: SinkLimits;
  readonly #config: SplunkHecConfig;
  readonly #origin: LogstoreOrigin;
  readonly #agent: Agent;
  readonly #ca: string | undefined;
  readonly #endpoints: Endpoint[];
  readonly #channels = new Map<string, Channel>();
  #next = 0;
  /** Null: not known yet. */
  #acks: boolean | null;
  readonly #end = new AbortController();

  constructor(config: SplunkHecConfig, origin: LogstoreOrigin) {
    this.#config = config;
    this.#origin = origin;
    this.#endpoints = config.endpoints.map((url) => ({ url: url.replace(/\/+$/, ''), deadUntilMs: 0, failures: 0 }));
    this.target = `splunk-hec ${this.#endpoints.map((endpoint) => endpoint.url).join(', ')}`;
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
    this.#acks = config.ack === 'off' ? false : config.ack === 'require' ? true : null;
    this.#ca = config.caFile === undefined ? undefined : readOptionFile(config.caFile, 'caFile');
    this.#agent = new Agent({
      connections: 16,
      keepAliveTimeout: 60_000,
      connect: {
        timeout: 10_000,
        rejectUnauthorized: config.verify,
        ...(this.#ca === undefined ? {} : { ca: this.#ca }),
      },
    });
  }

  encoder(origin: ShardOrigin): LogEncoder {
    return new HecEncoder(this.#config, origin, this.limits.recordBytes);
  }

  async send(batch: RecordBatch, ctx: RunContext): Promise<Delivery> {
    const endpoint = this.#choose(ctx);
    const channel = this.#acks === false && this.#config.mode === 'event' ? null : this.#channel(endpoint);
    let answer: HecAnswer;
    try {
      const body = this.#config.gzip ? await compress(batch.all(), { level: 1 }) : batch.all();
      answer = await this.#post(endpoint, this.#path(), body, channel, this.#config.gzip, ctx);
    } catch (thrown) {
      this.#markDead(endpoint, ctx);
      throw thrown;
    }
    const meaning = hecMeaning(answer);
    if (meaning === 'retry') this.#markDead(endpoint, ctx);
    if (meaning === 'new-channel') {
      this.#channels.delete(endpoint.url);
      throw hecError(answer, endpoint.url);
    }
    if (meaning === 'ack-off' && this.#config.ack === 'auto') {
      this.#acks = false;
      return await this.send(batch, ctx);
    }
    // An index that a field of the log names is wrong for that log only; one of the settings is wrong for all.
    const ofRecord = meaning === 'record' || (answer.code === INCORRECT_INDEX && this.#config.indexField !== undefined);
    if (ofRecord && answer.invalidEvent !== null && answer.invalidEvent < batch.count)
      return this.#partial(batch, answer.invalidEvent, answer, endpoint);
    if (meaning !== 'ok' && meaning !== 'slow-down') throw hecError(answer, endpoint.url);
    endpoint.failures = 0;
    if (answer.ackId === null) {
      if (this.#config.ack === 'require')
        throw new SluiceError('sink.auth', `${endpoint.url} does not acknowledge: the token has no indexer acknowledgement`, {
          target: endpoint.url,
        });
      this.#acks ??= false;
      return { outcome: null, refusals: NO_REFUSALS, acknowledgement: `${endpoint.url} accepted (HEC code ${answer.code ?? 0})` };
    }
    this.#acks = true;
    await this.#acknowledged(channel!, answer.ackId, ctx);
    return {
      outcome: null,
      refusals: NO_REFUSALS,
      acknowledgement: `${endpoint.url} indexed (ack ${answer.ackId} on channel ${channel!.id})`,
    };
  }

  /**
   * Events before the wrong one are in, as HEC documents; the ones after it are not. With indexer acknowledgement (and as long as it is not known whether the token has it)
   * nothing confirms the first, so they are sent again: their id tells repeats apart.
   */
  #partial(batch: RecordBatch, wrong: number, answer: HecAnswer, endpoint: Endpoint): Delivery {
    const outcome = new Uint8Array(batch.count);
    if (this.#acks === false) outcome.fill(1, 0, wrong);
    outcome[wrong] = 2;
    return {
      outcome,
      refusals: new Map([
        [wrong, new SluiceError('sink.rejected', hecWords(answer, endpoint.url), { target: endpoint.url, hecCode: answer.code })],
      ]),
      acknowledgement: `${endpoint.url} accepted the ${wrong} events before number ${wrong}`,
    };
  }

  #path(): string {
    if (this.#config.mode === 'event') return '/services/collector/event';
    const parameters = new URLSearchParams();
    const { index, sourcetype, source, host } = this.#config;
    if (index !== undefined) parameters.set('index', index);
    parameters.set('sourcetype', sourcetype ?? `sluice:${this.#origin.logstore}`);
    parameters.set('source', source ?? `sls:${this.#origin.project}/${this.#origin.logstore}`);
    if (host !== undefined) parameters.set('host', host);
    return `/services/collector/raw?${parameters.toString()}`;
  }

  async #post(
    endpoint: Endpoint,
    path: string,
    body: Buffer,
    channel: Channel | null,
    gzipped: boolean,
    ctx: RunContext,
  ): Promise<HecAnswer> {
    try {
      const answer = await request(`${endpoint.url}${path}`, {
        method: 'POST',
        dispatcher: this.#agent,
        headers: {
          authorization: `Splunk ${this.#config.token}`,
          'content-type': 'application/json',
          ...(gzipped ? { 'content-encoding': 'gzip' } : {}),
          ...(channel === null ? {} : { 'x-splunk-request-channel': channel.id }),
        },
        body,
        signal: ctx.signal,
        headersTimeout: this.#config.timeoutMs,
        bodyTimeout: this.#config.timeoutMs,
      });
      const retryAfter = answer.headers['retry-after'];
      return readHecAnswer(
        answer.statusCode,
        Buffer.from(await answer.body.arrayBuffer()),
        Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
      );
    } catch (thrown) {
      if (ctx.signal.aborted) throw new SluiceError('aborted', 'sending was cancelled', {}, { cause: thrown });
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new SluiceError(
        'sink.unreachable',
        `no answer from ${endpoint.url}: ${reason}`,
        { stage: stageOf(thrown), target: endpoint.url },
        { cause: thrown },
      );
    }
  }

  /** The next endpoint that is not left out; when all are, the one that comes back first. */
  #choose(ctx: RunContext): Endpoint {
    const nowMs = ctx.clock.elapsedMs();
    for (let tried = 0; tried < this.#endpoints.length; tried++) {
      const endpoint = this.#endpoints[this.#next++ % this.#endpoints.length]!;
      if (endpoint.deadUntilMs <= nowMs) return endpoint;
    }
    return this.#endpoints.reduce((soonest, endpoint) => (endpoint.deadUntilMs < soonest.deadUntilMs ? endpoint : soonest));
  }

  #markDead(endpoint: Endpoint, ctx: RunContext): void {
    endpoint.failures++;
    endpoint.deadUntilMs = ctx.clock.elapsedMs() + Math.min(30_000, 250 * 2 ** Math.min(endpoint.failures, 7));
  }

  #channel(endpoint: Endpoint): Channel {
    let channel = this.#channels.get(endpoint.url);
    if (channel === undefined) {
      channel = { id: randomUUID(), endpoint, waiting: new Map(), polling: false };
      this.#channels.set(endpoint.url, channel);
    }
    return channel;
  }

  /** Waits until the indexer has the batch. @throws sink.busy when it takes too long: the batch is sent again on a new channel */
  async #acknowledged(channel: Channel, ackId: number, ctx: RunContext): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    channel.waiting.set(ackId, resolve);
    if (!channel.polling) {
      channel.polling = true;
      // Asked for on behalf of all batches of the channel: it must not end with the one that happened to be first.
      void this.#poll(channel, { ...ctx, signal: this.#end.signal });
    }
    const timeout = new AbortController();
    const late = ctx.clock.sleep(this.#config.ackTimeoutMs, AbortSignal.any([ctx.signal, timeout.signal])).then(
      () => 'late' as const,
      () => 'stopped' as const,
    );
    const first = await Promise.race([promise.then(() => 'acknowledged' as const), late]);
    timeout.abort();
    if (first === 'acknowledged') return;
    channel.waiting.delete(ackId);
    if (first === 'late') this.#channels.delete(channel.endpoint.url);
    if (ctx.signal.aborted) throw new SluiceError('aborted', 'waiting for the acknowledgement was cancelled');
    throw new SluiceError('sink.busy', `${channel.endpoint.url} did not acknowledge id ${ackId} within ${this.#config.ackTimeoutMs} ms`, {
      target: channel.endpoint.url,
      ackId,
    });
  }

  /** Asks for all waiting ids of a channel until none is left; pauses grow while nothing comes. */
  async #poll(channel: Channel, ctx: RunContext): Promise<void> {
    let pauseMs = this.#config.ackPollMs;
    try {
      while (channel.waiting.size > 0 && !ctx.signal.aborted) {
        try {
          const ids = [...channel.waiting.keys()];
          const found = await this.#askAcks(channel, ids, ctx);
          for (const id of found) {
            channel.waiting.get(id)?.();
            channel.waiting.delete(id);
          }
          pauseMs = found.length > 0 ? this.#config.ackPollMs : Math.min(pauseMs * 1.5, this.#config.ackPollMs * 10);
        } catch (thrown) {
          // The acknowledgement is asked for again; when it never comes the timeout sends the batch again.
          ctx.log.warn({ target: channel.endpoint.url, reason: asSluiceError(thrown).message }, 'asking for acknowledgements failed');
        }
        if (channel.waiting.size > 0) await ctx.clock.sleep(pauseMs, ctx.signal).catch(() => undefined);
      }
    } finally {
      channel.polling = false;
    }
  }

  async #askAcks(channel: Channel, ids: readonly number[], ctx: RunContext): Promise<readonly number[]> {
    const answer = await request(`${channel.endpoint.url}/services/collector/ack?channel=${channel.id}`, {
      method: 'POST',
      dispatcher: this.#agent,
      headers: {
        authorization: `Splunk ${this.#config.token}`,
        'content-type': 'application/json',
        'x-splunk-request-channel': channel.id,
      },
      body: JSON.stringify({ acks: ids }),
      signal: ctx.signal,
      headersTimeout: this.#config.timeoutMs,
      bodyTimeout: this.#config.timeoutMs,
    });
    const body = Buffer.from(await answer.body.arrayBuffer());
    if (answer.statusCode !== 200) throw hecError(readHecAnswer(answer.statusCode, body, undefined), channel.endpoint.url);
    const { acks } = JSON.parse(body.toString('utf8')) as { acks: Record<string, boolean> };
    return Object.keys(acks)
      .filter((id) => acks[id] === true)
      .map(Number);
  }

  async check(testEvent: boolean, ctx: RunContext): Promise<readonly CheckStep[]> {
    const steps: CheckStep[] = [];
    for (const endpoint of this.#endpoints) steps.push(...(await this.#checkOne(endpoint, testEvent, ctx)));
    return steps;
  }

  async #checkOne(endpoint: Endpoint, testEvent: boolean, ctx: RunContext): Promise<readonly CheckStep[]> {
    const { protocol, hostname, port } = new URL(endpoint.url);
    const secure = protocol === 'https:';
    const host = hostname.replace(/^\[|\]$/g, '');
    const tls = secure ? { verify: this.#config.verify, serverName: host, ...(this.#ca === undefined ? {} : { ca: this.#ca }) } : null;
    const steps: CheckStep[] = [...(await probeEndpoint(host, port === '' ? (secure ? 443 : 80) : Number(port), tls, ctx))];
    if (steps.some((step) => !step.ok)) return steps;
    try {
      const answer = await request(`${endpoint.url}/services/collector/health`, {
        dispatcher: this.#agent,
        headers: { authorization: `Splunk ${this.#config.token}` },
        signal: ctx.signal,
        headersTimeout: 10_000,
        bodyTimeout: 10_000,
      });
      const health = readHecAnswer(answer.statusCode, Buffer.from(await answer.body.arrayBuffer()), undefined);
      const healthy = answer.statusCode === 200;
      steps.push({
        stage: 'health',
        ok: healthy,
        detail: `${hecWords(health, endpoint.url)}${health.code === null ? '; is HEC on, and is this its port?' : ''}`,
      });
      if (!healthy) return steps;
      // The health call does not look at the token: a body without data does, and leaves nothing behind (code 5).
      const probe = await this.#probePost(endpoint, Buffer.alloc(0), ctx);
      const tokenOk = hecMeaning(probe) !== 'auth';
      steps.push({
        stage: 'token',
        ok: tokenOk,
        detail: tokenOk ? 'the token is accepted' : `the token is refused: code ${probe.code} ${probe.text}`,
      });
      if (!tokenOk || !testEvent) return steps;
      const { sourcetype, index } = this.#config;
      const event = {
        event: { message: 'sluice preflight test event' },
        sourcetype: sourcetype ?? `sluice:${this.#origin.logstore}`,
        ...(index === undefined ? {} : { index }),
      };
      const sent = await this.#probePost(endpoint, Buffer.from(JSON.stringify(event)), ctx);
      const delivered = hecMeaning(sent) === 'ok' || hecMeaning(sent) === 'slow-down';
      steps.push({
        stage: 'test event',
        ok: delivered,
        detail: delivered ? 'a test event was accepted' : hecError(sent, endpoint.url).message,
      });
    } catch (thrown) {
      const error = asSluiceError(thrown, 'sink.unreachable');
      const { stage } = error.details;
      steps.push({ stage: typeof stage === 'string' ? stage : stageOf(thrown), ok: false, detail: `${endpoint.url}: ${error.message}` });
    }
    return steps;
  }

  #probePost(endpoint: Endpoint, body: Buffer, ctx: RunContext): Promise<HecAnswer> {
    return this.#post(endpoint, '/services/collector/event', body, this.#acks === false ? null : this.#channel(endpoint), false, ctx);
  }

  async close(): Promise<void> {
    this.#end.abort();
    // Requests for acknowledgements that nobody waits for any more.
    await this.#agent.destroy();
  }
}
