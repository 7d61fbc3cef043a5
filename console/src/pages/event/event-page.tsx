import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.ts';
import { useCall, useChange } from '../../api/use-call.ts';
import { Icon } from '../../kit/icon.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { TabsBar } from '../../kit/tabs-bar.tsx';
import { useHotkeys } from '../../shell/hotkeys.ts';
import { usePanels } from '../../shell/panels.ts';
import { ActivityTab } from './activity-tab.tsx';
import { Chain } from './chain/chain.tsx';
import { EntitiesTab } from './entities-tab.tsx';
import { EvidenceTab } from './evidence-tab.tsx';
import { EventSummary, type EventEdit } from './event-summary.tsx';
import { StepDrawer } from './step-drawer.tsx';
import { TimelineTab } from './timeline-tab.tsx';
import type { EventAddress } from './event-address.ts';
import './event-page.css';

const route = getRouteApi('/events/$id');
const EVERY_MS = 10_000;

/** One security event: facts left, the chain in the middle, the chosen step right. */
export function EventPage() {
  const { t } = useTranslation('events');
  const { id } = route.useParams();
  const address = route.useSearch();
  const navigate = useNavigate();
  const stay = route.useNavigate();
  const mayChange = useMay('analyst');
  const panels = usePanels('event');
  const event = useCall('getSecurityEvent', { params: { id } }, { everyMs: EVERY_MS });
  const list = useCall(
    'listSecurityEvents',
    { query: { pageSize: 100, status: ['new', 'investigating', 'contained'], sort: 'severity' } },
    { staleMs: 30_000 },
  );
  const change = useChange('updateSecurityEvent', ['getSecurityEvent', 'listSecurityEvents', 'summarizeSecurityEvents', 'listActivity']);
  const data = event.data?.id === id || event.data?.mergedInto !== null ? event.data : undefined;
  const tab = address.tab ?? 'chain';
  const steps = useMemo(() => data?.steps ?? [], [data]);
  const stepAt = steps.findIndex((step) => step.alertId === address.step);
  const step = steps[stepAt];

  const go = (next: Partial<EventAddress>) => void stay({ search: (before) => ({ ...before, ...next }), replace: true });
  const select = (alertId: string | undefined) => go({ step: alertId });
  const moveStep = (by: number) => {
    const next = steps[Math.max(0, Math.min(steps.length - 1, (stepAt < 0 ? (by > 0 ? -1 : steps.length) : stepAt) + by))];
    if (next) select(next.alertId);
  };
  const others = list.data?.items ?? [];
  const place = others.findIndex((other) => other.id === id);
  const open = (at: number) => {
    const other = others[at];
    if (other) void navigate({ to: '/events/$id', params: { id: other.id }, search: {} });
  };
  const edit = (next: EventEdit) => {
    if (data) change.mutate({ params: { id: data.id }, body: { etag: data.etag, ...next } });
  };

  useHotkeys([
    { keys: 'n', does: t('next', { ns: 'common' }), run: () => moveStep(1) },
    { keys: 'p', does: t('previous', { ns: 'common' }), run: () => moveStep(-1) },
    { keys: 'Escape', run: () => (address.step === undefined ? false : select(undefined)) },
    { keys: '[', run: () => panels.toggle('left') },
    { keys: ']', run: () => panels.toggle('right') },
  ]);

  if (event.error && !data) return <Problem error={event.error} />;
  if (!data) return <SkeletonRows rows={14} height={48} />;
  const evidence = data.evidenceCount;
  return (
    <div className="sl-page sl-page-surface">
      <PageHeader
        lead={
          <Button
            type="text"
            icon={<Icon name="back" />}
            aria-label={t('detail.back')}
            title={t('detail.back')}
            onClick={() => void navigate({ to: '/events' })}
          />
        }
        title={
          <>
            <span className="mono quiet" style={{ fontWeight: 400, fontSize: 13, marginRight: 10 }}>
              {data.id}
            </span>
            {data.title}
          </>
        }
      >
        {place >= 0 && (
          <>
            <span className="quiet">{t('detail.position', { at: place + 1, total: others.length })}</span>
            <Button
              type="text"
              icon={<Icon name="up" />}
              disabled={place === 0}
              aria-label={t('previous', { ns: 'common' })}
              onClick={() => open(place - 1)}
            />
            <Button
              type="text"
              icon={<Icon name="down" />}
              disabled={place >= others.length - 1}
              aria-label={t('next', { ns: 'common' })}
              onClick={() => open(place + 1)}
            />
          </>
        )}
      </PageHeader>
      {data.mergedInto !== null && (
        <div className="sl-event-merged">
          {t('detail.mergedInto')}{' '}
          <Link to="/events/$id" params={{ id: data.mergedInto }}>
            {data.mergedInto}
          </Link>
        </div>
      )}
      <div className="sl-event-body">
        {panels.left && (
          <EventSummary
            event={data}
            mayChange={mayChange}
            busy={change.isPending}
            error={change.error}
            onEdit={edit}
            onAllEntities={() => go({ tab: 'entities' })}
          />
        )}
        <div className="sl-event-main">
          <TabsBar
            label={t('detail.tabs.label')}
            active={tab}
            onChange={(key) => go({ tab: key === 'chain' ? undefined : key })}
            tabs={[
              { key: 'chain', text: t('detail.tabs.chain'), count: steps.length },
              { key: 'timeline', text: t('detail.tabs.timeline') },
              { key: 'entities', text: t('detail.tabs.entities'), count: data.entities.length },
              { key: 'evidence', text: t('detail.tabs.evidence'), count: evidence },
              { key: 'activity', text: t('detail.tabs.activity') },
            ]}
          />
          {tab === 'chain' && <Chain event={data} selected={step?.alertId ?? null} onSelect={(alertId) => select(alertId ?? undefined)} />}
          {tab === 'timeline' && <TimelineTab steps={steps} selected={step?.alertId ?? null} onSelect={select} />}
          {tab === 'entities' && <EntitiesTab event={data} />}
          {tab === 'evidence' && <EvidenceTab steps={steps} total={evidence} onSelect={select} />}
          {tab === 'activity' && <ActivityTab id={data.id} mayComment={mayChange} />}
        </div>
        {panels.right && step && (
          <StepDrawer event={data} step={step} at={stepAt} onSelect={select} onMove={moveStep} onClose={() => select(undefined)} />
        )}
      </div>
    </div>
  );
}
