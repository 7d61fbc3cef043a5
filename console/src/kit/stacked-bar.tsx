import { SEVERITIES, severityColour, type Severity } from './severity.ts';

/** Counts by severity as one horizontal bar; 0.5 px gaps keep neighbours apart without hue. */
export function StackedBar({
  counts,
  height = 6,
}: {
  readonly counts: Readonly<Partial<Record<Severity, number>>>;
  readonly height?: number;
}) {
  const total = SEVERITIES.reduce((sum, severity) => sum + (counts[severity] ?? 0), 0);
  return (
    <div
      aria-hidden="true"
      style={{ display: 'flex', gap: 0.5, height, borderRadius: 3, overflow: 'hidden', background: 'var(--sl-track)' }}
    >
      {total > 0 &&
        SEVERITIES.filter((severity) => (counts[severity] ?? 0) > 0).map((severity) => (
          <div key={severity} style={{ flex: counts[severity] ?? 0, background: severityColour(severity, 'fill') }} />
        ))}
    </div>
  );
}
