import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { StandardizationRuleSummary } from '../../../../src/api/rest/contract/rules.ts';
import { splitList } from '../../api/address.ts';
import { useMay } from '../../api/session.ts';
import { useChange, usePages } from '../../api/use-call.ts';
import { CloudPill } from '../../kit/cloud-pill.tsx';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import type { Column } from '../../kit/data-table.tsx';
import { Icon } from '../../kit/icon.tsx';
import { RuleList } from '../rules/rule-list.tsx';
import { NewStandard } from './new-standard.tsx';
import { StandardPreview } from './standard-preview.tsx';
import type { StandardsAddress } from './standards-address.ts';

const route = getRouteApi('/standardization-rules');
const EVERY_MS = 30_000;
/** Columns that the panel says better; without them the names stay readable beside it. */
const BESIDE_PANEL_HIDDEN: ReadonlySet<string> = new Set(['product', 'logType', 'revision', 'origin']);

/** How raw logs become standardized events: each rule with its samples, its text, a test, and its switch. */
export function StandardizationRulesPage() {
  const { t } = useTranslation('rules');
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
  const go = (next: Partial<StandardsAddress>) => void stay({ search: (before) => ({ ...before, ...next }), replace: true });
  const columns: readonly Column<StandardizationRuleSummary>[] = [
    {
      key: 'rule',
      title: t('columns.rule'),
      render: (rule) => (
        <span className="row" title={`${rule.title}\n${rule.id}`}>
          <CloudMark cloud={asCloud(rule.cloud)} />
          {rule.fault !== null && <Icon name="warning" size={13} className="error" />}
          <span className={rule.enabled ? 'strong ellipsis' : 'quiet ellipsis'}>{rule.title}</span>
          {rule.fault !== null && <span className="error"> {t('faulty')}</span>}
        </span>
      ),
    },
    {
      key: 'product',
      title: t('columns.product'),
      width: 160,
      render: (rule) => (
        <span className="text2" title={rule.product}>
          {rule.product}
        </span>
      ),
    },
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
  ];
  return (
    <RuleList
      title={t('standardization')}
      findHint={t('findStandard')}
      list={list}
      everyMs={EVERY_MS}
      address={address}
      go={go}
      ownFilter={<CloudPill chosen={address.cloud} onChange={(cloud) => go({ cloud })} />}
      ownFiltered={address.cloud !== undefined}
      onClearOwn={() => go({ cloud: undefined })}
      columns={columns}
      hiddenBesidePanel={BESIDE_PANEL_HIDDEN}
      mayChange={mayChange}
      setEnabled={(rule, enabled) => change.mutateAsync({ params: { id: rule.id }, body: { etag: rule.etag, enabled } })}
      refused={change.error}
      newPanel={(place) => <NewStandard {...place} />}
      panel={(place) => <StandardPreview key={place.id} place={place} />}
    />
  );
}
