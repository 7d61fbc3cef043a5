import { Link } from '@tanstack/react-router';
import { Button, Dropdown, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Logstore, Project } from '../../../../src/api/rest/contract/logstores.ts';
import type { LogstoreFreshness } from '../../../../src/api/rest/contract/overview.ts';
import { useMay } from '../../api/session.ts';
import { useCall, useChange, usePages } from '../../api/use-call.ts';
import { Card } from '../../kit/card.tsx';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { count, duration, short } from '../../kit/format.ts';
import { FreshnessBar } from '../../kit/freshness-bar.tsx';
import { Icon } from '../../kit/icon.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { Sparkline } from '../../kit/sparkline.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { TypedConfirm } from '../../kit/typed-confirm.tsx';
import { Updated } from '../../kit/updated.tsx';
import { NewLogstore } from './new-logstore.tsx';
import { NewProject } from './new-project.tsx';
import { RetentionText } from './retention-text.tsx';
import '../../kit/form.css';

const EVERY_MS = 15_000;

/** Projects and their logstores: what each receives, how long it keeps it, how it is indexed. */
export function StoresPage() {
  const { t } = useTranslation('stores');
  const mayChange = useMay('admin');
  const [wanted, setWanted] = useState('');
  const [adding, setAdding] = useState<string | null>(null);
  const projects = usePages('listProjects', { query: { pageSize: 500 } }, { everyMs: EVERY_MS });
  const stores = usePages('listAllLogstores', { query: { pageSize: 1000 } }, { everyMs: EVERY_MS });
  const overview = useCall('overview', { query: {} }, { everyMs: EVERY_MS });
  const error = projects.error ?? stores.error;
  const words = wanted.trim().toLowerCase();
  const shown = stores.items.filter((store) => `${store.project}/${store.name}`.toLowerCase().includes(words));
  const facts = new Map(overview.data?.logstores.map((store) => [`${store.project}/${store.logstore}`, store]));
  const nothing = projects.items.length === 0;
  return (
    <div className="sl-page">
      <PageHeader title={t('title')} note={<Updated atMs={stores.dataUpdatedAt} failing={stores.isRefetchError} everyMs={EVERY_MS} />}>
        <Input
          allowClear
          placeholder={t('find')}
          aria-label={t('find')}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
          style={{ width: 220 }}
        />
        <Button disabled={!mayChange} onClick={() => setAdding(adding === '' ? null : '')} data-testid="new-project">
          {t('newProject')}
        </Button>
      </PageHeader>
      <div className="sl-page-body">
        {adding === '' && (
          <Card title={t('newProject')} flush>
            <NewProject onDone={() => setAdding(null)} />
          </Card>
        )}
        {error && nothing ? (
          <Problem error={error} />
        ) : projects.isPending || stores.isPending ? (
          <SkeletonRows rows={14} height={30} />
        ) : nothing ? (
          <StateCard
            tone="empty"
            label={t('emptyLabel', { ns: 'common' })}
            title={t('empty')}
            actions={
              <Link to="/start" className="sl-link-button">
                {t('title', { ns: 'start' })}
              </Link>
            }
          >
            {t('emptyBody')}
          </StateCard>
        ) : words !== '' && shown.length === 0 ? (
          <StateCard tone="empty" label={t('emptyLabel', { ns: 'common' })} title={t('notFound', { text: wanted.trim() })} />
        ) : (
          projects.items
            .map((project) => ({ project, stores: shown.filter((store) => store.project === project.name) }))
            .filter((group) => words === '' || group.stores.length > 0)
            .map((group) => (
              <ProjectCard
                key={group.project.name}
                project={group.project}
                stores={group.stores}
                facts={facts}
                mayChange={mayChange}
                adding={adding === group.project.name}
                onAdd={(open) => setAdding(open ? group.project.name : null)}
              />
            ))
        )}
      </div>
    </div>
  );
}

interface ProjectCardProps {
  readonly project: Project;
  readonly stores: readonly Logstore[];
  readonly facts: ReadonlyMap<string, LogstoreFreshness>;
  readonly mayChange: boolean;
  readonly adding: boolean;
  readonly onAdd: (open: boolean) => void;
}

function ProjectCard({ project, stores, facts, mayChange, adding, onAdd }: ProjectCardProps) {
  const { t } = useTranslation('stores');
  const [ending, setEnding] = useState(false);
  const remove = useChange('deleteProject', ['listProjects', 'listAllLogstores', 'overview']);
  const factsOf = (store: Logstore) => facts.get(`${store.project}/${store.name}`);
  const columns: readonly Column<Logstore>[] = [
    {
      key: 'name',
      title: t('columns.logstore'),
      render: (store) => {
        const fact = factsOf(store);
        return (
          <Link to="/stores/$project/$logstore" params={{ project: store.project, logstore: store.name }} className="row">
            <CloudMark cloud={asCloud(fact?.cloud ?? 'other')} />
            <span className="mono ellipsis" title={store.name}>
              {store.name}
            </span>
          </Link>
        );
      },
    },
    {
      key: 'shards',
      title: t('columns.shards'),
      width: 66,
      align: 'right',
      render: (store) => store.shardCount,
    },
    {
      key: 'rate',
      title: t('columns.rate'),
      width: 72,
      align: 'right',
      render: (store) => {
        const fact = factsOf(store);
        return fact ? short(fact.logsPerSec) : '–';
      },
    },
    {
      key: 'trend',
      title: t('columns.trend'),
      width: 126,
      render: (store) => {
        const fact = factsOf(store);
        return fact ? <Sparkline values={fact.trend} label={t('columns.trend')} /> : null;
      },
    },
    {
      key: 'age',
      title: t('columns.age'),
      width: 196,
      render: (store) => {
        const fact = factsOf(store);
        if (!fact || fact.ageSec === null) return <span className="quiet">{fact ? t('neverReceived') : '–'}</span>;
        return (
          <span className="row">
            {fact.allowedSec !== null && <FreshnessBar ageMs={fact.ageSec * 1000} allowedMs={fact.allowedSec * 1000} width={70} />}
            <span className="ellipsis">{duration(fact.ageSec * 1000)}</span>
          </span>
        );
      },
    },
    {
      key: 'keeps',
      title: t('columns.keeps'),
      width: 90,
      align: 'right',
      render: (store) => <RetentionText days={store.ttlDays} />,
    },
    {
      key: 'index',
      title: t('columns.index'),
      width: 112,
      render: (store) =>
        store.hasIndex ? <span className="text2">{t(`profile.${store.profile}`)}</span> : <span className="quiet">{t('noIndex')}</span>,
    },
    {
      key: 'search',
      title: '',
      width: 92,
      align: 'right',
      render: (store) => (
        <Link to="/search" search={{ store: `${store.project}/${store.name}` }}>
          {t('search')}
        </Link>
      ),
    },
  ];
  return (
    <Card
      title={<span className="mono">{project.name}</span>}
      note={[t('stores', { count: project.logstoreCount }), project.description].filter((part) => part !== '').join(' · ')}
      action={
        mayChange && (
          <span className="row">
            <Button size="small" onClick={() => onAdd(!adding)}>
              {t('newLogstore')}
            </Button>
            <Dropdown
              trigger={['click']}
              menu={{ items: [{ key: 'delete', danger: true, label: t('deleteProject'), onClick: () => setEnding(true) }] }}
            >
              <button
                type="button"
                className="sl-tool"
                aria-label={t('more', { name: project.name })}
                title={t('more', { name: project.name })}
              >
                <Icon name="more" />
              </button>
            </Dropdown>
          </span>
        )
      }
      flush
    >
      {remove.error && <Problem error={remove.error} />}
      <TypedConfirm
        open={ending}
        title={t('deleteProjectTitle', { name: project.name })}
        word={project.name}
        action={t('deleteName', { name: project.name })}
        busy={remove.isPending}
        onClose={() => setEnding(false)}
        onConfirm={() =>
          remove.mutate({ params: { project: project.name }, query: { confirm: project.name } }, { onSettled: () => setEnding(false) })
        }
      >
        {t('deleteProjectNote', { count: project.logstoreCount })}
      </TypedConfirm>
      {adding && <NewLogstore project={project.name} onDone={() => onAdd(false)} />}
      {stores.length === 0 ? (
        <p className="quiet sl-card-body">{t('noStores', { total: count(project.logstoreCount) })}</p>
      ) : (
        <DataTable label={project.name} columns={columns} rows={stores} rowKey={(store) => store.name} />
      )}
    </Card>
  );
}
