import { SluiceError } from '../core/errors.ts';
import type { Lane } from './store.ts';

/** How many statements run at once in each lane. */
export type LaneWidths = Readonly<Record<Lane, number>>;

interface Waiter {
  enter(): void;
}

/** Lets as many statements of a lane run as it is wide, the others wait in the order they came. */
export class LaneGate {
  readonly #free: Record<Lane, number>;
  readonly #waiting: Record<Lane, Waiter[]> = { insert: [], background: [], people: [], control: [] };

  constructor(widths: LaneWidths) {
    this.#free = { ...widths };
  }

  /** Answers the function that gives the place back (twice is safe). @throws aborted when the signal fires before there is a place */
  async enter(lane: Lane, signal: AbortSignal): Promise<() => void> {
    const cancelled = (): SluiceError =>
      new SluiceError('aborted', `the call was cancelled while it waited for the lane ${lane}`, { lane });
    if (signal.aborted) throw cancelled();
    if (this.#free[lane] > 0) this.#free[lane]--;
    else {
      await new Promise<void>((resolve, reject) => {
        const waiter: Waiter = {
          enter() {
            signal.removeEventListener('abort', leave);
            resolve();
          },
        };
        const leave = (): void => {
          this.#waiting[lane] = this.#waiting[lane].filter((one) => one !== waiter);
          reject(cancelled());
        };
        signal.addEventListener('abort', leave, { once: true });
        this.#waiting[lane].push(waiter);
      });
    }
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#waiting[lane].shift();
      // The place passes on to whoever waits first; it was never free in between.
      if (next === undefined) this.#free[lane]++;
      else next.enter();
    };
  }
}
