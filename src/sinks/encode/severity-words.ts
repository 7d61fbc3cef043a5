import { SEVERITIES } from '../syslog/config.ts';

/** Words of logs for severities, beside the names of syslog itself. */
const WORDS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(SEVERITIES.map((name, number) => [name, number])),
  emergency: 0,
  panic: 0,
  fatal: 2,
  critical: 2,
  high: 3,
  error: 3,
  warn: 4,
  medium: 4,
  low: 5,
  informational: 6,
  information: 6,
  trace: 7,
};

/** Syslog severity (0 worst) of a digit or word of a log; null: none that is known. */
export function severityNumber(text: string): number | null {
  const word = text.trim().toLowerCase();
  if (/^[0-7]$/.test(word)) return Number(word);
  return Object.hasOwn(WORDS, word) ? WORDS[word]! : null;
}
