import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SettingRow } from '../../../../src/api/rest/contract/operations.ts';
import { useCall } from '../../api/use-call.ts';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { FilterPill } from '../../kit/filter-pill.tsx';
import { Icon } from '../../kit/icon.tsx';
import { KeyBar } from '../../kit/key-bar.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { shownValue } from './setting-value.ts';
import '../../kit/form.css';

const ORIGINS = ['default', 'file', 'environment', 'first start'] as const;

/** The settings in force and where each comes from; read only, as they are read at the start. */
export function SettingsPage() {
  const { t } = useTranslation('settings');
  const [wanted, setWanted] = useState('');
  const [origins, setOrigins] = useState<readonly string[]>([]);
  const asked = useCall('settings', {}, { staleMs: 60_000 });
  const words = wanted.trim().toLowerCase();
  const items = (asked.data?.items ?? []).filter(
    (row) =>
      (origins.length === 0 || origins.includes(row.from)) &&
      `${row.name} ${row.variable} ${row.description}`.toLowerCase().includes(words),
  );
  const columns: readonly Column<SettingRow>[] = [
    { key: 'name', title: t('columns.name'), width: 250, render: (row) => <span className="mono strong">{row.name}</span> },
    { key: 'value', title: t('columns.value'), width: 270, render: (row) => <Value row={row} /> },
    {
      key: 'from',
      title: t('columns.from'),
      width: 110,
      render: (row) => <span className={row.from === 'default' ? 'quiet' : 'strong'}>{t(`origins.${row.from}`)}</span>,
    },
    {
      key: 'what',
      title: t('columns.what'),
      render: (row) => (
        <span className="text2" title={row.description}>
          {row.description}
        </span>
      ),
    },
    {
      key: 'variable',
      title: t('columns.variable'),
      width: 270,
      render: (row) => (
        <span className="mono quiet" title={row.variable}>
          {row.variable}
        </span>
      ),
    },
  ];
  return (
    <div className="sl-page sl-page-surface">
      <PageHeader title={t('title')} note={t('note')} />
      <div className="sl-filter-bar">
        <Input
          allowClear
          placeholder={t('find')}
          aria-label={t('find')}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
          style={{ width: 240 }}
        />
        <FilterPill
          name={t('from')}
          chosen={origins}
          onChange={setOrigins}
          options={ORIGINS.map((origin) => ({ value: origin, label: t(`origins.${origin}`), text: t(`origins.${origin}`) }))}
        />
      </div>
      <div className="sl-scroll">
        {asked.error && !asked.data ? (
          <Problem error={asked.error} />
        ) : !asked.data ? (
          <SkeletonRows rows={20} height={30} />
        ) : items.length === 0 ? (
          <StateCard tone="empty" label={t('emptyLabel', { ns: 'common' })} title={t('empty')} />
        ) : (
          <DataTable label={t('title')} columns={columns} rows={items} rowKey={(row) => row.name} />
        )}
      </div>
      <KeyBar left={t('shown', { count: items.length })} hints={[]} />
    </div>
  );
}

function Value({ row }: { readonly row: SettingRow }) {
  const { t } = useTranslation('settings');
  const value = shownValue(row.value);
  if (value.kind === 'not-set') return <span className="quiet">{t('notSet')}</span>;
  if (value.kind === 'hidden')
    return (
      <span className="quiet">
        <Icon name="lock" size={12} className="sl-inline-icon" />
        {t('hidden')}
      </span>
    );
  return (
    <span title={value.text}>
      <span className="mono">{value.text}</span> <span className="quiet">{row.unit}</span>
    </span>
  );
}
