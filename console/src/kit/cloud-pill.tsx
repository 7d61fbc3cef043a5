import { useTranslation } from 'react-i18next';
import { splitList } from '../api/address.ts';
import { CLOUD_WORDS } from '../api/words.ts';
import { CloudMark } from './cloud-mark.tsx';
import { asCloud } from './cloud.ts';
import { FilterPill } from './filter-pill.tsx';
import type { AddressPillProps } from './severity-pill.tsx';

/** Filters by cloud. */
export function CloudPill({ chosen, onChange }: AddressPillProps) {
  const { t } = useTranslation('common');
  return (
    <FilterPill
      name={t('filter.cloud')}
      chosen={splitList(chosen)}
      onChange={(words) => onChange(words.join(',') || undefined)}
      options={CLOUD_WORDS.map((word) => ({
        value: word,
        label: <CloudMark cloud={asCloud(word)} show="name" />,
        text: t(`cloud.${asCloud(word)}`),
      }))}
    />
  );
}
