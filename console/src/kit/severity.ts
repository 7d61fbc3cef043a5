/** Worst first: lists, legends and stacks keep this order. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

const TOKEN: Readonly<Record<Severity, string>> = { critical: 'crit', high: 'high', medium: 'medium', low: 'low', info: 'info' };

/** Filled bars of the five-step signal mark: the meaning that does not need hue. */
export const BARS: Readonly<Record<Severity, number>> = { critical: 4, high: 3, medium: 2, low: 1, info: 0 };

export function severityColour(severity: Severity, part: 'text' | 'bg' | 'fill'): string {
  return `var(--sl-${TOKEN[severity]}-${part})`;
}

/** Token name for places that cannot read CSS variables (canvas). */
export function severityToken(severity: Severity): 'critFill' | 'highFill' | 'mediumFill' | 'lowFill' | 'infoFill' {
  return `${TOKEN[severity]}Fill` as 'critFill' | 'highFill' | 'mediumFill' | 'lowFill' | 'infoFill';
}

/** The server's words, in any case; `informational` is OCSF's. */
export function asSeverity(text: string): Severity {
  const lower = text.toLowerCase();
  if (lower === 'fatal') return 'critical';
  return SEVERITIES.find((known) => known === lower) ?? 'info';
}
