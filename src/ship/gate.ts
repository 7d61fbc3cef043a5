import { SluiceError } from '../core/errors.ts';

/**
 * A number of places that workers share, first come first served: what bounds memory and connections however many shards one process has.
 */
export class Gate {
  readonly places: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.places = Math.max(1, places);
  }

  get taken(): number {
    return this.#taken;
  }

  /** Takes a place if one is free and nobody waits for it. */
  tryEnter(): boolean {
    if (this.#taken >= this.places || this.#waiting.length > 0) return false;
    this.#taken++;
    return true;
  }

  /** Waits for a place. @throws aborted */
  async enter(signal: AbortSignal): Promise<void> {
    if (this.tryEnter()) return;
    if (signal.aborted) throw aborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      const at = this.#waiting.indexOf(resolve);
      // Not there any more: the place was given just before, so the caller has it.
      if (at < 0) return;
      this.#waiting.splice(at, 1);
      reject(aborted());
    };
    this.#waiting.push(resolve);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Gives a place back; the first that waits has it. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken--;
    else next();
  }
}

const aborted = (): SluiceError => new SluiceError('aborted', 'waiting for a free place was cancelled');
