import { GroupReader } from '../../core/group-reader.ts';
import type { RecordBatch } from '../batch.ts';
import type { LogEncoder } from './log-encoder.ts';

/** Sizes to which values are cut, one after the other, until a record fits. */
const CAPS = [4096, 1024, 256, 64, 16] as const;
/** The whole value. */
export const NO_CAP = Number.MAX_SAFE_INTEGER;
/** No fields at all: only what says who the log is and that it was cut. */
export const BARE = -1;
/** What a record may be smaller than its log by, a content: protobuf has six bytes and more around a key and its value. */
const SAVED_PER_CONTENT = 8;

/** The walk that all encoders share: log after log until the group ends or the batch is full; a record over the receiver's limit has its values cut. */
export abstract class RecordEncoder implements LogEncoder {
  done = true;
  cut = 0;
  protected readonly reader = new GroupReader();
  readonly #recordBytes: number;

  constructor(recordBytes: number) {
    this.#recordBytes = recordBytes;
  }

  encode(
    bytes: Buffer,
    start: number,
    end: number,
    cursor: string,
    fromIndex: number,
    batch: RecordBatch,
    batchBytes: number,
    batchRecords: number,
  ): number {
    const { reader } = this;
    const group = bytes.subarray(start, end);
    reader.open(group);
    this.done = false;
    if (reader.logs > fromIndex) batch.cursors.push(cursor);
    this.openGroup(group, cursor);
    let index = 0;
    while (reader.nextLog()) {
      if (index++ < fromIndex) continue;
      if (batch.count > 0 && (batch.length >= batchBytes || batch.count >= batchRecords)) return index - 1;
      if (batch.count === 0) batch.firstTimeSec = Math.max(0, reader.timeSec);
      batch.rawBytes += reader.logBytes;
      batch.endRecord(this.#writeFitting(group, batch, cursor, index - 1), index - 1);
    }
    this.done = true;
    return index;
  }

  #writeFitting(group: Buffer, batch: RecordBatch, cursor: string, index: number): number {
    const { reader } = this;
    const start = batch.length;
    if (reader.logBytes <= this.#recordBytes + reader.contents * SAVED_PER_CONTENT) {
      batch.ensure(start, this.room(reader.logBytes));
      const at = this.write(group, batch.bytes, start, cursor, index, NO_CAP);
      if (at - start <= this.#recordBytes) return at;
    }
    this.cut++;
    for (const cap of CAPS) {
      reader.rewindContents();
      // Keys are not cut, and each value is at most `cap`.
      const most = Math.min(reader.logBytes, this.#keyBytes() + reader.contents * cap);
      if (most > this.#recordBytes * 8) continue;
      reader.rewindContents();
      batch.ensure(start, this.room(most));
      const at = this.write(group, batch.bytes, start, cursor, index, cap);
      if (at - start <= this.#recordBytes) return at;
    }
    reader.rewindContents();
    batch.ensure(start, this.room(0));
    return this.write(group, batch.bytes, start, cursor, index, BARE);
  }

  #keyBytes(): number {
    let sum = 0;
    while (this.reader.nextContent()) sum += this.reader.keyEnd - this.reader.keyStart;
    return sum;
  }

  /** A new group stands in the reader. */
  protected abstract openGroup(group: Buffer, cursor: string): void;
  /** Upper bound of the size of a record whose keys and values have `textBytes` in all; the reader stands on its log. */
  protected abstract room(textBytes: number): number;
  /** Writes the record of the log in the reader, each value up to `cap` bytes; answers its end. */
  protected abstract write(group: Buffer, out: Buffer, start: number, cursor: string, index: number, cap: number): number;
}
