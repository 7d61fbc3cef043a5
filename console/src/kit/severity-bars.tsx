import { BARS, severityColour, type Severity } from './severity.ts';

/** Four rising bars, as many filled as the severity has steps; 12 × 10 px. */
export function SeverityBars({ severity }: { readonly severity: Severity }) {
  const filled = BARS[severity];
  return (
    <svg width="13" height="11" viewBox="0 0 13 11" aria-hidden="true" style={{ flex: 'none' }}>
      {[0, 1, 2, 3].map((bar) => (
        <rect
          key={bar}
          x={bar * 3.4}
          y={7.6 - bar * 2.5}
          width="2.3"
          height={3.2 + bar * 2.5}
          rx="0.5"
          fill={bar < filled ? severityColour(severity, 'text') : 'currentColor'}
          opacity={bar < filled ? 1 : 0.24}
        />
      ))}
    </svg>
  );
}
