import type { RunContext } from '../core/context.ts';
import type { State } from '../state/state.ts';
import { cursorText } from '../state/tables/pipeline.ts';
import type { ReceiptLog, ShipReceipt } from './ship-report.ts';

/** Receipts of a shipping task in the state database, where `/receipts` finds them. */
export class StateReceipts implements ReceiptLog {
  readonly #state: State;
  readonly #task: string;

  constructor(state: State, task: string) {
    this.#state = state;
    this.#task = task;
  }

  async write(receipt: ShipReceipt, ctx: RunContext): Promise<void> {
    const { project, logstore, shard, first, last, records, bytes, attempts, deadLettered, target, acknowledgement, atMs } = receipt;
    const row = {
      task: this.#task,
      project,
      logstore,
      shard,
      from_cursor: cursorText(groupOf(first)),
      to_cursor: cursorText(groupOf(last) + 1n),
      first_log: first,
      last_log: last,
      records,
      bytes,
      attempts,
      dead_lettered: deadLettered,
      target,
      acknowledgement,
      at_ms: atMs,
    };
    await this.#state.transact((db) => db.insertInto('ship_receipts').values(row).execute(), ctx);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** `<cursor>:<index>`; with a query `<page cursor>+<ordinal>:<index>`, of which the page is known. */
const groupOf = (identity: string): bigint => BigInt(/^\d+/.exec(identity)?.[0] ?? '0');
