import { FRESHNESS_COLOUR, freshnessOf } from './freshness.ts';

/** Age against the allowed age: the tick is 100 %, the bar ends at 200 %. */
export function FreshnessBar({
  ageMs,
  allowedMs,
  width = 88,
}: {
  readonly ageMs: number;
  readonly allowedMs: number;
  readonly width?: number;
}) {
  const filled = Math.max(2.5, Math.min(1, ageMs / (allowedMs * 2)) * width);
  return (
    <svg width={width} height="12" aria-hidden="true" style={{ flex: 'none' }}>
      <rect y="4" width={width} height="4" rx="2" fill="var(--sl-track)" />
      <rect y="4" width={filled} height="4" rx="2" fill={FRESHNESS_COLOUR[freshnessOf(ageMs, allowedMs)]} />
      <rect x={width / 2 - 0.5} y="1" width="1" height="10" fill="var(--sl-text3)" />
    </svg>
  );
}
