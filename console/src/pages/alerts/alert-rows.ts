import type { AlertBody, AlertGroup } from '../../../../src/api/rest/contract/alerts.ts';

/** Alerts of an open group shown before the reader asks for the rest. */
export const SHORT_GROUP = 4;

/** A line of the queue. `key` stays the same while the list changes around it. */
export type QueueRow =
  | { readonly kind: 'group'; readonly key: string; readonly group: AlertGroup; readonly open: boolean }
  | { readonly kind: 'alert'; readonly key: string; readonly alert: AlertBody; readonly group: string | null }
  | { readonly kind: 'more'; readonly key: string; readonly group: AlertGroup; readonly hidden: number }
  | { readonly kind: 'waiting'; readonly key: string };

/** What is known of a group's alerts; undefined: not asked or not answered yet. */
export interface GroupState {
  readonly open: boolean;
  readonly whole: boolean;
  readonly alerts: readonly AlertBody[] | undefined;
}

/** The lines of a grouped queue: each group, and below an open one its newest alerts. */
export function groupedRows(groups: readonly AlertGroup[], stateOf: (key: string) => GroupState): readonly QueueRow[] {
  return groups.flatMap((group): QueueRow[] => {
    const { open, whole, alerts } = stateOf(group.key);
    const head: QueueRow = { kind: 'group', key: `group:${group.key}`, group, open };
    if (!open) return [head];
    if (alerts === undefined) return [head, { kind: 'waiting', key: `waiting:${group.key}` }];
    // One more than the short list is shown rather than hidden behind a line of its own.
    const shown = whole || alerts.length <= SHORT_GROUP + 1 ? alerts : alerts.slice(0, SHORT_GROUP);
    const hidden = Math.max(group.count, alerts.length) - shown.length;
    return [
      head,
      ...shown.map((alert): QueueRow => ({ kind: 'alert', key: `alert:${group.key}:${alert.id}`, alert, group: group.key })),
      ...(hidden > 0 ? [{ kind: 'more', key: `more:${group.key}`, group, hidden } as const] : []),
    ];
  });
}

export function flatRows(alerts: readonly AlertBody[]): readonly QueueRow[] {
  return alerts.map((alert) => ({ kind: 'alert', key: `alert::${alert.id}`, alert, group: null }));
}

/** Where the cursor stands after the list changed: on the same line, or on the one that took its place. */
export function cursorIn(rows: readonly QueueRow[], key: string | null, before: number): number {
  const at = rows.findIndex((row) => row.key === key);
  return at >= 0 ? at : Math.max(0, Math.min(before, rows.length - 1));
}
