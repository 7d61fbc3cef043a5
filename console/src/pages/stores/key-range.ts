import type { Shard } from '../../../../src/api/rest/contract/logstores.ts';

/** Hash keys are 128 bit; the first eight hex digits place them exactly enough for a bar. */
const DIGITS = 8;
const SPACE = 16 ** DIGITS;

/** The share of the key space a shard covers, 0 to 1. The last end key (all f) is the end of the space. */
export function rangeOf(shard: Pick<Shard, 'beginKey' | 'endKey'>): { readonly from: number; readonly to: number } {
  const at = (key: string) => Number.parseInt(key.slice(0, DIGITS), 16) / SPACE;
  return { from: at(shard.beginKey), to: /^f+$/u.test(shard.endKey) ? 1 : at(shard.endKey) };
}

/** The shard that a merge would join: writable, and starting where this one ends. */
export function rightNeighbour(shard: Shard, all: readonly Shard[]): Shard | undefined {
  return all.find((other) => other.status === 'readwrite' && other.shard !== shard.shard && other.beginKey === shard.endKey);
}
