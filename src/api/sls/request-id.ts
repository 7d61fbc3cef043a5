import { randomFillSync } from 'node:crypto';

/** One system call gives the randomness of many ids. */
const pool = Buffer.alloc(8 * 512);
let at = pool.length;

/** 24 upper-case hex digits as SLS writes them: the second, then 64 random bits. */
export function requestId(nowMs: number): string {
  if (at === pool.length) {
    randomFillSync(pool);
    at = 0;
  }
  const random = pool.toString('hex', at, at + 8);
  at += 8;
  return ((Math.floor(nowMs / 1000) >>> 0).toString(16).padStart(8, '0') + random).toUpperCase();
}
