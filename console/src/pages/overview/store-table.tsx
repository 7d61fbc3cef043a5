import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogstoreFreshness } from '../../../../src/api/rest/contract/overview.ts';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { age, duration, short } from '../../kit/format.ts';
import { FreshnessBar } from '../../kit/freshness-bar.tsx';
import { FreshnessText } from '../../kit/freshness-text.tsx';
import { Sparkline } from '../../kit/sparkline.tsx';
import { byNeed, slowestStep, stateOf } from './store-state.ts';

const STEP_TONE = { fresh: 'quiet', slow: 'warn', late: 'late', stopped: 'error' } as const;

const STEPS = ['index', 'standardize', 'detect'] as const;

function isStep(name: string): name is (typeof STEPS)[number] {
  return (STEPS as readonly string[]).includes(name);
}

/** How much each logstore takes in, how old its newest log is, and whether its steps keep up. */
export function StoreTable({ stores }: { readonly stores: readonly LogstoreFreshness[] }) {
  const { t } = useTranslation('overview');
  const rows = useMemo(() => byNeed(stores), [stores]);
  const projects = new Set(stores.map((store) => store.project)).size;
  const columns: readonly Column<LogstoreFreshness>[] = [
    {
      key: 'store',
      title: t('columns.store'),
      render: (store) => (
        <Link
          to="/search"
          search={{ store: `${store.project}/${store.logstore}` }}
          className="row sl-ink-link"
          title={`${store.project}/${store.logstore}`}
        >
          <CloudMark cloud={asCloud(store.cloud)} />
          <span className="mono">{store.logstore}</span>
          {projects > 1 && <span className="meta ellipsis">{store.project}</span>}
        </Link>
      ),
    },
    { key: 'rate', title: t('columns.rate'), width: 72, align: 'right', render: (store) => short(store.logsPerSec) },
    {
      key: 'trend',
      title: t('columns.trend'),
      width: 124,
      render: (store) => (
        <Sparkline
          values={store.trend}
          label={t('trend')}
          colour={stateOf(store) === 'silent' ? 'var(--sl-crit-fill)' : 'var(--sl-accent)'}
        />
      ),
    },
    {
      key: 'age',
      title: t('columns.age'),
      width: stores.some((store) => store.allowedSec !== null) ? 212 : 120,
      render: (store) => <Age store={store} />,
    },
    {
      key: 'lag',
      title: t('columns.lag'),
      width: 120,
      render: (store) => {
        const step = slowestStep(store);
        if (step === undefined) return <span className="quiet">{t('noLag')}</span>;
        return (
          <span className={STEP_TONE[step.state]} title={step.lastError === '' ? undefined : step.lastError}>
            {isStep(step.step) ? t(`step.${step.step}`) : step.step} {age(step.lagSec * 1000)}
          </span>
        );
      },
    },
    {
      key: 'state',
      title: t('columns.state'),
      width: 92,
      render: (store) => {
        const state = stateOf(store);
        if (state === 'empty') return <span className="quiet">{t('state.empty')}</span>;
        return <FreshnessText state={state === 'silent' ? 'stopped' : state}>{t(`state.${state}`)}</FreshnessText>;
      },
    },
  ];
  return <DataTable label={t('stores')} columns={columns} rows={rows} rowKey={(store) => `${store.project}/${store.logstore}`} />;
}

function Age({ store }: { readonly store: LogstoreFreshness }) {
  const { t } = useTranslation('overview');
  if (store.ageSec === null) return <span className="quiet">–</span>;
  const ageMs = store.ageSec * 1000;
  if (store.allowedSec === null) return <span>{duration(ageMs)}</span>;
  const tone = store.state === 'silent' || store.state === 'late' ? 'error' : store.state === 'slow' ? 'warn' : '';
  return (
    <span className="row">
      <FreshnessBar ageMs={ageMs} allowedMs={store.allowedSec * 1000} width={70} />
      <span>
        <span className={tone}>{duration(ageMs)}</span>{' '}
        <span className="quiet">{t('ofAllowed', { age: duration(store.allowedSec * 1000) })}</span>
      </span>
    </span>
  );
}
