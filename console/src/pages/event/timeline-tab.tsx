import { useTranslation } from 'react-i18next';
import type { StepBody } from '../../../../src/api/rest/contract/security-events.ts';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { DataTable } from '../../kit/data-table.tsx';
import { clockMs, duration } from '../../kit/format.ts';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { asTactic } from '../../kit/tactics.ts';
import { usePreferences } from '../../theme/preferences.ts';

interface TimelineTabProps {
  readonly steps: readonly StepBody[];
  readonly selected: string | null;
  readonly onSelect: (alertId: string) => void;
}

/** The steps in order, as a table: also the chain's twin for screen readers. */
export function TimelineTab({ steps, selected, onSelect }: TimelineTabProps) {
  const { t } = useTranslation('events');
  const { zone } = usePreferences();
  const rows = steps.map((step, at) => ({
    step,
    at,
    gapMs: at === 0 ? null : Date.parse(step.time) - Date.parse(steps[at - 1]?.time ?? step.time),
  }));
  return (
    <div className="sl-scroll">
      <DataTable
        label={t('chain.tableLabel')}
        rows={rows}
        rowKey={({ step }) => step.alertId}
        active={selected}
        onOpen={({ step }) => onSelect(step.alertId)}
        columns={[
          { key: 'n', title: '#', width: 48, render: ({ at }) => <span className="quiet">{at + 1}</span> },
          {
            key: 'time',
            title: t('timeline.time'),
            width: 112,
            render: ({ step }) => <span className="mono">{clockMs(new Date(step.time), zone)}</span>,
          },
          {
            key: 'gap',
            title: t('timeline.gap'),
            width: 92,
            align: 'right',
            render: ({ gapMs }) => <span className="quiet">{gapMs === null ? '' : `+${duration(gapMs)}`}</span>,
          },
          {
            key: 'cloud',
            title: t('timeline.cloud'),
            width: 74,
            render: ({ step }) => <CloudMark cloud={asCloud(step.cloud)} show="code" />,
          },
          { key: 'severity', title: t('timeline.severity'), width: 96, render: ({ step }) => <SeverityChip severity={step.severity} /> },
          {
            key: 'tactic',
            title: t('timeline.tactic'),
            width: 150,
            render: ({ step }) => {
              const tactic = asTactic(step.tactic);
              return tactic === null ? step.tactic : t(`tactic.${tactic}`, { ns: 'common' });
            },
          },
          { key: 'title', title: t('timeline.step'), render: ({ step }) => step.title },
        ]}
      />
    </div>
  );
}
