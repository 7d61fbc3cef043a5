/** The hash key space of shards: 128-bit numbers as 32 lower-case hex digits (sls-api §5.1). */
const SPACE = 1n << 128n;
export const FIRST_KEY = '0'.repeat(32);
/** End of the last shard; written exclusive, meant inclusive. */
export const LAST_KEY = 'f'.repeat(32);

const hex = (value: bigint): string => value.toString(16).padStart(32, '0');
const exclusive = (endKey: string): bigint => (endKey === LAST_KEY ? SPACE : BigInt(`0x${endKey}`));
const written = (end: bigint): string => (end >= SPACE ? LAST_KEY : hex(end));

export interface KeyRange {
  readonly beginKey: string;
  readonly endKey: string;
}

/** Splits a range into `parts` ranges of even size; the boundaries are begin + size * i / parts, rounded down. */
export function evenRanges(range: KeyRange, parts: number): KeyRange[] {
  const begin = BigInt(`0x${range.beginKey}`);
  const size = exclusive(range.endKey) - begin;
  const boundary = (i: number): bigint => begin + (size * BigInt(i)) / BigInt(parts);
  return Array.from({ length: parts }, (_, i) => ({ beginKey: hex(boundary(i)), endKey: written(boundary(i + 1)) }));
}

/** A hash key as 32 lower-case hex digits: short ones are padded with 0 on the right (sls-api §3.1). Null: not hex, or too long. */
export function normalKey(text: string): string | null {
  return /^[0-9a-fA-F]{1,32}$/.test(text) ? text.toLowerCase().padEnd(32, '0') : null;
}

/** Whether a normal key lies in the range. */
export function inRange(key: string, range: KeyRange): boolean {
  return key >= range.beginKey && (key < range.endKey || range.endKey === LAST_KEY);
}

/** Whether a normal key cuts the range into two that are not empty. */
export function strictlyInside(key: string, range: KeyRange): boolean {
  return key > range.beginKey && key < range.endKey;
}
