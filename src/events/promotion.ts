import type { AlertNode } from './alert-nodes.ts';
import { growingRisk, type Weighed } from './risk.ts';

/**
 * Whether alerts that belong together are worth a person's time. What is true of some alerts stays true when more join them, so that the order in which they come does not matter:
 * one is high and not doubtful, its rule says so, two rules saw two tactics, or together they are risky enough.
 */
export function matters(alerts: readonly AlertNode[], promoteRisk: number): boolean {
  const counted = alerts.filter((alert) => !alert.harmless);
  if (counted.some((alert) => alert.passThrough || (alert.severityId >= 4 && alert.confidenceId >= 2))) return true;
  const tactics = new Set(counted.flatMap((alert) => alert.tactics.slice(0, 1)));
  const rules = new Set(counted.map((alert) => alert.ruleId));
  return (rules.size >= 2 && tactics.size >= 2) || growingRisk(weighed(counted)) >= promoteRisk;
}

/** Alerts of one rule, cloud and main entity weigh as one, as in the chain. */
function weighed(alerts: readonly AlertNode[]): readonly Weighed[] {
  const steps = new Map<string, { severityId: number; confidenceId: number; tactic: string; harmless: boolean }>();
  for (const alert of alerts) {
    const key = JSON.stringify([alert.ruleId, alert.cloud, alert.mainValue]);
    const known = steps.get(key);
    steps.set(key, {
      severityId: Math.max(alert.severityId, known?.severityId ?? 0),
      confidenceId: Math.max(alert.confidenceId, known?.confidenceId ?? 0),
      tactic: known?.tactic ?? alert.tactics[0] ?? '',
      harmless: false,
    });
  }
  return [...steps.values()];
}
