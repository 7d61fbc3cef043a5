import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import { createServer as createNetServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { isLoopback } from '../../config/check-together.ts';
import type { RunContext } from '../../core/context.ts';
import { SluiceError } from '../../core/errors.ts';
import { Authenticator } from './authenticate.ts';
import { Connections, watchConnections } from './connections.ts';
import { exchange, type ExchangeParts } from './exchange.ts';
import { Inflight } from './inflight.ts';
import type { SlsOperation } from './operation.ts';
import { renderError } from './reply.ts';
import { requestId } from './request-id.ts';
import { Router } from './router.ts';
import type { SlsServices } from './services.ts';
import { SlsError } from './sls-error.ts';

export interface SlsListenerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM texts. With them TLS is spoken too; plain HTTP then only on loopback, or with `settings.sls.insecure`. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly operations: readonly SlsOperation[];
}

export interface SlsListener {
  readonly port: number;
  /** Takes no more calls, answers those under way (at most `sls.closeGraceSec`), then closes. Twice is safe. */
  close(): Promise<void>;
}

/** Query strings carry SPL programs: larger than Node's 16 kB. */
const MAX_HEADER_BYTES = 64 * 1024;

/** Starts the SLS wire API. @throws config.port_in_use */
export async function openSlsListener(options: SlsListenerOptions, services: SlsServices, ctx: RunContext): Promise<SlsListener> {
  const settings = services.settings.sls;
  const stop = new AbortController();
  const ownCtx: RunContext = { ...ctx, signal: AbortSignal.any([ctx.signal, stop.signal]) };
  const connections = new Connections(settings);
  const inflight = new Inflight(settings.maxInflightBytes);
  let closing = false;
  const parts: ExchangeParts = {
    router: new Router(options.operations),
    services,
    settings,
    authenticator: new Authenticator(services.access, settings.clockSkewSec),
    connections,
    inflight,
    hosts: {
      baseEndpoints: settings.baseEndpoints.map((endpoint) => endpoint.toLowerCase()),
      domain: (host) => services.domain?.(host) ?? null,
      isProject: (name) => services.catalog.project(name) !== null,
    },
    closing: () => closing,
  };

  const http = httpServer((message, response) => void exchange(message, response, parts, ownCtx), ownCtx);
  const plain = options.tls === undefined || settings.insecure || isLoopback(options.host);
  const tls = options.tls === undefined ? null : tlsServer(options.tls, http, settings.headersTimeoutSec);
  // The watch knows the socket that HTTP runs on: with TLS that is the decrypted one.
  http.on('connection', (socket: Socket) => connections.add(socket, ctx.clock.elapsedMs()));
  const shared = tls === null ? null : firstByteServer(tls, plain ? http : null, settings.headersTimeoutSec, ownCtx);
  const server: HttpServer | NetServer = shared?.server ?? http;
  server.maxConnections = settings.maxConnections;
  const port = await listen(server, options);

  void watchConnections(
    connections,
    (cut) => {
      for (const phase of cut) ctx.metrics.count('sluice_sls_cut_off_total', { phase });
      ctx.metrics.gauge('sluice_sls_connections', {}, connections.size);
      ctx.metrics.gauge('sluice_sls_inflight_bytes', {}, inflight.held);
    },
    ownCtx,
  );

  const shut = async (): Promise<void> => {
    closing = true;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    shared?.closeUnknown();
    connections.closeIdle();
    const endMs = ctx.clock.elapsedMs() + settings.closeGraceSec * 1000;
    while (connections.calls > 0 && ctx.clock.elapsedMs() < endMs && !ctx.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      connections.closeIdle();
    }
    stop.abort();
    connections.closeAll();
    tls?.close();
    await closed;
  };
  let shutting: Promise<void> | null = null;
  return { port, close: () => (shutting ??= shut()) };
}

function httpServer(onRequest: (message: IncomingMessage, response: ServerResponse) => void, ctx: RunContext): HttpServer {
  const http = createHttpServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    // Answered by ourselves, in the words of the API.
    requireHostHeader: false,
    // The watch of connections has all the time limits.
    headersTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: 0,
    connectionsCheckingInterval: 86_400_000,
    noDelay: true,
  });
  http.timeout = 0;
  http.on('request', onRequest);
  http.on('checkExpectation', onRequest);
  http.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
    const body = renderError(
      tooLong
        ? new SlsError('ParameterInvalid', `the request line and headers are longer than ${MAX_HEADER_BYTES} bytes`, 431)
        : new SlsError('BadRequest', 'the request is no HTTP that can be read', 400),
    );
    ctx.metrics.count('sluice_sls_requests_total', { operation: 'none', status: '4xx' });
    // What the parser stopped at cannot be passed over, so this one connection ends.
    socket.end(rawAnswer(body.status, Buffer.concat(body.chunks), ctx), () => socket.destroy());
  });
  return http;
}

function rawAnswer(status: number, body: Buffer, ctx: RunContext): Buffer {
  const head =
    `HTTP/1.1 ${status} ${status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'}\r\n` +
    `content-type: application/json\r\nx-log-requestid: ${requestId(ctx.clock.nowMs())}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function tlsServer(tls: { readonly cert: string; readonly key: string }, http: HttpServer, handshakeSec: number): TlsServer {
  const server = createTlsServer({ ...tls, minVersion: 'TLSv1.2', handshakeTimeout: handshakeSec * 1000, ALPNProtocols: ['http/1.1'] });
  server.on('secureConnection', (socket) => http.emit('connection', socket));
  // A failed handshake concerns the client alone.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

interface FirstByteServer {
  readonly server: NetServer;
  /** Closes the connections that are no call's yet: silent ones, and those in a handshake. */
  closeUnknown(): void;
}

/** One port for TLS and plain HTTP: a TLS client begins with byte 22. `plain` null: others are told what to do. */
function firstByteServer(tls: TlsServer, plain: HttpServer | null, waitSec: number, ctx: RunContext): FirstByteServer {
  // By the other end's address: the decrypted socket is another object, with the same one.
  const unknown = new Map<string, Socket>();
  const peer = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;
  tls.on('secureConnection', (socket) => void unknown.delete(peer(socket)));
  const server = createNetServer({ noDelay: true }, (socket) => {
    const from = peer(socket);
    unknown.set(from, socket);
    socket.once('close', () => {
      if (unknown.get(from) === socket) unknown.delete(from);
    });
    // For as long as it lives: an error that nobody listens to ends the process.
    socket.on('error', () => void socket.destroy());
    socket.setTimeout(waitSec * 1000, () => socket.destroy());
    socket.once('readable', () => {
      const first = socket.read(1) as Buffer | null;
      if (first === null) {
        socket.destroy();
        return;
      }
      socket.unshift(first);
      if (first[0] !== 0x16 && plain === null) {
        const body = renderError(new SlsError('InvalidHost', 'this port speaks TLS only: use https'));
        socket.end(rawAnswer(body.status, Buffer.concat(body.chunks), ctx), () => socket.destroy());
        return;
      }
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      if (first[0] === 0x16) tls.emit('connection', socket);
      else {
        unknown.delete(from);
        plain?.emit('connection', socket);
      }
    });
  });
  return {
    server,
    closeUnknown() {
      for (const socket of unknown.values()) socket.destroy();
    },
  };
}

function listen(server: HttpServer | NetServer, { host, port }: SlsListenerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      reject(
        error.code === 'EADDRINUSE'
          ? new SluiceError('config.port_in_use', `port ${port} of ${host} is in use by another program`, { port, host }, { cause: error })
          : error,
      );
    };
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
