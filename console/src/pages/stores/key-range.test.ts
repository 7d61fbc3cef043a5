import { expect, test } from 'vitest';
import type { Shard } from '../../../../src/api/rest/contract/logstores.ts';
import { rangeOf, rightNeighbour } from './key-range.ts';

const shard = (number: number, beginKey: string, endKey: string, status: Shard['status'] = 'readwrite'): Shard => ({
  shard: number,
  status,
  beginKey,
  endKey,
  parents: [],
  createdAt: '2024-09-10T09:38:51.204Z',
  begin: '0',
  end: '0',
  bytes: 0,
  newestAt: null,
});
const ZERO = '0'.repeat(32);
const HALF = `8${'0'.repeat(31)}`;
const FULL = 'f'.repeat(32);

test('a range is a share of the key space, the last one reaches its end', () => {
  expect(rangeOf(shard(0, ZERO, HALF))).toEqual({ from: 0, to: 0.5 });
  expect(rangeOf(shard(1, HALF, FULL))).toEqual({ from: 0.5, to: 1 });
});

test('the right neighbour starts where a shard ends and takes logs; the last shard has none', () => {
  const old = shard(2, HALF, FULL, 'readonly');
  const left = shard(0, ZERO, HALF);
  const right = shard(1, HALF, FULL);
  expect(rightNeighbour(left, [left, old, right])?.shard).toBe(1);
  expect(rightNeighbour(left, [left, old])).toBeUndefined();
  expect(rightNeighbour(right, [left, old, right])).toBeUndefined();
});
