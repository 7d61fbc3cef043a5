import { createHash } from 'node:crypto';
import type { RunContext } from '../core/context.ts';
import { asSluiceError, ERRORS, type SluiceError } from '../core/errors.ts';
import type { RangeOutcome, RangeStep } from '../jobs/range-step.ts';
import type { QueryLimits, Store } from '../store/store.ts';
import { shardKey, type ShardRange } from '../stream/stream.ts';
import { classTable, type ClassTable } from './class-table.ts';
import { EmptyRanges } from './empty-ranges.ts';
import { RuleGaps, type RuleGap } from './gaps.ts';
import type { RuleRegistry } from './rule-registry.ts';
import type { StandardizationRule } from './rule.ts';
import type { RuleStatements } from './rule-statements.ts';
import { byLogstore, rangesPredicate } from './sql-parts.ts';

export interface StandardizeOptions {
  readonly store: Pick<Store, 'command' | 'query'>;
  readonly registry: RuleRegistry;
  readonly statements: RuleStatements;
  readonly gaps: RuleGaps;
  readonly limits: QueryLimits;
  /** How long what another node changed about rules may stay unseen. */
  readonly refreshMs: number;
  /** Called before a gap is closed: events have come into a range that later steps have passed already. */
  readonly late?: (range: ShardRange, ctx: RunContext) => Promise<void>;
}

/** One rule over ranges of one logstore. */
interface Work {
  readonly rule: StandardizationRule;
  readonly table: ClassTable;
  readonly logstore: number;
  readonly ranges: readonly ShardRange[];
}

/** Selects in one statement: planning costs some milliseconds each, and beyond this a bad rule would make too many others run again one by one. */
const MAX_SELECTS = 24;

/** Topics asked for per logstore; where there are more, all rules run. */
const MAX_TOPICS = 100;

/** Gaps are looked at this often, not with each batch. */
const GAPS_EVERY_MS = 10_000;

/**
 * The step `standardize`: makes OCSF events of the logs in a batch of ranges, one `INSERT … SELECT` per class, whatever the number of logstores and rules.
 *
 * Exactly once: the same batch again is dropped by its insert token; ranges that may have been written before (after a start or a failure) leave out logs whose event is
 * there already; what slipped through all the same is replaced by identity and rule. A rule that fails stops only itself (`gaps.ts`).
 */
export class StandardizeStep implements RangeStep {
  readonly name = 'standardize';
  readonly after = 'index';
  readonly #options: StandardizeOptions;
  /** Shard → where the last batch that is surely written ended. */
  readonly #written = new Map<string, bigint>();
  readonly #empty = new EmptyRanges();
  #refreshedMs = -Infinity;
  #gapsMs = -Infinity;

  constructor(options: StandardizeOptions) {
    this.#options = options;
  }

  /** Errors of the store that may pass are in the outcomes, and the ranges come again; a rule's own are recorded as its gaps. @throws aborted */
  async process(ranges: readonly ShardRange[], ctx: RunContext): Promise<readonly RangeOutcome[]> {
    await this.#refresh(ctx);
    const written = new Map<ShardRange, Set<string>>(ranges.map((range) => [range, new Set()]));
    const all: Work[] = [];
    const ruled: ShardRange[] = [];
    for (const [logstore, own] of byLogstore(ranges)) {
      if (this.#options.registry.realTime(logstore).length > 0) ruled.push(...own);
      for (const rule of this.#options.registry.realTime(logstore)) {
        all.push({ rule, table: classTable(rule.classUid), logstore, ranges: own });
      }
    }
    let works: readonly Work[] = [];
    let failure: SluiceError | null = null;
    try {
      works = await this.#possible(all, ctx);
    } catch (thrown) {
      failure = asSluiceError(thrown);
      if (failure.code === 'aborted') throw failure;
    }
    for (const [table, own] of byTable(works)) {
      try {
        await this.#insert(table, own, ctx);
        for (const work of own) for (const range of work.ranges) written.get(range)?.add(table.table);
      } catch (thrown) {
        const error = asSluiceError(thrown);
        if (error.code === 'aborted') throw error;
        failure = error;
        break;
      }
    }
    if (failure !== null) {
      for (const range of ranges) this.#written.delete(shardKey(range.at));
      return ranges.map((range) => ({ range, rowsIn: 0, rowsOut: 0, error: failure, acknowledgement: '' }));
    }
    for (const range of ranges) this.#written.set(shardKey(range.at), range.to);
    // Most logstores have no rule: nothing is asked about them, here or in the steps behind.
    const counts = await this.#count(ruled, works, ctx);
    for (const range of ranges)
      if (ruled.includes(range)) this.#empty.remove(range);
      else this.#empty.add(range);
    await this.#retryGaps(ctx);
    return ranges.map((range) => {
      const tables = [...(written.get(range) ?? [])].sort();
      const [rowsIn, rowsOut] = counts.get(range) ?? [0, 0];
      const acknowledgement = tables.length === 0 ? 'no standardization rule applies' : `store: ${rowsOut} events in ${tables.join(', ')}`;
      return { range, rowsIn, rowsOut, error: null, acknowledgement };
    });
  }

  /** No events can be in the range: no rule applied to its logstore when it was done, in this process. */
  nothingIn(range: ShardRange): boolean {
    return this.#empty.holds(range);
  }

  async #refresh(ctx: RunContext): Promise<void> {
    const now = ctx.clock.elapsedMs();
    if (now - this.#refreshedMs < this.#options.refreshMs) return;
    await this.#options.registry.refresh(ctx);
    this.#refreshedMs = now;
  }

  /**
   * Leaves out rules whose topics do not occur in the ranges. Planning a rule's statement costs 30 to 90 ms of CPU however few logs there are, asking for the topics 2: a logstore
   * of Security Center has a dozen rules, of which a small batch needs two or three.
   */
  async #possible(works: readonly Work[], ctx: RunContext): Promise<readonly Work[]> {
    const asked = new Map<number, Work>();
    for (const work of works) if (work.rule.match.topics.length > 0) asked.set(work.logstore, work);
    const selects = [...asked.values()].flatMap((work) => {
      const logs = this.#options.statements.logTable(work.logstore);
      const from = `SELECT toUInt32(${work.logstore}) AS l, groupUniqArray(${MAX_TOPICS})(toString(topic)) AS t FROM`;
      return logs === null ? [] : [`${from} ${logs} WHERE ${rangesPredicate(work.ranges)}`];
    });
    if (selects.length === 0) return works;
    const limits = { ...this.#options.limits, maxResultRows: selects.length + 1 };
    const answer = await this.#options.store.query({ text: selects.join(' UNION ALL '), params: {} }, 'background', limits, ctx);
    const topics = new Map(answer.rows.map(([logstore, found]) => [Number(logstore), new Set(found as readonly string[])]));
    return works.filter((work) => {
      const found = topics.get(work.logstore);
      return (
        work.rule.match.topics.length === 0 ||
        found === undefined ||
        found.size >= MAX_TOPICS ||
        work.rule.match.topics.some((topic) => found.has(topic))
      );
    });
  }

  /** All works of one class in one statement; when that fails by the fault of a rule, each by itself, and the faulty ones become gaps. */
  async #insert(table: ClassTable, works: readonly Work[], ctx: RunContext): Promise<void> {
    const sound: Work[] = [];
    for (const work of works) {
      try {
        this.#options.statements.check(work.rule, work.logstore);
        sound.push(work);
      } catch (thrown) {
        await this.#gap(work, asSluiceError(thrown), ctx);
      }
    }
    for (let from = 0; from < sound.length; from += MAX_SELECTS) await this.#insertSome(table, sound.slice(from, from + MAX_SELECTS), ctx);
  }

  async #insertSome(table: ClassTable, sound: readonly Work[], ctx: RunContext): Promise<void> {
    try {
      await this.#run(table, sound, ctx);
    } catch (thrown) {
      const error = asSluiceError(thrown);
      if (passes(error)) throw error;
      if (sound.length === 1) {
        await this.#gap(sound[0] as Work, error, ctx);
        return;
      }
      for (const work of sound) {
        try {
          await this.#run(table, [work], ctx);
        } catch (single) {
          const own = asSluiceError(single);
          if (passes(own)) throw own;
          await this.#gap(work, own, ctx);
        }
      }
    }
  }

  async #run(table: ClassTable, works: readonly Work[], ctx: RunContext, surelyNew = true): Promise<number> {
    const parts = works.flatMap((work) => {
      const fresh = work.ranges.filter((range) => surelyNew && this.#written.get(shardKey(range.at)) === range.from);
      const doubtful = work.ranges.filter((range) => !fresh.includes(range));
      return [
        ...(fresh.length > 0 ? [{ ...work, ranges: fresh, doubtful: false }] : []),
        ...(doubtful.length > 0 ? [{ ...work, ranges: doubtful, doubtful: true }] : []),
      ];
    });
    const statement = this.#options.statements.insert(table, parts);
    if (statement === null) return 0;
    const token = createHash('sha256').update(table.table);
    for (const work of works) {
      token.update(`|${work.rule.id}@${work.rule.revision}`);
      for (const range of work.ranges) token.update(`,${shardKey(range.at)}:${range.from}-${range.to}`);
    }
    const settings = {
      ...statement.settings,
      insert_deduplication_token: token.digest('hex'),
      // Sorting and merging what is sorted and new already costs more than half of the insert (measured: 300 ms instead of 79 per 100,000 rows of 140 columns).
      optimize_on_insert: 0,
      max_insert_threads: 1,
    };
    const { writtenRows } = await this.#options.store.command({ ...statement, settings }, 'background', this.#options.limits, ctx);
    ctx.metrics.count('sluice_standardize_events_total', { class: String(table.classUid) }, writtenRows ?? 0);
    return writtenRows ?? 0;
  }

  async #gap(work: Work, error: SluiceError, ctx: RunContext): Promise<void> {
    ctx.metrics.count('sluice_standardize_rule_failures_total', { code: error.code });
    ctx.log.warn(
      { rule: work.rule.id, logstore: work.logstore, code: error.code, cause: error.message },
      'standardization rule failed on a batch',
    );
    await this.#options.gaps.record(work.rule.id, work.rule.revision, work.ranges, error, ctx);
  }

  /** Logs read and events there are, per range: in one statement. */
  async #count(
    ranges: readonly ShardRange[],
    works: readonly Work[],
    ctx: RunContext,
  ): Promise<ReadonlyMap<ShardRange, readonly [number, number]>> {
    const selects: string[] = [];
    for (const [index, range] of ranges.entries()) {
      const logs = this.#options.statements.logTable(range.at.logstore);
      if (logs !== null)
        selects.push(
          `SELECT toUInt32(${index}) AS i, toUInt64(count()) AS a, toUInt64(0) AS b FROM ${logs} WHERE ${rangesPredicate([range])}`,
        );
      const tables = new Set(works.filter((work) => work.ranges.includes(range)).map((work) => work.table.table));
      for (const table of tables) {
        selects.push(
          `SELECT toUInt32(${index}) AS i, toUInt64(0) AS a, toUInt64(count()) AS b FROM ${table} WHERE logstore = ${range.at.logstore} AND ${rangesPredicate([range])}`,
        );
      }
    }
    const counts = new Map<ShardRange, readonly [number, number]>();
    if (selects.length === 0) return counts;
    const answer = await this.#options.store.query(
      { text: `SELECT i, sum(a), sum(b) FROM (${selects.join(' UNION ALL ')}) GROUP BY i`, params: {} },
      'background',
      { ...this.#options.limits, maxResultRows: ranges.length + 1 },
      ctx,
    );
    for (const [index, rowsIn, rowsOut] of answer.rows) counts.set(ranges[Number(index)] as ShardRange, [Number(rowsIn), Number(rowsOut)]);
    return counts;
  }

  /** Ranges that rules left undone: tried again when the rule was changed or some time has passed. */
  async #retryGaps(ctx: RunContext): Promise<void> {
    const now = ctx.clock.elapsedMs();
    if (now - this.#gapsMs < GAPS_EVERY_MS) return;
    this.#gapsMs = now;
    await this.retryGaps(ctx);
  }

  /** Tries every gap that is due; answers those that were closed: their events are new to whoever reads events. */
  async retryGaps(ctx: RunContext): Promise<readonly RuleGap[]> {
    const closed: RuleGap[] = [];
    for (const gap of await this.#options.gaps.all(ctx)) {
      const { logstore } = gap.range.at;
      const rule = this.#options.registry.realTime(logstore).find((one) => one.id === gap.rule);
      if (rule === undefined) {
        await this.#options.gaps.close(gap, ctx);
        continue;
      }
      if (!RuleGaps.due(gap, rule.revision, ctx.clock.nowMs())) continue;
      const work: Work = { rule, table: classTable(rule.classUid), logstore, ranges: [gap.range] };
      try {
        await this.#run(work.table, [work], ctx, false);
        await this.#options.late?.(gap.range, ctx);
        await this.#options.gaps.close(gap, ctx);
        closed.push(gap);
      } catch (thrown) {
        const error = asSluiceError(thrown);
        if (error.code === 'aborted') throw error;
        if (!passes(error)) await this.#gap(work, error, ctx);
      }
    }
    return closed;
  }

  /**
   * Makes the events of ranges anew with today's rules and takes away what older revisions, or rules that no longer apply, had made of them. Answers the events written.
   * @throws store.* rule.invalid
   */
  async again(ranges: readonly ShardRange[], ctx: RunContext): Promise<number> {
    await this.#options.registry.refresh(ctx);
    let rows = 0;
    for (const [logstore, own] of byLogstore(ranges)) {
      const rules = this.#options.registry.realTime(logstore);
      const works = rules.map((rule): Work => ({ rule, table: classTable(rule.classUid), logstore, ranges: own }));
      for (const [table, members] of byTable(works)) rows += await this.#run(table, members, ctx, false);
      const current = rules.map((rule) => `(rule = '${rule.id}' AND revision = ${rule.revision})`).join(' OR ');
      for (const table of this.#options.statements.tables()) {
        await this.#options.store.command(
          {
            text: `DELETE FROM ${table.table} WHERE logstore = ${logstore} AND ${rangesPredicate(own)} AND NOT (${current === '' ? '0' : current})`,
            params: {},
          },
          'background',
          this.#options.limits,
          ctx,
        );
      }
    }
    return rows;
  }
}

/** True for failures that are not the rule's: the same statement may succeed later. */
function passes(error: SluiceError): boolean {
  return error.code === 'aborted' || ERRORS[error.code].retry;
}

function byTable(works: readonly Work[]): ReadonlyMap<ClassTable, readonly Work[]> {
  const found = new Map<ClassTable, Work[]>();
  for (const work of works) found.set(work.table, [...(found.get(work.table) ?? []), work]);
  return found;
}
