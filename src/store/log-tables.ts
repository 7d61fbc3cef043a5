import type { LogstoreInfo } from '../control/catalog.ts';
import type { RunContext } from '../core/context.ts';
import type { State } from '../state/state.ts';
import { alterTableSql, createTableSql, dropTableSql, existingSql, readExisting } from './log-table-ddl.ts';
import type { LogTable } from './log-table.ts';
import type { QueryLimits, Store } from './store.ts';
import { isSettled, planLayout, type StoredLayout } from './table-layout.ts';
import { TokenSample } from './token-sample.ts';

/** Statements that change a table may wait for a merge; they read next to nothing. */
const LIMITS: QueryLimits = { maxSec: 120, maxMemoryBytes: 1024 ** 3, maxResultRows: 1_000_000 };

interface Entry {
  readonly layout: StoredLayout;
  /** The catalogue's entry that the layout was last compared with. */
  seen: LogstoreInfo | null;
}

/**
 * Layouts of the logstores' tables, kept in state; the tables themselves in the store. One process changes them (the one that indexes); all others `refresh`.
 *
 * A change is decided, written down, and then carried out by statements that may be repeated: after a crash in between, `open` carries it out again.
 */
export class LogTables {
  readonly #state: State;
  readonly #store: Pick<Store, 'command' | 'query'>;
  readonly #entries = new Map<number, Entry>();
  /** Decided layouts of which the engine may not have all yet. */
  readonly #unapplied = new Map<number, StoredLayout>();
  /** Logs looked at while a layout is not settled. */
  readonly #samples = new Map<number, TokenSample>();
  readonly #changing = new Map<number, Promise<unknown>>();

  private constructor(state: State, store: Pick<Store, 'command' | 'query'>) {
    this.#state = state;
    this.#store = store;
  }

  /** Reads the layouts. The store need not answer yet. @throws state.* */
  static async open(state: State, store: Pick<Store, 'command' | 'query'>, ctx: RunContext): Promise<LogTables> {
    const tables = new LogTables(state, store);
    await tables.refresh(ctx);
    return tables;
  }

  /** Null: no log has come yet. */
  table(logstore: number): LogTable | null {
    return this.#entries.get(logstore)?.layout.table ?? null;
  }

  tables(): readonly LogTable[] {
    return [...this.#entries.values()].map((entry) => entry.layout.table);
  }

  /** Reads again what another node may have changed. */
  async refresh(ctx: RunContext): Promise<void> {
    const rows = await this.#state.read((db) => db.selectFrom('log_tables').selectAll().execute(), ctx);
    const found = new Set<number>();
    for (const row of rows) {
      found.add(row.logstore);
      const known = this.#entries.get(row.logstore);
      if (known?.layout.table.version === row.version) continue;
      const layout = JSON.parse(row.layout) as StoredLayout;
      if (row.applied === 1) {
        this.#entries.set(row.logstore, { layout, seen: null });
        this.#unapplied.delete(row.logstore);
      } else this.#unapplied.set(row.logstore, layout);
    }
    for (const logstore of this.#entries.keys()) if (!found.has(logstore)) this.#entries.delete(logstore);
    for (const logstore of this.#unapplied.keys()) if (!found.has(logstore)) this.#unapplied.delete(logstore);
  }

  /** True while logs of the logstore should be shown to `sample`. */
  wantsSample(logstore: number): boolean {
    const entry = this.#entries.get(logstore);
    return entry === undefined || !isSettled(entry.layout);
  }

  /** Logs of the logstore seen so far, to be added to; they decide how columns are stored. */
  sample(logstore: number): TokenSample {
    let sample = this.#samples.get(logstore);
    if (sample === undefined) this.#samples.set(logstore, (sample = new TokenSample()));
    return sample;
  }

  /**
   * The layout to write logs by: makes the table on the first log and changes it when the logstore's index, profile or retention did. Costs nothing when nothing changed.
   * @throws store.* state.*
   */
  async ready(info: LogstoreInfo, ctx: RunContext): Promise<LogTable> {
    const entry = this.#entries.get(info.id);
    if (entry !== undefined && entry.seen === info && !this.#unapplied.has(info.id) && !this.#shouldSettle(entry, info.id))
      return entry.layout.table;
    return await this.#exclusive(info.id, () => this.#ready(info, ctx));
  }

  /** Brings tables that exist to what the catalogue says, and drops those of logstores that are gone. For start, and after changes that no log follows. @throws store.* state.* */
  async follow(logstores: readonly LogstoreInfo[], ctx: RunContext): Promise<void> {
    const there = new Map(logstores.map((info) => [info.id, info]));
    for (const logstore of new Set([...this.#entries.keys(), ...this.#unapplied.keys()])) {
      const info = there.get(logstore);
      if (info === undefined) await this.drop(logstore, ctx);
      else await this.ready(info, ctx);
    }
  }

  /** Makes a table again that the store has lost, as its layout says. @throws store.* state.* */
  async restore(logstore: number, ctx: RunContext): Promise<void> {
    await this.#exclusive(logstore, async () => {
      const entry = this.#entries.get(logstore);
      if (entry === undefined) return;
      ctx.log.warn({ logstore }, 'the store has lost the table of a logstore; it is made again');
      await this.#apply(entry.layout, ctx);
    });
  }

  /** Drops a table with all its logs. */
  async drop(logstore: number, ctx: RunContext): Promise<void> {
    await this.#exclusive(logstore, async () => {
      await this.#run(dropTableSql(logstore), ctx);
      await this.#state.transact((db) => db.deleteFrom('log_tables').where('logstore', '=', logstore).execute(), ctx);
      this.#entries.delete(logstore);
      this.#unapplied.delete(logstore);
      this.#samples.delete(logstore);
    });
  }

  #shouldSettle(entry: Entry, logstore: number): boolean {
    return !isSettled(entry.layout) && this.#samples.get(logstore)?.settled === true;
  }

  async #ready(info: LogstoreInfo, ctx: RunContext): Promise<LogTable> {
    const unapplied = this.#unapplied.get(info.id);
    if (unapplied !== undefined) await this.#apply(unapplied, ctx);
    const current = this.#entries.get(info.id)?.layout ?? null;
    const next = planLayout(current, info, this.sample(info.id));
    if (next !== current) {
      const values = { version: next.table.version, layout: JSON.stringify(next), applied: 0 };
      await this.#state.transact(
        (db) =>
          db
            .insertInto('log_tables')
            .values({ logstore: info.id, ...values })
            .onConflict((c) => c.column('logstore').doUpdateSet(values))
            .execute(),
        ctx,
      );
      this.#unapplied.set(info.id, next);
      await this.#apply(next, ctx);
      ctx.log.info(
        { logstore: info.id, version: next.table.version, columns: next.table.columns.length },
        'the table of a logstore was changed',
      );
    }
    const entry = this.#entries.get(info.id);
    if (entry !== undefined) entry.seen = info;
    if (isSettled(next)) this.#samples.delete(info.id);
    return next.table;
  }

  /** Carries a decided layout out. */
  async #apply(layout: StoredLayout, ctx: RunContext): Promise<void> {
    const { logstore } = layout.table;
    const answer = await this.#store.query({ text: existingSql(logstore), params: {} }, 'control', LIMITS, ctx);
    const existing = readExisting(answer.rows);
    if (existing === null) await this.#run(createTableSql(layout), ctx);
    else {
      const { alter, materialize } = alterTableSql(layout, existing);
      if (alter !== null) await this.#run(alter, ctx);
      // In the background: old parts are read without the index until it is done.
      if (materialize !== null) await this.#run(materialize, ctx);
    }
    await this.#state.transact(
      (db) =>
        db
          .updateTable('log_tables')
          .set({ applied: 1 })
          .where('logstore', '=', logstore)
          .where('version', '=', layout.table.version)
          .execute(),
      ctx,
    );
    this.#entries.set(logstore, { layout, seen: null });
    this.#unapplied.delete(logstore);
  }

  async #run(text: string, ctx: RunContext): Promise<void> {
    await this.#store.command({ text, params: {} }, 'control', LIMITS, ctx);
  }

  /** One change of a table at a time. */
  #exclusive<T>(logstore: number, work: () => Promise<T>): Promise<T> {
    const before = this.#changing.get(logstore) ?? Promise.resolve();
    const result = before.then(work, work);
    const done = result
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        if (this.#changing.get(logstore) === done) this.#changing.delete(logstore);
      });
    this.#changing.set(logstore, done);
    return result;
  }
}
