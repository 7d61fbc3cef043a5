import { useTranslation } from 'react-i18next';
import type { AlertSummary } from '../../../../src/api/rest/contract/alerts.ts';
import { count, duration } from '../../kit/format.ts';
import { SEVERITIES, severityColour } from '../../kit/severity.ts';
import { SeverityTrend } from '../../kit/severity-trend.tsx';
import { StackedBar } from '../../kit/stacked-bar.tsx';
import type { AlertSpan, AlertTab } from './alerts-address.ts';

interface AlertsSummaryProps {
  readonly summary: AlertSummary;
  readonly tab: AlertTab;
  readonly span: AlertSpan | undefined;
}

/** How many there are, when they came, and how bad they are. */
export function AlertsSummary({ summary, tab, span }: AlertsSummaryProps) {
  const { t } = useTranslation('alerts');
  const { byStatus, bySeverity, total, trend, medianAcknowledgeSec } = summary;
  const all = byStatus.new + byStatus.acknowledged + byStatus.suppressed + byStatus.closed;
  const label = t('trend', { span: t(`spans.${span ?? '24h'}`) });
  return (
    <div className="sl-alerts-summary">
      <div>
        <div className="meta">{t(`counted.${tab}`)}</div>
        <div className="sl-alerts-total">
          <b>{count(total)}</b>
          {tab !== 'all' && <span className="quiet">{t('ofAll', { total: count(all) })}</span>}
        </div>
      </div>
      <div>
        <SeverityTrend from={trend.from} intervalSec={trend.intervalSec} severities={trend.severities} label={label} height={52} />
      </div>
      <div>
        <div className="meta sl-alerts-median">
          <span>{t('bySeverity')}</span>
          {medianAcknowledgeSec !== null && (
            <span className="ellipsis">{t('median', { time: duration(medianAcknowledgeSec * 1000) })}</span>
          )}
        </div>
        <div className="sl-alerts-bar">
          <StackedBar counts={bySeverity} height={8} />
        </div>
        <div className="sl-alerts-severities">
          {SEVERITIES.filter((severity) => bySeverity[severity] > 0).map((severity) => (
            <span key={severity} style={{ color: severityColour(severity, 'text') }}>
              {t(`severity.${severity}`, { ns: 'common' })} <b>{count(bySeverity[severity])}</b>
            </span>
          ))}
        </div>
      </div>
    </div>
  );
}
