import { asSluiceError, SluiceError } from '../core/errors.ts';
import { backoffMs, type RetryPolicy } from '../core/retry.ts';
import type { RunContext } from '../core/context.ts';
import { RecordBatch } from '../sinks/batch.ts';
import type { Sink } from '../sinks/sink.ts';
import type { ShardTask } from '../sources/sls/group-consumer.ts';
import type { PulledPage, SlsClient } from '../sources/sls/sls-client.ts';
import { cursorAfter, groupCursors } from './cursor-text.ts';
import type { DeadLetters } from './dead-letters.ts';
import { nextGroup } from './log-group-list.ts';
import type { ReceiptLog, ShardProgress, ShipTotals } from './ship-report.ts';

export interface PipelineOptions {
  readonly logstore: string;
  /** SPL evaluated by the server; null: everything. */
  readonly query: string | null;
  /** Groups per pull, 1..1000. */
  readonly fetchGroups: number;
  /** Pause after an empty pull. */
  readonly fetchIntervalMs: number;
  /** How often the checkpoint is saved at most; 0: after each batch, so that a crash repeats one batch at most. */
  readonly saveIntervalMs: number;
  /** How long a shard that must be let go may still deliver what it has read. */
  readonly releaseGraceMs: number;
  readonly retry: RetryPolicy;
}

export interface PipelineParts {
  readonly client: SlsClient;
  readonly sink: Sink;
  readonly deadLetters: DeadLetters;
  readonly receipts: ReceiptLog;
  readonly totals: ShipTotals;
}

interface Flight {
  done: boolean;
  /** Cursor that is safe once this flight and all before it are done; null: the batch ended inside a group. */
  covers: string | null;
}

/**
 * One shard from pull to receiver: reads ahead by one page, encodes byte to byte, keeps a few batches on the way, and moves the checkpoint only over what the
 * receiver has acknowledged or the dead letters hold. The stream is the buffer: when the receiver is away, reading stops.
 */
export class ShardPipeline {
  readonly progress: ShardProgress;
  readonly #parts: PipelineParts;
  readonly #options: PipelineOptions;
  readonly #task: ShardTask;
  readonly #flights: Flight[] = [];
  readonly #free: RecordBatch[] = [];
  #inFlight = 0;
  #wakeUp: (() => void) | null = null;
  #failure: SluiceError | null = null;
  #savedCursor: string;
  #lastSaveMs = -Infinity;
  #saving: Promise<void> = Promise.resolve();

  constructor(parts: PipelineParts, options: PipelineOptions, task: ShardTask) {
    this.#parts = parts;
    this.#options = options;
    this.#task = task;
    this.#savedCursor = task.from;
    this.progress = { shard: task.shard, checkpoint: task.from, lagSec: 0, atEnd: false, inFlight: 0, lastError: '' };
  }

  /** Runs until released; then delivers what it holds (bounded), saves and returns. @throws what no retry mends */
  async run(ctx: RunContext): Promise<void> {
    const { release } = this.#task;
    const stop = new AbortController();
    const runCtx: RunContext = { ...ctx, signal: AbortSignal.any([ctx.signal, stop.signal]) };
    const grace = this.#armGrace(release, stop, ctx);
    try {
      await this.#loop(runCtx);
      await this.#settle(runCtx);
    } catch (thrown) {
      this.#failure ??= asSluiceError(thrown);
    } finally {
      grace();
      stop.abort();
    }
    await this.#save(true, ctx);
    // A release whose grace ran out is no failure: what was not acknowledged is read again by the next owner.
    if (this.#failure !== null && !(this.#failure.code === 'aborted' && release.aborted)) throw this.#failure;
  }

  #armGrace(release: AbortSignal, stop: AbortController, ctx: RunContext): () => void {
    const onRelease = (): void => {
      void ctx.clock.sleep(this.#options.releaseGraceMs, stop.signal).then(
        () => stop.abort(),
        () => undefined,
      );
      this.#wakeUp?.();
    };
    release.addEventListener('abort', onRelease, { once: true });
    return () => release.removeEventListener('abort', onRelease);
  }

  async #loop(ctx: RunContext): Promise<void> {
    const { release } = this.#task;
    const { limits } = this.#parts.sink;
    const encoder = this.#parts.sink.encoder();
    const pullCtx: RunContext = { ...ctx, signal: AbortSignal.any([ctx.signal, release]) };
    let cursor = this.#task.from;
    let batch = this.#takeBatch();
    let batchSinceMs = ctx.clock.elapsedMs();
    let covered: string | null = null;
    let ahead: Promise<PulledPage> | null = null;
    const send = async (covers: string | null): Promise<void> => {
      await this.#dispatch(batch, covers, ctx);
      batch = this.#takeBatch();
      covered = null;
    };
    while (!release.aborted && this.#failure === null) {
      let page: PulledPage;
      try {
        page = await (ahead ?? this.#pull(cursor, pullCtx));
      } catch (thrown) {
        if (release.aborted) break;
        throw thrown;
      }
      ahead = page.next === cursor ? null : this.#pull(page.next, pullCtx);
      // A page that is never used (failure, release) must not become an unhandled rejection.
      ahead?.catch(() => undefined);
      this.#countPage(page, ctx);
      const cursors = groupCursors(cursor, page.next, page.groups);
      let at = 0;
      for (let group = 0; group < page.groups && this.#failure === null; group++) {
        const span = nextGroup(page.list, at);
        at = span.end;
        let index = 0;
        for (;;) {
          if (batch.count === 0) batchSinceMs = ctx.clock.elapsedMs();
          const before = batch.count;
          index = encoder.encode(page.list, span.start, span.end, cursors.of(group), index, batch, limits.batchBytes, limits.batchRecords);
          const logs = batch.count - before;
          if (this.#options.query === null) this.#parts.totals.read += logs;
          const full = batch.length >= limits.batchBytes || batch.count >= limits.batchRecords;
          if (encoder.done) {
            covered = group + 1 === page.groups ? page.next : cursors.consecutive ? cursorAfter(cursors.of(group)) : covered;
            if (full) await send(covered);
            break;
          }
          await send(null);
        }
      }
      if (page.groups === 0 && page.next !== cursor) covered = page.next;
      cursor = page.next;
      if (batch.count > 0 && (page.atEnd || ctx.clock.elapsedMs() - batchSinceMs >= limits.batchMs)) await send(covered);
      else if (batch.count === 0 && covered !== null) {
        this.#coverWithoutBatch(covered);
        covered = null;
      }
      if (page.atEnd && ahead === null) {
        await this.#save(false, ctx);
        await ctx.clock.sleep(this.#options.fetchIntervalMs, pullCtx.signal).catch(() => undefined);
      }
    }
    if (batch.count > 0 && this.#failure === null) await this.#dispatch(batch, covered, ctx);
  }

  #countPage(page: PulledPage, ctx: RunContext): void {
    const { totals } = this.#parts;
    totals.bytes += page.list.length;
    if (this.#options.query !== null) {
      totals.read += page.linesRead;
      totals.filtered += page.linesRead - page.linesKept;
    }
    this.progress.atEnd = page.atEnd;
    this.progress.lagSec = page.atEnd || page.cursorTimeSec === 0 ? 0 : Math.max(0, ctx.clock.nowMs() / 1000 - page.cursorTimeSec);
  }

  async #pull(cursor: string, ctx: RunContext): Promise<PulledPage> {
    const { client } = this.#parts;
    const { logstore, fetchGroups, query, retry } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        return await client.pull(logstore, this.#task.shard, cursor, fetchGroups, query, ctx);
      } catch (thrown) {
        const error = asSluiceError(thrown);
        if (!error.retry || ctx.signal.aborted) throw error;
        this.progress.lastError = error.message;
        ctx.log.warn({ shard: this.#task.shard, code: error.code, reason: error.message }, 'pull failed; trying again');
        await ctx.clock.sleep(backoffMs(attempt, retry), ctx.signal);
      }
    }
  }

  /** Puts a batch on the way, waiting for a free place. */
  async #dispatch(batch: RecordBatch, covers: string | null, ctx: RunContext): Promise<void> {
    while (this.#inFlight >= this.#parts.sink.limits.inFlight && this.#failure === null) await this.#wait();
    if (this.#failure !== null) return;
    const flight: Flight = { done: false, covers };
    this.#flights.push(flight);
    this.#inFlight++;
    this.progress.inFlight = this.#inFlight;
    void this.#deliver(batch, ctx)
      .then(() => {
        flight.done = true;
        batch.clear();
        this.#free.push(batch);
        this.#advance();
        if (this.#options.saveIntervalMs === 0 || ctx.clock.elapsedMs() - this.#lastSaveMs >= this.#options.saveIntervalMs)
          return this.#save(false, ctx);
        return undefined;
      })
      .catch((thrown: unknown) => {
        this.#failure ??= asSluiceError(thrown);
      })
      .finally(() => {
        this.#inFlight--;
        this.progress.inFlight = this.#inFlight;
        this.#wakeUp?.();
      });
  }

  /** Sends a batch until each record is delivered or dead-lettered, and leaves the receipt. @throws sink.auth and other errors no retry mends; aborted */
  async #deliver(batch: RecordBatch, ctx: RunContext): Promise<void> {
    const tally = { attempts: 0, dead: 0, acknowledgement: '' };
    await this.#sendAll(batch, tally, ctx);
    await this.#parts.receipts.write({
      project: this.#parts.client.project,
      logstore: this.#options.logstore,
      shard: this.#task.shard,
      first: batch.identity(0),
      last: batch.identity(batch.count - 1),
      records: batch.count,
      bytes: batch.length,
      attempts: tally.attempts,
      deadLettered: tally.dead,
      target: this.#parts.sink.target,
      acknowledgement: tally.acknowledgement,
      atMs: ctx.clock.nowMs(),
    });
  }

  async #sendAll(whole: RecordBatch, tally: { attempts: number; dead: number; acknowledgement: string }, ctx: RunContext): Promise<void> {
    const { sink, totals } = this.#parts;
    let batch = whole;
    let failures = 0;
    while (batch.count > 0) {
      tally.attempts++;
      try {
        const { outcome, refusals, acknowledgement } = await sink.send(batch, ctx);
        tally.acknowledgement = acknowledgement;
        failures = 0;
        this.progress.lastError = '';
        if (outcome === null) {
          totals.delivered += batch.count;
          totals.sentBytes += batch.length;
          return;
        }
        const refused: number[] = [];
        for (let record = 0; record < batch.count; record++) {
          if (outcome[record] === 1) {
            totals.delivered++;
            totals.sentBytes += batch.ends[record]! - batch.startOf(record);
          } else if (outcome[record] === 2) refused.push(record);
        }
        await this.#bury(
          batch,
          refused,
          (record) => refusals.get(record) ?? new SluiceError('sink.rejected', 'the receiver refused the record'),
          ctx,
        );
        tally.dead += refused.length;
        batch = batch.select((record) => outcome[record] === 0);
        if (batch.count > 0) totals.retries++;
      } catch (thrown) {
        const error = asSluiceError(thrown);
        if (error.code === 'aborted') throw error;
        this.progress.lastError = error.message;
        if (error.code === 'sink.rejected') {
          if (batch.count === 1) {
            await this.#bury(batch, [0], () => error, ctx);
            tally.dead++;
            return;
          }
          // The receiver names no record: halve until it is found.
          const middle = batch.count >> 1;
          const current = batch;
          totals.retries++;
          await this.#sendAll(
            current.select((record) => record < middle),
            tally,
            ctx,
          );
          batch = current.select((record) => record >= middle);
          continue;
        }
        if (!error.retry) throw error;
        totals.retries++;
        const askedSec = Number(error.details.retryAfterSec ?? 0);
        ctx.log.warn({ shard: this.#task.shard, code: error.code, reason: error.message, failures }, 'delivery failed; trying again');
        await ctx.clock.sleep(Math.max(askedSec * 1000, backoffMs(failures++, this.#options.retry)), ctx.signal);
      }
    }
  }

  /** Dead letters are durable before anything moves on; trying goes on until they are. */
  async #bury(batch: RecordBatch, records: readonly number[], why: (record: number) => SluiceError, ctx: RunContext): Promise<void> {
    if (records.length === 0) return;
    const letters = records.map((record) => ({
      project: this.#parts.client.project,
      logstore: this.#options.logstore,
      shard: this.#task.shard,
      identity: batch.identity(record),
      target: this.#parts.sink.target,
      error: why(record),
      record: Buffer.from(batch.record(record)),
    }));
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#parts.deadLetters.write(letters, ctx);
        this.#parts.totals.deadLettered += letters.length;
        return;
      } catch (thrown) {
        const error = asSluiceError(thrown);
        if (error.code === 'aborted' || !error.retry) throw error;
        ctx.log.error(
          { shard: this.#task.shard, code: error.code, reason: error.message },
          'dead letters could not be written; trying again',
        );
        await ctx.clock.sleep(backoffMs(attempt, this.#options.retry), ctx.signal);
      }
    }
  }

  #takeBatch(): RecordBatch {
    return this.#free.pop() ?? new RecordBatch(this.#parts.sink.limits.batchBytes + 64 * 1024);
  }

  /** Nothing to send up to `cursor` (all filtered, or no logs): safe once what is before it is. */
  #coverWithoutBatch(cursor: string): void {
    const last = this.#flights.at(-1);
    if (last === undefined) this.progress.checkpoint = cursor;
    else this.#flights.push({ done: true, covers: cursor });
    this.#advance();
  }

  #advance(): void {
    while (this.#flights[0]?.done === true) {
      const { covers } = this.#flights.shift()!;
      if (covers !== null) this.progress.checkpoint = covers;
    }
  }

  async #settle(ctx: RunContext): Promise<void> {
    while (this.#inFlight > 0 && this.#failure === null && !ctx.signal.aborted) await this.#wait();
    this.#advance();
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeUp = () => {
        this.#wakeUp = null;
        resolve();
      };
    });
  }

  /** Saves the checkpoint if it moved; one save at a time, the newest wins. */
  #save(final: boolean, ctx: RunContext): Promise<void> {
    const save = async (): Promise<void> => {
      const cursor = this.progress.checkpoint;
      if (cursor === this.#savedCursor && !(final && this.progress.atEnd)) return;
      this.#lastSaveMs = ctx.clock.elapsedMs();
      await this.#task.save(cursor, ctx);
      this.#savedCursor = cursor;
    };
    this.#saving = this.#saving.then(save, save);
    return this.#saving;
  }
}
