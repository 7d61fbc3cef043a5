import { getRouteApi } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.ts';
import { PageHeader } from '../../kit/page-header.tsx';
import { TabsBar } from '../../kit/tabs-bar.tsx';
import { ACCESS_TABS } from './access-address.ts';
import { AccessKeys } from './access-keys.tsx';
import { ApiKeys } from './api-keys.tsx';
import { Users } from './users.tsx';
import '../../kit/form.css';

const route = getRouteApi('/access');
const NEW = { keys: 'newKey', api: 'newApiKey', users: 'newUser' } as const;

/** Who may do what: keys of the SLS wire API, keys of the REST API, and people. */
export function AccessPage() {
  const { t } = useTranslation('access');
  const address = route.useSearch();
  const stay = route.useNavigate();
  const mayChange = useMay('admin');
  const [adding, setAdding] = useState(false);
  const tabs = ACCESS_TABS.filter((key) => key === 'api' || mayChange);
  const tab = tabs.find((key) => key === address.tab) ?? tabs[0] ?? 'api';
  const done = () => setAdding(false);
  return (
    <div className="sl-page sl-page-surface">
      <PageHeader title={t('title')}>
        <Button onClick={() => setAdding(!adding)} data-testid="new-access">
          {t(NEW[tab])}
        </Button>
      </PageHeader>
      <TabsBar
        label={t('tabsLabel')}
        active={tab}
        onChange={(key) => {
          setAdding(false);
          void stay({ search: { tab: key === 'keys' ? undefined : key }, replace: true });
        }}
        tabs={tabs.map((key) => ({ key, text: t(`tabs.${key}`) }))}
      />
      <div className="sl-scroll">
        {tab === 'keys' ? (
          <AccessKeys adding={adding} onDone={done} />
        ) : tab === 'api' ? (
          <ApiKeys adding={adding} onDone={done} />
        ) : (
          <Users adding={adding} onDone={done} />
        )}
      </div>
    </div>
  );
}
