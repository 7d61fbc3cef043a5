import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button, Checkbox, Select } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertBody, AlertGroup, Verdict } from '../../../../src/api/rest/contract/alerts.ts';
import { splitList } from '../../api/address.ts';
import { useMay, useSession } from '../../api/session.ts';
import { useCall } from '../../api/use-call.ts';
import { CloudPill } from '../../kit/cloud-pill.tsx';
import { FilterPill } from '../../kit/filter-pill.tsx';
import { FindInput } from '../../kit/find-input.tsx';
import { count } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { KeyBar } from '../../kit/key-bar.tsx';
import { KeyCap } from '../../kit/key-cap.tsx';
import { ListBody } from '../../kit/list-body.tsx';
import { OwnerPill } from '../../kit/owner-pill.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SeverityPill } from '../../kit/severity-pill.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { TabsBar } from '../../kit/tabs-bar.tsx';
import { Updated } from '../../kit/updated.tsx';
import { useHotkeys } from '../../shell/hotkeys.ts';
import { usePanels } from '../../shell/panels.ts';
import type { AlertChange } from './alert-change.ts';
import { AlertPreview } from './alert-preview.tsx';
import { AlertRow } from './alert-row.tsx';
import { cursorIn } from './alert-rows.ts';
import { ALERT_GROUPINGS, ALERT_SPAN_WORDS, ALERT_TABS, type AlertsAddress } from './alerts-address.ts';
import { AlertsSummary } from './alerts-summary.tsx';
import { CloseMenu } from './close-menu.tsx';
import { GroupRow } from './group-row.tsx';
import { useAlertChanges } from './use-alert-changes.ts';
import { fromOf, useQueue, type AlertQuery } from './use-queue.ts';
import './alerts-page.css';

const route = getRouteApi('/alerts');
const EVERY_MS = 10_000;
const NO_FILTERS: Partial<AlertsAddress> = {
  severity: undefined,
  cloud: undefined,
  owner: undefined,
  rule: undefined,
  entity: undefined,
  span: undefined,
};

/** The queue of alerts: what fired, why, and what is done about it. */
export function AlertsPage() {
  const { t } = useTranslation('alerts');
  const stay = route.useNavigate();
  const navigate = useNavigate();
  const address = route.useSearch();
  const { me } = useSession();
  const mayChange = useMay('analyst');
  const panels = usePanels('alerts');
  const changes = useAlertChanges();
  const [cursorKey, setCursorKey] = useState<string | null>(null);
  const [selected, setSelected] = useState<ReadonlyMap<string, AlertBody>>(new Map());
  const tab = address.tab ?? 'new';
  // Groups of entities are made with the filter by entity: the two cannot be combined.
  const by = address.by === 'entity' && address.entity !== undefined ? 'rule' : (address.by ?? 'rule');
  const { span } = address;
  const filters: AlertQuery = {
    severity: address.severity === undefined ? undefined : ([...splitList(address.severity)] as AlertBody['severity'][]),
    cloud: address.cloud === undefined ? undefined : ([...splitList(address.cloud)] as AlertBody['cloud'][]),
    owner: address.owner,
    ruleId: address.rule,
    entity: address.entity,
  };
  const ofTab = tab === 'all' ? filters : { ...filters, status: [tab] };
  const queue = useQueue({ by, filters: ofTab, span, everyMs: EVERY_MS });
  const summary = useCall('summarizeAlerts', { query: { ...ofTab, from: fromOf(span) } }, { everyMs: EVERY_MS });
  const rules = useCall('groupAlerts', { query: { by: 'rule', pageSize: 200 } }, { staleMs: 60_000 });
  const { rows, alerts, list } = queue;

  const lastAt = useRef(0);
  const at = cursorIn(rows, cursorKey, lastAt.current);
  lastAt.current = at;
  const current = rows[at];
  const linked = alerts.find((alert) => alert.id === address.open);
  // An alert that a link names may stand in a closed group, or have another status by now.
  const asked = useCall(
    'getAlert',
    { params: { id: address.open ?? '' } },
    { enabled: address.open !== undefined && linked === undefined },
  );
  const elsewhere = asked.data?.id === address.open ? asked.data : undefined;
  const onGroup = cursorKey !== null && current?.kind === 'group' ? current.group : undefined;
  const under = rows[at + 1];
  const shown = linked ?? elsewhere ?? (current?.kind === 'alert' ? current.alert : under?.kind === 'alert' ? under.alert : alerts[0]);

  const go = (next: Partial<AlertsAddress>) => void stay({ search: (before) => ({ ...before, ...next }), replace: true });
  const move = (to: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (!row) return;
    setCursorKey(row.key);
    go({ open: row.kind === 'alert' ? row.alert.id : undefined });
  };
  const openEvent = (alert: AlertBody | undefined) => {
    if (alert?.eventId) void navigate({ to: '/events/$id', params: { id: alert.eventId }, search: { step: alert.id } });
  };
  const activate = () => {
    if (current?.kind === 'group') queue.toggle(current.group.key);
    else if (current?.kind === 'more') more(current.group);
    else openEvent(shown);
  };
  const more = (group: AlertGroup) => {
    if (group.count <= 100) return queue.showAll(group.key);
    return go(by === 'rule' ? { by: 'none', rule: group.key } : { by: 'none', entity: group.title });
  };

  const membersOf = async (group: AlertGroup): Promise<readonly AlertBody[]> => {
    try {
      return await queue.membersOf(group);
    } catch (thrown) {
      changes.refuse(thrown);
      return [];
    }
  };
  /** What a key or the bar acts on: the selection, else the group under the cursor, else the alert that is shown. */
  const targets = async (): Promise<readonly AlertBody[]> => {
    if (selected.size > 0) return [...selected.values()];
    if (onGroup) return await membersOf(onGroup);
    return shown ? [shown] : [];
  };
  const apply = async (chosen: readonly AlertBody[], change: AlertChange) => {
    const [first] = chosen;
    if (!mayChange || changes.busy || first === undefined) return;
    const name = chosen.length === 1 ? first.id : t('many', { count: chosen.length });
    const said =
      change.status === undefined
        ? t(change.owner === null ? 'released' : 'assigned', { id: name })
        : t('changed', { id: name, status: t(`alertStatus.${change.status}`, { ns: 'common' }) });
    const done = await changes.apply(chosen, change, said);
    if (!done) return;
    setSelected(new Map());
    // It leaves this tab: the next one takes its place in the panel.
    if (change.status !== undefined && tab !== 'all' && change.status !== tab) go({ open: undefined });
  };
  const act = (change: AlertChange) => void targets().then((chosen) => apply(chosen, change));
  const close = (verdict: Verdict) => act({ status: 'closed', verdict });
  const take = () =>
    void targets().then((chosen) => apply(chosen, { owner: chosen.every((alert) => alert.owner === me.user) ? null : me.user }));
  const ofGroup = (group: AlertGroup, change: AlertChange) => void membersOf(group).then((chosen) => apply(chosen, change));
  const select = (chosen: readonly AlertBody[]) =>
    setSelected((before) => {
      const next = new Map(before);
      const all = chosen.every((alert) => before.has(alert.id));
      for (const alert of chosen) {
        if (all) next.delete(alert.id);
        else next.set(alert.id, alert);
      }
      return next;
    });

  useHotkeys([
    { keys: 'j', does: t('keys.move'), run: () => move(at + 1) },
    { keys: 'k', run: () => move(at - 1) },
    { keys: 'ArrowDown', run: () => move(at + 1) },
    { keys: 'ArrowUp', run: () => move(at - 1) },
    { keys: 'Enter', does: t('keys.open'), run: activate },
    { keys: 'ArrowRight', run: () => (current?.kind === 'group' ? queue.toggle(current.group.key, true) : false) },
    { keys: 'ArrowLeft', run: () => (current?.kind === 'group' ? queue.toggle(current.group.key, false) : false) },
    { keys: '1', does: t('keys.new'), run: () => act({ status: 'new' }) },
    { keys: '2', does: t('keys.acknowledge'), run: () => act({ status: 'acknowledged' }) },
    { keys: '3', does: t('keys.close'), run: () => act({ status: 'closed' }) },
    { keys: 'a', does: t('keys.assign'), run: take },
    {
      keys: 'x',
      does: t('keys.select'),
      run: () => {
        if (onGroup) void membersOf(onGroup).then(select);
        else if (current?.kind === 'alert') select([current.alert]);
      },
    },
    { keys: 'z', does: t('keys.undo'), run: () => changes.takeBack() },
    { keys: '/', does: t('keys.filter'), run: () => document.querySelector<HTMLInputElement>('.sl-filter-bar input')?.focus() },
    { keys: 'Escape', run: () => (selected.size > 0 ? setSelected(new Map()) : false) },
    { keys: '[', run: () => panels.toggle('right') },
    { keys: ']', run: () => panels.toggle('right') },
  ]);
  useEffect(() => {
    document.querySelector('.sl-alerts-list [data-cursor]')?.scrollIntoView({ block: 'nearest' });
  }, [cursorKey]);

  const counts = summary.data;
  const status = counts?.byStatus;
  const all = status && status.new + status.acknowledged + status.suppressed + status.closed;
  const total = status === undefined ? alerts.length : ((tab === 'all' ? all : status[tab]) ?? alerts.length);
  const filtered = span !== undefined || Object.values(filters).some((value) => value !== undefined);

  return (
    <div className="sl-page sl-page-surface">
      <PageHeader title={t('title')} note={<Updated atMs={list.dataUpdatedAt} failing={list.isRefetchError} everyMs={EVERY_MS} />}>
        <Select
          value={span ?? ''}
          aria-label={t('span')}
          popupMatchSelectWidth={false}
          onChange={(next) => go({ span: ALERT_SPAN_WORDS.find((word) => word === next), open: undefined })}
          options={[
            { value: '', label: t('anyTime') },
            ...ALERT_SPAN_WORDS.map((word) => ({ value: word, label: t('last', { span: t(`spans.${word}`) }) })),
          ]}
        />
        <Button icon={<Icon name="refresh" size={14} />} onClick={() => void Promise.all([list.refetch(), summary.refetch()])}>
          {t('auto', { ns: 'common', age: '10 s' })}
        </Button>
      </PageHeader>
      <TabsBar
        label={t('tabs')}
        active={tab}
        onChange={(key) => {
          setCursorKey(null);
          setSelected(new Map());
          go({ tab: key === 'new' ? undefined : key, open: undefined });
        }}
        tabs={ALERT_TABS.map((key) => ({
          key,
          text: key === 'all' ? t('all', { ns: 'common' }) : t(`alertStatus.${key}`, { ns: 'common' }),
          count: status === undefined ? undefined : count((key === 'all' ? all : status[key]) ?? 0),
        }))}
        extra={
          <>
            <span className="meta">{t('groupBy')}</span>
            <Select
              value={by}
              aria-label={t('groupBy')}
              popupMatchSelectWidth={false}
              onChange={(next) => {
                setCursorKey(null);
                go({ by: next === 'rule' ? undefined : next });
              }}
              options={ALERT_GROUPINGS.map((word) => ({
                value: word,
                label: t(`groupings.${word}`),
                disabled: word === 'entity' && address.entity !== undefined,
              }))}
            />
          </>
        }
      />
      <div className="sl-filter-bar">
        <SeverityPill chosen={address.severity} onChange={(severity) => go({ severity })} />
        <CloudPill chosen={address.cloud} onChange={(cloud) => go({ cloud })} />
        <OwnerPill chosen={address.owner} onChange={(owner) => go({ owner })} />
        <FilterPill
          name={t('filter.rule')}
          single
          chosen={address.rule === undefined ? [] : [address.rule]}
          onChange={(chosen) => go({ rule: chosen[0] })}
          options={ruleOptions(rules.data?.items ?? [], address.rule)}
        />
        <FindInput
          value={address.entity}
          hint={t('filter.entityHint', { ns: 'common' })}
          label={t('filter.entity', { ns: 'common' })}
          width={190}
          onFind={(entity) => go({ entity })}
        />
        <span className="grow" />
        {filtered && (
          <Button type="text" onClick={() => go(NO_FILTERS)}>
            {t('clear', { ns: 'common' })}
          </Button>
        )}
      </div>
      {counts && counts.total > 0 && <AlertsSummary summary={counts} tab={tab} span={span} />}
      {changes.refusals.length > 0 && (
        <div className="sl-alerts-refused" role="alert">
          <Icon name="warning" size={15} />
          <span className="grow">
            <b>{t('refused', { count: changes.refusals.length })}</b> {changes.refusals.slice(0, 5).join('; ')}
          </span>
          <Button
            type="text"
            size="small"
            icon={<Icon name="close" size={13} />}
            aria-label={t('close', { ns: 'common' })}
            onClick={changes.forget}
          />
        </div>
      )}
      <div className="sl-alerts-body">
        <div className={by === 'none' ? 'sl-alerts-list sl-alerts-flat' : 'sl-alerts-list'} role="table" aria-label={t('title')}>
          <div className="sl-alert-head" role="row">
            <span role="columnheader">
              <Checkbox
                aria-label={t('all', { ns: 'common' })}
                checked={alerts.length > 0 && alerts.every((alert) => selected.has(alert.id))}
                indeterminate={selected.size > 0 && !alerts.every((alert) => selected.has(alert.id))}
                onChange={(event) => setSelected(new Map(event.target.checked ? alerts.map((alert) => [alert.id, alert]) : []))}
              />
            </span>
            <span role="columnheader">{t('columns.time')}</span>
            <span role="columnheader">{t(by === 'none' ? 'filter.severity' : 'filter.cloud', { ns: 'common' })}</span>
            <span role="columnheader">{t('columns.what')}</span>
            <span role="columnheader">{t('columns.entity')}</span>
            <span role="columnheader">{t('columns.status')}</span>
            <span role="columnheader">{t('columns.event')}</span>
            <span role="columnheader">{t('columns.owner')}</span>
          </div>
          <div className="sl-scroll">
            <ListBody
              list={list}
              rows={18}
              rowHeight={28}
              empty={
                <StateCard
                  tone="empty"
                  label={t('emptyLabel', { ns: 'common' })}
                  title={t(filtered ? 'emptyFiltered' : `empty.${tab}`)}
                  actions={
                    <>
                      {filtered && <Button onClick={() => go(NO_FILTERS)}>{t('clearFilters')}</Button>}
                      {tab !== 'all' && (all ?? 0) > 0 && (
                        <Button onClick={() => go({ tab: 'all' })}>{t('showEvery', { total: count(all ?? 0) })}</Button>
                      )}
                    </>
                  }
                />
              }
            >
              {rows.map((row, index) =>
                row.kind === 'group' ? (
                  <GroupRow
                    key={row.key}
                    group={row.group}
                    by={by === 'entity' ? 'entity' : 'rule'}
                    open={row.open}
                    cursor={index === at && cursorKey !== null}
                    mayChange={mayChange}
                    onToggle={() => {
                      setCursorKey(row.key);
                      queue.toggle(row.group.key);
                    }}
                    onTake={() => ofGroup(row.group, { owner: me.user })}
                    onClose={(verdict) => ofGroup(row.group, { status: 'closed', verdict })}
                  />
                ) : row.kind === 'alert' ? (
                  <AlertRow
                    key={row.key}
                    alert={row.alert}
                    grouped={row.group !== null}
                    cursor={index === at && cursorKey !== null}
                    open={row.alert.id === shown?.id && panels.right}
                    selected={selected.has(row.alert.id)}
                    onSelect={() => select([row.alert])}
                    onClick={() => move(index)}
                    onOpen={() => openEvent(row.alert)}
                  />
                ) : row.kind === 'more' ? (
                  <div key={row.key} role="row" className={`sl-alerts-more${index === at && cursorKey !== null ? ' sl-row-cursor' : ''}`}>
                    <button type="button" className="link" onClick={() => more(row.group)}>
                      {t('showMore', { ns: 'common', count: row.hidden })}
                    </button>
                  </div>
                ) : (
                  <SkeletonRows key={row.key} rows={2} height={28} />
                ),
              )}
              {queue.failed && <Problem error={queue.failed} />}
            </ListBody>
            {selected.size > 0 && <div className="sl-alerts-room" />}
          </div>
          {selected.size > 0 && (
            <div className="sl-bulk" role="toolbar" aria-label={t('selected', { ns: 'common', count: selected.size })}>
              <b>{t('selected', { ns: 'common', count: selected.size })}</b>
              <CommonEvent alerts={[...selected.values()]} />
              <Button disabled={!mayChange} onClick={take}>
                {t('take')} <KeyCap>A</KeyCap>
              </Button>
              <Button disabled={!mayChange} onClick={() => act({ status: 'acknowledged' })}>
                {t('acknowledge')} <KeyCap>2</KeyCap>
              </Button>
              <CloseMenu disabled={!mayChange} onClose={close} />
              <Button disabled={!mayChange} onClick={() => act({ status: 'suppressed' })}>
                {t('suppress')}
              </Button>
              <Button
                type="text"
                icon={<Icon name="close" size={13} />}
                aria-label={t('clear', { ns: 'common' })}
                onClick={() => setSelected(new Map())}
              />
            </div>
          )}
        </div>
        {panels.right && shown && (
          <AlertPreview
            alert={shown}
            mayChange={mayChange}
            keys={onGroup === undefined && selected.size === 0}
            onPrevious={() => move(at - 1)}
            onNext={() => move(at + 1)}
            onClose={() => panels.toggle('right')}
            onAcknowledge={() => void apply([shown], { status: 'acknowledged' })}
            onReopen={() => void apply([shown], { status: 'new', verdict: null })}
            onCloseAs={(verdict) => void apply([shown], { status: 'closed', verdict })}
            onTake={() => void apply([shown], { owner: shown.owner === me.user ? null : me.user })}
            onOpenEvent={() => openEvent(shown)}
          />
        )}
      </div>
      <KeyBar
        left={
          by === 'none'
            ? t('shown', { shown: alerts.length, total: count(total) })
            : t('inGroups', { count: total, groups: `${list.items.length}${list.hasNextPage ? '+' : ''}` })
        }
        hints={[
          { keys: ['J', 'K'], does: t('keys.move') },
          { keys: ['Enter'], does: t('keys.open') },
          { keys: ['A'], does: t('keys.assign') },
          { keys: ['2'], does: t('keys.acknowledge') },
          { keys: ['3'], does: t('keys.close') },
          { keys: ['X'], does: t('keys.select') },
          { keys: ['/'], does: t('keys.filter') },
          { keys: ['Z'], does: t('keys.undo') },
        ]}
      />
    </div>
  );
}

/** The rules that raised alerts, and the one of the address even when it raised none. */
function ruleOptions(groups: readonly AlertGroup[], chosen: string | undefined) {
  const options = groups
    .map((group) => ({ value: group.key, label: group.title, text: group.title }))
    .toSorted((a, b) => a.text.localeCompare(b.text));
  if (chosen === undefined || options.some((option) => option.value === chosen)) return options;
  return [{ value: chosen, label: chosen, text: chosen }, ...options];
}

/** Says when everything selected belongs to one security event. */
function CommonEvent({ alerts }: { readonly alerts: readonly AlertBody[] }) {
  const { t } = useTranslation('alerts');
  const events = new Set(alerts.map((alert) => alert.eventId));
  const [only] = events;
  return events.size === 1 && only ? <span className="meta">{t('allIn', { id: only })}</span> : null;
}
