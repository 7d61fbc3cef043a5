import type { ReceiptsService } from '../api/rest/services.ts';
import type { LogIdentity } from '../api/rest/contract/base.ts';
import type { ReceiptStep } from '../api/rest/contract/operations.ts';
import type { LogstoreInfo } from '../control/catalog.ts';
import type { RunContext } from '../core/context.ts';
import { SluiceError, asSluiceError } from '../core/errors.ts';
import type { State } from '../state/state.ts';
import { cursorText } from '../state/tables/pipeline.ts';
import type { Stream } from '../stream/stream.ts';

/** The life of one log (design D5), of what each step left in the state. */
export class Receipts implements ReceiptsService {
  readonly #state: State;
  readonly #stream: Pick<Stream, 'bounds' | 'read'>;
  /** Steps in their order. */
  readonly #steps: readonly string[];

  constructor(state: State, stream: Pick<Stream, 'bounds' | 'read'>, steps: readonly string[]) {
    this.#state = state;
    this.#stream = stream;
    this.#steps = steps;
  }

  async of(logstore: LogstoreInfo, identity: LogIdentity, ctx: RunContext): Promise<readonly ReceiptStep[]> {
    const { shard } = identity;
    const cursor = BigInt(identity.cursor);
    const at = { logstore: logstore.id, shard };
    const missing = new SluiceError('request.not_found', `logstore ${logstore.name} has no group at ${shard}/${identity.cursor}`, {
      resource: 'log',
      ...identity,
    });
    let bounds;
    try {
      bounds = await this.#stream.bounds(at, ctx);
    } catch (thrown) {
      if (asSluiceError(thrown).code === 'stream.shard_missing') throw missing;
      throw thrown;
    }
    if (cursor >= bounds.end) throw missing;
    const text = cursorText(cursor);
    const [receipts, plans, marks, shipped] = await this.#state.read(
      async (db) =>
        Promise.all([
          db
            .selectFrom('step_receipts')
            .selectAll()
            .where('logstore', '=', at.logstore)
            .where('shard', '=', shard)
            .where('from_cursor', '<=', text)
            .where('to_cursor', '>', text)
            .execute(),
          db
            .selectFrom('step_plans')
            .selectAll()
            .where('logstore', '=', at.logstore)
            .where('shard', '=', shard)
            .where('from_cursor', '<=', text)
            .where('to_cursor', '>', text)
            .execute(),
          db.selectFrom('step_watermarks').selectAll().where('logstore', '=', at.logstore).where('shard', '=', shard).execute(),
          db
            .selectFrom('ship_receipts')
            .selectAll()
            .where('project', '=', logstore.project)
            .where('logstore', '=', logstore.name)
            .where('shard', '=', shard)
            .where('from_cursor', '<=', text)
            .where('to_cursor', '>', text)
            .orderBy('at_ms')
            .execute(),
        ]),
      ctx,
    );
    const kept = cursor >= bounds.begin;
    const [group] = kept ? (await this.#stream.read(at, cursor, { groups: 1, bytes: 1, waitMs: 0 }, ctx)).groups : [];
    if (group !== undefined && identity.index >= group.logs) throw missing;
    const received: ReceiptStep = {
      step: 'received',
      state: 'done',
      at: group === undefined ? null : iso(group.receivedMs),
      range: { from: identity.cursor, to: String(cursor + 1n) },
      rowsIn: null,
      rowsOut: null,
      error: '',
      acknowledgement: kept ? 'stream: on disk' : 'stream: past its retention; the log is in the store',
    };
    const steps = this.#steps.map((step): ReceiptStep => {
      const done = receipts.find((row) => row.step === step);
      const plan = plans.find((row) => row.step === step);
      const range = done ?? plan;
      // Receipts are kept for some weeks only; the watermark says that it was done all the same.
      const passed = marks.some((row) => row.step === step && row.cursor > text);
      const failed = done === undefined && plan !== undefined && plan.code !== '';
      return {
        step,
        state: done !== undefined || passed ? 'done' : failed ? 'failed' : 'pending',
        at: done === undefined ? null : iso(done.at_ms),
        range: range === undefined ? null : { from: String(BigInt(range.from_cursor)), to: String(BigInt(range.to_cursor)) },
        rowsIn: done?.rows_in ?? null,
        rowsOut: done?.rows_out ?? null,
        error: failed ? `${plan.code}: ${plan.message}` : '',
        acknowledgement: done?.acknowledgement ?? (passed ? 'done; the receipt is past its retention' : ''),
      };
    });
    const deliveries = shipped
      .filter((row) => holds(row, cursor, identity.index))
      .map((row): ReceiptStep => ({
        step: `ship:${row.task}`,
        state: 'done',
        at: iso(row.at_ms),
        range: { from: String(BigInt(row.from_cursor)), to: String(BigInt(row.to_cursor)) },
        rowsIn: row.records,
        rowsOut: row.records - row.dead_lettered,
        error: '',
        acknowledgement: `${row.target}: ${row.acknowledgement} (${row.bytes} bytes, ${row.attempts} attempts, ${row.dead_lettered} dead-lettered)`,
      }));
    return [received, ...steps, ...deliveries];
  }
}

/** Batches end within a group: of two that share one, only one holds the log. */
function holds(row: { readonly first_log: string; readonly last_log: string }, cursor: bigint, index: number): boolean {
  const [first, last] = [row.first_log, row.last_log].map((log) => log.split(':'));
  const before = first?.[0] === String(cursor) && index < Number(first[1]);
  const after = last?.[0] === String(cursor) && index > Number(last[1]);
  return !before && !after;
}

const iso = (ms: number): string => new Date(ms).toISOString();
