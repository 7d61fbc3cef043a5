import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { StepBody } from '../../../../src/api/rest/contract/security-events.ts';
import { DataTable } from '../../kit/data-table.tsx';
import { clockMs, count } from '../../kit/format.ts';
import { usePreferences } from '../../theme/preferences.ts';
import { addressOfLog } from '../search/search-address.ts';

interface EvidenceTabProps {
  readonly steps: readonly StepBody[];
  readonly total: number;
  readonly onSelect: (alertId: string) => void;
}

/** Every log that a step names as evidence; each opens in the search. */
export function EvidenceTab({ steps, total, onSelect }: EvidenceTabProps) {
  const { t } = useTranslation('events');
  const { zone } = usePreferences();
  const rows = steps.flatMap((step, at) => step.evidence.map((log) => ({ step, at, log })));
  return (
    <div className="sl-scroll">
      <p className="meta" style={{ margin: '8px 16px' }}>
        {t('evidenceTab.note', { count: count(total) as unknown as number })}
      </p>
      <DataTable
        label={t('detail.tabs.evidence')}
        rows={rows}
        rowKey={({ step, log }) => `${step.alertId}${log.project}${log.logstore}${log.shard}.${log.cursor}.${log.index}`}
        columns={[
          {
            key: 'time',
            title: t('evidenceTab.time'),
            width: 116,
            render: ({ step }) => <span className="mono">{clockMs(new Date(step.time), zone)}</span>,
          },
          {
            key: 'step',
            title: t('evidenceTab.step'),
            render: ({ step, at }) => (
              <button type="button" className="link ellipsis" onClick={() => onSelect(step.alertId)}>
                {at + 1} {step.title}
              </button>
            ),
          },
          {
            key: 'store',
            title: t('evidenceTab.store'),
            width: 220,
            render: ({ log }) => (
              <span className="mono">
                {log.project} / {log.logstore}
              </span>
            ),
          },
          {
            key: 'log',
            title: t('evidenceTab.log'),
            width: 190,
            render: ({ log }) => (
              <span className="mono quiet">
                {log.shard} · {log.cursor} #{log.index}
              </span>
            ),
          },
          {
            key: 'open',
            title: '',
            width: 130,
            render: ({ step, log }) => (
              <Link to="/search" search={addressOfLog(log, step.time)}>
                {t('evidence.search')}
              </Link>
            ),
          },
        ]}
      />
    </div>
  );
}
