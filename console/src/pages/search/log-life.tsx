import { useTranslation } from 'react-i18next';
import type { RowIdentity } from '../../../../src/api/rest/contract/search.ts';
import { useCall } from '../../api/use-call.ts';
import { clockMs, count, duration } from '../../kit/format.ts';
import { Problem } from '../../kit/problem.tsx';
import { usePreferences } from '../../theme/preferences.ts';
import './log-life.css';

interface LogLifeProps {
  readonly project: string;
  readonly logstore: string;
  readonly identity: RowIdentity;
}

/** What each step did to this log: when, with how many others, and who has the result. */
export function LogLife({ project, logstore, identity }: LogLifeProps) {
  const { t } = useTranslation('search');
  const { zone } = usePreferences();
  const receipt = useCall('receipts', { query: { project, logstore, ...identity } }, { everyMs: 5_000 });
  if (receipt.error) return <Problem error={receipt.error} />;
  const steps = receipt.data?.steps ?? [];
  const first = steps.find((step) => step.at !== null)?.at;
  if (receipt.data && steps.length === 0) return <p className="quiet">{t('detail.noReceipt')}</p>;
  return (
    <ul className="sl-life" aria-label={t('detail.life')}>
      {steps.map((step) => (
        <li key={step.step} className={`sl-life-${step.state}`}>
          <b>{step.step}</b>
          <div className={step.state === 'failed' ? 'error' : 'quiet'}>
            {step.state === 'done' && step.at !== null
              ? step.at === first
                ? clockMs(new Date(step.at), zone)
                : `+${duration(Date.parse(step.at) - Date.parse(first ?? step.at))}`
              : step.state === 'failed'
                ? step.error || t('detail.failed')
                : t('detail.pending')}
          </div>
          {step.rowsIn !== null && step.rowsOut !== null && (
            <div className="quiet">{t('detail.rows', { in: count(step.rowsIn), out: count(step.rowsOut) })}</div>
          )}
          {step.acknowledgement !== '' && <div className="quiet">{step.acknowledgement}</div>}
        </li>
      ))}
    </ul>
  );
}
