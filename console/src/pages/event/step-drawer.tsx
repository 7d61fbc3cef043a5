import { Fragment, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { EdgeBody, SecurityEventBody, StepBody } from '../../../../src/api/rest/contract/security-events.ts';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { CloudNode } from '../../kit/cloud-node.tsx';
import { entityIcon } from '../../kit/entity-icon.ts';
import { EvidenceLog } from '../../kit/evidence-log.tsx';
import { clockMs, duration } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { Preview, PreviewSection } from '../../kit/preview.tsx';
import { Reasons } from '../../kit/reasons.tsx';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { asTactic } from '../../kit/tactics.ts';
import { usePreferences } from '../../theme/preferences.ts';

interface StepDrawerProps {
  readonly event: SecurityEventBody;
  readonly step: StepBody;
  readonly at: number;
  readonly onSelect: (alertId: string) => void;
  readonly onMove: (by: number) => void;
  readonly onClose: () => void;
}

/** 396 px: why this step fired, what led to it and followed, and the log that proves it. */
export function StepDrawer({ event, step, at, onSelect, onMove, onClose }: StepDrawerProps) {
  const { t } = useTranslation('events');
  const { zone } = usePreferences();
  const number = useMemo(() => new Map(event.steps.map((other, index) => [other.alertId, index + 1])), [event.steps]);
  const stepOf = (alertId: string) => event.steps.find((other) => other.alertId === alertId);
  const causes = event.edges.filter((edge) => edge.to === step.alertId);
  const effects = event.edges.filter((edge) => edge.from === step.alertId);
  const tactic = asTactic(step.tactic);
  const marked = useMemo(() => [...step.reasons.map((reason) => reason.value), ...step.entities.map((entity) => entity.value)], [step]);
  const link = (edge: EdgeBody, other: StepBody | undefined, towards: 'back' | 'forward') =>
    other && (
      <button type="button" key={`${edge.from}${edge.to}`} className="sl-step-link" onClick={() => onSelect(other.alertId)}>
        <Icon name={towards} size={14} style={{ color: 'var(--sl-text3)' }} />
        <CloudMark cloud={asCloud(other.cloud)} />
        <span className="ellipsis grow">
          {number.get(other.alertId)} {other.title}
        </span>
        <span className="meta">
          {edge.kind === 'shared-source'
            ? t('step.sourceOnly', { gap: duration(edge.gapSec * 1000) })
            : edge.via.length > 0
              ? t('step.via', { what: edge.via[0]?.type ?? '', gap: duration(edge.gapSec * 1000) })
              : t('step.after', { gap: duration(edge.gapSec * 1000) })}
        </span>
      </button>
    );
  return (
    <Preview
      label={t('step.label')}
      width={396}
      previousIcon="left"
      head={
        <span className="quiet">
          {t('step.position', { at: at + 1, total: event.steps.length })}{' '}
          <span style={{ marginLeft: 6 }}>{clockMs(new Date(step.time), zone)}</span>
        </span>
      }
      title={
        <span className="row" style={{ alignItems: 'flex-start' }}>
          <svg width="30" height="30" viewBox="-17 -17 34 34" aria-hidden="true" style={{ flex: 'none', margin: '-3px 0 -5px -4px' }}>
            <CloudNode cloud={asCloud(step.cloud)} severity={step.severity} />
          </svg>
          <span>{step.title}</span>
        </span>
      }
      note={
        <div className="row" style={{ paddingLeft: 32, flexWrap: 'wrap' }}>
          <SeverityChip severity={step.severity} />
          {step.technique !== '' && <span className="sl-code-chip">{step.technique}</span>}
          <span className="quiet" style={{ fontSize: 12.5 }}>
            {tactic === null ? step.tactic : t(`tactic.${tactic}`, { ns: 'common' })}
          </span>
          {step.count > 1 && <span className="meta">{t('step.count', { count: step.count })}</span>}
        </div>
      }
      onPrevious={at > 0 ? () => onMove(-1) : undefined}
      onNext={at < event.steps.length - 1 ? () => onMove(1) : undefined}
      onClose={onClose}
    >
      <PreviewSection
        title={t('step.why')}
        extra={
          <span className="mono ellipsis" style={{ maxWidth: 240 }}>
            {step.ruleId} r{step.ruleRevision}
          </span>
        }
      >
        <Reasons reasons={step.reasons} />
      </PreviewSection>
      <PreviewSection title={t('step.causes')}>
        {causes.length === 0 ? <div className="meta">{t('step.first')}</div> : causes.map((edge) => link(edge, stepOf(edge.from), 'back'))}
        {effects.length === 0 ? (
          <div className="meta">{t('step.last')}</div>
        ) : (
          effects.map((edge) => link(edge, stepOf(edge.to), 'forward'))
        )}
      </PreviewSection>
      <section className="sl-preview-section">
        <EvidenceLog key={step.alertId} evidence={step.evidence} marked={marked} />
      </section>
      <PreviewSection title={t('step.entities')}>
        {step.entities.map((entity) => (
          <Fragment key={`${entity.type}${entity.value}`}>
            <div className="sl-preview-row">
              <Icon name={entityIcon(entity.type)} size={14} style={{ color: 'var(--sl-text3)' }} />
              <span className="mono ellipsis grow">{entity.value}</span>
              <span className="meta">{entity.role ?? entity.type}</span>
            </div>
          </Fragment>
        ))}
      </PreviewSection>
    </Preview>
  );
}
