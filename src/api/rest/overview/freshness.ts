import type { CloudName } from '../contract/base.ts';
import type { LogstoreFreshness } from '../contract/overview.ts';

/** Buckets with logs that it takes to know a rhythm. */
const ENOUGH = 10;
/** A silence this much longer than the longest known one counts. */
const FACTOR = 3;
/** Shorter ones are only the noise of the buckets. */
const LEAST_SEC = 60;

/**
 * Age of the newest log at which a logstore counts as late, learned from its own past: three times the longest pause between logs within the period.
 * Null: too few logs to know.
 */
export function allowedAgeSec(received: readonly number[], bucketSec: number): number | null {
  const filled = received.flatMap((count, i) => (count > 0 ? [i] : []));
  if (filled.length < ENOUGH) return null;
  const longest = filled.reduce((most, at, i) => Math.max(most, at - (filled[i - 1] ?? at)), 1);
  return Math.max(LEAST_SEC, longest * bucketSec * FACTOR);
}

/** Slow from three quarters of the allowed age on, late beyond it, silent from twice of it. */
export function ageState(ageSec: number | null, allowedSec: number | null): LogstoreFreshness['state'] {
  if (ageSec === null) return 'empty';
  if (allowedSec === null) return 'fresh';
  if (ageSec >= allowedSec * 2) return 'silent';
  if (ageSec > allowedSec) return 'late';
  return ageSec > allowedSec * 0.75 ? 'slow' : 'fresh';
}

const WORDS: readonly (readonly [CloudName, RegExp])[] = [
  ['alibaba', /\b(ali|alibaba|aliyun|actiontrail|sas|aegis)\b/],
  ['tencent', /\b(tx|tencent|qcloud|cls|ckafka)\b/],
  ['huawei', /\b(hw|huawei|lts|obs)\b/],
  ['aws', /\b(aws|amazon|cloudtrail|guardduty)\b/],
  ['azure', /\b(az|azure|entra)\b/],
  ['google', /\b(gcp|google)\b/],
];

/** Which cloud a logstore's logs are of, by the words of its name; `other` when it does not say. */
export function cloudOfName(name: string): CloudName {
  const words = name.toLowerCase().replaceAll(/[-_]/g, ' ');
  return WORDS.find(([, pattern]) => pattern.test(words))?.[0] ?? 'other';
}
