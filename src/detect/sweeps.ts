import type { RunContext } from '../core/context.ts';
import type { State } from '../state/state.ts';
import type { CorrelationPlan } from './correlation-plan.ts';

/** How far back a new correlation looks at first: not at all, as every new rule. */
export class Sweeps {
  readonly #state: State;
  readonly #latenessSec: number;

  constructor(state: State, latenessSec: number) {
    this.#state = state;
    this.#latenessSec = latenessSec;
  }

  /** Windows of a correlation that have ended, lateness over, and were not looked at yet; null: none. Event time in ms, whole timespans. */
  async due(plan: CorrelationPlan, ctx: RunContext): Promise<{ readonly fromMs: number; readonly toMs: number } | null> {
    const spanMs = plan.document.timespanSec * 1000;
    const toMs = Math.floor((ctx.clock.nowMs() - this.#latenessSec * 1000 - spanMs) / spanMs) * spanMs;
    const row = await this.#state.read(
      (db) => db.selectFrom('detection_sweeps').selectAll().where('rule', '=', plan.meta.id).executeTakeFirst(),
      ctx,
    );
    if (row === undefined || row.revision !== plan.meta.revision) {
      await this.done(plan, toMs, ctx);
      return null;
    }
    return row.upto_ms < toMs ? { fromMs: row.upto_ms, toMs } : null;
  }

  async done(plan: CorrelationPlan, toMs: number, ctx: RunContext): Promise<void> {
    const row = { rule: plan.meta.id, revision: plan.meta.revision, upto_ms: toMs };
    await this.#state.transact(
      async (db) =>
        db
          .insertInto('detection_sweeps')
          .values(row)
          .onConflict((c) => c.column('rule').doUpdateSet({ revision: row.revision, upto_ms: row.upto_ms }))
          .execute(),
      ctx,
    );
  }
}
