import { useTranslation } from 'react-i18next';
import { SeverityBars } from './severity-bars.tsx';
import { severityColour, type Severity } from './severity.ts';
import './severity-chip.css';

/** Bars, word and colour; `markOnly` keeps the word for screen readers and the tooltip. */
export function SeverityChip({ severity, markOnly = false }: { readonly severity: Severity; readonly markOnly?: boolean }) {
  const { t } = useTranslation('common');
  const word = t(`severity.${severity}`);
  return (
    <span
      className={markOnly ? 'sl-severity sl-severity-mark' : 'sl-severity'}
      style={{ color: severityColour(severity, 'text'), background: severityColour(severity, 'bg') }}
      title={markOnly ? word : undefined}
    >
      <SeverityBars severity={severity} />
      {markOnly ? <span className="visually-hidden">{word}</span> : word}
    </span>
  );
}
