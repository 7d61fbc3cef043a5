import type { Health, RunContext } from '../core/context.ts';
import { withTimeout } from '../core/context.ts';
import { asSluiceError } from '../core/errors.ts';

/** One part that must work before this process should be sent traffic. */
export interface ReadinessCheck {
  readonly name: string;
  check(ctx: RunContext): Promise<Health>;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

/** A load balancer asks every few seconds: a check that takes longer counts as not ready. */
const CHECK_MS = 2000;

/** Asks all parts at once. Never throws. */
export async function readiness(checks: readonly ReadinessCheck[], ctx: RunContext): Promise<Readiness> {
  const limited = withTimeout(ctx, CHECK_MS);
  const results = await Promise.all(
    checks.map(async (part) => {
      const { name } = part;
      const late = new Promise<Health>((resolve) => {
        limited.signal.addEventListener('abort', () => resolve({ ok: false, detail: `no answer within ${CHECK_MS} ms` }), { once: true });
      });
      try {
        const { ok, detail } = await Promise.race([part.check(limited), late]);
        return { name, ok, detail };
      } catch (thrown) {
        const error = asSluiceError(thrown);
        return { name, ok: false, detail: `${error.code}: ${error.message}` };
      }
    }),
  );
  return { ready: results.every(({ ok }) => ok), checks: results };
}
