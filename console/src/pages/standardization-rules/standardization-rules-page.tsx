import { getRouteApi } from '@tanstack/react-router';
import { Button, Input, Switch } from 'antd';
import { useTranslation } from 'react-i18next';
import type { StandardizationRuleSummary } from '../../../../src/api/rest/contract/rules.ts';
import { splitList } from '../../api/address.ts';
import { useMay } from '../../api/session.ts';
import { useChange, usePages } from '../../api/use-call.ts';
import { CLOUD_WORDS } from '../../api/words.ts';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { FilterPill } from '../../kit/filter-pill.tsx';
import { Icon } from '../../kit/icon.tsx';
import { KeyBar } from '../../kit/key-bar.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { Updated } from '../../kit/updated.tsx';
import { useUndo } from '../../kit/use-undo.tsx';
import { useHotkeys } from '../../shell/hotkeys.ts';
import { NewStandard } from './new-standard.tsx';
import { StandardPreview } from './standard-preview.tsx';
import type { StandardsAddress } from './standards-address.ts';
import '../../kit/form.css';

const route = getRouteApi('/standardization-rules');
const EVERY_MS = 30_000;
const NEW = 'new';
/** Columns that the panel says better; without them the names stay readable beside it. */
const BESIDE_PANEL_HIDDEN: ReadonlySet<string> = new Set(['product', 'logType', 'revision', 'origin']);

/** How raw logs become standardized events: each rule with its samples, its text, a test, and its switch. */
export function StandardizationRulesPage() {
  const { t } = useTranslation('rules');
  const undo = useUndo();
  const address = route.useSearch();
  const stay = route.useNavigate();
  const mayChange = useMay('admin');
  const clouds = splitList(address.cloud) as readonly StandardizationRuleSummary['cloud'][];
  const list = usePages(
    'listStandardizationRules',
    {
      query: {
        pageSize: 500,
        search: address.q,
        cloud: clouds.length === 0 ? undefined : [...clouds],
        enabled: address.state === undefined ? undefined : address.state === 'on',
        origin: address.origin,
      },
    },
    { everyMs: EVERY_MS },
  );
  const change = useChange('updateStandardizationRule', ['listStandardizationRules', 'getStandardizationRule']);
  const items: readonly StandardizationRuleSummary[] = list.items;
  const at = items.findIndex((item) => item.id === address.open);
  const shown = items[at];
  const go = (next: Partial<StandardsAddress>) => void stay({ search: (before) => ({ ...before, ...next }), replace: true });
  const move = (to: number) => {
    const next = items[Math.max(0, Math.min(items.length - 1, to))];
    if (next) go({ open: next.id });
  };
  const toggle = (rule: StandardizationRuleSummary | undefined) => {
    if (!rule || !mayChange) return;
    const enabled = !rule.enabled;
    change.mutate(
      { params: { id: rule.id }, body: { etag: rule.etag, enabled } },
      {
        onSuccess: (after) =>
          undo.offer(t(enabled ? 'switchedOn' : 'switchedOff', { id: rule.id }), () =>
            change.mutateAsync({ params: { id: rule.id }, body: { etag: after.etag, enabled: !enabled } }),
          ),
      },
    );
  };
  useHotkeys([
    { keys: 'j', does: t('keys.move'), run: () => move(at + 1) },
    { keys: 'k', run: () => move(at - 1) },
    { keys: 'x', does: t('keys.toggle'), run: () => toggle(shown) },
    { keys: 'z', run: () => undo.take() },
    { keys: ']', does: t('keys.panel'), run: () => (shown ? go({ open: undefined }) : move(0)) },
    { keys: 'Escape', run: () => (address.open === undefined ? false : go({ open: undefined })) },
  ]);
  const filtered = address.q !== undefined || address.cloud !== undefined || address.state !== undefined || address.origin !== undefined;

  const columns: readonly Column<StandardizationRuleSummary>[] = [
    {
      key: 'rule',
      title: t('columns.rule'),
      render: (rule) => (
        <span className="row" title={rule.id}>
          <CloudMark cloud={asCloud(rule.cloud)} />
          {rule.fault !== null && <Icon name="warning" size={13} className="error" />}
          <span className={rule.enabled ? 'strong ellipsis' : 'quiet ellipsis'}>{rule.title}</span>
          {rule.fault !== null && <span className="error"> {t('faulty')}</span>}
        </span>
      ),
    },
    { key: 'product', title: t('columns.product'), width: 160, render: (rule) => <span className="text2">{rule.product}</span> },
    {
      key: 'logType',
      title: t('columns.logType'),
      width: 190,
      render: (rule) => (
        <span className="mono quiet" title={rule.logType}>
          {rule.logType}
        </span>
      ),
    },
    {
      key: 'structure',
      title: t('columns.structure'),
      width: 220,
      render: (rule) => (
        <span title={rule.category}>
          {rule.className} <span className="mono quiet">{rule.classUid}</span>
        </span>
      ),
    },
    { key: 'revision', title: t('columns.revision'), width: 52, align: 'right', render: (rule) => rule.revision },
    { key: 'origin', title: t('columns.origin'), width: 84, render: (rule) => <span className="quiet">{t(`origin.${rule.origin}`)}</span> },
    {
      key: 'on',
      title: t('columns.on'),
      width: 56,
      render: (rule) => (
        <span className="sl-cell-switch" onClick={(click) => click.stopPropagation()}>
          <Switch
            size="small"
            checked={rule.enabled}
            disabled={!mayChange}
            onChange={() => toggle(rule)}
            aria-label={t('switchLabel', { id: rule.id })}
          />
        </span>
      ),
    },
  ];
  return (
    <div className="sl-page sl-page-surface">
      <PageHeader
        title={t('standardization')}
        note={<Updated atMs={list.dataUpdatedAt} failing={list.isRefetchError} everyMs={EVERY_MS} />}
      >
        {mayChange && (
          <Button onClick={() => go({ open: NEW })} data-testid="new-rule">
            {t('newRule')}
          </Button>
        )}
      </PageHeader>
      <div className="sl-filter-bar">
        <Input.Search
          allowClear
          key={address.q ?? ''}
          defaultValue={address.q ?? ''}
          placeholder={t('findStandard')}
          aria-label={t('findStandard')}
          style={{ width: 230 }}
          onSearch={(value) => go({ q: value.trim() || undefined, open: undefined })}
        />
        <FilterPill
          name={t('filter.cloud')}
          chosen={clouds}
          onChange={(chosen) => go({ cloud: chosen.join(',') || undefined })}
          options={CLOUD_WORDS.map((word) => ({
            value: word,
            label: <CloudMark cloud={asCloud(word)} show="name" />,
            text: t(`cloud.${asCloud(word)}`, { ns: 'common' }),
          }))}
        />
        <FilterPill
          single
          name={t('filter.state')}
          chosen={splitList(address.state)}
          onChange={([state]) => go({ state: state === 'on' || state === 'off' ? state : undefined })}
          options={(['on', 'off'] as const).map((word) => ({ value: word, label: t(word), text: t(word) }))}
        />
        <FilterPill
          single
          name={t('filter.origin')}
          chosen={splitList(address.origin)}
          onChange={([origin]) => go({ origin: origin === 'built-in' || origin === 'custom' ? origin : undefined })}
          options={(['built-in', 'custom'] as const).map((word) => ({
            value: word,
            label: t(`origin.${word}`),
            text: t(`origin.${word}`),
          }))}
        />
        <span className="grow" />
        {filtered && (
          <Button type="text" onClick={() => go({ q: undefined, cloud: undefined, state: undefined, origin: undefined })}>
            {t('clear', { ns: 'common' })}
          </Button>
        )}
      </div>
      {change.error && <Problem error={change.error} />}
      <div className="sl-split">
        <div className="sl-scroll">
          {list.error && items.length === 0 ? (
            <Problem error={list.error} />
          ) : list.isPending ? (
            <SkeletonRows rows={20} height={30} />
          ) : items.length === 0 ? (
            <StateCard tone="empty" label={t('emptyLabel', { ns: 'common' })} title={t('empty')} />
          ) : (
            <DataTable
              label={t('standardization')}
              columns={address.open === undefined ? columns : columns.filter((column) => !BESIDE_PANEL_HIDDEN.has(column.key))}
              rows={items}
              rowKey={(rule) => rule.id}
              active={shown?.id ?? null}
              onOpen={(rule) => go({ open: rule.id })}
            />
          )}
          {list.hasNextPage && (
            <Button type="text" block loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t('loadMore', { ns: 'common' })}
            </Button>
          )}
        </div>
        {address.open === NEW ? (
          <NewStandard onMade={(id) => go({ open: id })} onClose={() => go({ open: undefined })} />
        ) : (
          address.open !== undefined && (
            <StandardPreview
              key={address.open}
              id={address.open}
              mayChange={mayChange}
              onPrevious={() => move(at - 1)}
              onNext={() => move(at + 1)}
              onClose={() => go({ open: undefined })}
              onOpen={(id) => go({ open: id })}
              onToggle={() => toggle(shown)}
            />
          )
        )}
      </div>
      <KeyBar
        left={t('shown', { count: items.length })}
        hints={[
          { keys: ['J', 'K'], does: t('keys.move') },
          { keys: ['X'], does: t('keys.toggle') },
          { keys: [']'], does: t('keys.panel') },
        ]}
      />
    </div>
  );
}
