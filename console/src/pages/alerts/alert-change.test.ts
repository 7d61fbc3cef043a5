import { describe, expect, it } from 'vitest';
import type { AlertBody } from '../../../../src/api/rest/contract/alerts.ts';
import { beforeOf, sameBefore } from './alert-change.ts';

const alert = (id: string, status: AlertBody['status'], owner: string | null = null) => ({ id, status, owner, verdict: null }) as AlertBody;

describe('the way back from a change', () => {
  it('restores the changed values alone', () => {
    expect(beforeOf(alert('AL-1', 'new', 'mei'), { status: 'closed', verdict: 'benign' })).toEqual({ status: 'new', verdict: null });
    expect(beforeOf(alert('AL-1', 'new', null), { owner: 'mei' })).toEqual({ owner: null });
  });

  it('puts alerts back together that were alike', () => {
    const alerts = [alert('AL-1', 'new'), alert('AL-2', 'acknowledged'), alert('AL-3', 'new')];
    expect(sameBefore(alerts, { status: 'closed' })).toEqual([
      { ids: ['AL-1', 'AL-3'], before: { status: 'new' } },
      { ids: ['AL-2'], before: { status: 'acknowledged' } },
    ]);
  });
});
