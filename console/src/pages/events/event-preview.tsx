import { Button } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { EventStatus, EventSummaryBody, StepBody } from '../../../../src/api/rest/contract/security-events.ts';
import { useCall } from '../../api/use-call.ts';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { entityIcon } from '../../kit/entity-icon.ts';
import { clockMinute, day, duration } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { KeyCap } from '../../kit/key-cap.tsx';
import { Preview, PreviewSection } from '../../kit/preview.tsx';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { BARS } from '../../kit/severity.ts';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { usePreferences } from '../../theme/preferences.ts';

interface EventPreviewProps {
  readonly event: EventSummaryBody;
  readonly mayChange: boolean;
  readonly onPrevious: () => void;
  readonly onNext: () => void;
  readonly onClose: () => void;
  readonly onOpen: () => void;
  readonly onAssign: () => void;
  readonly onStatus: (status: EventStatus) => void;
}

/** The six steps that say most: the first, the last, and the worst between, one per tactic. */
export function tellingSteps(steps: readonly StepBody[], most: number): readonly StepBody[] {
  const byTactic = new Map<string, StepBody>();
  for (const step of steps) {
    const before = byTactic.get(step.tactic);
    if (!before || BARS[step.severity] > BARS[before.severity]) byTactic.set(step.tactic, step);
  }
  const ends = [steps[0], steps.at(-1)].filter((step) => step !== undefined);
  const chosen = [...byTactic.values()].toSorted((a, b) => BARS[b.severity] - BARS[a.severity]).slice(0, most - ends.length);
  return [...new Set([...ends, ...chosen])].toSorted((a, b) => (a.time < b.time ? -1 : 1)).slice(0, most);
}

/** 404 px beside the list: the story of an event in ten seconds. */
export function EventPreview({ event, mayChange, onPrevious, onNext, onClose, onOpen, onAssign, onStatus }: EventPreviewProps) {
  const { t } = useTranslation('events');
  const { zone } = usePreferences();
  const whole = useCall('getSecurityEvent', { params: { id: event.id } }, { staleMs: 10_000 });
  const full = whole.data?.id === event.id ? whole.data : undefined;
  const steps = useMemo(() => tellingSteps(full?.steps ?? [], 6), [full]);
  return (
    <Preview
      label={t('preview.label')}
      head={
        <>
          <SeverityChip severity={event.severity} />
          <span className="mono quiet">{event.id}</span>
          <span className="sl-chip">{t(`eventStatus.${event.status}`, { ns: 'common' })}</span>
        </>
      }
      title={event.title}
      onPrevious={onPrevious}
      onNext={onNext}
      onClose={onClose}
      actions={
        <>
          <Button type="primary" onClick={onOpen} data-testid="open-event">
            {t('open')} <KeyCap plain>↵</KeyCap>
          </Button>
          <Button disabled={!mayChange} onClick={onAssign}>
            {t('assign')} <KeyCap>A</KeyCap>
          </Button>
          <Button disabled={!mayChange || event.status === 'contained'} onClick={() => onStatus('contained')}>
            {t('contained')} <KeyCap>3</KeyCap>
          </Button>
        </>
      }
    >
      {event.summary !== '' && (
        <PreviewSection title={t('detail.summary')}>
          <p className="text2" style={{ margin: 0 }}>
            {event.summary}
          </p>
        </PreviewSection>
      )}
      <PreviewSection
        title={t('preview.chain')}
        extra={
          <span className="meta">
            {t('preview.chainNote', {
              alerts: event.alertCount,
              tactics: event.tactics.length,
              span: duration(Date.parse(event.lastSeen) - Date.parse(event.firstSeen)),
            })}
          </span>
        }
      >
        {!full ? (
          <SkeletonRows rows={5} height={25} />
        ) : (
          <ol className="sl-mini-chain">
            {steps.map((step) => (
              <li key={step.alertId}>
                <span className="mono quiet">{clockMinute(new Date(step.time), zone)}</span>
                <span>
                  <CloudMark cloud={asCloud(step.cloud)} />
                </span>
                <span className="ellipsis" title={step.title}>
                  {step.title}
                </span>
                <SeverityChip severity={step.severity} markOnly />
              </li>
            ))}
          </ol>
        )}
      </PreviewSection>
      <PreviewSection title={t('preview.entities')} extra={<span className="meta">{event.entities.length}</span>}>
        {event.entities.slice(0, 6).map((entity) => (
          <div key={`${entity.type}${entity.value}`} className="sl-preview-row">
            <Icon name={entityIcon(entity.type)} size={14} style={{ color: 'var(--sl-text3)' }} />
            <span className="mono ellipsis grow" title={entity.value}>
              {entity.value}
            </span>
            <span className="meta">{entity.role ?? entity.type}</span>
          </div>
        ))}
      </PreviewSection>
      {full && full.similar.length > 0 && (
        <PreviewSection title={t('preview.similar')}>
          {full.similar.slice(0, 3).map((other) => (
            <div key={other.id} className="sl-preview-row">
              <span className="mono">{other.id}</span>
              <span className="ellipsis grow">{other.title}</span>
              <span className="meta">
                {t(`verdict.${other.verdict ?? 'none'}`, { ns: 'common' })}, {day(new Date(other.closedAt), zone)}
              </span>
            </div>
          ))}
        </PreviewSection>
      )}
    </Preview>
  );
}
