import { SluiceError, type ErrorCode } from '../../core/errors.ts';
import type { QueryLimits } from '../store.ts';

/** What the statement was, as far as its errors need it. */
export interface Asked {
  readonly kind: 'insert' | 'command' | 'read';
  readonly limits: QueryLimits;
}

const TIMEOUT = new Set([159, 160]);
const ROWS = new Set([158, 307, 396]);
const MEMORY = 241;
const NO_SPACE = 243;
const CANCELLED = 394;
/** Refused users and passwords: unknown user, wrong or required password, authentication failed. */
const REFUSED = new Set([192, 193, 194, 516]);
/** The server is starting, shutting down, overloaded or without its coordination service: 202 too many queries, 210/209 network, 236 aborted, 242 read-only table, 252 too many parts, 279, 319, 999. */
const PASSING = new Set([202, 209, 210, 236, 242, 252, 279, 319, 999]);

/** The engine's own words without their frame: `Code: 47. DB::Exception: …. (NAME) (version …)` → `…`. */
export function engineMessage(text: string): string {
  return text
    .replace(/^.*?DB::Exception: /s, '')
    .replace(/\s*\(version [^)]*\)\s*$/, '')
    .replace(/\s*\([A-Z0-9_]{3,}\)\s*$/, '')
    .trim();
}

/** Number of the engine's error in its text; null: the text is none of the engine. */
export function engineCode(text: string): number | null {
  const found = /Code: (\d+)\. DB::/.exec(text);
  return found === null ? null : Number(found[1]);
}

/** An error of the engine as one of ours; details.clickhouseCode is always there. */
export function storeError(code: number, text: string, asked: Asked): SluiceError {
  const message = engineMessage(text);
  const make = (of: ErrorCode, say: string, details: Record<string, unknown> = {}): SluiceError =>
    new SluiceError(of, say, { clickhouseCode: code, ...details });
  const { limits, kind } = asked;
  if (code === NO_SPACE || /No space left on device|errno: 28\b|Cannot reserve .* not enough space/i.test(text))
    return make('store.full', `the disk of the store is full: ${message}`);
  if (PASSING.has(code)) return make('store.unavailable', `the store cannot take the statement now: ${message}`);
  // An insert has no limit of its own: the engine as a whole is short of memory, and that passes.
  if (code === MEMORY && kind === 'insert') return make('store.unavailable', `the store is short of memory: ${message}`);
  if (TIMEOUT.has(code))
    return make('store.timeout', `the query ran longer than its limit of ${limits.maxSec} s`, { limitSec: limits.maxSec });
  if (code === MEMORY)
    return make('store.memory', `the query needed more memory than its limit of ${limits.maxMemoryBytes} bytes: ${message}`, {
      limitBytes: limits.maxMemoryBytes,
    });
  if (ROWS.has(code)) {
    const read = code === 158;
    const limitRows = read ? (limits.maxRowsToRead ?? limits.maxResultRows) : limits.maxResultRows;
    return make('store.rows', `the query ${read ? 'read' : 'returned'} more rows than its limit of ${limitRows}`, { limitRows });
  }
  if (REFUSED.has(code)) return make('store.query', 'the store refused user or password');
  if (code === CANCELLED) return make('store.query', 'the query was cancelled on the engine');
  return make('store.query', message === '' ? `the engine refused the statement with error ${code}` : message);
}
