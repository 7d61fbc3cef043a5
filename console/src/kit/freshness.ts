export type Freshness = 'fresh' | 'slow' | 'late' | 'stopped';

/** Slow from 75 % of the allowed age, late beyond it, stopped from twice the allowed age (the bar's end). */
export function freshnessOf(ageMs: number, allowedMs: number): Freshness {
  if (ageMs >= allowedMs * 2) return 'stopped';
  if (ageMs > allowedMs) return 'late';
  if (ageMs > allowedMs * 0.75) return 'slow';
  return 'fresh';
}

export const FRESHNESS_COLOUR: Readonly<Record<Freshness, string>> = {
  fresh: 'var(--sl-accent)',
  slow: 'var(--sl-medium-fill)',
  late: 'var(--sl-high-fill)',
  stopped: 'var(--sl-crit-fill)',
};
