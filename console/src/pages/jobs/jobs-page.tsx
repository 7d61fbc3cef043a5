import { Link } from '@tanstack/react-router';
import { Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import type { JobBody } from '../../../../src/api/rest/contract/operations.ts';
import type { LogstoreFreshness, StepFreshness } from '../../../../src/api/rest/contract/overview.ts';
import { useMay } from '../../api/session.ts';
import { useCall, useChange, usePages } from '../../api/use-call.ts';
import { Card } from '../../kit/card.tsx';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { age, duration } from '../../kit/format.ts';
import { FreshnessText } from '../../kit/freshness-text.tsx';
import type { Freshness } from '../../kit/freshness.ts';
import { PageHeader } from '../../kit/page-header.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { Updated } from '../../kit/updated.tsx';
import { worstStep } from './worst-step.ts';
import '../../kit/form.css';

const EVERY_MS = 5_000;
const STEPS = ['index', 'standardize', 'detect'] as const;
const LOOK: Readonly<Record<JobBody['state'], Freshness | null>> = {
  running: 'fresh',
  waiting: 'slow',
  stopped: null,
  failed: 'stopped',
  done: null,
};

/** What runs in this process, how far behind it is, what failed, and the way to start it again. */
export function JobsPage() {
  const { t } = useTranslation('jobs');
  const mayChange = useMay('admin');
  const jobs = usePages('listJobs', { query: { pageSize: 500 } }, { everyMs: EVERY_MS });
  const overview = useCall('overview', { query: {} }, { everyMs: EVERY_MS * 2 });
  const restart = useChange('restartJob', ['listJobs', 'overview']);
  const stop = useChange('stopJob', ['listJobs', 'overview']);
  const items: readonly JobBody[] = jobs.items;
  const stores = overview.data?.logstores ?? [];
  const attention = items.filter((job) => job.needsAttention || job.state === 'failed');
  const refused = restart.error ?? stop.error;

  const columns: readonly Column<JobBody>[] = [
    { key: 'job', title: t('columns.job'), width: 190, render: (job) => <span className="mono strong">{job.name}</span> },
    {
      key: 'state',
      title: t('columns.state'),
      width: 150,
      render: (job) => {
        const look = LOOK[job.state];
        return look === null ? (
          <span className="quiet">{t(`states.${job.state}`)}</span>
        ) : (
          <FreshnessText state={look}>{t(`states.${job.state}`)}</FreshnessText>
        );
      },
    },
    {
      key: 'lag',
      title: t('columns.lag'),
      width: 130,
      render: (job) => {
        const worst = worstStep(job.name, stores);
        return worst === null ? <span className="quiet">–</span> : <Lag step={worst} />;
      },
    },
    {
      key: 'note',
      title: t('columns.note'),
      render: (job) =>
        job.lastError === '' ? (
          <span className="text2" title={job.note}>
            {job.note}
          </span>
        ) : (
          <span title={`${job.lastError}\n${job.note}`}>
            <span className="error">{job.lastError}</span> <span className="quiet">{job.note}</span>
          </span>
        ),
    },
    {
      key: 'progress',
      title: t('columns.progress'),
      width: 108,
      align: 'right',
      render: (job) => t('ago', { ns: 'common', age: age(Date.now() - Date.parse(job.progressAt)) }),
    },
    {
      key: 'restarts',
      title: t('columns.restarts'),
      width: 80,
      align: 'right',
      render: (job) => (job.restarts === 0 ? <span className="quiet">0</span> : <b>{job.restarts}</b>),
    },
    {
      key: 'do',
      title: '',
      width: 110,
      align: 'right',
      render: (job) => {
        if (!mayChange || job.state === 'done') return null;
        if (job.state === 'running' || job.state === 'waiting')
          return (
            <Popconfirm
              title={t('stopTitle', { name: job.name })}
              description={t('stopBody')}
              okText={t('stop')}
              cancelText={t('cancel', { ns: 'common' })}
              onConfirm={() => stop.mutate({ params: { name: job.name } })}
            >
              <Button size="small" type="text">
                {t('stop')}
              </Button>
            </Popconfirm>
          );
        return (
          <Button
            size="small"
            loading={restart.isPending && restart.variables.params.name === job.name}
            onClick={() => restart.mutate({ params: { name: job.name } })}
            data-testid={`restart-${job.name}`}
          >
            {t('restart')}
          </Button>
        );
      },
    },
  ];
  const running = items.filter((job) => job.state === 'running').length;
  return (
    <div className="sl-page">
      <PageHeader title={t('title')} note={<Updated atMs={jobs.dataUpdatedAt} failing={jobs.isRefetchError} everyMs={EVERY_MS} />} />
      <div className="sl-page-body">
        {refused && <Problem error={refused} />}
        {jobs.error && items.length === 0 ? (
          <Problem error={jobs.error} />
        ) : jobs.isPending ? (
          <SkeletonRows rows={12} height={30} />
        ) : items.length === 0 ? (
          <StateCard tone="empty" label={t('emptyLabel', { ns: 'common' })} title={t('empty')} />
        ) : (
          <>
            {attention.length > 0 && (
              <StateCard
                tone="error"
                label={t('attention', { count: attention.length })}
                title={attention.map((job) => job.name).join(t('listComma', { ns: 'common' }))}
              >
                {attention.map((job) => (
                  <div key={job.name} className="mono">
                    {job.lastError || job.note}
                  </div>
                ))}
              </StateCard>
            )}
            <Card title={t('running')} note={t('counts', { running, total: items.length })} flush>
              <DataTable label={t('running')} columns={columns} rows={items} rowKey={(job) => job.name} />
            </Card>
            {overview.data && (
              <Card title={t('steps')} note={t('stepsNote')} flush>
                <StepTable stores={stores} />
              </Card>
            )}
          </>
        )}
      </div>
    </div>
  );
}

function Lag({ step }: { readonly step: StepFreshness }) {
  const { t } = useTranslation('jobs');
  if (step.lagSec === 0 && step.state === 'fresh') return <span className="quiet">{t('inStep')}</span>;
  return (
    <span title={step.lastError}>
      <FreshnessText state={step.state}>
        {duration(step.lagSec * 1000)}, {t('groups', { count: step.lagGroups })}
      </FreshnessText>
    </span>
  );
}

function StepTable({ stores }: { readonly stores: readonly LogstoreFreshness[] }) {
  const { t } = useTranslation('jobs');
  const rows = stores.filter((store) => store.steps.length > 0);
  if (rows.length === 0) return <p className="quiet sl-card-body">{t('stepsEmpty')}</p>;
  const columns: readonly Column<LogstoreFreshness>[] = [
    {
      key: 'logstore',
      title: t('columns.logstore'),
      render: (store) => (
        <Link to="/stores/$project/$logstore" params={{ project: store.project, logstore: store.logstore }} className="row">
          <CloudMark cloud={asCloud(store.cloud)} />
          <span className="mono ellipsis">{store.logstore}</span>
          <span className="mono quiet">{store.project}</span>
        </Link>
      ),
    },
    ...STEPS.map((name): Column<LogstoreFreshness> => ({
      key: name,
      title: t(`step.${name}`),
      width: 220,
      render: (store) => {
        const step = store.steps.find((one) => one.step === name);
        return step ? <Lag step={step} /> : <span className="quiet">–</span>;
      },
    })),
  ];
  return <DataTable label={t('steps')} columns={columns} rows={rows} rowKey={(store) => `${store.project}/${store.logstore}`} />;
}
