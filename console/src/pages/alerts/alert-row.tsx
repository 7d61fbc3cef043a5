import { Link } from '@tanstack/react-router';
import { Checkbox } from 'antd';
import { useTranslation } from 'react-i18next';
import type { AlertBody } from '../../../../src/api/rest/contract/alerts.ts';
import { Avatar } from '../../kit/avatar.tsx';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { clockTime, dateTime, day, fullTime } from '../../kit/format.ts';
import { severityColour } from '../../kit/severity.ts';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { usePreferences } from '../../theme/preferences.ts';

interface AlertRowProps {
  readonly alert: AlertBody;
  /** Below its group, which says the severity and the rule. */
  readonly grouped: boolean;
  readonly cursor: boolean;
  readonly open: boolean;
  readonly selected: boolean;
  readonly onSelect: () => void;
  readonly onClick: () => void;
  readonly onOpen: () => void;
}

/** The line that says what happened, when, where, to whom, and whose it is. */
export function AlertRow({ alert, grouped, cursor, open, selected, onSelect, onClick, onOpen }: AlertRowProps) {
  const { t } = useTranslation('alerts');
  const { zone } = usePreferences();
  const seen = new Date(alert.lastSeen);
  const today = day(seen, zone) === day(new Date(), zone);
  return (
    <div
      role="row"
      className={`sl-alert-row${open || selected ? ' sl-row-on' : ''}${cursor ? ' sl-row-cursor' : ''}`}
      style={{ boxShadow: `inset 3px 0 0 ${severityColour(alert.severity, 'fill')}` }}
      aria-selected={selected}
      data-testid={`alert-${alert.id}`}
      data-cursor={cursor || undefined}
      onClick={onClick}
      onDoubleClick={onOpen}
    >
      <span role="cell" onClick={(click) => click.stopPropagation()}>
        <Checkbox checked={selected} onChange={onSelect} aria-label={alert.id} />
      </span>
      <span role="cell" className="mono" title={fullTime(seen, zone)}>
        {today ? clockTime(seen, zone) : dateTime(seen, zone).slice(5, 16)}
      </span>
      <span role="cell">
        {grouped ? <CloudMark cloud={asCloud(alert.cloud)} show="code" /> : <SeverityChip severity={alert.severity} />}
      </span>
      <span role="cell" className="row sl-alert-what">
        {!grouped && <CloudMark cloud={asCloud(alert.cloud)} />}
        <span className="ellipsis" title={alert.title}>
          {alert.title}
        </span>
        {alert.count > 1 && (
          <span className="meta" title={t('count', { count: alert.count })}>
            ×{alert.count}
          </span>
        )}
      </span>
      <span role="cell" className="mono ellipsis" title={alert.entities[0]?.value}>
        {alert.entities[0]?.value ?? ''}
      </span>
      <span role="cell" className="row sl-alert-status">
        <span className={`sl-status-dot sl-status-${alert.status}`} aria-hidden="true" />
        {t(`alertStatus.${alert.status}`, { ns: 'common' })}
      </span>
      <span role="cell" className="mono">
        {alert.eventId === null ? (
          <span className="quiet">–</span>
        ) : (
          <Link
            to="/events/$id"
            params={{ id: alert.eventId }}
            search={{ step: alert.id }}
            className="sl-alert-event"
            onClick={(click) => click.stopPropagation()}
          >
            {alert.eventId}
          </Link>
        )}
      </span>
      <span role="cell">{alert.owner === null ? <span className="quiet">–</span> : <Avatar name={alert.owner} />}</span>
    </div>
  );
}
