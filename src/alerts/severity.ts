import type { Severity } from '../api/rest/contract/base.ts';

const WORDS: Readonly<Record<number, Severity>> = { 5: 'critical', 4: 'high', 3: 'medium', 2: 'low', 1: 'info' };
const IDS: Readonly<Record<Severity, number>> = { critical: 5, high: 4, medium: 3, low: 2, info: 1 };

/** OCSF severity_id as the contracts call it. */
export function severityWord(id: number): Severity {
  return WORDS[Math.max(1, Math.min(5, id))] ?? 'info';
}

export function severityId(word: Severity): number {
  return IDS[word];
}
