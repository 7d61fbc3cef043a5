import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.ts';
import { useCall } from '../../api/use-call.ts';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { Icon } from '../../kit/icon.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { TabsBar } from '../../kit/tabs-bar.tsx';
import { IndexTab } from './index-tab.tsx';
import { SettingsTab } from './settings-tab.tsx';
import { ShardsTab } from './shards-tab.tsx';
import { STORE_TABS } from './store-address.ts';
import '../../kit/form.css';

const route = getRouteApi('/stores/$project/$logstore');

/** One logstore: its shards, its index, how long it keeps logs. */
export function LogstorePage() {
  const { t } = useTranslation('stores');
  const params = route.useParams();
  const address = route.useSearch();
  const go = useNavigate();
  const stay = route.useNavigate();
  const mayChange = useMay('admin');
  const store = useCall('getLogstore', { params });
  const overview = useCall('overview', { query: {} });
  const fact = overview.data?.logstores.find((item) => item.project === params.project && item.logstore === params.logstore);
  const tab = address.tab ?? 'shards';
  return (
    <div className="sl-page">
      <PageHeader
        lead={
          <button type="button" className="sl-tool" aria-label={t('back')} title={t('back')} onClick={() => void go({ to: '/stores' })}>
            <Icon name="back" />
          </button>
        }
        title={
          <span className="row">
            {fact && <CloudMark cloud={asCloud(fact.cloud)} />}
            <span className="mono sl-mono-title">{params.logstore}</span>
          </span>
        }
        note={t('inProject', { project: params.project })}
      >
        <Link to="/consumer-groups" search={{ store: `${params.project}/${params.logstore}` }}>
          {t('groups')}
        </Link>
        <Link to="/search" search={{ store: `${params.project}/${params.logstore}` }} className="sl-link-button">
          {t('searchLogs')}
        </Link>
      </PageHeader>
      <TabsBar
        label={params.logstore}
        active={tab}
        onChange={(key) => void stay({ search: { tab: key === 'shards' ? undefined : key }, replace: true })}
        tabs={STORE_TABS.map((key) => ({
          key,
          text: t(`tabs.${key}`),
          count: key === 'shards' ? store.data?.shardCount : undefined,
        }))}
      />
      <div className="sl-page-body">
        {store.error && !store.data ? (
          <Problem error={store.error} />
        ) : !store.data ? (
          <SkeletonRows rows={10} height={30} />
        ) : tab === 'shards' ? (
          <ShardsTab store={store.data} mayChange={mayChange} />
        ) : tab === 'index' ? (
          <IndexTab store={store.data} mayChange={mayChange} />
        ) : (
          <SettingsTab key={store.data.etag} store={store.data} mayChange={mayChange} />
        )}
      </div>
    </div>
  );
}
