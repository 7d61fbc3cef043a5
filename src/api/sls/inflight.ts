import { SlsError } from './sls-error.ts';

/** Bytes of bodies and answers held in memory, all connections together, against one limit. */
export class Inflight {
  readonly #limit: number;
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get held(): number {
    return this.#held;
  }

  /** @throws SlsError ServerBusy: nothing was taken, and clients come back on this one */
  take(bytes: number): void {
    if (this.#held + bytes > this.#limit && this.#held > 0)
      throw new SlsError('ServerBusy', 'too many bytes are under way, send it again a little later', 503);
    this.#held += bytes;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
