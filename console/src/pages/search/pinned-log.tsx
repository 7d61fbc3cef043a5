import { Button } from 'antd';
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FoundLogBody } from '../../../../src/api/rest/contract/search.ts';
import { useCall } from '../../api/use-call.ts';
import { dateTime } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { Problem } from '../../kit/problem.tsx';
import { usePreferences } from '../../theme/preferences.ts';
import { idOf, type LogRow } from './log-rows.ts';

/** A log by its identity in the shape of a row of the grid. */
export function rowOfLog(log: FoundLogBody): LogRow {
  const identity = { shard: log.shard, cursor: log.cursor, index: log.index };
  const timeMs = Date.parse(log.time);
  const values = new Map<string, string>([
    ['__time__', String(Math.floor(timeMs / 1000))],
    ['__source__', log.source],
    ['__topic__', log.topic],
    ...Object.entries(log.tags).map(([key, value]): [string, string] => [`__tag__:${key}`, value]),
    ...Object.entries(log.fields),
  ]);
  return { id: idOf(identity), identity, timeMs, source: log.source, topic: log.topic, values };
}

interface PinnedLogProps {
  readonly project: string;
  readonly logstore: string;
  /** `shard.cursor.index`. */
  readonly log: string;
  readonly detail: (row: LogRow) => ReactNode;
  readonly onUnpin: () => void;
}

/** The log an address names, opened above the rows: one click from a step of an attack chain. */
export function PinnedLog({ project, logstore, log, detail, onUnpin }: PinnedLogProps) {
  const { t } = useTranslation('search');
  const { zone } = usePreferences();
  const [shard, cursor, index] = log.split('.');
  const found = useCall(
    'log',
    { params: { project, logstore }, query: { shard: Number(shard), cursor: cursor ?? '', index: Number(index) } },
    { staleMs: 60_000 },
  );
  const row = useMemo(() => (found.data ? rowOfLog(found.data) : null), [found.data]);
  return (
    <section className="sl-pinned" aria-label={t('detail.pinned')} data-testid="pinned-log">
      <div className="sl-pinned-head">
        <Icon name="file" size={14} />
        <b>{t('detail.pinned')}</b>
        {row && <span className="mono">{dateTime(new Date(row.timeMs), zone)}</span>}
        <span className="grow" />
        <Button size="small" type="text" icon={<Icon name="close" size={12} />} onClick={onUnpin}>
          {t('detail.unpin')}
        </Button>
      </div>
      {found.error && <Problem error={found.error} />}
      {row && detail(row)}
    </section>
  );
}
