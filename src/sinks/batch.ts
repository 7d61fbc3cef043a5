import type { SluiceError } from '../core/errors.ts';

/**
 * Encoded records, back to back in one growing buffer, each with the place of its log: what a sink sends. The hot path appends bytes and makes no object per log.
 * A batch belongs to one shard.
 */
export class RecordBatch {
  /** Record bytes; [0, length) is filled. */
  bytes: Buffer;
  length = 0;
  /** Number of finished records. */
  count = 0;
  /** End offset of each record. */
  ends: Uint32Array;
  /** Ordinal of each record's group within the batch: its cursor is `cursors[ordinal]`. */
  groups: Uint32Array;
  /** Index of each record within its group. */
  indexes: Uint32Array;
  /** Cursor of each group that has a record here, decimal text. */
  cursors: string[] = [];
  /** Shard that the logs are of. */
  readonly shard: number;
  /** Raw bytes of the logs encoded: protobuf size before compression. */
  rawBytes = 0;
  /** Log time of the first record, Unix s. */
  firstTimeSec = 0;

  constructor(shard: number, capacityBytes: number, capacityRecords = 4096) {
    this.shard = shard;
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes);
    this.ends = new Uint32Array(capacityRecords);
    this.groups = new Uint32Array(capacityRecords);
    this.indexes = new Uint32Array(capacityRecords);
  }

  /** Makes room for `more` bytes beyond `at` and answers the (possibly new) buffer. */
  ensure(at: number, more: number): Buffer {
    const need = at + more;
    if (need > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(need, this.bytes.length * 2));
      this.bytes.copy(grown, 0, 0, at);
      this.bytes = grown;
    }
    return this.bytes;
  }

  /** Ends a record whose bytes were written in [length, end). */
  endRecord(end: number, index: number): void {
    if (this.count === this.ends.length) this.#growRecords();
    this.ends[this.count] = end;
    this.groups[this.count] = this.cursors.length - 1;
    this.indexes[this.count] = index;
    this.count++;
    this.length = end;
  }

  /** First byte of a record. */
  startOf(record: number): number {
    return record === 0 ? 0 : this.ends[record - 1]!;
  }

  /** Bytes of one record; a view. */
  record(record: number): Buffer {
    return this.bytes.subarray(this.startOf(record), this.ends[record]!);
  }

  /** Bytes of all records; a view. */
  all(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /** `<cursor>:<index>` of a record's log: with logstore and shard its identity for life. */
  identity(record: number): string {
    return `${this.cursors[this.groups[record]!]}:${this.indexes[record]}`;
  }

  /** A new batch of only the records that `keep` holds true for; for sending again. */
  select(keep: (record: number) => boolean): RecordBatch {
    const chosen = new RecordBatch(this.shard, Math.max(1024, this.length), Math.max(16, this.count));
    chosen.firstTimeSec = this.firstTimeSec;
    let lastGroup = -1;
    for (let record = 0; record < this.count; record++) {
      if (!keep(record)) continue;
      const group = this.groups[record]!;
      if (group !== lastGroup) {
        chosen.cursors.push(this.cursors[group]!);
        lastGroup = group;
      }
      const start = this.startOf(record);
      const end = this.ends[record]!;
      this.bytes.copy(chosen.bytes, chosen.length, start, end);
      chosen.endRecord(chosen.length + end - start, this.indexes[record]!);
    }
    return chosen;
  }

  /** Empties the batch, keeping its memory. */
  clear(): void {
    this.length = 0;
    this.count = 0;
    this.cursors = [];
    this.rawBytes = 0;
  }

  #growRecords(): void {
    const grow = (old: Uint32Array): Uint32Array => {
      const grown = new Uint32Array(old.length * 2);
      grown.set(old);
      return grown;
    };
    this.ends = grow(this.ends);
    this.groups = grow(this.groups);
    this.indexes = grow(this.indexes);
  }
}

/** What became of each record of a batch. A 200 whose body names failures is not success. */
export interface Delivery {
  /** Per record: 0 send again, 1 delivered, 2 refused for good. Null: all were delivered. */
  readonly outcome: Uint8Array | null;
  /** Why, for records with outcome 2. */
  readonly refusals: ReadonlyMap<number, SluiceError>;
  /** Who acknowledged, in words for the receipt: `splunk ack 17 on channel …`, `peer closed after reading`. */
  readonly acknowledgement: string;
}

export const ALL_DELIVERED = null;
export const NO_REFUSALS: ReadonlyMap<number, SluiceError> = new Map();
