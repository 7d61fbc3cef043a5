import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertOfRow, type KeptAlert } from '../../alerts/alert-rows.ts';
import { settingsSchema } from '../../config/settings.ts';
import { FakeClock } from '../../core/clock.ts';
import { quietContext, type RunContext } from '../../core/context.ts';
import type { Hit } from '../../detect/hit.ts';
import { openSqliteState } from '../../state/sqlite/sqlite-state.ts';
import type { State } from '../../state/state.ts';
import type { SecurityEventTable } from '../../state/tables/events.ts';
import { AlertPipeline } from '../alert-pipeline.ts';
import { EventBuilder } from '../event-builder.ts';

/** Settings of alerts and events with some of them changed. */
export interface Changed {
  readonly alerts?: Readonly<Record<string, unknown>>;
  readonly events?: Readonly<Record<string, unknown>>;
}

/** Alerts and events over a real state database in a folder of its own. */
export class TestPipeline {
  readonly clock = new FakeClock();
  readonly ctx: RunContext;
  readonly settings;
  builder: EventBuilder;
  pipeline: AlertPipeline;
  #state: State;
  readonly #dir: string;

  private constructor(state: State, dir: string, ctx: RunContext, changed: Changed) {
    this.#state = state;
    this.#dir = dir;
    this.ctx = { ...ctx, clock: this.clock };
    this.settings = settingsSchema.parse({ alerts: changed.alerts ?? {}, events: changed.events ?? {} });
    this.builder = new EventBuilder(this.settings.events);
    this.pipeline = new AlertPipeline({ state, settings: this.settings.alerts, builder: this.builder });
  }

  static async open(changed: Changed = {}, given: Partial<RunContext> = {}): Promise<TestPipeline> {
    const dir = mkdtempSync(join(tmpdir(), 'sluice-events-'));
    const ctx = { ...quietContext(new FakeClock()), ...given };
    return new TestPipeline(await openSqliteState(dir, ctx), dir, ctx, changed);
  }

  get state(): State {
    return this.#state;
  }

  /** As after a crash: nothing of the process is left but the database. */
  async restart(): Promise<void> {
    await this.#state.close();
    this.#state = await openSqliteState(this.#dir, this.ctx);
    this.builder = new EventBuilder(this.settings.events);
    this.pipeline = new AlertPipeline({ state: this.#state, settings: this.settings.alerts, builder: this.builder });
  }

  async take(...hits: readonly Hit[]): Promise<void> {
    await this.pipeline.accept(hits, this.ctx);
  }

  async alerts(): Promise<readonly KeptAlert[]> {
    const rows = await this.#state.read((db) => db.selectFrom('alerts').selectAll().orderBy('uid').execute(), this.ctx);
    return rows.map(alertOfRow);
  }

  /** Those that stand for themselves, oldest first. */
  async events(): Promise<readonly SecurityEventTable[]> {
    return await this.#state.read(
      (db) => db.selectFrom('security_events').selectAll().where('merged_into', 'is', null).orderBy('no').execute(),
      this.ctx,
    );
  }

  /** What does not depend on the order in which hits came: alerts without their numbers, as they are grouped, and which groups are events, with their risk. */
  async picture(): Promise<unknown> {
    const alerts = await this.alerts();
    const groups = new Map<number, string[]>();
    const events = new Map<number, string[]>();
    for (const alert of alerts) {
      groups.set(alert.group, [...(groups.get(alert.group) ?? []), alert.uid]);
      if (alert.event !== null) events.set(alert.event, [...(events.get(alert.event) ?? []), alert.uid]);
    }
    const risks = new Map(
      (await this.events()).map((event) => [event.no, [event.title, event.severity, event.risk_tenths, event.summary]]),
    );
    return {
      alerts: alerts.map(({ no: _no, raisedMs: _raised, group: _group, event: _event, changes: _changes, ...alert }) => alert),
      groups: [...groups.values()].map((uids) => uids.sort().join(' ')).sort(),
      events: [...events]
        .map(([no, uids]) => [uids.sort().join(' '), risks.get(no)])
        .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
    };
  }

  async empty(): Promise<void> {
    await this.#state.transact(async (db) => {
      for (const table of ['alerts', 'alert_hits', 'alert_entities', 'alert_keys', 'security_events', 'event_activity'] as const)
        await db.deleteFrom(table).execute();
      for (const table of ['event_relations', 'hub_principals', 'forced_links', 'counters'] as const) await db.deleteFrom(table).execute();
    }, this.ctx);
  }

  async close(): Promise<void> {
    await this.#state.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
