/** What alerts did to events, for the count of it. */
export interface BuildReport {
  created: number;
  merged: number;
  reopened: number;
  split: number;
  suppressed: number;
  /** Alerts of the largest connected group that was looked at. */
  largestGroup: number;
}

export function emptyReport(): BuildReport {
  return { created: 0, merged: 0, reopened: 0, split: 0, suppressed: 0, largestGroup: 0 };
}
