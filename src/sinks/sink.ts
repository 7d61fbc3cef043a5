import type { RunContext } from '../core/context.ts';
import type { LogEncoder, ShardOrigin } from './encode/log-encoder.ts';
import type { Delivery, RecordBatch } from './batch.ts';

/** One line of a preflight or a health check, in the order tried; the first that is not ok names the fault. */
export interface CheckStep {
  /** `dns`, `tcp`, `tls`, `token`, `permission`, `test event` … */
  readonly stage: string;
  readonly ok: boolean;
  /** For people: what was seen, and when not ok what to do. Never a secret. */
  readonly detail: string;
}

export interface SinkLimits {
  /** Encoded bytes at which a batch is sent. A single record may be larger than this. */
  readonly batchBytes: number;
  readonly batchRecords: number;
  /** A partly filled batch is sent after this. */
  readonly batchMs: number;
  /** Encoded size above which a record cannot be sent: it is cut or dead-lettered, as the encoder says. */
  readonly recordBytes: number;
  /** Batches on the way at once, all shards together. */
  readonly inFlight: number;
  /**
   * False: the receiver cannot tell a repeated record from a new one, so a shard has one batch on the way and its checkpoint is saved before the next one leaves:
   * a crash repeats one batch at most. True: each record carries its id and the receiver, or who asks it, drops repeats.
   */
  readonly deduplicates: boolean;
  /** True: a partly filled batch waits `batchMs` also at the end of the shard, because each batch costs there (an object of its own). */
  readonly lingers: boolean;
  /** True: a batch ends where a group of logs ends, so that one that a crash repeats begins where the one before it began. It may be larger than `batchBytes` by a group. */
  readonly wholeGroups: boolean;
}

/** Ships many events to one receiver. Does not retry: the shipper does, one policy for all sinks. */
export interface Sink {
  readonly kind: string;
  /** The receiver for people and receipts, without secrets. */
  readonly target: string;
  readonly limits: SinkLimits;
  /** Turns logs of a shard into this receiver's records; each shard worker asks for its own. */
  encoder(origin: ShardOrigin): LogEncoder;
  /**
   * Sends a batch and waits for what the receiver can confirm.
   * @throws sink.auth (stop and alarm), sink.unreachable and sink.busy (send all again later), sink.rejected (the receiver refuses the whole batch for good), aborted
   */
  send(batch: RecordBatch, ctx: RunContext): Promise<Delivery>;
  /** Tries the receiver step by step; with `testEvent` also delivers one marked event. Never throws: the answer is the report. */
  check(testEvent: boolean, ctx: RunContext): Promise<readonly CheckStep[]>;
  /** Drains and closes; twice is safe. */
  close(): Promise<void>;
}
