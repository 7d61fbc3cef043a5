import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { SecurityEventBody } from '../../../../src/api/rest/contract/security-events.ts';
import { DataTable } from '../../kit/data-table.tsx';
import { entityIcon } from '../../kit/entity-icon.ts';
import { clockTime } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { usePreferences } from '../../theme/preferences.ts';

/** Everything the event touches, with the steps that name it. */
export function EntitiesTab({ event }: { readonly event: SecurityEventBody }) {
  const { t } = useTranslation('events');
  const { zone } = usePreferences();
  const rows = event.entities.map((entity) => {
    const steps = event.steps.filter((step) => step.entities.some((other) => other.type === entity.type && other.value === entity.value));
    return { entity, steps };
  });
  return (
    <div className="sl-scroll">
      <DataTable
        label={t('detail.tabs.entities')}
        rows={rows}
        rowKey={({ entity }) => `${entity.type}:${entity.value}`}
        columns={[
          {
            key: 'entity',
            title: t('entities.entity'),
            render: ({ entity }) => (
              <span className="row">
                <Icon name={entityIcon(entity.type)} size={14} style={{ color: 'var(--sl-text3)' }} />
                <span className="mono ellipsis">{entity.value}</span>
              </span>
            ),
          },
          { key: 'type', title: t('entities.type'), width: 110, render: ({ entity }) => entity.type },
          { key: 'role', title: t('entities.role'), width: 130, render: ({ entity }) => entity.role ?? <span className="quiet">–</span> },
          { key: 'steps', title: t('entities.steps'), width: 70, align: 'right', render: ({ steps }) => steps.length },
          {
            key: 'first',
            title: t('entities.first'),
            width: 90,
            render: ({ steps }) => <span className="mono">{steps[0] ? clockTime(new Date(steps[0].time), zone) : ''}</span>,
          },
          {
            key: 'last',
            title: t('entities.last'),
            width: 90,
            render: ({ steps }) => {
              const last = steps.at(-1);
              return <span className="mono">{last ? clockTime(new Date(last.time), zone) : ''}</span>;
            },
          },
          {
            key: 'go',
            title: '',
            width: 120,
            render: ({ entity }) => (
              <Link to="/events" search={{ tab: 'all', entity: entity.value }}>
                {t('entities.search')}
              </Link>
            ),
          },
        ]}
      />
    </div>
  );
}
