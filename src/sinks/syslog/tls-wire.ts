import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

const HEAD_BYTES = 5;
const ALERT = 21;
const APPLICATION_DATA = 23;
/** In TLS 1.3 an alert is encrypted like data: two bytes, their type and a tag of 16. A syslog receiver sends nothing else as short. */
const ENCRYPTED_ALERT_BYTES = 19;

/**
 * The TCP connection below a TLS connection, where the end of the other side can be seen for what it is: TLS in Node reports its close_notify, a bare end and a reset alike, and closes the connection at the
 * first of them. Who makes it destroys `tcp` when it is done.
 */
export class TlsWire extends Duplex {
  readonly tcp: Socket;
  readonly #theirs = new Records();
  readonly #ours = new Records();
  readonly #end = Promise.withResolvers<void>();

  /** @param tcp made with allowHalfOpen */
  constructor(tcp: Socket) {
    super();
    this.tcp = tcp;
    // Nobody may be waiting for it.
    this.#end.promise.catch(() => undefined);
    tcp.on('data', (chunk: Buffer) => {
      this.#theirs.pass(chunk);
      if (!this.push(chunk)) tcp.pause();
    });
    tcp.on('end', () => {
      if (!this.#ours.alertLast) this.#end.reject(broken('the receiver closed before it had everything'));
      else if (!this.#theirs.alertLast) this.#end.reject(broken('the connection ended without the close_notify of TLS'));
      else this.#end.resolve();
      this.push(null);
    });
    tcp.on('error', (error) => this.#end.reject(error));
    tcp.on('close', () => this.#end.reject(broken('the connection broke')));
  }

  /** Resolves when the other side has said that it ends, after us, and then closed in order: with bytes unread its system would have reset the connection. @throws ECONNRESET */
  orderlyEnd(): Promise<void> {
    // TLS does not read any more after close_notify.
    this.tcp.resume();
    return this.#end.promise;
  }

  override _read(): void {
    this.tcp.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#ours.pass(chunk);
    this.tcp.write(chunk, (error) => done(error ?? null));
  }

  override _final(done: () => void): void {
    this.tcp.end(done);
  }
}

/** Follows the records of TLS (RFC 8446 §5.1: type, version, length) in one direction. */
class Records {
  /** Whether the last record is an alert: after an orderly handshake, close_notify. */
  alertLast = false;
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  #recordLeft = 0;

  pass(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#recordLeft > 0) {
        const passed = Math.min(this.#recordLeft, chunk.length - at);
        this.#recordLeft -= passed;
        at += passed;
        continue;
      }
      this.#head[this.#headBytes++] = chunk[at++]!;
      if (this.#headBytes < HEAD_BYTES) continue;
      this.#headBytes = 0;
      this.#recordLeft = this.#head.readUInt16BE(3);
      const type = this.#head[0];
      this.alertLast = type === ALERT || (type === APPLICATION_DATA && this.#recordLeft === ENCRYPTED_ALERT_BYTES);
    }
  }
}

function broken(words: string): Error {
  return Object.assign(new Error(words), { code: 'ECONNRESET' });
}
