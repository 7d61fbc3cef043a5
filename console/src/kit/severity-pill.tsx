import { useTranslation } from 'react-i18next';
import { splitList } from '../api/address.ts';
import { SEVERITY_WORDS } from '../api/words.ts';
import { FilterPill } from './filter-pill.tsx';
import { SeverityChip } from './severity-chip.tsx';

/** A filter of an address. */
export interface AddressPillProps {
  /** The words, joined by commas; undefined: any. */
  readonly chosen: string | undefined;
  readonly onChange: (chosen: string | undefined) => void;
}

/** Filters by severity. */
export function SeverityPill({ chosen, onChange }: AddressPillProps) {
  const { t } = useTranslation('common');
  return (
    <FilterPill
      name={t('filter.severity')}
      chosen={splitList(chosen)}
      onChange={(words) => onChange(words.join(',') || undefined)}
      options={SEVERITY_WORDS.map((word) => ({ value: word, label: <SeverityChip severity={word} />, text: t(`severity.${word}`) }))}
    />
  );
}
