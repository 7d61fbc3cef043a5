import { getRouteApi } from '@tanstack/react-router';
import { Button, Input, Switch } from 'antd';
import { useTranslation } from 'react-i18next';
import type { DetectionRuleSummary } from '../../../../src/api/rest/contract/rules.ts';
import { splitList } from '../../api/address.ts';
import { useMay } from '../../api/session.ts';
import { useChange, usePages } from '../../api/use-call.ts';
import { SEVERITY_WORDS } from '../../api/words.ts';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { FilterPill } from '../../kit/filter-pill.tsx';
import { age, count } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { KeyBar } from '../../kit/key-bar.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { asTactic } from '../../kit/tactics.ts';
import { Updated } from '../../kit/updated.tsx';
import { useUndo } from '../../kit/use-undo.tsx';
import { useHotkeys } from '../../shell/hotkeys.ts';
import { NewRule } from './new-rule.tsx';
import { RulePreview } from './rule-preview.tsx';
import type { RulesAddress } from './rules-address.ts';
import '../../kit/form.css';

const route = getRouteApi('/rules');
const EVERY_MS = 30_000;
const NEW = 'new';
/** Columns that the panel says better; without them the names stay readable beside it. */
const BESIDE_PANEL_HIDDEN: ReadonlySet<string> = new Set(['tactics', 'last', 'logsource']);

/** What is looked for in events: each rule with what it raised, its text, a test, and its switch. */
export function DetectionRulesPage() {
  const { t } = useTranslation('rules');
  const undo = useUndo();
  const address = route.useSearch();
  const stay = route.useNavigate();
  const mayChange = useMay('admin');
  const severities = splitList(address.severity) as readonly DetectionRuleSummary['severity'][];
  const list = usePages(
    'listDetectionRules',
    {
      query: {
        pageSize: 500,
        search: address.q,
        severity: severities.length === 0 ? undefined : [...severities],
        enabled: address.state === undefined ? undefined : address.state === 'on',
        origin: address.origin,
      },
    },
    { everyMs: EVERY_MS },
  );
  const change = useChange('updateDetectionRule', ['listDetectionRules', 'getDetectionRule']);
  const items: readonly DetectionRuleSummary[] = list.items;
  const at = items.findIndex((item) => item.id === address.open);
  const shown = items[at];
  const go = (next: Partial<RulesAddress>) => void stay({ search: (before) => ({ ...before, ...next }), replace: true });
  const move = (to: number) => {
    const next = items[Math.max(0, Math.min(items.length - 1, to))];
    if (next) go({ open: next.id });
  };
  const toggle = (rule: DetectionRuleSummary | undefined) => {
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
  const filtered = address.q !== undefined || address.severity !== undefined || address.state !== undefined || address.origin !== undefined;

  const columns: readonly Column<DetectionRuleSummary>[] = [
    { key: 'severity', title: t('filter.severity'), width: 112, render: (rule) => <SeverityChip severity={rule.severity} /> },
    {
      key: 'rule',
      title: t('columns.rule'),
      render: (rule) => (
        <span title={rule.id}>
          {rule.fault !== null && <Icon name="warning" size={13} className="error sl-inline-icon" />}
          <span className={rule.enabled ? 'strong' : 'quiet'}>{rule.title}</span>
          {rule.fault !== null && <span className="error"> {t('faulty')}</span>}
        </span>
      ),
    },
    {
      key: 'tactics',
      title: t('columns.tactics'),
      width: 230,
      render: (rule) => (
        <span className="row">
          {rule.techniques[0] !== undefined && <span className="sl-code-chip">{rule.techniques[0]}</span>}
          <span className="ellipsis text2">
            {rule.tactics
              .map((name) => {
                const tactic = asTactic(name);
                return tactic === null ? name : t(`tactic.${tactic}`, { ns: 'common' });
              })
              .join(t('listComma', { ns: 'common' }))}
          </span>
        </span>
      ),
    },
    {
      key: 'logsource',
      title: t('columns.logsource'),
      width: 170,
      render: (rule) => <span className="mono quiet">{rule.logsource}</span>,
    },
    {
      key: 'alerts',
      title: t('columns.alerts'),
      width: 92,
      align: 'right',
      render: (rule) => (rule.alerts24h === 0 ? <span className="quiet">0</span> : <b>{count(rule.alerts24h)}</b>),
    },
    {
      key: 'last',
      title: t('columns.last'),
      width: 92,
      align: 'right',
      render: (rule) =>
        rule.lastAlertAt === null ? (
          <span className="quiet">–</span>
        ) : (
          t('ago', { ns: 'common', age: age(Date.now() - Date.parse(rule.lastAlertAt)) })
        ),
    },
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
      <PageHeader title={t('detection')} note={<Updated atMs={list.dataUpdatedAt} failing={list.isRefetchError} everyMs={EVERY_MS} />}>
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
          placeholder={t('find')}
          aria-label={t('find')}
          style={{ width: 230 }}
          onSearch={(value) => go({ q: value.trim() || undefined, open: undefined })}
        />
        <FilterPill
          name={t('filter.severity')}
          chosen={severities}
          onChange={(chosen) => go({ severity: chosen.join(',') || undefined })}
          options={SEVERITY_WORDS.map((word) => ({
            value: word,
            label: <SeverityChip severity={word} />,
            text: t(`severity.${word}`, { ns: 'common' }),
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
          <Button type="text" onClick={() => go({ q: undefined, severity: undefined, state: undefined, origin: undefined })}>
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
              label={t('detection')}
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
          <NewRule onMade={(id) => go({ open: id })} onClose={() => go({ open: undefined })} />
        ) : (
          address.open !== undefined && (
            <RulePreview
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
