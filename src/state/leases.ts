import { asSluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import type { Lease, State } from './state.ts';

const padded = (fence: bigint): string => fence.toString().padStart(20, '0');

interface Taking {
  readonly state: State;
  readonly holder: string;
  readonly name: string;
  readonly ttlMs: number;
}

/**
 * Takes a lease when nobody holds it or its time is over; the holder itself does not get it twice. The fence grows with every taking.
 * A wall clock that jumps can end a lease early or late: that is why writes carry the fence.
 */
export async function takeLease(taking: Taking, ctx: RunContext): Promise<Lease | null> {
  const { state, holder, name, ttlMs } = taking;
  const startedMs = ctx.clock.elapsedMs();
  const nowMs = ctx.clock.nowMs();
  const fence = await state.transact(async (db) => {
    const row = await db.selectFrom('leases').select(['fence', 'expires_ms']).where('name', '=', name).executeTakeFirst();
    if (row !== undefined && row.expires_ms > nowMs) return null;
    const next = row === undefined ? 1n : BigInt(row.fence) + 1n;
    const values = { holder, fence: padded(next), expires_ms: nowMs + ttlMs };
    await db
      .insertInto('leases')
      .values({ name, ...values })
      .onConflict((c) => c.column('name').doUpdateSet(values))
      .execute();
    return next;
  }, ctx);
  if (fence === null) return null;
  return new HeldLease(taking, fence, startedMs, ctx);
}

/** Renews every third of its time by ctx.clock; gives up when the time since the last success reaches the ttl, or when someone else has it. */
class HeldLease implements Lease {
  readonly name: string;
  readonly fence: bigint;
  readonly lost: AbortSignal;
  readonly #taking: Taking;
  readonly #ctx: RunContext;
  readonly #ended = new AbortController();
  readonly #renewing: Promise<void>;
  #releasing: Promise<void> | null = null;

  constructor(taking: Taking, fence: bigint, startedMs: number, ctx: RunContext) {
    this.name = taking.name;
    this.fence = fence;
    this.#taking = taking;
    this.#ctx = ctx;
    this.lost = AbortSignal.any([this.#ended.signal, ctx.signal]);
    this.#renewing = this.#renew(startedMs);
  }

  release(): Promise<void> {
    this.#releasing ??= this.#release();
    return this.#releasing;
  }

  async #release(): Promise<void> {
    this.#ended.abort();
    await this.#renewing;
    const { state, name } = this.#taking;
    // The caller's signal may have fired (shutdown): giving the lease back is worth one more statement.
    const ctx = { ...this.#ctx, signal: new AbortController().signal };
    await state.transact(
      (db) =>
        db
          .updateTable('leases')
          .set({ holder: '', expires_ms: 0 })
          .where('name', '=', name)
          .where('fence', '=', padded(this.fence))
          .execute(),
      ctx,
    );
  }

  async #renew(startedMs: number): Promise<void> {
    const { state, holder, name, ttlMs } = this.#taking;
    const ctx = { ...this.#ctx, signal: this.lost };
    let goodUntilMs = startedMs + ttlMs;
    let pauseMs = ttlMs / 3;
    while (!this.lost.aborted) {
      try {
        await ctx.clock.sleep(Math.max(1, Math.min(pauseMs, goodUntilMs - ctx.clock.elapsedMs())), this.lost);
        if (ctx.clock.elapsedMs() >= goodUntilMs) return this.#lose('it could not be renewed in time');
        const beganMs = ctx.clock.elapsedMs();
        const expires_ms = ctx.clock.nowMs() + ttlMs;
        const kept = await state.transact(
          (db) =>
            db
              .updateTable('leases')
              .set({ expires_ms })
              .where('name', '=', name)
              .where('fence', '=', padded(this.fence))
              .where('holder', '=', holder)
              .executeTakeFirst(),
          ctx,
        );
        if (kept.numUpdatedRows === 0n) return this.#lose('someone else has taken it');
        goodUntilMs = beganMs + ttlMs;
        pauseMs = ttlMs / 3;
      } catch (thrown) {
        if (this.lost.aborted) return;
        // The database may come back before the time is over: try again sooner.
        pauseMs = ttlMs / 10;
        ctx.log.warn({ lease: name, error: asSluiceError(thrown).message }, 'lease renewal failed');
      }
    }
  }

  #lose(reason: string): void {
    this.#ctx.log.warn({ lease: this.name, fence: this.fence.toString(), reason }, 'lease lost');
    this.#ended.abort();
  }
}
