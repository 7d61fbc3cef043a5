import type { Clock } from '../../core/clock.ts';
import type { Logger, Metrics, RunContext } from '../../core/context.ts';

/** The context of one call. Its signal, which few operations look at, is made when somebody does: that spares the receive path two objects a call. */
export class CallContext implements RunContext {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly #parent: RunContext;
  readonly #requestId: string;
  #log: Logger | null = null;
  #gone: AbortController | null = null;
  #signal: AbortSignal | null = null;
  #ended = false;

  constructor(parent: RunContext, requestId: string) {
    this.#parent = parent;
    this.clock = parent.clock;
    this.metrics = parent.metrics;
    this.#requestId = requestId;
  }

  get log(): Logger {
    return (this.#log ??= this.#parent.log.child({ requestId: this.#requestId }));
  }

  get signal(): AbortSignal {
    if (this.#signal === null) {
      this.#gone = new AbortController();
      if (this.#ended) this.#gone.abort();
      this.#signal = AbortSignal.any([this.#parent.signal, this.#gone.signal]);
    }
    return this.#signal;
  }

  /** The call is over. `answered` false: the client went away first, and what still works for it should stop. */
  end(answered: boolean): void {
    if (answered) return;
    this.#ended = true;
    this.#gone?.abort();
  }
}
