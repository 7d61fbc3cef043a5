import type { AlertBody, AlertStatus, Verdict } from '../../../../src/api/rest/contract/alerts.ts';

/** What a person decides about alerts. */
export interface AlertChange {
  readonly status?: AlertStatus;
  readonly owner?: string | null;
  readonly verdict?: Verdict | null;
}

/** The values a change replaces, so that it can be taken back. */
export function beforeOf(alert: AlertBody, change: AlertChange): AlertChange {
  return {
    ...(change.status === undefined ? {} : { status: alert.status }),
    ...(change.owner === undefined ? {} : { owner: alert.owner }),
    ...(change.verdict === undefined ? {} : { verdict: alert.verdict }),
  };
}

/** Alerts that had the same values before: one change puts all of them back. */
export function sameBefore(
  alerts: readonly AlertBody[],
  change: AlertChange,
): readonly { readonly ids: readonly string[]; readonly before: AlertChange }[] {
  const groups = new Map<string, { ids: string[]; before: AlertChange }>();
  for (const alert of alerts) {
    const before = beforeOf(alert, change);
    const key = JSON.stringify(before);
    const group = groups.get(key) ?? { ids: [], before };
    group.ids.push(alert.id);
    groups.set(key, group);
  }
  return [...groups.values()];
}
