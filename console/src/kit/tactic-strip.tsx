import { useTranslation } from 'react-i18next';
import { severityColour, type Severity } from './severity.ts';
import { TACTICS, type TacticSlug } from './tactics.ts';

/** 14 cells in ATT&CK order: low and grey when empty, tall and in the severity's colour when hit. */
export function TacticStrip({ hits }: { readonly hits: ReadonlyMap<TacticSlug, Severity> }) {
  const { t } = useTranslation('common');
  const reached = TACTICS.filter((tactic) => hits.has(tactic.slug)).map((tactic) => t(`tactic.${tactic.slug}`));
  const label = reached.length > 0 ? reached.join(t('listComma')) : t('noTactic');
  return (
    <svg width="138" height="14" role="img" aria-label={label} style={{ display: 'block' }}>
      <title>{label}</title>
      {TACTICS.map((tactic, index) => {
        const severity = hits.get(tactic.slug);
        return severity ? (
          <rect key={tactic.slug} x={index * 9.9} y="0" width="8" height="14" rx="1.5" fill={severityColour(severity, 'fill')} />
        ) : (
          <rect key={tactic.slug} x={index * 9.9} y="9" width="8" height="5" rx="1.5" fill="var(--sl-border-inner)" />
        );
      })}
    </svg>
  );
}
