import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { DetectionRuleSummary } from '../../../../src/api/rest/contract/rules.ts';
import { splitList } from '../../api/address.ts';
import { useMay } from '../../api/session.ts';
import { useChange, usePages } from '../../api/use-call.ts';
import type { Column } from '../../kit/data-table.tsx';
import { age, count } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { SeverityPill } from '../../kit/severity-pill.tsx';
import { asTactic } from '../../kit/tactics.ts';
import { RuleList } from '../rules/rule-list.tsx';
import { NewRule } from './new-rule.tsx';
import { RulePreview } from './rule-preview.tsx';
import type { RulesAddress } from './rules-address.ts';

const route = getRouteApi('/rules');
const EVERY_MS = 30_000;
/** Columns that the panel says better; without them the names stay readable beside it. */
const BESIDE_PANEL_HIDDEN: ReadonlySet<string> = new Set(['tactics', 'last', 'logsource']);

/** What is looked for in events: each rule with what it raised, its text, a test, and its switch. */
export function DetectionRulesPage() {
  const { t } = useTranslation('rules');
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
  const go = (next: Partial<RulesAddress>) => void stay({ search: (before) => ({ ...before, ...next }), replace: true });
  const columns: readonly Column<DetectionRuleSummary>[] = [
    {
      key: 'severity',
      title: t('filter.severity', { ns: 'common' }),
      width: 112,
      render: (rule) => <SeverityChip severity={rule.severity} />,
    },
    {
      key: 'rule',
      title: t('columns.rule'),
      render: (rule) => (
        <span title={`${rule.title}\n${rule.id}`}>
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
  ];
  return (
    <RuleList
      title={t('detection')}
      findHint={t('find')}
      list={list}
      everyMs={EVERY_MS}
      address={address}
      go={go}
      ownFilter={<SeverityPill chosen={address.severity} onChange={(severity) => go({ severity })} />}
      ownFiltered={address.severity !== undefined}
      onClearOwn={() => go({ severity: undefined })}
      columns={columns}
      hiddenBesidePanel={BESIDE_PANEL_HIDDEN}
      mayChange={mayChange}
      setEnabled={(rule, enabled) => change.mutateAsync({ params: { id: rule.id }, body: { etag: rule.etag, enabled } })}
      refused={change.error}
      newPanel={(place) => <NewRule {...place} />}
      panel={(place) => <RulePreview key={place.id} place={place} />}
    />
  );
}
