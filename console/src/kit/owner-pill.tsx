import { useTranslation } from 'react-i18next';
import { useSession } from '../api/session.ts';
import { FilterPill } from './filter-pill.tsx';
import type { AddressPillProps } from './severity-pill.tsx';

/** Filters by who has taken it: the reader, nobody, anyone. */
export function OwnerPill({ chosen, onChange }: AddressPillProps) {
  const { t } = useTranslation('common');
  const { me } = useSession();
  return (
    <FilterPill
      name={t('filter.owner')}
      any={t('filter.anyone')}
      single
      chosen={chosen === undefined ? [] : [chosen]}
      onChange={(words) => onChange(words[0])}
      options={[
        { value: me.user, label: t('filter.mine'), text: t('filter.mine') },
        { value: '-', label: t('filter.nobody'), text: t('filter.nobody') },
      ]}
    />
  );
}
