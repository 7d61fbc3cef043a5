import type { IncomingMessage } from 'node:http';
import { SluiceError } from '../../core/errors.ts';
import type { Call } from './connections.ts';
import type { Inflight } from './inflight.ts';
import { SlsError } from './sls-error.ts';

/** A body in memory; `release` gives its bytes back to the limit of all connections, once. */
export interface HeldBody {
  readonly bytes: Buffer;
  readonly release: () => void;
}

const EMPTY = Buffer.alloc(0);
const NOTHING: HeldBody = { bytes: EMPTY, release() {} };

export function tooLarge(bytes: number | string, limit: number): SlsError {
  return new SlsError('PostBodyTooLarge', `body size ${bytes} is larger than the limit of ${limit} bytes`);
}

/**
 * Reads the body of a call, at most `limit` bytes of it. What is refused here is read and thrown away by the caller's answer, so that the connection
 * stays usable.
 * @throws SlsError PostBodyTooLarge ServerBusy; aborted when the client went away
 */
export function receiveBody(request: IncomingMessage, limit: number, inflight: Inflight, call: Call): Promise<HeldBody> {
  const declaredText = request.headers['content-length'];
  if (declaredText === undefined && request.headers['transfer-encoding'] === undefined) return Promise.resolve(NOTHING);
  // Node's parser has checked that it is a number.
  const declared = declaredText === undefined ? null : Number(declaredText);
  if (declared === 0) return Promise.resolve(NOTHING);
  if (declared !== null && declared > limit) return Promise.reject(tooLarge(declared, limit));
  let taken = 0;
  let released = false;
  const release = (): void => {
    if (released) return;
    released = true;
    inflight.give(taken);
  };
  const take = (bytes: number): void => {
    inflight.take(bytes);
    taken += bytes;
  };
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const done = (): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
    };
    const fail = (error: Error): void => {
      done();
      release();
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      call.received = size;
      if (size > limit) return fail(tooLarge(`over ${limit}`, limit));
      if (declared === null) {
        try {
          take(chunk.length);
        } catch (thrown) {
          return fail(thrown as SlsError);
        }
      }
      chunks.push(chunk);
    };
    const onEnd = (): void => {
      done();
      resolve({ bytes: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size), release });
    };
    const onClose = (): void => fail(new SluiceError('aborted', 'the client went away while it sent its body'));
    try {
      if (declared !== null) take(declared);
    } catch (thrown) {
      reject(thrown);
      return;
    }
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}
