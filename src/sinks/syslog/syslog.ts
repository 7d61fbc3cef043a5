import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { asSluiceError, SluiceError } from '../../core/errors.ts';
import type { RunContext } from '../../core/context.ts';
import { GroupBuilder } from '../../core/group-builder.ts';
import { stageOf } from '../../sources/sls/sls-client.ts';
import { NO_REFUSALS, RecordBatch, type Delivery } from '../batch.ts';
import type { LogEncoder, LogstoreOrigin, ShardOrigin } from '../encode/log-encoder.ts';
import { SyslogEncoder } from '../encode/syslog.ts';
import { readOptionFile } from '../option-file.ts';
import { probeEndpoint } from '../probe.ts';
import type { CheckStep, Sink, SinkLimits } from '../sink.ts';
import { messageBytes, type SyslogConfig } from './config.ts';
import { deliverAndClose, writeAll, type TcpLimits } from './tcp.ts';
import { TlsWire } from './tls-wire.ts';
import { sendDatagrams } from './udp.ts';

/** A receiver that closes at all does it at once. */
const PROBE_MS = 3000;
/** A connection that the network broke must not decide that nothing is confirmed from then on. */
const PROBES = 3;
/** A server that was seen to give no session tickets must not cost more than this a connection. */
const TICKET_MS = 300;
/** A receiver refused for its certificate is no matter of waiting; one that refuses ours is a matter of credentials. */
const REFUSES_US = /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|ACCESS_DENIED|HANDSHAKE_FAILURE)/;

/** Syslog over UDP, TCP or TLS (checklist K13 to K15; RFC 5424, 3164, 5425, 5426, 6587). */
export class Syslog implements Sink {
  readonly kind = 'syslog';
  readonly target: string;
  readonly limits: SinkLimits;
  readonly #config: SyslogConfig;
  readonly #origin: LogstoreOrigin;
  readonly #tls: ConnectionOptions | null;
  /** Null: not known yet whether the receiver closes what we close. */
  #confirms: Promise<boolean> | null;
  /** Open connections of `written` that no batch uses now. */
  readonly #idle: Socket[] = [];
  readonly #open = new Set<Socket>();
  /** Of TLS connections. */
  readonly #wires = new WeakMap<Socket, TlsWire>();
  #datagrams: Datagrams | null = null;
  #session: Buffer | undefined;
  /** Whether the receiver gives session tickets after the handshake. */
  #tickets: 'unknown' | 'given' | 'none' = 'unknown';

  constructor(config: SyslogConfig, origin: LogstoreOrigin) {
    this.#config = config;
    this.#origin = origin;
    this.target = `syslog ${config.transport}://${config.host}:${config.port} ${config.format}`;
    this.limits = {
      batchBytes: config.batchBytes,
      batchRecords: config.batchRecords,
      batchMs: config.batchMs,
      recordBytes: messageBytes(config),
      inFlight: config.inFlight,
      deduplicates: false,
      lingers: false,
      wholeGroups: false,
    };
    this.#tls = config.transport === 'tls' ? tlsOptions(config) : null;
    this.#confirms = config.confirm === 'auto' ? null : Promise.resolve(config.confirm === 'close');
  }

  encoder(origin: ShardOrigin): LogEncoder {
    return new SyslogEncoder(this.#config, origin);
  }

  async send(batch: RecordBatch, ctx: RunContext): Promise<Delivery> {
    const { host, port, transport } = this.#config;
    if (transport === 'udp') {
      this.#datagrams ??= await this.#openDatagrams();
      return await sendDatagrams(this.#datagrams, batch, this.#config.datagramsPerSec, this.target, ctx);
    }
    this.#confirms ??= this.#probe(ctx).catch((thrown: unknown) => {
      // Not reached: asked again with the next batch.
      this.#confirms = null;
      throw thrown;
    });
    const confirms = await this.#confirms;
    try {
      if (confirms) {
        await this.#deliver(batch.all(), this.#config, ctx);
        return { outcome: null, refusals: NO_REFUSALS, acknowledgement: `${host}:${port} read ${batch.length} bytes and closed` };
      }
      const socket = this.#takeIdle() ?? (await this.#connect(ctx));
      try {
        await writeAll(socket, batch.all(), this.#config, ctx);
      } catch (thrown) {
        this.#drop(socket);
        throw thrown;
      }
      this.#idle.push(socket);
      return { outcome: null, refusals: NO_REFUSALS, acknowledgement: `${batch.length} bytes written to ${host}:${port}, not confirmed` };
    } catch (thrown) {
      throw this.#errorOf(thrown, ctx);
    }
  }

  async check(testEvent: boolean, ctx: RunContext): Promise<readonly CheckStep[]> {
    const { host, port, transport } = this.#config;
    if (transport === 'udp') {
      const detail = 'nothing of UDP is confirmed: look at the receiver for the test event';
      return testEvent ? [await this.#checkEvent(ctx)] : [{ stage: 'udp', ok: true, detail }];
    }
    const tls = this.#tls === null ? null : { ...this.#tls, verify: this.#config.verify, serverName: this.#serverName() };
    const steps: CheckStep[] = [...(await probeEndpoint(host, port, tls, ctx))];
    if (steps.some((step) => !step.ok)) return steps;
    try {
      const closes = await this.#probe(ctx);
      steps.push({
        stage: 'confirm',
        ok: closes || this.#config.confirm !== 'close',
        detail: closes
          ? 'the receiver closes after it has read: every batch is confirmed'
          : 'the receiver does not close a connection that we close: what it has not read is lost when it goes away; set confirm to written',
      });
      if (testEvent) steps.push(await this.#checkEvent(ctx));
    } catch (thrown) {
      const error = asSluiceError(this.#errorOf(thrown, ctx));
      steps.push({ stage: typeof error.details.stage === 'string' ? error.details.stage : 'tcp', ok: false, detail: error.message });
    }
    return steps;
  }

  close(): Promise<void> {
    for (const socket of this.#open) this.#drop(socket);
    this.#open.clear();
    this.#datagrams?.close();
    this.#datagrams = null;
    return Promise.resolve();
  }

  async #checkEvent(ctx: RunContext): Promise<CheckStep> {
    const builder = new GroupBuilder(1024);
    builder.begin();
    builder.beginLog(Math.floor(ctx.clock.nowMs() / 1000));
    builder.field('message', 'sluice preflight test event');
    builder.endLog();
    const group = builder.finish();
    const batch = new RecordBatch(0, 4096);
    this.encoder({ ...this.#origin, shard: 0 }).encode(group, 0, group.length, 'test', 0, batch, 4096, 1);
    try {
      const { acknowledgement } = await this.send(batch, ctx);
      return { stage: 'test event', ok: true, detail: acknowledgement };
    } catch (thrown) {
      return { stage: 'test event', ok: false, detail: asSluiceError(thrown).message };
    }
  }

  #serverName(): string {
    return this.#config.serverName ?? this.#config.host;
  }

  /** Whether the receiver closes a connection that we close: then that is the sign that it has read everything. */
  async #probe(ctx: RunContext): Promise<boolean> {
    for (let tried = 1; ; tried++) {
      try {
        await this.#deliver(Buffer.alloc(0), { ...this.#config, confirmTimeoutMs: PROBE_MS }, ctx);
        return true;
      } catch (thrown) {
        const error = asSluiceError(this.#errorOf(thrown, ctx));
        if (error.details.stage !== 'confirm') throw error;
        if (tried < PROBES) continue;
        ctx.log.warn({ target: this.target }, 'the receiver does not close connections that end: delivery cannot be confirmed');
        return false;
      }
    }
  }

  async #deliver(bytes: Buffer, limits: TcpLimits, ctx: RunContext): Promise<void> {
    const socket = await this.#connect(ctx);
    await deliverAndClose(socket, this.#wires.get(socket) ?? null, bytes, limits, ctx);
  }

  async #connect(ctx: RunContext): Promise<Socket> {
    const { host, port, timeoutMs } = this.#config;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let socket: Socket;
    let ready: PromiseWithResolvers<void> | null = null;
    if (this.#tls === null) socket = connectTcp({ host, port, noDelay: true }, resolve);
    else {
      const name = this.#serverName();
      const wire = new TlsWire(connectTcp({ host, port, noDelay: true, allowHalfOpen: true }));
      const secure = connectTls(
        {
          ...this.#tls,
          socket: wire,
          // Whom the certificate must be for.
          host: name,
          ...(isIP(name) === 0 ? { servername: name } : {}),
          // A receiver that asks for a certificate asks again for each connection.
          ...(this.#session === undefined || this.#config.certFile !== undefined ? {} : { session: this.#session }),
        },
        resolve,
      );
      this.#wires.set(secure, wire);
      wire.tcp.on('error', (error) => secure.destroy(error));
      // With TLS 1.3 our side is done before the other has looked at our certificate. Its session ticket says that it is done too; data that comes together
      // with the end of the handshake was seen to be left lying in rsyslog until the connection ended.
      ready = Promise.withResolvers<void>();
      const { resolve: done } = ready;
      secure.on('session', (session) => {
        this.#session = session;
        // Not at once: this is called in the middle of a read of OpenSSL, and what is written from here on comes out broken (the other side answers "bad record mac").
        setImmediate(done);
      });
      // Receivers say nothing, but tickets, refusals and the end are only seen by reading.
      secure.resume();
      socket = secure;
    }
    this.#open.add(socket);
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => undefined);
    socket.once('close', () => {
      failed.reject(Object.assign(new Error('the connection was closed while it was made'), { code: 'ECONNRESET' }));
      this.#open.delete(socket);
      const at = this.#idle.indexOf(socket);
      if (at >= 0) this.#idle.splice(at, 1);
      reject(new Error('the connection was closed while it was made'));
    });
    // Whoever uses the socket has its own listener; one that is idle must not end the process.
    socket.on('error', (error) => {
      reject(error);
      failed.reject(error);
    });
    const onAbort = (): void => void socket.destroy(new SluiceError('aborted', 'connecting was cancelled'));
    ctx.signal.addEventListener('abort', onAbort, { once: true });
    socket.setTimeout(timeoutMs, () => socket.destroy(Object.assign(new Error(`no progress for ${timeoutMs} ms`), { code: 'ETIMEDOUT' })));
    try {
      if (ctx.signal.aborted) onAbort();
      await promise;
      if (ready !== null) await this.#peerReady(ready.promise, failed.promise, ctx);
      return socket;
    } catch (thrown) {
      this.#drop(socket);
      throw this.#errorOf(thrown, ctx);
    } finally {
      ctx.signal.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Waits for the session ticket that says that the other side has finished the handshake too. What is sent and closed before that can be dropped by it without a sign: so once a
   * receiver was seen to give tickets, each connection has to have one. @throws ETIMEDOUT
   */
  async #peerReady(ticket: Promise<void>, failed: Promise<never>, ctx: RunContext): Promise<void> {
    const before = this.#tickets;
    const limitMs = before === 'given' ? this.#config.confirmTimeoutMs : before === 'unknown' ? PROBE_MS : TICKET_MS;
    const waited = new AbortController();
    const late = ctx.clock.sleep(limitMs, waited.signal).then(
      () => 'late' as const,
      () => 'late' as const,
    );
    try {
      const came = await Promise.race([ticket.then(() => 'ticket' as const), failed, late]);
      this.#tickets = came === 'ticket' ? 'given' : before === 'given' ? 'unknown' : 'none';
      if (came === 'late' && before === 'given')
        throw Object.assign(new Error(`the handshake was not finished within ${limitMs} ms`), { code: 'ETIMEDOUT' });
    } finally {
      waited.abort();
    }
  }

  #drop(socket: Socket): void {
    socket.destroy();
    this.#wires.get(socket)?.tcp.destroy();
  }

  #takeIdle(): Socket | null {
    for (;;) {
      const socket = this.#idle.pop();
      if (socket === undefined) return null;
      if (!socket.destroyed && socket.writable && !socket.readableEnded) return socket;
      this.#drop(socket);
    }
  }

  async #openDatagrams(): Promise<Datagrams> {
    const { host, port } = this.#config;
    const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
    // Refusals of the other side come back late, with a later send.
    socket.on('error', () => undefined);
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('error', reject);
        socket.connect(port, host);
      });
    } catch (thrown) {
      socket.close();
      throw new SluiceError(
        'sink.unreachable',
        `${this.target}: ${words(thrown)}`,
        { stage: stageOf(thrown), target: this.target },
        { cause: thrown },
      );
    }
    return socket;
  }

  #errorOf(thrown: unknown, ctx: RunContext): unknown {
    if (thrown instanceof SluiceError) return thrown;
    if (ctx.signal.aborted) return new SluiceError('aborted', 'sending was cancelled', {}, { cause: thrown });
    const code = String((thrown as NodeJS.ErrnoException).code ?? '');
    if (REFUSES_US.test(code))
      return new SluiceError(
        'sink.auth',
        `${this.target} refuses our certificate (${code})`,
        { stage: 'tls', target: this.target },
        { cause: thrown },
      );
    return new SluiceError(
      'sink.unreachable',
      `${this.target}: ${words(thrown)}`,
      { stage: stageOf(thrown), target: this.target },
      { cause: thrown },
    );
  }
}

function words(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function tlsOptions(config: SyslogConfig): ConnectionOptions {
  const file = (path: string | undefined, option: string): string | undefined =>
    path === undefined ? undefined : readOptionFile(path, option);
  const [ca, cert, key] = [file(config.caFile, 'caFile'), file(config.certFile, 'certFile'), file(config.keyFile, 'keyFile')];
  return {
    rejectUnauthorized: config.verify,
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
