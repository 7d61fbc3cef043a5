import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { App, Button, Checkbox, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EventStatus, EventSummaryBody } from '../../../../src/api/rest/contract/security-events.ts';
import { splitList } from '../../api/address.ts';
import { useMay, useSession } from '../../api/session.ts';
import { useCall, useChange, usePages } from '../../api/use-call.ts';
import { CloudPill } from '../../kit/cloud-pill.tsx';
import { FilterPill } from '../../kit/filter-pill.tsx';
import { FindInput } from '../../kit/find-input.tsx';
import { Icon } from '../../kit/icon.tsx';
import { KeyBar } from '../../kit/key-bar.tsx';
import { ListBody } from '../../kit/list-body.tsx';
import { OwnerPill } from '../../kit/owner-pill.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { SeverityPill } from '../../kit/severity-pill.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { TabsBar } from '../../kit/tabs-bar.tsx';
import { TACTICS } from '../../kit/tactics.ts';
import { Updated } from '../../kit/updated.tsx';
import { useUndo } from '../../kit/use-undo.tsx';
import { useHotkeys } from '../../shell/hotkeys.ts';
import { usePanels } from '../../shell/panels.ts';
import { EventPreview } from './event-preview.tsx';
import { EventRow } from './event-row.tsx';
import { EVENT_SORTS, EVENT_TABS, type EventsAddress, type EventTab } from './events-address.ts';
import './events-page.css';

const route = getRouteApi('/events');
const EVERY_MS = 10_000;

function statusesOf(tab: EventTab): readonly EventStatus[] | undefined {
  if (tab === 'all') return undefined;
  return tab === 'open' ? ['new', 'investigating', 'contained'] : [tab];
}

/** Security events: what happened, how far it got, whose it is. */
export function EventsPage() {
  const { t } = useTranslation('events');
  const { modal } = App.useApp();
  const undo = useUndo();
  const navigate = useNavigate();
  const stay = route.useNavigate();
  const address = route.useSearch();
  const { me } = useSession();
  const mayChange = useMay('analyst');
  const panels = usePanels('events');
  const [cursor, setCursor] = useState(0);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const tab = address.tab ?? 'open';
  const sort = address.sort ?? 'severity';
  const filters = {
    severity: splitListOrNone(address.severity),
    cloud: splitListOrNone(address.cloud),
    owner: address.owner,
    tactic: address.tactic,
    entity: address.entity,
  };
  const list = usePages(
    'listSecurityEvents',
    { query: { pageSize: 100, status: statusesOf(tab), sort, ...filters } },
    { everyMs: EVERY_MS },
  );
  const counts = useCall('summarizeSecurityEvents', { query: filters }, { everyMs: EVERY_MS });
  const change = useChange('updateSecurityEvent', ['listSecurityEvents', 'summarizeSecurityEvents', 'getSecurityEvent']);
  const merge = useChange('mergeSecurityEvents', ['listSecurityEvents', 'summarizeSecurityEvents', 'getSecurityEvent']);
  const items: readonly EventSummaryBody[] = list.items;
  const at = Math.min(cursor, items.length - 1);
  const current = items[at];
  const openId = panels.right ? (address.open ?? current?.id ?? null) : null;
  const shown = items.find((item) => item.id === openId) ?? current;

  const go = (next: Partial<EventsAddress>) => void stay({ search: (before) => ({ ...before, ...next }), replace: true });
  const move = (to: number) => {
    const next = items[Math.max(0, Math.min(items.length - 1, to))];
    setCursor(Math.max(0, Math.min(items.length - 1, to)));
    if (next) go({ open: next.id });
  };
  const openEvent = (event: EventSummaryBody | undefined) => event && void navigate({ to: '/events/$id', params: { id: event.id } });
  const update = (event: EventSummaryBody | undefined, next: { status?: EventStatus; owner?: string | null }, done: string) => {
    if (!event || !mayChange) return;
    const before = next.status === undefined ? { owner: event.owner } : { status: event.status };
    change.mutate(
      { params: { id: event.id }, body: { etag: event.etag, ...next } },
      {
        onSuccess: (after) =>
          undo.offer(done, () => change.mutateAsync({ params: { id: event.id }, body: { etag: after.etag, ...before } })),
      },
    );
  };
  const assign = (event: EventSummaryBody | undefined) => update(event, { owner: me.user }, t('assigned', { id: event?.id ?? '' }));
  const setStatus = (event: EventSummaryBody | undefined, status: EventStatus) =>
    update(event, { status }, t('changed', { id: event?.id ?? '', status: t(`eventStatus.${status}`, { ns: 'common' }) }));
  const mergeSelected = () => {
    const ids = items.filter((item) => selected.has(item.id)).map((item) => item.id);
    const [into, ...others] = ids;
    if (into === undefined || others.length === 0 || !mayChange) return;
    modal.confirm({
      title: t('merge', { id: into }),
      content: t('mergeConfirm', { id: into }),
      okText: t('merge', { id: into }),
      onOk: async () => {
        await merge.mutateAsync({ params: { id: into }, body: { ids: others } });
        setSelected(new Set());
      },
    });
  };
  const select = (id: string) =>
    setSelected((before) => (before.has(id) ? new Set([...before].filter((item) => item !== id)) : new Set([...before, id])));

  useHotkeys([
    { keys: 'j', does: t('keys.move'), run: () => move(at + 1) },
    { keys: 'k', run: () => move(at - 1) },
    { keys: 'ArrowDown', run: () => move(at + 1) },
    { keys: 'ArrowUp', run: () => move(at - 1) },
    { keys: 'Enter', does: t('keys.open'), run: () => openEvent(current) ?? undefined },
    { keys: 'a', does: t('keys.assign'), run: () => assign(current) },
    { keys: '1', does: t('keys.status'), run: () => setStatus(current, 'new') },
    { keys: '2', run: () => setStatus(current, 'investigating') },
    { keys: '3', run: () => setStatus(current, 'contained') },
    { keys: 'x', does: t('keys.select'), run: () => current && select(current.id) },
    { keys: 'm', does: t('keys.merge'), run: mergeSelected },
    { keys: 'z', does: t('keys.undo'), run: () => undo.take() },
    { keys: '/', does: t('keys.filter'), run: () => (document.querySelector('.sl-filter-bar input') as HTMLInputElement | null)?.focus() },
    { keys: 'Escape', run: () => (selected.size > 0 ? setSelected(new Set()) : false) },
    { keys: '[', run: () => panels.toggle('right') },
    { keys: ']', run: () => panels.toggle('right') },
  ]);

  const status = counts.data?.byStatus;
  const open = status ? status.new + status.investigating + status.contained : undefined;
  const total =
    status === undefined
      ? undefined
      : tab === 'all'
        ? status.new + status.investigating + status.contained + status.closed
        : tab === 'open'
          ? open
          : status[tab];
  const filtered = Object.values(filters).some((value) => value !== undefined);
  const tacticOptions = useMemo(
    () =>
      TACTICS.map((tactic) => ({
        value: tactic.slug as string,
        label: t(`tactic.${tactic.slug}`, { ns: 'common' }),
        text: t(`tactic.${tactic.slug}`, { ns: 'common' }),
      })),
    [t],
  );

  return (
    <div className="sl-page sl-page-surface">
      <PageHeader title={t('title')} note={<Updated atMs={list.dataUpdatedAt} failing={list.isRefetchError} everyMs={EVERY_MS} />}>
        <Button icon={<Icon name="refresh" size={14} />} onClick={() => void list.refetch()}>
          {t('auto', { ns: 'common', age: '10 s' })}
        </Button>
      </PageHeader>
      <TabsBar
        label={t('tabs.label')}
        active={tab}
        onChange={(key) => {
          setCursor(0);
          go({ tab: key === 'open' ? undefined : key, open: undefined });
        }}
        tabs={EVENT_TABS.map((key) => ({
          key,
          text: key === 'open' ? t('tabs.open') : key === 'all' ? t('tabs.all') : t(`eventStatus.${key}`, { ns: 'common' }),
          count:
            status === undefined
              ? undefined
              : key === 'open'
                ? open
                : key === 'all'
                  ? status.new + status.investigating + status.contained + status.closed
                  : status[key],
        }))}
        extra={
          <>
            <span className="meta">{t('sort.label')}</span>
            <Select
              value={sort}
              variant="outlined"
              style={{ width: 168 }}
              aria-label={t('sort.label')}
              onChange={(next) => go({ sort: next })}
              options={EVENT_SORTS.map((key) => ({ value: key, label: t(`sort.${key}`) }))}
            />
          </>
        }
      />
      <div className="sl-filter-bar">
        <SeverityPill chosen={address.severity} onChange={(severity) => go({ severity })} />
        <OwnerPill chosen={address.owner} onChange={(owner) => go({ owner })} />
        <CloudPill chosen={address.cloud} onChange={(cloud) => go({ cloud })} />
        <FilterPill
          name={t('filter.tactic')}
          single
          chosen={address.tactic === undefined ? [] : [address.tactic]}
          onChange={(chosen) => go({ tactic: chosen[0] })}
          options={tacticOptions}
        />
        <FindInput
          value={address.entity}
          hint={t('filter.entityHint', { ns: 'common' })}
          label={t('filter.entity', { ns: 'common' })}
          width={190}
          onFind={(entity) => go({ entity })}
        />
        <span className="grow" />
        {counts.data && <span className="meta">{t('withoutOwner', { count: counts.data.withoutOwner })}</span>}
      </div>
      <div className="sl-events-body">
        <div className="sl-events-list" role="table" aria-label={t('title')}>
          <div className="sl-event-head" role="row">
            <span role="columnheader">
              <Checkbox
                aria-label={t('all', { ns: 'common' })}
                checked={items.length > 0 && selected.size === items.length}
                indeterminate={selected.size > 0 && selected.size < items.length}
                onChange={(event) => setSelected(event.target.checked ? new Set(items.map((item) => item.id)) : new Set())}
              />
            </span>
            <span role="columnheader">{t('columns.severity')}</span>
            <span role="columnheader">{t('columns.event')}</span>
            <span role="columnheader">{t('columns.tactics')}</span>
            <span role="columnheader">{t('columns.clouds')}</span>
            <span role="columnheader">{t('columns.risk')}</span>
            <span role="columnheader" className="num">
              {t('columns.alerts')}
            </span>
            <span role="columnheader">{t('columns.owner')}</span>
          </div>
          <div className="sl-scroll">
            <ListBody
              list={list}
              rows={13}
              rowHeight={48}
              empty={
                <StateCard
                  tone="empty"
                  label={t('emptyLabel', { ns: 'common' })}
                  title={t('empty.title')}
                  actions={
                    filtered ? (
                      <Button
                        onClick={() =>
                          go({ severity: undefined, cloud: undefined, owner: undefined, tactic: undefined, entity: undefined })
                        }
                      >
                        {t('empty.clear')}
                      </Button>
                    ) : undefined
                  }
                >
                  {t('empty.body')}
                </StateCard>
              }
            >
              {items.map((event, index) => (
                <EventRow
                  key={event.id}
                  event={event}
                  cursor={index === at}
                  open={event.id === shown?.id && panels.right}
                  selected={selected.has(event.id)}
                  onSelect={() => select(event.id)}
                  onClick={() => move(index)}
                  onOpen={() => openEvent(event)}
                />
              ))}
            </ListBody>
          </div>
          {selected.size > 1 && (
            <div className="sl-bulk" role="toolbar">
              <b>{t('selected', { ns: 'common', count: selected.size })}</b>
              <Button disabled={!mayChange} onClick={mergeSelected}>
                {t('merge', { id: items.find((item) => selected.has(item.id))?.id ?? '' })}
              </Button>
              <Button
                type="text"
                icon={<Icon name="close" size={13} />}
                aria-label={t('clear', { ns: 'common' })}
                onClick={() => setSelected(new Set())}
              />
            </div>
          )}
        </div>
        {panels.right && shown && (
          <EventPreview
            event={shown}
            mayChange={mayChange}
            onPrevious={() => move(at - 1)}
            onNext={() => move(at + 1)}
            onClose={() => panels.toggle('right')}
            onOpen={() => openEvent(shown)}
            onAssign={() => assign(shown)}
            onStatus={(next) => setStatus(shown, next)}
          />
        )}
      </div>
      <KeyBar
        left={t('shown', { shown: items.length, total: total ?? items.length })}
        hints={[
          { keys: ['J', 'K'], does: t('keys.move') },
          { keys: ['Enter'], does: t('keys.open') },
          { keys: ['A'], does: t('keys.assign') },
          { keys: ['1', '2', '3'], does: t('keys.status') },
          { keys: ['M'], does: t('keys.merge') },
          { keys: ['/'], does: t('keys.filter') },
        ]}
      />
    </div>
  );
}

function splitListOrNone(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : splitList(value);
}
