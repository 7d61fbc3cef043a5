import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertBody, AlertStatus } from '../../../../src/api/rest/contract/alerts.ts';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { entityIcon } from '../../kit/entity-icon.ts';
import { EvidenceLog } from '../../kit/evidence-log.tsx';
import { clockMs, duration } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { KeyCap } from '../../kit/key-cap.tsx';
import { Preview, PreviewSection } from '../../kit/preview.tsx';
import { Reasons } from '../../kit/reasons.tsx';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { asTactic } from '../../kit/tactics.ts';
import { usePreferences } from '../../theme/preferences.ts';

interface AlertPreviewProps {
  readonly alert: AlertBody;
  readonly mayChange: boolean;
  readonly onPrevious: () => void;
  readonly onNext: () => void;
  readonly onClose: () => void;
  readonly onStatus: (status: AlertStatus) => void;
}

/** Why an alert was raised, and the logs that prove it. */
export function AlertPreview({ alert, mayChange, onPrevious, onNext, onClose, onStatus }: AlertPreviewProps) {
  const { t } = useTranslation('alerts');
  const { zone } = usePreferences();
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
        <div className="row meta" style={{ flexWrap: 'wrap' }}>
          <span>
            {t('raised', {
              at: clockMs(new Date(alert.firstSeen), zone),
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
          <Button
            type="primary"
            disabled={!mayChange || alert.status === 'acknowledged'}
            onClick={() => onStatus('acknowledged')}
            data-testid="acknowledge"
          >
            {t('acknowledge')} <KeyCap plain>2</KeyCap>
          </Button>
          <Button disabled={!mayChange || alert.status === 'closed'} onClick={() => onStatus('closed')}>
            {t('closeIt')} <KeyCap>3</KeyCap>
          </Button>
          {alert.eventId !== null && (
            <Link to="/events/$id" params={{ id: alert.eventId }} search={{ step: alert.id }}>
              {t('openEvent', { id: alert.eventId })}
            </Link>
          )}
        </>
      }
    >
      <PreviewSection
        title={t('why')}
        extra={
          <span className="mono ellipsis" style={{ maxWidth: 240 }}>
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
            <Icon name={entityIcon(entity.type)} size={14} style={{ color: 'var(--sl-text3)' }} />
            <span className="mono ellipsis grow" title={entity.value}>
              {entity.value}
            </span>
            <span className="meta">{entity.role ?? entity.type}</span>
          </div>
        ))}
      </PreviewSection>
    </Preview>
  );
}
