import { useState } from 'react';
import type { RouteName } from '../../../../src/api/rest/contract/routes.ts';
import type { AlertBody } from '../../../../src/api/rest/contract/alerts.ts';
import { isApiError } from '../../api/problem.ts';
import { useChange } from '../../api/use-call.ts';
import { useUndo } from '../../kit/use-undo.tsx';
import { beforeOf, sameBefore, type AlertChange } from './alert-change.ts';

const REFRESH: readonly RouteName[] = [
  'listAlerts',
  'groupAlerts',
  'summarizeAlerts',
  'getAlert',
  'overview',
  'listSecurityEvents',
  'summarizeSecurityEvents',
  'getSecurityEvent',
];

/** Changes one alert or many, offers the way back, and keeps what was refused until it was read. */
export function useAlertChanges() {
  const undo = useUndo();
  const one = useChange('updateAlert', REFRESH);
  const many = useChange('updateAlerts', REFRESH);
  const [refusals, setRefusals] = useState<readonly string[]>([]);

  const changeOne = async (alert: AlertBody, change: AlertChange, done: string) => {
    const after = await one.mutateAsync({ params: { id: alert.id }, body: { etag: alert.etag, ...change } });
    undo.offer(done, () => one.mutateAsync({ params: { id: alert.id }, body: { etag: after.etag, ...beforeOf(alert, change) } }));
  };
  const changeMany = async (alerts: readonly AlertBody[], change: AlertChange, done: string) => {
    const answer = await many.mutateAsync({ body: { ids: alerts.map((alert) => alert.id), ...change } });
    if (answer.refused.length > 0) setRefusals(answer.refused.map((refusal) => `${refusal.id}: ${refusal.detail}`));
    const updated = new Set(answer.updated);
    const back = sameBefore(
      alerts.filter((alert) => updated.has(alert.id)),
      change,
    );
    if (back.length === 0) return;
    undo.offer(done, async () => {
      for (const { ids, before } of back) await many.mutateAsync({ body: { ids: [...ids], ...before } });
    });
  };

  const refuse = (thrown: unknown) => {
    if (!isApiError(thrown)) throw thrown;
    setRefusals([thrown.message]);
  };

  return {
    busy: one.isPending || many.isPending,
    refusals,
    /** Keeps what a question before the change answered instead of alerts. */
    refuse,
    forget: () => setRefusals([]),
    takeBack: undo.take,
    /** Answers whether it was done; a refusal is kept in `refusals`. */
    apply: async (alerts: readonly AlertBody[], change: AlertChange, done: string): Promise<boolean> => {
      const [first] = alerts;
      if (first === undefined) return false;
      setRefusals([]);
      try {
        await (alerts.length === 1 ? changeOne(first, change, done) : changeMany(alerts, change, done));
        return true;
      } catch (thrown) {
        refuse(thrown);
        return false;
      }
    },
  };
}
