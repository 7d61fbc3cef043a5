import type { RecordBatch } from '../batch.ts';

/** What is shipped. */
export interface LogstoreOrigin {
  readonly project: string;
  readonly logstore: string;
}

/** Where a log comes from: part of every record's id. */
export interface ShardOrigin extends LogstoreOrigin {
  readonly shard: number;
}

/**
 * Writes the logs of a LogGroup as records of one receiver's format, byte to byte. One instance per shard worker: it keeps caches of keys it has seen
 * (which keys come in which order barely changes from log to log).
 */
export interface LogEncoder {
  /**
   * Appends records for the logs of the LogGroup protobuf at `bytes[start, end)`, from log `fromIndex` on, until the group ends or the batch holds `batchBytes` or `batchRecords`.
   * Answers the index of the first log not encoded; `done` tells whether the group has more.
   * @throws group.malformed
   */
  encode(
    bytes: Buffer,
    start: number,
    end: number,
    cursor: string,
    fromIndex: number,
    batch: RecordBatch,
    batchBytes: number,
    batchRecords: number,
  ): number;
  /** Whether the last call reached the end of its group. */
  readonly done: boolean;
  /** Logs whose record had to be cut to the receiver's size limit, so far. */
  readonly cut: number;
}
