import { asSluiceError, type SluiceError } from '../core/errors.ts';
import { backoffMs, type RetryPolicy } from '../core/retry.ts';
import type { RunContext } from '../core/context.ts';
import { RecordBatch } from '../sinks/batch.ts';
import type { LogEncoder } from '../sinks/encode/log-encoder.ts';
import type { ConsumerApi, PulledPage } from '../sources/sls/consumer-api.ts';
import type { ShardTask } from '../sources/sls/group-consumer.ts';
import { BatchDelivery, type DeliveryParts } from './batch-delivery.ts';
import { cursorAfter, groupCursors, type GroupCursors } from './cursor-text.ts';
import type { Gate } from './gate.ts';
import { nextGroup } from './log-group-list.ts';
import type { ShardProgress } from './ship-report.ts';

export interface PipelineOptions {
  readonly logstore: string;
  /** The end of a shard is the end of the work: nothing waits for more. */
  readonly untilEnd: boolean;
  /** SPL evaluated by the server; null: everything. */
  readonly query: string | null;
  /** Groups per pull, 1..1000. */
  readonly fetchGroups: number;
  /** Pause after an empty pull. */
  readonly fetchIntervalMs: number;
  /** How often the checkpoint is saved at most, for receivers that drop repeats; for others it is saved with each batch. */
  readonly saveIntervalMs: number;
  /** How long a shard that must be let go may still deliver what it has read. */
  readonly releaseGraceMs: number;
  readonly authPatienceMs: number;
  readonly retry: RetryPolicy;
}

export interface PipelineParts extends DeliveryParts {
  readonly client: ConsumerApi;
  /** Pages held in memory at once, all shards together. */
  readonly pages: Gate;
  /** Batches on the way at once, all shards together. */
  readonly flights: Gate;
}

interface Flight {
  done: boolean;
  /** Cursor that is safe once this flight and all before it are done; null: the batch holds no end of a group. */
  covers: string | null;
}

/** Bytes a new batch starts with; it grows as it is filled, so that a hundred quiet shards do not hold a hundred full batches of memory. */
const FIRST_BATCH_BYTES = 64 * 1024;

/**
 * One shard from pull to receiver: reads ahead by one page, encodes byte to byte, keeps a few batches on the way, and moves the checkpoint only over what the
 * receiver has acknowledged or the dead letters hold. The stream is the buffer: when the receiver is away, reading stops.
 */
export class ShardPipeline {
  readonly progress: ShardProgress;
  readonly #parts: PipelineParts;
  readonly #options: PipelineOptions;
  readonly #task: ShardTask;
  readonly #encoder: LogEncoder;
  readonly #delivery: BatchDelivery;
  readonly #flights: Flight[] = [];
  readonly #free: RecordBatch[] = [];
  /** Being filled. */
  #batch: RecordBatch;
  #batchSinceMs = 0;
  /** Safe once the batch being filled and all before it are delivered. */
  #covered: string | null = null;
  #inFlight = 0;
  #wakeUp: (() => void) | null = null;
  #failure: SluiceError | null = null;
  #cutBefore = 0;
  #savedOnce = false;
  #lastSaveMs = -Infinity;
  #saving: Promise<void> = Promise.resolve();

  constructor(parts: PipelineParts, options: PipelineOptions, task: ShardTask) {
    this.#parts = parts;
    this.#options = options;
    this.#task = task;
    const place = { project: parts.client.project, logstore: options.logstore, shard: task.shard };
    this.progress = { shard: task.shard, checkpoint: task.from, saved: '', lagSec: 0, atEnd: false, inFlight: 0, lastError: '' };
    this.#encoder = parts.sink.encoder(place);
    this.#delivery = new BatchDelivery(parts, place, options, this.progress);
    this.#batch = this.#takeBatch();
  }

  /** Runs until released; then delivers what it holds (bounded), saves and returns. @throws what no retry mends */
  async run(ctx: RunContext): Promise<void> {
    const { release } = this.#task;
    const stop = new AbortController();
    const runCtx: RunContext = { ...ctx, signal: AbortSignal.any([ctx.signal, stop.signal]) };
    const disarm = this.#armGrace(release, stop, ctx);
    try {
      await this.#loop(runCtx);
      await this.#settle(runCtx);
    } catch (thrown) {
      this.#failure ??= asSluiceError(thrown);
    } finally {
      disarm();
      stop.abort();
    }
    // What is still on the way ends with the abort; nobody may write into its batch or move the checkpoint after that.
    while (this.#inFlight > 0) await this.#wait();
    this.#advance();
    try {
      await this.#save(ctx);
    } catch (thrown) {
      this.#failure ??= asSluiceError(thrown);
    }
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
    const { pages, sink } = this.#parts;
    const pullCtx: RunContext = { ...ctx, signal: AbortSignal.any([ctx.signal, release]) };
    let cursor = this.#task.from;
    let ahead: Promise<PulledPage> | null = null;
    try {
      while (!release.aborted && this.#failure === null) {
        let page: PulledPage;
        try {
          page = await (ahead ?? this.#enterAndPull(cursor, pullCtx));
        } catch (thrown) {
          ahead = null;
          if (release.aborted) break;
          throw thrown;
        }
        ahead = page.next !== cursor && pages.tryEnter() ? this.#pull(page.next, pullCtx) : null;
        // A page that is never used (failure, release) must not become an unhandled rejection.
        ahead?.catch(() => undefined);
        try {
          this.#countPage(page, ctx);
          await this.#encodePage(page, groupCursors(cursor, page.next, page.groups), ctx);
        } finally {
          pages.leave();
        }
        if (page.groups === 0 && page.next !== cursor) this.#covered = page.next;
        const nothing = page.next === cursor;
        cursor = page.next;
        const atEnd = page.atEnd && (!sink.limits.lingers || this.#options.untilEnd);
        const due = atEnd || ctx.clock.elapsedMs() - this.#batchSinceMs >= sink.limits.batchMs;
        if (this.#batch.count > 0 && due) await this.#send(this.#covered, ctx);
        else if (this.#batch.count === 0 && this.#covered !== null) this.#coverWithoutBatch();
        if (nothing) {
          await this.#saveWhenIdle(ctx);
          await ctx.clock.sleep(this.#options.fetchIntervalMs, pullCtx.signal).catch(() => undefined);
        }
      }
    } finally {
      ahead?.then(
        () => pages.leave(),
        () => undefined,
      );
    }
    if (this.#batch.count > 0 && this.#failure === null) await this.#send(this.#covered, ctx);
  }

  async #encodePage(page: PulledPage, cursors: GroupCursors, ctx: RunContext): Promise<void> {
    const { sink, totals } = this.#parts;
    const { batchBytes, batchRecords, wholeGroups } = sink.limits;
    const [cutBytes, cutRecords] = wholeGroups ? [Infinity, Infinity] : [batchBytes, batchRecords];
    const encoder = this.#encoder;
    let at = 0;
    for (let group = 0; group < page.groups && this.#failure === null; group++) {
      const span = nextGroup(page.list, at);
      at = span.end;
      const cursor = cursors.of(group);
      let index = 0;
      for (;;) {
        if (this.#batch.count === 0) this.#batchSinceMs = ctx.clock.elapsedMs();
        const before = this.#batch.count;
        let whole = true;
        try {
          index = encoder.encode(page.list, span.start, span.end, cursor, index, this.#batch, cutBytes, cutRecords);
          whole = encoder.done;
        } catch (thrown) {
          const error = asSluiceError(thrown);
          if (error.code !== 'group.malformed') throw error;
          // The logs before the broken place are in the batch; the rest of the group cannot be told apart and is kept as it is.
          if (this.#options.query === null) totals.read++;
          await this.#delivery.buryRaw(`${cursor}:${index}`, error, Buffer.from(page.list.subarray(span.start, span.end)), ctx);
        }
        if (this.#options.query === null) totals.read += this.#batch.count - before;
        totals.cut += encoder.cut - this.#cutBefore;
        this.#cutBefore = encoder.cut;
        if (!whole) {
          // Safe after this batch is what was safe before the group that it ends in.
          await this.#send(this.#covered, ctx);
          // A batch that could not leave is still full: the rest of the group would be tried for ever.
          if (this.#failure !== null) return;
          continue;
        }
        if (group + 1 === page.groups) this.#covered = page.next;
        else if (cursors.consecutive) this.#covered = cursorAfter(cursor);
        if (this.#batch.length >= batchBytes || this.#batch.count >= batchRecords) await this.#send(this.#covered, ctx);
        break;
      }
    }
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

  async #enterAndPull(cursor: string, ctx: RunContext): Promise<PulledPage> {
    await this.#parts.pages.enter(ctx.signal);
    return await this.#pull(cursor, ctx);
  }

  /** Pulls with the place of a page in hand, which it gives back when it throws. */
  async #pull(cursor: string, ctx: RunContext): Promise<PulledPage> {
    const { client, pages } = this.#parts;
    const { logstore, fetchGroups, query, retry } = this.#options;
    try {
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
    } catch (thrown) {
      pages.leave();
      throw thrown;
    }
  }

  /** Puts the filled batch on the way, waiting for a free place, and takes an empty one. */
  async #send(covers: string | null, ctx: RunContext): Promise<void> {
    const { flights, sink } = this.#parts;
    const batch = this.#batch;
    const most = sink.limits.deduplicates ? sink.limits.inFlight : 1;
    while (this.#inFlight >= most && this.#failure === null) await this.#wait();
    if (this.#failure !== null) return;
    await flights.enter(ctx.signal);
    this.#batch = this.#takeBatch();
    this.#covered = null;
    const flight: Flight = { done: false, covers };
    this.#flights.push(flight);
    this.progress.inFlight = ++this.#inFlight;
    void this.#fly(batch, flight, ctx).finally(() => {
      flights.leave();
      this.progress.inFlight = --this.#inFlight;
      this.#wakeUp?.();
    });
  }

  async #fly(batch: RecordBatch, flight: Flight, ctx: RunContext): Promise<void> {
    const { deduplicates } = this.#parts.sink.limits;
    try {
      await this.#delivery.deliver(batch, ctx);
      flight.done = true;
      batch.clear();
      this.#free.push(batch);
      this.#advance();
      if (!deduplicates) await this.#save(ctx);
      else if (ctx.clock.elapsedMs() - this.#lastSaveMs >= this.#options.saveIntervalMs) await this.#save(ctx);
    } catch (thrown) {
      this.#failure ??= asSluiceError(thrown);
    }
  }

  #takeBatch(): RecordBatch {
    return this.#free.pop() ?? new RecordBatch(this.#task.shard, Math.min(FIRST_BATCH_BYTES, this.#parts.sink.limits.batchBytes));
  }

  /** Nothing to send up to the cursor (all filtered, or no logs): safe once what is before it is. */
  #coverWithoutBatch(): void {
    this.#flights.push({ done: true, covers: this.#covered });
    this.#covered = null;
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

  async #saveWhenIdle(ctx: RunContext): Promise<void> {
    if (this.progress.checkpoint !== this.progress.saved && this.#inFlight === 0) await this.#save(ctx);
  }

  /**
   * Saves the checkpoint if it moved, and once in any case, so that the end of a drained shard is known (sls-api §8.7); one save at a time, the newest wins.
   * A service that cannot be reached is asked again with the next save: the checkpoint is then behind, never ahead. @throws request.conflict when the shard is another's by now
   */
  #save(ctx: RunContext): Promise<void> {
    const save = async (): Promise<void> => {
      const cursor = this.progress.checkpoint;
      if (cursor === this.progress.saved && this.#savedOnce) return;
      this.#lastSaveMs = ctx.clock.elapsedMs();
      try {
        await this.#task.save(cursor, ctx);
        this.progress.saved = cursor;
        this.#savedOnce = true;
      } catch (thrown) {
        const error = asSluiceError(thrown);
        if (!error.retry) throw error;
        this.progress.lastError = error.message;
        ctx.log.warn(
          { shard: this.#task.shard, code: error.code, reason: error.message },
          'the checkpoint could not be saved; trying again',
        );
      }
    };
    this.#saving = this.#saving.then(save, save);
    return this.#saving;
  }
}
