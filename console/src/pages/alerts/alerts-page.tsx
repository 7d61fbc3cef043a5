import { getRouteApi } from '@tanstack/react-router';
import { Button, Checkbox, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertBody, AlertStatus } from '../../../../src/api/rest/contract/alerts.ts';
import { splitList } from '../../api/address.ts';
import { useMay, useSession } from '../../api/session.ts';
import { useCall, useChange, usePages } from '../../api/use-call.ts';
import { CLOUD_WORDS, SEVERITY_WORDS } from '../../api/words.ts';
import { Avatar } from '../../kit/avatar.tsx';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { FilterPill } from '../../kit/filter-pill.tsx';
import { clockTime, day, duration } from '../../kit/format.ts';
import { KeyBar } from '../../kit/key-bar.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SEVERITIES, severityColour } from '../../kit/severity.ts';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { Sparkline } from '../../kit/sparkline.tsx';
import { StackedBar } from '../../kit/stacked-bar.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { TabsBar } from '../../kit/tabs-bar.tsx';
import { Updated } from '../../kit/updated.tsx';
import { useUndo } from '../../kit/use-undo.tsx';
import { useHotkeys } from '../../shell/hotkeys.ts';
import { usePanels } from '../../shell/panels.ts';
import { usePreferences } from '../../theme/preferences.ts';
import { AlertPreview } from './alert-preview.tsx';
import { ALERT_TABS, type AlertsAddress } from './alerts-address.ts';
import './alerts-page.css';

const route = getRouteApi('/alerts');
const EVERY_MS = 10_000;
const TODAY_MS = 24 * 3_600_000;

/** The queue of alerts: what fired, why, and what is done about it. */
export function AlertsPage() {
  const { t } = useTranslation('alerts');
  const { zone } = usePreferences();
  const undo = useUndo();
  const stay = route.useNavigate();
  const address = route.useSearch();
  const { me } = useSession();
  const mayChange = useMay('analyst');
  const panels = usePanels('alerts');
  const [cursor, setCursor] = useState(0);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const tab = address.tab ?? 'new';
  const filters = {
    severity: address.severity === undefined ? undefined : ([...splitList(address.severity)] as AlertBody['severity'][]),
    cloud: address.cloud === undefined ? undefined : ([...splitList(address.cloud)] as AlertBody['cloud'][]),
    ruleId: address.rule,
    entity: address.entity,
  };
  const list = usePages(
    'listAlerts',
    { query: { pageSize: 100, ...(tab === 'all' ? {} : { status: [tab] }), ...filters } },
    { everyMs: EVERY_MS },
  );
  const summary = useCall('summarizeAlerts', { query: filters }, { everyMs: EVERY_MS });
  const change = useChange('updateAlert', ['listAlerts', 'summarizeAlerts', 'listSecurityEvents', 'summarizeSecurityEvents']);
  const changeMany = useChange('updateAlerts', ['listAlerts', 'summarizeAlerts', 'listSecurityEvents', 'summarizeSecurityEvents']);
  const items: readonly AlertBody[] = list.items;
  const at = Math.max(0, Math.min(cursor, items.length - 1));
  const current = items[at];
  const shown = items.find((item) => item.id === address.open) ?? current;

  const go = (next: Partial<AlertsAddress>) => void stay({ search: (before) => ({ ...before, ...next }), replace: true });
  const move = (to: number) => {
    const place = Math.max(0, Math.min(items.length - 1, to));
    setCursor(place);
    const next = items[place];
    if (next) go({ open: next.id });
  };
  const setStatus = (alert: AlertBody | undefined, status: AlertStatus) => {
    if (!alert || !mayChange) return;
    const before = alert.status;
    change.mutate(
      { params: { id: alert.id }, body: { etag: alert.etag, status } },
      {
        onSuccess: (after) =>
          undo.offer(t('changed', { id: alert.id, status: t(`alertStatus.${status}`, { ns: 'common' }) }), () =>
            change.mutateAsync({ params: { id: alert.id }, body: { etag: after.etag, status: before } }),
          ),
      },
    );
  };
  const assign = (alert: AlertBody | undefined) => {
    if (!alert || !mayChange) return;
    change.mutate({ params: { id: alert.id }, body: { etag: alert.etag, owner: alert.owner === me.user ? null : me.user } });
  };
  const changeSelected = (status: AlertStatus) => {
    if (!mayChange || selected.size === 0) return;
    changeMany.mutate({ body: { ids: [...selected], status } }, { onSuccess: () => setSelected(new Set()) });
  };
  const select = (id: string) =>
    setSelected((before) => (before.has(id) ? new Set([...before].filter((item) => item !== id)) : new Set([...before, id])));

  useHotkeys([
    { keys: 'j', does: t('keys.move'), run: () => move(at + 1) },
    { keys: 'k', run: () => move(at - 1) },
    { keys: 'ArrowDown', run: () => move(at + 1) },
    { keys: 'ArrowUp', run: () => move(at - 1) },
    { keys: '1', does: t('keys.status'), run: () => setStatus(shown, 'new') },
    { keys: '2', run: () => setStatus(shown, 'acknowledged') },
    { keys: '3', run: () => setStatus(shown, 'closed') },
    { keys: 'a', does: t('keys.assign'), run: () => assign(shown) },
    { keys: 'x', does: t('keys.select'), run: () => shown && select(shown.id) },
    { keys: 'z', does: t('keys.undo'), run: () => undo.take() },
    { keys: '[', run: () => panels.toggle('right') },
    { keys: ']', run: () => panels.toggle('right') },
  ]);

  const counts = summary.data;
  const status = counts?.byStatus;
  const all = status ? status.new + status.acknowledged + status.suppressed + status.closed : undefined;
  const filtered = Object.values(filters).some((value) => value !== undefined);
  const timeOf = (alert: AlertBody): string => {
    const seen = new Date(alert.lastSeen);
    return Date.now() - seen.getTime() < TODAY_MS ? clockTime(seen, zone) : day(seen, zone);
  };

  return (
    <div className="sl-page sl-page-surface">
      <PageHeader title={t('title')} note={<Updated atMs={list.dataUpdatedAt} failing={list.isRefetchError} everyMs={EVERY_MS} />} />
      <TabsBar
        label={t('tabs')}
        active={tab}
        onChange={(key) => {
          setCursor(0);
          go({ tab: key === 'new' ? undefined : key, open: undefined });
        }}
        tabs={ALERT_TABS.map((key) => ({
          key,
          text: key === 'all' ? t('all', { ns: 'common' }) : t(`alertStatus.${key}`, { ns: 'common' }),
          count: status === undefined ? undefined : key === 'all' ? all : status[key],
        }))}
      />
      <div className="sl-filter-bar">
        <FilterPill
          name={t('filter.severity')}
          chosen={splitList(address.severity)}
          onChange={(chosen) => go({ severity: chosen.join(',') || undefined })}
          options={SEVERITY_WORDS.map((word) => ({
            value: word,
            label: <SeverityChip severity={word} />,
            text: t(`severity.${word}`, { ns: 'common' }),
          }))}
        />
        <FilterPill
          name={t('filter.cloud')}
          chosen={splitList(address.cloud)}
          onChange={(chosen) => go({ cloud: chosen.join(',') || undefined })}
          options={CLOUD_WORDS.map((word) => ({
            value: word,
            label: <CloudMark cloud={asCloud(word)} show="name" />,
            text: t(`cloud.${asCloud(word)}`, { ns: 'common' }),
          }))}
        />
        <Input.Search
          allowClear
          defaultValue={address.entity ?? ''}
          key={address.entity ?? ''}
          placeholder={t('filter.entityHint')}
          aria-label={t('filter.entity')}
          style={{ width: 190 }}
          onSearch={(value) => go({ entity: value.trim() || undefined })}
        />
        {address.rule !== undefined && (
          <Button onClick={() => go({ rule: undefined })}>
            {t('filter.rule')} <span className="mono">{address.rule}</span> ×
          </Button>
        )}
        <span className="grow" />
        {filtered && (
          <Button type="text" onClick={() => go({ severity: undefined, cloud: undefined, rule: undefined, entity: undefined })}>
            {t('clear', { ns: 'common' })}
          </Button>
        )}
      </div>
      {counts && (
        <div className="sl-alerts-summary">
          <div>
            <div className="meta">{t('newAlerts')}</div>
            <b>{counts.byStatus.new}</b> <span className="quiet">{t('ofAll', { total: all ?? 0 })}</span>
          </div>
          <div>
            <div className="meta">{t('trend')}</div>
            <Sparkline values={counts.trend.counts} width={420} height={34} label={t('trend')} />
          </div>
          <div>
            <div className="meta">{t('bySeverity')}</div>
            <StackedBar counts={counts.bySeverity} height={8} />
            <div className="row meta" style={{ gap: 10, marginTop: 4 }}>
              {SEVERITIES.filter((severity) => counts.bySeverity[severity] > 0).map((severity) => (
                <span key={severity} style={{ color: severityColour(severity, 'text') }}>
                  {t(`severity.${severity}`, { ns: 'common' })} <span className="num">{counts.bySeverity[severity]}</span>
                </span>
              ))}
              {counts.medianAcknowledgeSec !== null && <span>{t('median', { time: duration(counts.medianAcknowledgeSec * 1000) })}</span>}
            </div>
          </div>
        </div>
      )}
      <div className="sl-alerts-body">
        <div className="sl-alerts-list" role="table" aria-label={t('title')}>
          <div className="sl-alert-head" role="row">
            <span role="columnheader">
              <Checkbox
                aria-label={t('all', { ns: 'common' })}
                checked={items.length > 0 && selected.size === items.length}
                indeterminate={selected.size > 0 && selected.size < items.length}
                onChange={(event) => setSelected(event.target.checked ? new Set(items.map((item) => item.id)) : new Set())}
              />
            </span>
            <span role="columnheader">{t('filter.severity')}</span>
            <span role="columnheader">{t('columns.time')}</span>
            <span role="columnheader" />
            <span role="columnheader">{t('columns.what')}</span>
            <span role="columnheader">{t('columns.entity')}</span>
            <span role="columnheader">{t('columns.status')}</span>
            <span role="columnheader">{t('columns.event')}</span>
            <span role="columnheader" />
          </div>
          <div className="sl-scroll">
            {list.error && items.length === 0 ? (
              <Problem error={list.error} />
            ) : list.isPending ? (
              <SkeletonRows rows={18} height={32} />
            ) : items.length === 0 ? (
              <StateCard tone="empty" label={t('emptyLabel', { ns: 'common' })} title={t('empty')} />
            ) : (
              items.map((alert, index) => (
                <div
                  key={alert.id}
                  role="row"
                  className={`sl-alert-row${(alert.id === shown?.id && panels.right) || selected.has(alert.id) ? ' sl-row-on' : ''}${index === at ? ' sl-row-cursor' : ''}`}
                  style={{ boxShadow: `inset 3px 0 0 ${severityColour(alert.severity, 'fill')}` }}
                  aria-selected={selected.has(alert.id)}
                  data-testid={`alert-${alert.id}`}
                  onClick={() => move(index)}
                >
                  <span role="cell" onClick={(click) => click.stopPropagation()}>
                    <Checkbox checked={selected.has(alert.id)} onChange={() => select(alert.id)} aria-label={alert.id} />
                  </span>
                  <span role="cell">
                    <SeverityChip severity={alert.severity} />
                  </span>
                  <span role="cell" className="mono">
                    {timeOf(alert)}
                  </span>
                  <span role="cell">
                    <CloudMark cloud={asCloud(alert.cloud)} />
                  </span>
                  <span role="cell" className="ellipsis" title={alert.title}>
                    {alert.title}
                    {alert.count > 1 && <span className="meta"> ×{alert.count}</span>}
                  </span>
                  <span role="cell" className="mono ellipsis">
                    {alert.entities[0]?.value ?? ''}
                  </span>
                  <span role="cell" className="quiet">
                    {t(`alertStatus.${alert.status}`, { ns: 'common' })}
                  </span>
                  <span role="cell" className="mono quiet">
                    {alert.eventId ?? '–'}
                  </span>
                  <span role="cell">
                    <Avatar name={alert.owner} />
                  </span>
                </div>
              ))
            )}
            {list.hasNextPage && (
              <Button type="text" block loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t('loadMore', { ns: 'common' })}
              </Button>
            )}
          </div>
          {selected.size > 0 && (
            <div className="sl-bulk" role="toolbar">
              <b>{t('selected', { ns: 'common', count: selected.size })}</b>
              <Button disabled={!mayChange} onClick={() => changeSelected('acknowledged')}>
                {t('acknowledge')}
              </Button>
              <Button disabled={!mayChange} onClick={() => changeSelected('closed')}>
                {t('closeIt')}
              </Button>
              <Button type="text" onClick={() => setSelected(new Set())}>
                {t('clear', { ns: 'common' })}
              </Button>
            </div>
          )}
        </div>
        {panels.right && shown && (
          <AlertPreview
            alert={shown}
            mayChange={mayChange}
            onPrevious={() => move(at - 1)}
            onNext={() => move(at + 1)}
            onClose={() => panels.toggle('right')}
            onStatus={(next) => setStatus(shown, next)}
          />
        )}
      </div>
      <KeyBar
        left={t('shown', {
          shown: items.length,
          total: status === undefined ? items.length : ((tab === 'all' ? all : status[tab]) ?? items.length),
        })}
        hints={[
          { keys: ['J', 'K'], does: t('keys.move') },
          { keys: ['1', '2', '3'], does: t('keys.status') },
          { keys: ['A'], does: t('keys.assign') },
          { keys: ['X'], does: t('keys.select') },
          { keys: ['Z'], does: t('keys.undo') },
        ]}
      />
    </div>
  );
}
