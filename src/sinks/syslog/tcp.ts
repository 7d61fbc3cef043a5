import type { Socket } from 'node:net';
import { SluiceError } from '../../core/errors.ts';
import type { RunContext } from '../../core/context.ts';
import type { TlsWire } from './tls-wire.ts';

export interface TcpLimits {
  readonly confirmTimeoutMs: number;
}

/**
 * Writes everything, ends our side and waits until the other side ends its own. A receiver that still has unread bytes when it closes resets the connection, and one
 * that closes before we have ended went away: so an orderly end after ours says that its program has read every byte.
 * With TLS that is seen below it: a receiver that gives up a connection also says close_notify, and then resets it.
 * @param wire null: no TLS
 * @throws what the socket raises; sink.unreachable with stage `confirm` when it does not close in time; aborted
 */
export async function deliverAndClose(
  socket: Socket,
  wire: TlsWire | null,
  bytes: Uint8Array,
  limits: TcpLimits,
  ctx: RunContext,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = new AbortController();
  let finished = false;
  let ended = false;
  const onEnd = (): void => {
    ended = true;
    if (wire !== null) wire.orderlyEnd().then(resolve, reject);
    else if (finished) resolve();
    else reject(Object.assign(new Error('the receiver closed before it had everything'), { code: 'ECONNRESET' }));
  };
  // TLS closes itself when both sides have ended; what is below it may still be open.
  const onClose = (): void => {
    if (!ended || wire === null) reject(Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' }));
  };
  const onAbort = (): void => reject(new SluiceError('aborted', 'sending was cancelled'));
  socket.once('end', onEnd);
  socket.once('error', reject);
  socket.once('close', onClose);
  ctx.signal.addEventListener('abort', onAbort, { once: true });
  if (ctx.signal.aborted) onAbort();
  if (socket.destroyed) onClose();
  // Syslog receivers say nothing; whatever comes is dropped, so that the end is seen.
  socket.resume();
  socket.end(bytes, () => {
    finished = true;
    void ctx.clock.sleep(limits.confirmTimeoutMs, stop.signal).then(
      () =>
        reject(
          new SluiceError('sink.unreachable', `the receiver did not close within ${limits.confirmTimeoutMs} ms after the end of a batch`, {
            stage: 'confirm',
          }),
        ),
      () => undefined,
    );
  });
  try {
    await promise;
  } finally {
    stop.abort();
    ctx.signal.removeEventListener('abort', onAbort);
    socket.destroy();
    wire?.tcp.destroy();
  }
}

/** Writes everything to a connection that stays open; resolves when the system has it. @throws what the socket raises; aborted */
export async function writeAll(socket: Socket, bytes: Uint8Array, _limits: TcpLimits, ctx: RunContext): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(new SluiceError('aborted', 'sending was cancelled'));
  const onEnd = (): void => reject(Object.assign(new Error('the receiver closed the connection'), { code: 'ECONNRESET' }));
  const onClose = (): void => reject(Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' }));
  socket.once('error', reject);
  socket.once('end', onEnd);
  socket.once('close', onClose);
  ctx.signal.addEventListener('abort', onAbort, { once: true });
  if (ctx.signal.aborted) onAbort();
  if (socket.destroyed) onClose();
  socket.resume();
  socket.write(bytes, (error) => {
    if (error === null || error === undefined) resolve();
    else reject(error);
  });
  try {
    await promise;
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  } finally {
    socket.removeListener('error', reject);
    socket.removeListener('end', onEnd);
    socket.removeListener('close', onClose);
    ctx.signal.removeEventListener('abort', onAbort);
  }
}
