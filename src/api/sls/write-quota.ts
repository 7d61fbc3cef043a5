import { shardKey, type ShardRef } from '../../stream/stream.ts';

/**
 * How much each shard may still take: a bucket that fills with the quota each second and holds one second of it. A write is let in while the bucket is not
 * empty, however large it is, and what it owes is waited for: a group larger than the quota would never get in otherwise.
 */
export class WriteQuota {
  readonly bytesPerSec: number;
  readonly #buckets = new Map<string, { left: number; atMs: number }>();

  constructor(bytesPerSec: number) {
    this.bytesPerSec = bytesPerSec;
  }

  /** Takes raw bytes off the shard's bucket; false, and nothing taken, when it is empty. @param nowMs monotonic */
  take(at: ShardRef, rawBytes: number, nowMs: number): boolean {
    const key = shardKey(at);
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      this.#buckets.set(key, { left: this.bytesPerSec - rawBytes, atMs: nowMs });
      return true;
    }
    bucket.left = Math.min(this.bytesPerSec, bucket.left + ((nowMs - bucket.atMs) / 1000) * this.bytesPerSec);
    bucket.atMs = nowMs;
    if (bucket.left <= 0) return false;
    bucket.left -= rawBytes;
    return true;
  }
}
