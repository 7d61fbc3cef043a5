import type { RunContext } from '../core/context.ts';
import type { SluiceError } from '../core/errors.ts';
import type { ShardRange } from '../stream/stream.ts';

/** What one step did to one range: kept as the receipt (design D5). */
export interface RangeOutcome {
  readonly range: ShardRange;
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Set when the range could not be processed; it is recorded, tried again and shown, never skipped in silence. */
  readonly error: SluiceError | null;
  /** Who has the result, in words for people: `store: logs_12, 1,000 rows`. */
  readonly acknowledgement: string;
}

/**
 * A step after the stream: index, standardize, detect, ship, export. It reads ranges [from, to) of shards, does idempotent work and reports;
 * the runner moves the step's watermark with the result, never ahead of it.
 */
export interface RangeStep {
  /** `index`, `standardize`, `detect` … the name under which its watermark and receipts are kept. */
  readonly name: string;
  /** The step whose watermark bounds this one; null: the end of the stream. */
  readonly after: string | null;
  /** Same ranges again give the same rows: the runner repeats a range after a crash. Outcomes in the order of the ranges. */
  process(ranges: readonly ShardRange[], ctx: RunContext): Promise<readonly RangeOutcome[]>;
  /** Called when this process takes the step up (`own`), and now and then while another process has it: what was remembered may be out of date. */
  resume?(own: boolean, ctx: RunContext): Promise<void>;
}
