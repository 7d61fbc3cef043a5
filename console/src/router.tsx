import { createRootRoute, createRoute, createRouter, Link, redirect, type ErrorComponentProps } from '@tanstack/react-router';
import { Button } from 'antd';
import { lazy } from 'react';
import { useTranslation } from 'react-i18next';
import { StateCard } from './kit/state-card.tsx';
import { readAccessAddress } from './pages/access/access-address.ts';
import { readAlertsAddress } from './pages/alerts/alerts-address.ts';
import { readRulesAddress } from './pages/detection-rules/rules-address.ts';
import { readEventAddress } from './pages/event/event-address.ts';
import { readEventsAddress } from './pages/events/events-address.ts';
import { readGroupsAddress } from './pages/consumer-groups/groups-address.ts';
import { readSearchAddress } from './pages/search/search-address.ts';
import { readStandardsAddress } from './pages/standardization-rules/standards-address.ts';
import { readStoreAddress } from './pages/stores/store-address.ts';
import { Shell } from './shell/shell.tsx';

function NotFound() {
  const { t } = useTranslation('shell');
  return <StateCard tone="empty" label="404" title={t('notFound.title')} actions={<Link to="/overview">{t('notFound.back')}</Link>} />;
}

function Crashed({ error: thrown }: ErrorComponentProps) {
  const { t } = useTranslation('shell');
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return (
    <StateCard
      tone="error"
      label={error.name}
      title={t('crashed.title')}
      actions={<Button onClick={() => location.reload()}>{t('crashed.reload')}</Button>}
    >
      {error.message}
    </StateCard>
  );
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/overview' });
  },
});
const overview = createRoute({
  getParentRoute: () => root,
  path: '/overview',
  component: lazy(() => import('./pages/overview/overview-page.tsx').then((page) => ({ default: page.OverviewPage }))),
});
const start = createRoute({
  getParentRoute: () => root,
  path: '/start',
  component: lazy(() => import('./pages/start/start-page.tsx').then((page) => ({ default: page.StartPage }))),
});
const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  component: lazy(() => import('./pages/account/account-page.tsx').then((page) => ({ default: page.AccountPage }))),
});
const alerts = createRoute({
  getParentRoute: () => root,
  path: '/alerts',
  validateSearch: readAlertsAddress,
  component: lazy(() => import('./pages/alerts/alerts-page.tsx').then((page) => ({ default: page.AlertsPage }))),
});
const rules = createRoute({
  getParentRoute: () => root,
  path: '/rules',
  validateSearch: readRulesAddress,
  component: lazy(() => import('./pages/detection-rules/detection-rules-page.tsx').then((page) => ({ default: page.DetectionRulesPage }))),
});
const standards = createRoute({
  getParentRoute: () => root,
  path: '/standardization-rules',
  validateSearch: readStandardsAddress,
  component: lazy(() =>
    import('./pages/standardization-rules/standardization-rules-page.tsx').then((page) => ({ default: page.StandardizationRulesPage })),
  ),
});
const stores = createRoute({
  getParentRoute: () => root,
  path: '/stores',
  component: lazy(() => import('./pages/stores/stores-page.tsx').then((page) => ({ default: page.StoresPage }))),
});
const logstore = createRoute({
  getParentRoute: () => root,
  path: '/stores/$project/$logstore',
  validateSearch: readStoreAddress,
  component: lazy(() => import('./pages/stores/logstore-page.tsx').then((page) => ({ default: page.LogstorePage }))),
});
const consumerGroups = createRoute({
  getParentRoute: () => root,
  path: '/consumer-groups',
  validateSearch: readGroupsAddress,
  component: lazy(() => import('./pages/consumer-groups/consumer-groups-page.tsx').then((page) => ({ default: page.ConsumerGroupsPage }))),
});
const jobs = createRoute({
  getParentRoute: () => root,
  path: '/jobs',
  component: lazy(() => import('./pages/jobs/jobs-page.tsx').then((page) => ({ default: page.JobsPage }))),
});
const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  component: lazy(() => import('./pages/audit/audit-page.tsx').then((page) => ({ default: page.AuditPage }))),
});
const access = createRoute({
  getParentRoute: () => root,
  path: '/access',
  validateSearch: readAccessAddress,
  component: lazy(() => import('./pages/access/access-page.tsx').then((page) => ({ default: page.AccessPage }))),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazy(() => import('./pages/settings/settings-page.tsx').then((page) => ({ default: page.SettingsPage }))),
});
const search = createRoute({
  getParentRoute: () => root,
  path: '/search',
  validateSearch: readSearchAddress,
  component: lazy(() => import('./pages/search/search-page.tsx').then((page) => ({ default: page.SearchPage }))),
});
const events = createRoute({
  getParentRoute: () => root,
  path: '/events',
  validateSearch: readEventsAddress,
  component: lazy(() => import('./pages/events/events-page.tsx').then((page) => ({ default: page.EventsPage }))),
});
const event = createRoute({
  getParentRoute: () => root,
  path: '/events/$id',
  validateSearch: readEventAddress,
  component: lazy(() => import('./pages/event/event-page.tsx').then((page) => ({ default: page.EventPage }))),
});

/** Each page is a chunk of its own; the address of a page is read and checked before the page sees it. */
export const router = createRouter({
  routeTree: root.addChildren([
    home,
    overview,
    start,
    account,
    search,
    events,
    event,
    alerts,
    rules,
    standards,
    stores,
    logstore,
    consumerGroups,
    jobs,
    audit,
    access,
    settings,
  ]),
  defaultErrorComponent: Crashed,
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
