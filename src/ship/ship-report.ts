import type { RunContext } from '../core/context.ts';

/** What a shipper has done; `read = delivered + filtered + deadLettered + on the way`. Counts are logs. */
export interface ShipTotals {
  read: number;
  delivered: number;
  /** Dropped by the SPL query on the server. */
  filtered: number;
  deadLettered: number;
  /** Sends that had to be repeated. */
  retries: number;
  /** Raw bytes of the logs read, before compression. */
  bytes: number;
  /** Encoded bytes the receivers acknowledged. */
  sentBytes: number;
  /** Delivered records that hold less than their log, because the receiver's size limit is smaller; their id leads to the whole log. */
  cut: number;
}

export function emptyTotals(): ShipTotals {
  return { read: 0, delivered: 0, filtered: 0, deadLettered: 0, retries: 0, bytes: 0, sentBytes: 0, cut: 0 };
}

/** The receipt of one batch: which range it held, and who acknowledged it when. */
export interface ShipReceipt {
  readonly project: string;
  readonly logstore: string;
  readonly shard: number;
  /** `<cursor>:<index>` of the first and the last record. */
  readonly first: string;
  readonly last: string;
  readonly records: number;
  readonly bytes: number;
  readonly attempts: number;
  readonly deadLettered: number;
  readonly target: string;
  readonly acknowledgement: string;
  /** Unix ms. */
  readonly atMs: number;
}

/** Where receipts go: the state database inside the server, a file beside `sluice ship`. */
export interface ReceiptLog {
  write(receipt: ShipReceipt, ctx: RunContext): Promise<void>;
  close(): Promise<void>;
}

/** How far a shard is; for progress bars, metrics and the console. */
export interface ShardProgress {
  readonly shard: number;
  /** Cursor below which everything is delivered. */
  checkpoint: string;
  /** Cursor below which everything is delivered and the service knows it. */
  saved: string;
  /** Seconds between now and the receive time of the last page read; 0 at the end. */
  lagSec: number;
  atEnd: boolean;
  /** Batches on the way. */
  inFlight: number;
  lastError: string;
}
