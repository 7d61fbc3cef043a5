import { asSluiceError } from './errors.ts';
import type { RunContext } from './context.ts';

export interface RetryPolicy {
  /** Attempts in all; Infinity keeps trying. */
  readonly attempts: number;
  /** Upper bound of the first pause; it doubles up to `maxMs`. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Full jitter: a random part of an exponentially growing bound, so that many clients of one dead peer do not return together. */
export function backoffMs(attempt: number, policy: RetryPolicy, random: () => number = Math.random): number {
  const bound = Math.min(policy.maxMs, policy.baseMs * 2 ** Math.min(attempt, 30));
  return Math.ceil(random() * bound);
}

/** Runs `work` until it succeeds, throws an error that is not retryable, or the attempts are used up. @throws the last error */
export async function retry<T>(work: (attempt: number) => Promise<T>, policy: RetryPolicy, ctx: RunContext): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt);
    } catch (thrown) {
      const error = asSluiceError(thrown);
      if (!error.retry || attempt + 1 >= policy.attempts || ctx.signal.aborted) throw error;
      await ctx.clock.sleep(backoffMs(attempt, policy), ctx.signal);
    }
  }
}
