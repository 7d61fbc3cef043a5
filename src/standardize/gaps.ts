import type { RunContext } from '../core/context.ts';
import type { SluiceError } from '../core/errors.ts';
import type { State } from '../state/state.ts';
import type { ShardRange } from '../stream/stream.ts';

/** A range that a rule has still to make events of, and why it could not so far. */
export interface RuleGap {
  readonly rule: string;
  readonly range: ShardRange;
  readonly revision: number;
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Wait before a failed range is tried again: doubles from the first to the last, so that a broken rule costs little and a mended store is soon caught up. */
const RETRY_FIRST_MS = 30_000;
const RETRY_LAST_MS = 3_600_000;

const pad = (cursor: bigint): string => String(cursor).padStart(20, '0');

/**
 * What rules left undone. A rule that fails stops only itself: the step's watermark moves on, the range stays here until the rule has processed it, and is shown with its cause.
 */
export class RuleGaps {
  readonly #state: State;
  readonly #table: 'standardization_gaps';

  /** `table`: of standardization, or of another step whose rules are isolated the same way. */
  constructor(state: State, table: 'standardization_gaps' | 'detection_gaps' = 'standardization_gaps') {
    this.#state = state;
    // The tables have the same columns, so the queries are of one type.
    this.#table = table as 'standardization_gaps';
  }

  /** Records failures of one rule; a range that begins where an older gap ends makes that one longer. */
  async record(rule: string, revision: number, ranges: readonly ShardRange[], error: SluiceError, ctx: RunContext): Promise<void> {
    const now = ctx.clock.nowMs();
    await this.#state.transact(async (db) => {
      for (const range of ranges) {
        const { logstore, shard } = range.at;
        const same = db
          .selectFrom(this.#table)
          .selectAll()
          .where('rule', '=', rule)
          .where('logstore', '=', logstore)
          .where('shard', '=', shard);
        const known = await same.where('from_cursor', '<=', pad(range.from)).where('to_cursor', '>=', pad(range.from)).executeTakeFirst();
        const facts = { revision, code: error.code, message: error.message.slice(0, 2000), last_ms: now };
        if (known === undefined) {
          await db
            .insertInto(this.#table)
            .values({
              rule,
              logstore,
              shard,
              from_cursor: pad(range.from),
              to_cursor: pad(range.to),
              attempts: 1,
              first_ms: now,
              ...facts,
            })
            .execute();
          continue;
        }
        await db
          .updateTable(this.#table)
          .set({
            ...facts,
            to_cursor: pad(range.to) > known.to_cursor ? pad(range.to) : known.to_cursor,
            attempts: known.attempts + 1,
          })
          .where('rule', '=', rule)
          .where('logstore', '=', logstore)
          .where('shard', '=', shard)
          .where('from_cursor', '=', known.from_cursor)
          .execute();
      }
    }, ctx);
  }

  /** All gaps, the oldest failure first. */
  async all(ctx: RunContext): Promise<readonly RuleGap[]> {
    const rows = await this.#state.read((db) => db.selectFrom(this.#table).selectAll().orderBy('first_ms').execute(), ctx);
    return rows.map((row) => ({
      rule: row.rule,
      range: { at: { logstore: row.logstore, shard: row.shard }, from: BigInt(row.from_cursor), to: BigInt(row.to_cursor) },
      revision: row.revision,
      code: row.code,
      message: row.message,
      attempts: row.attempts,
      firstMs: row.first_ms,
      lastMs: row.last_ms,
    }));
  }

  /** Forgets one, because it was processed or nothing is left to process. A gap that grew meanwhile keeps the rest. */
  async close(gap: RuleGap, ctx: RunContext): Promise<void> {
    await this.#state.transact(async (db) => {
      const own = { rule: gap.rule, logstore: gap.range.at.logstore, shard: gap.range.at.shard, from_cursor: pad(gap.range.from) };
      const now = await db
        .selectFrom(this.#table)
        .selectAll()
        .where('rule', '=', own.rule)
        .where('logstore', '=', own.logstore)
        .where('shard', '=', own.shard)
        .where('from_cursor', '=', own.from_cursor)
        .executeTakeFirst();
      if (now === undefined) return;
      await db
        .deleteFrom(this.#table)
        .where('rule', '=', own.rule)
        .where('logstore', '=', own.logstore)
        .where('shard', '=', own.shard)
        .where('from_cursor', '=', own.from_cursor)
        .execute();
      if (now.to_cursor > pad(gap.range.to)) {
        await db
          .insertInto(this.#table)
          .values({ ...now, from_cursor: pad(gap.range.to) })
          .execute();
      }
    }, ctx);
  }

  /** True when it is time to try again: the rule has changed since, or the wait is over. */
  static due(gap: RuleGap, revision: number, nowMs: number): boolean {
    if (revision !== gap.revision) return true;
    return nowMs - gap.lastMs >= Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** Math.min(20, gap.attempts - 1));
  }
}
