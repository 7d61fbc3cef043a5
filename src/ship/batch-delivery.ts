import { asSluiceError, SluiceError } from '../core/errors.ts';
import { backoffMs, type RetryPolicy } from '../core/retry.ts';
import type { RunContext } from '../core/context.ts';
import type { RecordBatch } from '../sinks/batch.ts';
import type { Sink } from '../sinks/sink.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { ReceiptLog, ShardProgress, ShipTotals } from './ship-report.ts';

export interface DeliveryParts {
  readonly sink: Sink;
  readonly deadLetters: DeadLetters;
  readonly receipts: ReceiptLog;
  readonly totals: ShipTotals;
}

export interface DeliveryPlace {
  readonly project: string;
  readonly logstore: string;
  readonly shard: number;
}

export interface DeliveryOptions {
  readonly retry: RetryPolicy;
  /** A receiver that took logs before and refuses our credentials now is asked again for so long, then the shipper stops: tokens are renewed by hand. */
  readonly authPatienceMs: number;
}

/** Pause between tries while the receiver refuses our credentials: an account must not be locked by them. */
const AUTH_PAUSE_MS = 15_000;

interface Tally {
  attempts: number;
  dead: number;
  acknowledgement: string;
}

/** Brings batches to the receiver: the one retry policy of all sinks. What the receiver refuses for good goes to the dead letters. */
export class BatchDelivery {
  readonly #parts: DeliveryParts;
  readonly #place: DeliveryPlace;
  readonly #options: DeliveryOptions;
  readonly #progress: ShardProgress;

  constructor(parts: DeliveryParts, place: DeliveryPlace, options: DeliveryOptions, progress: ShardProgress) {
    this.#parts = parts;
    this.#place = place;
    this.#options = options;
    this.#progress = progress;
  }

  /** Sends a batch until each record is delivered or dead-lettered, and leaves the receipt. @throws sink.auth and other errors no retry mends; aborted */
  async deliver(batch: RecordBatch, ctx: RunContext): Promise<void> {
    const tally: Tally = { attempts: 0, dead: 0, acknowledgement: '' };
    await this.#sendAll(batch, tally, ctx);
    try {
      await this.#parts.receipts.write(
        {
          ...this.#place,
          first: batch.identity(0),
          last: batch.identity(batch.count - 1),
          records: batch.count,
          bytes: batch.length,
          attempts: tally.attempts,
          deadLettered: tally.dead,
          target: this.#parts.sink.target,
          acknowledgement: tally.acknowledgement,
          atMs: ctx.clock.nowMs(),
        },
        ctx,
      );
    } catch (thrown) {
      // The logs are delivered: sending them again for the sake of a receipt would be worse than a receipt that is missing and said to be.
      const error = asSluiceError(thrown);
      ctx.log.error(
        { shard: this.#place.shard, first: batch.identity(0), code: error.code, reason: error.message },
        'a receipt could not be kept',
      );
    }
  }

  /** A record that was never sent because it could not be made, kept with the bytes it should have been made of. */
  async buryRaw(identity: string, error: SluiceError, record: Buffer, ctx: RunContext): Promise<void> {
    await this.#write([{ ...this.#place, identity, target: this.#parts.sink.target, error, record }], ctx);
  }

  async #sendAll(whole: RecordBatch, tally: Tally, ctx: RunContext): Promise<void> {
    const { sink, totals } = this.#parts;
    let batch = whole;
    let failures = 0;
    let refusedSinceMs = -1;
    while (batch.count > 0) {
      tally.attempts++;
      try {
        const { outcome, refusals, acknowledgement } = await sink.send(batch, ctx);
        tally.acknowledgement = acknowledgement;
        this.#progress.lastError = '';
        refusedSinceMs = -1;
        if (outcome === null) {
          totals.delivered += batch.count;
          totals.sentBytes += batch.length;
          return;
        }
        const before = batch.count;
        batch = await this.#settle(batch, outcome, refusals, tally, ctx);
        if (batch.count === 0) return;
        totals.retries++;
        // The receiver takes some and asks for the rest again: a pause only when it took nothing.
        failures = batch.count < before ? 0 : failures + 1;
        if (failures > 0) await ctx.clock.sleep(backoffMs(failures, this.#options.retry), ctx.signal);
      } catch (thrown) {
        const error = asSluiceError(thrown);
        if (error.code === 'aborted') throw error;
        this.#progress.lastError = error.message;
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
        const nowMs = ctx.clock.elapsedMs();
        if (error.code === 'sink.auth') {
          if (refusedSinceMs < 0) refusedSinceMs = nowMs;
          if (totals.delivered === 0 || nowMs - refusedSinceMs >= this.#options.authPatienceMs) throw error;
        } else if (!error.retry) throw error;
        totals.retries++;
        const askedMs = error.code === 'sink.auth' ? AUTH_PAUSE_MS : Number(error.details.retryAfterSec ?? 0) * 1000;
        ctx.log.warn({ shard: this.#place.shard, code: error.code, reason: error.message, failures }, 'delivery failed; trying again');
        await ctx.clock.sleep(Math.max(askedMs, backoffMs(failures++, this.#options.retry)), ctx.signal);
      }
    }
  }

  /** Counts what was delivered, buries what was refused; answers what is to be sent again. */
  async #settle(
    batch: RecordBatch,
    outcome: Uint8Array,
    refusals: ReadonlyMap<number, SluiceError>,
    tally: Tally,
    ctx: RunContext,
  ): Promise<RecordBatch> {
    const { totals } = this.#parts;
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
    return batch.select((record) => outcome[record] === 0);
  }

  async #bury(batch: RecordBatch, records: readonly number[], why: (record: number) => SluiceError, ctx: RunContext): Promise<void> {
    if (records.length === 0) return;
    const letters = records.map((record) => ({
      ...this.#place,
      identity: batch.identity(record),
      target: this.#parts.sink.target,
      error: why(record),
      record: Buffer.from(batch.record(record)),
    }));
    await this.#write(letters, ctx);
  }

  /** Dead letters are durable before anything moves on; trying goes on until they are. */
  async #write(letters: Parameters<DeadLetters['write']>[0], ctx: RunContext): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#parts.deadLetters.write(letters, ctx);
        this.#parts.totals.deadLettered += letters.length;
        return;
      } catch (thrown) {
        const error = asSluiceError(thrown);
        if (error.code === 'aborted' || !error.retry) throw error;
        ctx.log.error(
          { shard: this.#place.shard, code: error.code, reason: error.message },
          'dead letters could not be written; trying again',
        );
        await ctx.clock.sleep(backoffMs(attempt, this.#options.retry), ctx.signal);
      }
    }
  }
}
