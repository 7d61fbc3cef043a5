import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from './errors.ts';

/** The only way to ask for time; tests drive a fake and never sleep. */
export interface Clock {
  /** Wall clock, Unix epoch, ms. May jump. */
  nowMs(): number;
  /** Monotonic ms; only differences mean anything. */
  elapsedMs(): number;
  /** @throws aborted when the signal fires first */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, { signal });
    } catch (thrown) {
      throw new SluiceError('aborted', 'sleep was cancelled', {}, { cause: thrown });
    }
  },
};

/** A clock that stands still until `advance` moves it; sleepers wake in order of their deadline. For tests. */
export class FakeClock implements Clock {
  #nowMs: number;
  #sleepers: { at: number; wake: () => void }[] = [];

  constructor(startMs = Date.UTC(2024, 8, 10, 9, 52)) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  elapsedMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    const aborted = (): SluiceError => new SluiceError('aborted', 'sleep was cancelled');
    if (signal.aborted) return Promise.reject(aborted());
    return new Promise((resolve, reject) => {
      const sleeper = {
        at: this.#nowMs + ms,
        wake: (): void => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = (): void => {
        this.#sleepers = this.#sleepers.filter((s) => s !== sleeper);
        reject(aborted());
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  /** Moves time forward and lets everything that became due run. */
  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    for (;;) {
      const due = this.#sleepers.filter((s) => s.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, due.at);
      this.#sleepers = this.#sleepers.filter((s) => s !== due);
      due.wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#nowMs = end;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
