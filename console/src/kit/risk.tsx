import { severityColour, type Severity } from './severity.ts';

/** A score of 100 and how much of the track it fills, in the colour of the event's severity. */
export function Risk({ score, severity }: { readonly score: number; readonly severity: Severity }) {
  return (
    <span className="row" style={{ gap: 8 }}>
      <span style={{ fontSize: 14, fontWeight: 600, width: 22, textAlign: 'right' }}>{Math.round(score)}</span>
      <svg width="30" height="4" aria-hidden="true">
        <rect width="30" height="4" rx="2" fill="var(--sl-track)" />
        <rect width={(Math.min(100, Math.max(0, score)) / 100) * 30} height="4" rx="2" fill={severityColour(severity, 'fill')} />
      </svg>
    </span>
  );
}
