import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a connection meets. Bytes are counted from its start. */
export type ConnectionFault =
  | { readonly kind: 'none' }
  /** Closed at once, before a byte went through. */
  | { readonly kind: 'refuse' }
  /** Reset after so many bytes of ours have gone to the receiver. */
  | { readonly kind: 'cut-request'; readonly bytes: number }
  /** Everything of ours goes through; the first bytes of an answer reset the connection instead of arriving. */
  | { readonly kind: 'cut-answer' }
  /** Ours goes through in pieces of `bytes`, with a pause of `ms` after each. */
  | { readonly kind: 'slow'; readonly bytes: number; readonly ms: number };

/**
 * A reset and nothing else. `resetAndDestroy` of Node ends the stream first, which sends FIN in front of the RST: the other side may take that for an orderly end.
 */
function reset(socket: Socket): void {
  Object.assign(socket, { resetAndClosing: true });
  socket.destroy();
}

/** A TCP proxy between a sink and its receiver that makes connections go wrong as a network does. */
export class FaultProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  /** Port of the receiver. */
  target: number;
  /** Asked for each new connection. */
  next: () => ConnectionFault = () => ({ kind: 'none' });
  /** Connections that met a fault. */
  faults = 0;

  private constructor(target: number) {
    this.target = target;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  static async start(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await proxy.up();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens, on the same port as before. */
  async up(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  /** Nobody listens any more, and what was open is reset. */
  async down(): Promise<void> {
    for (const socket of this.#sockets) reset(socket);
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #serve(client: Socket): void {
    const fault = this.next();
    if (fault.kind !== 'none') this.faults++;
    this.#sockets.add(client);
    client.on('close', () => this.#sockets.delete(client));
    if (fault.kind === 'refuse') {
      client.on('error', () => undefined);
      reset(client);
      return;
    }
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true });
    this.#sockets.add(server);
    server.on('close', () => this.#sockets.delete(server));
    const cut = (): void => {
      reset(client);
      reset(server);
    };
    client.on('error', cut);
    server.on('error', cut);
    let passed = 0;
    // A pause of the stream does not hold back its end.
    let trickling: Promise<void> = Promise.resolve();
    // From the decision to cut on nothing passes any more, not even an end.
    let cutting = false;
    client.on('data', (chunk: Buffer) => {
      if (cutting) return;
      if (fault.kind === 'cut-request' && passed + chunk.length > fault.bytes) {
        cutting = true;
        server.write(chunk.subarray(0, fault.bytes - passed), cut);
        return;
      }
      passed += chunk.length;
      if (fault.kind === 'slow') {
        client.pause();
        trickling = this.#trickle(server, chunk, fault.bytes, fault.ms).then(() => void client.resume());
      } else if (!server.write(chunk)) {
        client.pause();
        server.once('drain', () => client.resume());
      }
    });
    client.on('end', () => void trickling.then(() => void (cutting || server.end())));
    server.on('data', (chunk: Buffer) => {
      if (fault.kind === 'cut-answer') cut();
      else if (!cutting) client.write(chunk);
    });
    server.on('end', () => void (cutting || client.end()));
  }

  async #trickle(server: Socket, chunk: Buffer, bytes: number, ms: number): Promise<void> {
    for (let at = 0; at < chunk.length && !server.destroyed; at += bytes) {
      server.write(chunk.subarray(at, at + bytes));
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
  }
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A connection in `share` of the cases meets one of the faults; the first one does in any case. */
export function randomFaults(random: () => number, share: number): () => ConnectionFault {
  let first = true;
  return () => {
    if (random() >= share && !first) return { kind: 'none' };
    first = false;
    const which = random();
    if (which < 0.2) return { kind: 'refuse' };
    if (which < 0.5) return { kind: 'cut-request', bytes: Math.floor(random() * 60_000) };
    if (which < 0.75) return { kind: 'cut-answer' };
    return { kind: 'slow', bytes: 8192, ms: 2 };
  };
}
