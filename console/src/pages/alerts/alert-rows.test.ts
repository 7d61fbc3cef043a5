import { describe, expect, it } from 'vitest';
import type { AlertBody, AlertGroup } from '../../../../src/api/rest/contract/alerts.ts';
import { cursorIn, flatRows, groupedRows, type GroupState } from './alert-rows.ts';

const group = (key: string, count: number): AlertGroup => ({
  key,
  title: key,
  severity: 'high',
  techniques: [],
  count,
  entityCount: 1,
  lastSeen: '2024-09-10T09:38:51.204Z',
  trend: [],
});
const alerts = (...ids: string[]) => ids.map((id) => ({ id }) as AlertBody);
const keys = (groups: AlertGroup[], state: Partial<GroupState>) =>
  groupedRows(groups, () => ({ open: true, whole: false, alerts: undefined, ...state })).map((row) => row.key);

describe('the lines of a grouped queue', () => {
  it('are the groups alone while they are closed', () => {
    expect(keys([group('a', 2), group('b', 1)], { open: false, alerts: alerts('1') })).toEqual(['group:a', 'group:b']);
  });

  it('say that an open group is waited for', () => {
    expect(keys([group('a', 2)], {})).toEqual(['group:a', 'waiting:a']);
  });

  it('show four alerts and how many more there are', () => {
    const rows = groupedRows([group('a', 7)], () => ({ open: true, whole: false, alerts: alerts('1', '2', '3', '4', '5', '6', '7') }));
    expect(rows.map((row) => row.kind)).toEqual(['group', 'alert', 'alert', 'alert', 'alert', 'more']);
    expect(rows.at(-1)).toMatchObject({ hidden: 3 });
  });

  it('do not hide a single alert behind a line', () => {
    expect(keys([group('a', 5)], { alerts: alerts('1', '2', '3', '4', '5') })).toHaveLength(6);
  });

  it('count what was not read as hidden, also when the group is shown whole', () => {
    const rows = groupedRows([group('a', 120)], () => ({ open: true, whole: true, alerts: alerts('1', '2') }));
    expect(rows.at(-1)).toMatchObject({ kind: 'more', hidden: 118 });
  });

  it('keep an alert that stands in two groups apart', () => {
    expect(new Set(keys([group('a', 1), group('b', 1)], { alerts: alerts('1') })).size).toBe(4);
  });
});

describe('the cursor', () => {
  const rows = flatRows(alerts('1', '2', '3'));
  it('stays on its line when others come or go', () => {
    expect(cursorIn(rows, 'alert::3', 0)).toBe(2);
  });
  it('moves to the line that took the place of one that left', () => {
    expect(cursorIn(rows, 'alert::gone', 1)).toBe(1);
    expect(cursorIn(rows, 'alert::gone', 9)).toBe(2);
    expect(cursorIn([], null, 4)).toBe(0);
  });
});
