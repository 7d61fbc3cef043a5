import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../api/use-call.ts';
import { Problem } from '../../kit/problem.tsx';
import { clockMs } from '../../kit/format.ts';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { usePreferences } from '../../theme/preferences.ts';
import { CellText } from './cell-text.tsx';
import { matcherFor, type Term } from './highlight.ts';
import type { LogRow } from './log-rows.ts';

interface LogContextProps {
  readonly project: string;
  readonly logstore: string;
  readonly row: LogRow;
  readonly terms: readonly Term[];
}

/** Logs before and after, of the same source; more of either on demand. */
export function LogContext({ project, logstore, row, terms }: LogContextProps) {
  const { t } = useTranslation('search');
  const { zone } = usePreferences();
  const [back, setBack] = useState(10);
  const [forward, setForward] = useState(10);
  const context = useCall('context', { params: { project, logstore }, body: { ...row.identity, back, forward } }, { staleMs: 60_000 });
  if (context.error) return <Problem error={context.error} />;
  if (!context.data) return <SkeletonRows rows={8} height={21} />;
  const { logs, anchor } = context.data;
  const matcher = matcherFor(terms, '');
  return (
    <div className="sl-context">
      <Button size="small" type="text" disabled={back > anchor} onClick={() => setBack(back + 40)}>
        {t('detail.earlier')}
      </Button>
      {logs.map((log, at) => (
        <div
          key={`${log.shard}.${log.cursor}.${log.index}`}
          className={at === anchor ? 'sl-context-row sl-context-anchor' : 'sl-context-row'}
          aria-current={at === anchor ? 'true' : undefined}
        >
          <span>{clockMs(new Date(log.time), zone)}</span>
          <span>
            {Object.entries(log.fields).map(([key, value]) => (
              <span key={key}>
                <b>{key}:</b> <CellText value={value} matcher={matcher} />{' '}
              </span>
            ))}
          </span>
        </div>
      ))}
      <Button size="small" type="text" disabled={logs.length - 1 - anchor < forward} onClick={() => setForward(forward + 40)}>
        {t('detail.later')}
      </Button>
    </div>
  );
}
