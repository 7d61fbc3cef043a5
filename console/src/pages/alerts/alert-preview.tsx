import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertBody, Verdict } from '../../../../src/api/rest/contract/alerts.ts';
import { useSession } from '../../api/session.ts';
import { Avatar } from '../../kit/avatar.tsx';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { entityIcon } from '../../kit/entity-icon.ts';
import { EvidenceLog } from '../../kit/evidence-log.tsx';
import { dateTime, duration } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { KeyCap } from '../../kit/key-cap.tsx';
import { Preview, PreviewSection } from '../../kit/preview.tsx';
import { Reasons } from '../../kit/reasons.tsx';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { asTactic } from '../../kit/tactics.ts';
import { usePreferences } from '../../theme/preferences.ts';
import { CloseMenu } from './close-menu.tsx';

interface AlertPreviewProps {
  readonly alert: AlertBody;
  readonly mayChange: boolean;
  /** Whether the keys act on this alert, and not on a group or a selection. */
  readonly keys: boolean;
  readonly onPrevious: () => void;
  readonly onNext: () => void;
  readonly onClose: () => void;
  readonly onAcknowledge: () => void;
  readonly onReopen: () => void;
  readonly onCloseAs: (verdict: Verdict) => void;
  readonly onTake: () => void;
  readonly onOpenEvent: () => void;
}

/** Why an alert was raised, and the logs that prove it. */
export function AlertPreview({
  alert,
  mayChange,
  keys,
  onPrevious,
  onNext,
  onClose,
  onAcknowledge,
  onReopen,
  onCloseAs,
  onTake,
  onOpenEvent,
}: AlertPreviewProps) {
  const { t } = useTranslation('alerts');
  const { zone } = usePreferences();
  const { me } = useSession();
  const marked = useMemo(() => [...alert.reasons.map((reason) => reason.value), ...alert.entities.map((entity) => entity.value)], [alert]);
  return (
    <Preview
      label={t('preview')}
      head={
        <>
          <SeverityChip severity={alert.severity} />
          <span className="mono quiet">{alert.id}</span>
          <CloudMark cloud={asCloud(alert.cloud)} show="name" />
        </>
      }
      title={alert.title}
      note={
        <div className="meta sl-alert-origin">
          <span>
            {t('raised', {
              at: dateTime(new Date(alert.firstSeen), zone),
              later: duration(Math.max(0, Date.parse(alert.raisedAt) - Date.parse(alert.lastSeen))),
            })}
          </span>
          {alert.techniques.map((technique) => (
            <span key={technique} className="sl-code-chip">
              {technique}
            </span>
          ))}
          {alert.tactics.map((name) => {
            const tactic = asTactic(name);
            return <span key={name}>{tactic === null ? name : t(`tactic.${tactic}`, { ns: 'common' })}</span>;
          })}
          {alert.count > 1 && <span>{t('count', { count: alert.count })}</span>}
        </div>
      }
      onPrevious={onPrevious}
      onNext={onNext}
      onClose={onClose}
      actions={
        <>
          {alert.status === 'new' || alert.status === 'suppressed' ? (
            <Button type="primary" disabled={!mayChange} onClick={onAcknowledge} data-testid="acknowledge">
              {t('acknowledge')} {keys && <KeyCap plain>2</KeyCap>}
            </Button>
          ) : (
            <Button disabled={!mayChange} onClick={onReopen}>
              {t('reopen')} {keys && <KeyCap>1</KeyCap>}
            </Button>
          )}
          {alert.status !== 'closed' && <CloseMenu disabled={!mayChange} onClose={onCloseAs} />}
          {alert.eventId !== null && (
            <Button onClick={onOpenEvent} data-testid="open-event">
              {t('openEvent', { id: alert.eventId })}
            </Button>
          )}
        </>
      }
    >
      <section className="sl-preview-section sl-alert-facts">
        <span className="row">
          <span className={`sl-status-dot sl-status-${alert.status}`} aria-hidden="true" />
          {t(`alertStatus.${alert.status}`, { ns: 'common' })}
          {alert.verdict !== null && <span className="quiet">{t(`verdict.${alert.verdict}`, { ns: 'common' })}</span>}
        </span>
        <span className="grow" />
        <Avatar name={alert.owner} />
        <span className={alert.owner === null ? 'quiet' : ''}>{alert.owner ?? t('noOwner', { ns: 'common' })}</span>
        {mayChange && (
          <button type="button" className="link" onClick={onTake}>
            {alert.owner === me.user ? t('release') : t('take')}
          </button>
        )}
      </section>
      {alert.note !== '' && (
        <PreviewSection title={t('note')}>
          <p className="text2 sl-alert-note">{alert.note}</p>
        </PreviewSection>
      )}
      <PreviewSection
        title={t('why')}
        extra={
          <span className="meta mono ellipsis" title={`${alert.ruleTitle} (${alert.ruleId})`}>
            {alert.ruleId} r{alert.ruleRevision}
          </span>
        }
      >
        <Reasons reasons={alert.reasons} />
      </PreviewSection>
      <section className="sl-preview-section">
        <EvidenceLog key={alert.id} evidence={alert.evidence} marked={marked} />
      </section>
      <PreviewSection title={t('entities')} extra={<span className="meta">{alert.entities.length}</span>}>
        {alert.entities.map((entity) => (
          <div key={`${entity.type}${entity.value}`} className="sl-preview-row">
            <Icon name={entityIcon(entity.type)} size={14} className="quiet" />
            <span className="mono ellipsis grow" title={entity.value}>
              {entity.value}
            </span>
            <span className="meta">{entity.role ?? entity.type}</span>
            <Link to="/alerts" search={{ tab: 'all', entity: entity.value }} className="meta sl-alert-same" title={t('sameEntity')}>
              <Icon name="filter" size={13} />
              <span className="visually-hidden">{t('sameEntity')}</span>
            </Link>
          </div>
        ))}
      </PreviewSection>
    </Preview>
  );
}
