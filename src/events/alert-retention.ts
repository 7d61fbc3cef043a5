import { chunks } from '../alerts/alert-rows.ts';
import type { Settings } from '../config/settings.ts';
import type { RunContext } from '../core/context.ts';
import type { Job } from '../jobs/supervisor.ts';
import type { State } from '../state/state.ts';
import { removeAlerts, removeEvents } from './remove-rows.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Alerts of one transaction: nobody else writes meanwhile. */
const AT_ONCE = 500;
/** A hub is one by the week before; alerts that come later than this find it forgotten. */
const HUB_DAYS = 60;

export interface Pruned {
  readonly alerts: number;
  readonly events: number;
  /** Alerts whose hits were forgotten. */
  readonly forgotten: number;
}

/**
 * Removes what is past its time, once an hour: hits of alerts that are done, old alerts (those of an open event stay with it), closed events without alerts. Time is both event time
 * and when the alert was raised, so that imported history is not removed on arrival.
 */
export class AlertRetention implements Job {
  readonly name = 'alerts:retention';
  readonly stuckAfterMs = 3 * HOUR_MS;
  readonly #state: State;
  readonly #settings: Settings['alerts'];

  constructor(parts: { readonly state: State; readonly settings: Settings['alerts'] }) {
    this.#state = parts.state;
    this.#settings = parts.settings;
  }

  async run(ctx: RunContext, progress: (note: string) => void): Promise<void> {
    for (;;) {
      const { alerts, events, forgotten } = await this.prune(ctx);
      progress(`removed ${alerts} alerts and ${events} security events, forgot the hits of ${forgotten} alerts`);
      await ctx.clock.sleep(HOUR_MS, ctx.signal);
    }
  }

  async prune(ctx: RunContext): Promise<Pruned> {
    const nowMs = ctx.clock.nowMs();
    const forgotten = await this.#again(() => this.#forgetHits(nowMs - this.#settings.hitMemoryDays * DAY_MS, ctx));
    const alerts = await this.#again(() => this.#removeAlerts(nowMs - this.#settings.retentionDays * DAY_MS, ctx));
    const events = await this.#again(() => this.#removeEvents(nowMs - this.#settings.retentionDays * DAY_MS, ctx));
    const day = Math.floor(nowMs / DAY_MS) - HUB_DAYS;
    await this.#state.transact((db) => db.deleteFrom('hub_principals').where('day', '<', day).execute(), ctx);
    return { alerts, events, forgotten };
  }

  /** Until less than a full round was done. */
  async #again(round: () => Promise<number>): Promise<number> {
    for (let total = 0; ;) {
      const done = await round();
      total += done;
      if (done < AT_ONCE) return total;
    }
  }

  async #forgetHits(beforeMs: number, ctx: RunContext): Promise<number> {
    return await this.#state.transact(async (db) => {
      const rows = await db
        .selectFrom('alerts')
        .select('no')
        .where('hits_kept', '=', 1)
        .where('last_ms', '<', beforeMs)
        .where('raised_ms', '<', beforeMs)
        .limit(AT_ONCE)
        .execute();
      for (const some of chunks(rows.map((row) => row.no))) {
        await db.deleteFrom('alert_hits').where('alert', 'in', some).execute();
        await db.updateTable('alerts').set({ hits_kept: 0 }).where('no', 'in', some).execute();
      }
      return rows.length;
    }, ctx);
  }

  async #removeAlerts(beforeMs: number, ctx: RunContext): Promise<number> {
    return await this.#state.transact(async (db) => {
      const rows = await db
        .selectFrom('alerts')
        .leftJoin('security_events', 'security_events.no', 'alerts.event')
        .select('alerts.no')
        .where('alerts.last_ms', '<', beforeMs)
        .where('alerts.raised_ms', '<', beforeMs)
        .where((e) => e.or([e('alerts.event', 'is', null), e('security_events.status', '=', 'closed')]))
        .limit(AT_ONCE)
        .execute();
      await removeAlerts(
        db,
        rows.map((row) => row.no),
      );
      return rows.length;
    }, ctx);
  }

  /** With those that went into them. */
  async #removeEvents(beforeMs: number, ctx: RunContext): Promise<number> {
    return await this.#state.transact(async (db) => {
      const rows = await db
        .selectFrom('security_events')
        .select('no')
        .where('status', '=', 'closed')
        .where('merged_into', 'is', null)
        .where('closed_ms', '<', beforeMs)
        .where('last_ms', '<', beforeMs)
        .where('no', 'not in', (e) => e.selectFrom('alerts').select('event').where('event', 'is not', null).$castTo<{ event: number }>())
        .limit(AT_ONCE)
        .execute();
      await removeEvents(
        db,
        rows.map((row) => row.no),
      );
      return rows.length;
    }, ctx);
  }
}
