import type { RunContext } from '../core/context.ts';
import type { SluiceError } from '../core/errors.ts';
import type { Lease, State } from '../state/state.ts';
import type { Transaction } from 'kysely';
import type { Schema } from '../state/schema.ts';
import { cursorText } from '../state/tables/pipeline.ts';
import { requireFence } from '../state/tables/state.ts';
import { shardKey, type Cursor, type ShardRange, type ShardRef } from '../stream/stream.ts';
import type { RangeOutcome } from './range-step.ts';

/** A range that was given to a step and is not finished. */
export interface PlannedRange {
  readonly range: ShardRange;
  readonly batch: number;
  readonly attempts: number;
  /** `code: message` of the last failed attempt; '' when there was none. */
  readonly lastError: string;
  /** Wall clock from which it may be tried again. */
  readonly nextMs: number;
  /** Wall clock of the last failed attempt; 0: none in this process. */
  readonly triedMs: number;
}

/** Receipts that follow each other within this time are kept as one: a quiet shard would else leave two rows a second. */
const JOIN_MS = 60_000;

/** Where one step stands, in memory and in the state: watermarks, unfinished ranges, receipts. */
export class StepProgress {
  readonly step: string;
  /** Whose right it is to write, where several processes share the state: nothing is written when another one has it now. */
  lease: Lease | null = null;
  readonly #state: State;
  readonly #watermarks = new Map<string, Cursor>();
  readonly #plans = new Map<string, PlannedRange>();
  /** Shard → receipt that the next one may lengthen. */
  readonly #open = new Map<string, { readonly from: Cursor; readonly to: Cursor; readonly sinceMs: number }>();
  #batch = 0;

  constructor(step: string, state: State) {
    this.step = step;
    this.#state = state;
  }

  async load(ctx: RunContext): Promise<void> {
    const [marks, plans] = await this.#state.read(
      async (db) =>
        Promise.all([
          db.selectFrom('step_watermarks').selectAll().where('step', '=', this.step).execute(),
          db.selectFrom('step_plans').selectAll().where('step', '=', this.step).execute(),
        ]),
      ctx,
    );
    this.#watermarks.clear();
    this.#plans.clear();
    this.#open.clear();
    for (const row of marks) this.#watermarks.set(shardKey(row), BigInt(row.cursor));
    for (const row of plans) {
      const at = { logstore: row.logstore, shard: row.shard };
      this.#plans.set(shardKey(at), {
        range: { at, from: BigInt(row.from_cursor), to: BigInt(row.to_cursor) },
        batch: row.batch,
        attempts: row.attempts,
        lastError: row.code === '' ? '' : `${row.code}: ${row.message}`,
        nextMs: row.next_ms,
        triedMs: 0,
      });
      this.#batch = Math.max(this.#batch, row.batch);
    }
  }

  /** Everything of the shard before it is done; null: nothing is known. */
  watermark(at: ShardRef): Cursor | null {
    return this.#watermarks.get(shardKey(at)) ?? null;
  }

  planned(at: ShardRef): PlannedRange | null {
    return this.#plans.get(shardKey(at)) ?? null;
  }

  plans(): Iterable<PlannedRange> {
    return this.#plans.values();
  }

  /** Writes down what is about to be done, so that after a crash the very same ranges come again, batch by batch. */
  async plan(ranges: readonly ShardRange[], ctx: RunContext): Promise<void> {
    if (ranges.length === 0) return;
    const batch = ++this.#batch;
    const nowMs = ctx.clock.nowMs();
    await this.#write(
      (db) =>
        db
          .insertInto('step_plans')
          .values(
            ranges.map((range) => ({
              step: this.step,
              ...range.at,
              from_cursor: cursorText(range.from),
              to_cursor: cursorText(range.to),
              batch,
              planned_ms: nowMs,
              attempts: 0,
              code: '',
              message: '',
              next_ms: 0,
            })),
          )
          .execute(),
      ctx,
    );
    for (const range of ranges) this.#plans.set(shardKey(range.at), { range, batch, attempts: 0, lastError: '', nextMs: 0, triedMs: 0 });
  }

  /** Moves the watermarks over what is done, with its receipts, in one transaction. */
  async finish(outcomes: readonly RangeOutcome[], ctx: RunContext): Promise<void> {
    if (outcomes.length === 0) return;
    const nowMs = ctx.clock.nowMs();
    await this.#write(async (db) => {
      for (const { range, rowsIn, rowsOut, acknowledgement } of outcomes) {
        const own = { step: this.step, ...range.at };
        await db
          .deleteFrom('step_plans')
          .where('step', '=', own.step)
          .where('logstore', '=', own.logstore)
          .where('shard', '=', own.shard)
          .execute();
        await db
          .insertInto('step_watermarks')
          .values({ ...own, cursor: cursorText(range.to) })
          .onConflict((c) => c.columns(['step', 'logstore', 'shard']).doUpdateSet({ cursor: cursorText(range.to) }))
          .execute();
        const open = this.#joinable(range, nowMs);
        if (open === null) {
          const facts = { to_cursor: cursorText(range.to), rows_in: rowsIn, rows_out: rowsOut, acknowledgement, at_ms: nowMs };
          await db
            .insertInto('step_receipts')
            .values({ ...own, from_cursor: cursorText(range.from), ...facts })
            .onConflict((c) => c.columns(['logstore', 'shard', 'step', 'from_cursor']).doUpdateSet(facts))
            .execute();
        } else {
          await db
            .updateTable('step_receipts')
            .set((e) => ({
              to_cursor: cursorText(range.to),
              rows_in: e('rows_in', '+', rowsIn),
              rows_out: e('rows_out', '+', rowsOut),
              acknowledgement,
              at_ms: nowMs,
            }))
            .where('step', '=', own.step)
            .where('logstore', '=', own.logstore)
            .where('shard', '=', own.shard)
            .where('from_cursor', '=', cursorText(open.from))
            .execute();
        }
      }
    }, ctx);
    for (const { range } of outcomes) {
      const key = shardKey(range.at);
      const open = this.#joinable(range, nowMs);
      this.#open.set(key, open === null ? { from: range.from, to: range.to, sinceMs: nowMs } : { ...open, to: range.to });
      this.#watermarks.set(key, range.to);
      this.#plans.delete(key);
    }
  }

  /** Keeps a range for another try, with the reason. */
  async fail(range: ShardRange, error: SluiceError, nextMs: number, ctx: RunContext): Promise<void> {
    const key = shardKey(range.at);
    const before = this.#plans.get(key);
    const attempts = (before?.attempts ?? 0) + 1;
    await this.#write(
      (db) =>
        db
          .updateTable('step_plans')
          .set({ attempts, code: error.code, message: error.message.slice(0, 2000), next_ms: nextMs })
          .where('step', '=', this.step)
          .where('logstore', '=', range.at.logstore)
          .where('shard', '=', range.at.shard)
          .execute(),
      ctx,
    );
    this.#plans.set(key, {
      range,
      batch: before?.batch ?? 0,
      attempts,
      lastError: `${error.code}: ${error.message}`,
      nextMs,
      triedMs: ctx.clock.nowMs(),
    });
  }

  /** The shard is gone: nothing of it is left to do. */
  async forget(at: ShardRef, ctx: RunContext): Promise<void> {
    const key = shardKey(at);
    if (!this.#watermarks.has(key) && !this.#plans.has(key)) return;
    await this.#write(async (db) => {
      for (const table of ['step_plans', 'step_watermarks', 'step_receipts'] as const)
        await db
          .deleteFrom(table)
          .where('step', '=', this.step)
          .where('logstore', '=', at.logstore)
          .where('shard', '=', at.shard)
          .execute();
    }, ctx);
    this.#watermarks.delete(key);
    this.#plans.delete(key);
    this.#open.delete(key);
  }

  /** Shards there is something of. */
  shards(): readonly ShardRef[] {
    return [...new Set([...this.#watermarks.keys(), ...this.#plans.keys()])].map((key) => {
      const [logstore, shard] = key.split('/').map(Number) as [number, number];
      return { logstore, shard };
    });
  }

  async #write<T>(work: (db: Transaction<Schema>) => Promise<T>, ctx: RunContext): Promise<T> {
    const { lease } = this;
    return await this.#state.transact(async (db) => {
      if (lease !== null) await requireFence(db, lease);
      return await work(db);
    }, ctx);
  }

  #joinable(range: ShardRange, nowMs: number): { readonly from: Cursor; readonly to: Cursor; readonly sinceMs: number } | null {
    const open = this.#open.get(shardKey(range.at));
    return open !== undefined && open.to === range.from && nowMs - open.sinceMs < JOIN_MS ? open : null;
  }
}
