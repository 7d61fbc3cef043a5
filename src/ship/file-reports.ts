import { isUtf8 } from 'node:buffer';
import type { RunContext } from '../core/context.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import { LineFile } from './line-file.ts';
import type { ReceiptLog, ShipReceipt } from './ship-report.ts';

/** Receipts are 300 bytes a batch: some 200,000 batches, and as many in the file before. */
const RECEIPT_BYTES = 64 * 1024 * 1024;

/** One line of a dead-letter file. */
export interface LetterLine {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly project: string;
  readonly logstore: string;
  readonly shard: number;
  /** `<cursor>:<index>` */
  readonly identity: string;
  readonly target: string;
  readonly code: string;
  readonly reason: string;
  /** The record as it was sent; `recordBase64` when it is not UTF-8. */
  readonly record?: string;
  readonly recordBase64?: string;
}

/** Dead letters of a shipper that runs apart: a file of JSON lines, on the disk before the checkpoint moves past them. */
export class FileDeadLetters implements DeadLetters {
  readonly #file: LineFile;

  constructor(path: string) {
    this.#file = new LineFile(path);
  }

  async write(letters: readonly DeadLetter[], ctx: RunContext): Promise<void> {
    const at = new Date(ctx.clock.nowMs()).toISOString();
    await this.#file.append(
      letters.map(({ project, logstore, shard, identity, target, error, record }): LetterLine => ({
        at,
        project,
        logstore,
        shard,
        identity,
        target,
        code: error.code,
        reason: error.message,
        ...(isUtf8(record) ? { record: record.toString('utf8') } : { recordBase64: record.toString('base64') }),
      })),
      true,
    );
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Receipts of a shipper that runs apart: JSON lines, one a batch; not synced, since what they say can be asked of the receiver. */
export class FileReceipts implements ReceiptLog {
  readonly #file: LineFile;

  constructor(path: string) {
    this.#file = new LineFile(path, RECEIPT_BYTES);
  }

  async write(receipt: ShipReceipt): Promise<void> {
    const { atMs, ...facts } = receipt;
    await this.#file.append([{ at: new Date(atMs).toISOString(), ...facts }], false);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
