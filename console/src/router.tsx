import { createRootRoute, createRoute, createRouter, Link, redirect, type ErrorComponentProps } from '@tanstack/react-router';
import { Button } from 'antd';
import { lazy } from 'react';
import { useTranslation } from 'react-i18next';
import { StateCard } from './kit/state-card.tsx';
import { readAlertsAddress } from './pages/alerts/alerts-address.ts';
import { readEventAddress } from './pages/event/event-address.ts';
import { readEventsAddress } from './pages/events/events-address.ts';
import { readSearchAddress } from './pages/search/search-address.ts';
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
const alerts = createRoute({
  getParentRoute: () => root,
  path: '/alerts',
  validateSearch: readAlertsAddress,
  component: lazy(() => import('./pages/alerts/alerts-page.tsx').then((page) => ({ default: page.AlertsPage }))),
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
  routeTree: root.addChildren([home, overview, search, events, event, alerts]),
  defaultErrorComponent: Crashed,
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
