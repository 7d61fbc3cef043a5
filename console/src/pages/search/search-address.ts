import { DEFAULT_RANGE, parseRange } from './time-range.ts';

/** Everything a search is, in its address: sending the address sends the search. */
export interface SearchAddress {
  readonly q?: string | undefined;
  /** `project/logstore`. */
  readonly store?: string | undefined;
  readonly range?: string | undefined;
  /** Chosen columns, comma separated; absent: the page chooses. */
  readonly cols?: string | undefined;
  readonly tab?: 'logs' | 'results' | 'chart' | undefined;
  readonly view?: 'table' | 'lines' | 'json' | undefined;
  /** A log shown above the rows: `shard.cursor.index`. */
  readonly log?: string | undefined;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;

function oneOf<T extends string>(value: unknown, known: readonly T[]): T | undefined {
  return known.find((item) => item === value);
}

/** Keeps what it understands; a damaged address opens the page with the rest. */
export function readSearchAddress(given: Record<string, unknown>): SearchAddress {
  const range = text(given['range']);
  const log = text(given['log']);
  return {
    q: text(given['q']),
    store: text(given['store']),
    range: range !== undefined && parseRange(range) ? range : undefined,
    cols: text(given['cols']),
    tab: oneOf(given['tab'], ['logs', 'results', 'chart']),
    view: oneOf(given['view'], ['table', 'lines', 'json']),
    log: log !== undefined && /^\d+\.\d+\.\d+$/u.test(log) ? log : undefined,
  };
}

export function rangeOf(address: SearchAddress) {
  return parseRange(address.range ?? DEFAULT_RANGE) ?? { kind: 'relative' as const, ms: 3_600_000 };
}

export interface LogAddress {
  readonly project: string;
  readonly logstore: string;
  readonly shard: number;
  readonly cursor: string;
  readonly index: number;
}

/** Address of one log in the search, five minutes around its time when that is known. */
export function addressOfLog(log: LogAddress, timeIso: string | null): SearchAddress {
  const at = timeIso === null ? Number.NaN : Date.parse(timeIso);
  return {
    q: '*',
    store: `${log.project}/${log.logstore}`,
    log: `${log.shard}.${log.cursor}.${log.index}`,
    range: Number.isNaN(at) ? undefined : `${new Date(at - 300_000).toISOString()}~${new Date(at + 300_000).toISOString()}`,
  };
}
