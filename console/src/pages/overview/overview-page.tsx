import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OverviewBody } from '../../../../src/api/rest/contract/overview.ts';
import { useCall } from '../../api/use-call.ts';
import { Card } from '../../kit/card.tsx';
import { bytes, count, duration } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SEVERITIES, severityColour } from '../../kit/severity.ts';
import { SeverityTrend } from '../../kit/severity-trend.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { Updated } from '../../kit/updated.tsx';
import { FirstRun } from '../start/first-run.tsx';
import { SetUp } from './set-up.tsx';
import { StoreTable } from './store-table.tsx';
import { Tiles } from './tiles.tsx';
import { UnownedEvents } from './unowned-events.tsx';
import { Verdict } from './verdict.tsx';
import './overview-page.css';

const EVERY_MS = 10_000;
/** Where this browser keeps that the guide to the first log was put away. */
const HIDDEN = 'sluice.guide-hidden';
const HOUR_SEC = 3600;

/** One look: is everything running, what comes in, what was found, whose turn it is. */
export function OverviewPage() {
  const { t } = useTranslation('overview');
  const [hidden, setHidden] = useState(() => localStorage.getItem(HIDDEN) !== null);
  const asked = useCall('overview', { query: {} }, { everyMs: EVERY_MS });
  const body = asked.data;
  const guided = body !== undefined && !hidden && body.logstores.every((store) => store.newestAt === null);
  return (
    <div className="sl-page sl-page-plain">
      <PageHeader title={t('title')} note={<Updated atMs={asked.dataUpdatedAt} failing={asked.isRefetchError} everyMs={EVERY_MS} />}>
        {guided ? (
          <Button
            type="text"
            onClick={() => {
              localStorage.setItem(HIDDEN, 'yes');
              setHidden(true);
            }}
          >
            {t('hide', { ns: 'start' })}
          </Button>
        ) : (
          <Button icon={<Icon name="refresh" size={14} />} onClick={() => void asked.refetch()}>
            {t('auto', { ns: 'common', age: '10 s' })}
          </Button>
        )}
      </PageHeader>
      {asked.error && !body ? (
        <Problem error={asked.error} />
      ) : !body ? (
        <SkeletonRows rows={12} height={40} />
      ) : guided ? (
        <FirstRun />
      ) : (
        <Body body={body} />
      )}
    </div>
  );
}

function Body({ body }: { readonly body: OverviewBody }) {
  const { t } = useTranslation('overview');
  return (
    <div className="sl-overview">
      <Verdict verdict={body.verdict} />
      <Tiles body={body} />
      <div className="sl-overview-main">
        <Card
          title={t('stores')}
          note={body.logstores.some((store) => store.allowedSec !== null) ? t('storesNote') : undefined}
          action={<Link to="/stores">{t('allStores')}</Link>}
          flush
        >
          {body.logstores.length === 0 ? <p className="quiet sl-overview-none">{t('noLogs')}</p> : <StoreTable stores={body.logstores} />}
        </Card>
        <UnownedEvents events={body.events} />
      </div>
      <div className="sl-overview-more">
        <Hours alerts={body.alerts} />
        <Storage storage={body.storage} />
        <Shipping shipping={body.shipping} />
        <SetUp steps={body.setUp} />
      </div>
    </div>
  );
}

function Hours({ alerts }: { readonly alerts: OverviewBody['alerts'] }) {
  const { t } = useTranslation('overview');
  const sums = SEVERITIES.map((severity) => ({ severity, sum: alerts.byHour.reduce((sum, hour) => sum + hour[severity], 0) }));
  if (sums.every(({ sum }) => sum === 0)) return null;
  return (
    <Card title={t('bySeverity')} note={t('perHour')} action={<Link to="/alerts">{t('allAlerts')}</Link>}>
      <SeverityTrend
        from={alerts.byHourFrom}
        intervalSec={HOUR_SEC}
        severities={alerts.byHour}
        label={t('bySeverity')}
        height={152}
        scale
      />
      <div className="sl-overview-legend">
        {sums
          .filter(({ sum }) => sum > 0)
          .map(({ severity, sum }) => (
            <span key={severity} className="meta">
              <svg width="8" height="8" aria-hidden="true">
                <rect width="8" height="8" rx="1.5" fill={severityColour(severity, 'fill')} />
              </svg>
              {t(`severity.${severity}`, { ns: 'common' })} {count(sum)}
            </span>
          ))}
      </div>
    </Card>
  );
}

const BAR_WIDTH = 48;

function Storage({ storage }: { readonly storage: OverviewBody['storage'] }) {
  const { t } = useTranslation('overview');
  const stores = storage.largest.filter((store) => store.storeBytes > 0);
  const most = Math.max(1, ...stores.map((store) => store.storeBytes));
  if (stores.length === 0) return null;
  return (
    <Card title={t('storageCard')} action={<Link to="/stores">{t('allStores')}</Link>}>
      {stores.map((store) => (
        <div key={`${store.project}/${store.logstore}`} className="sl-overview-line">
          <span className="mono ellipsis grow" title={`${store.project}/${store.logstore}`}>
            {store.logstore}
          </span>
          <svg width={BAR_WIDTH} height="6" aria-hidden="true">
            <rect width={BAR_WIDTH} height="6" rx="2" fill="var(--sl-track)" />
            <rect width={Math.max(2, (store.storeBytes / most) * BAR_WIDTH)} height="6" rx="2" fill="var(--sl-bar)" />
          </svg>
          <span className="num sl-overview-amount">
            <b>{bytes(store.storeBytes)}</b>
            <span className="quiet">{t('days', { days: store.ttlDays })}</span>
          </span>
        </div>
      ))}
    </Card>
  );
}

function Shipping({ shipping }: { readonly shipping: OverviewBody['shipping'] }) {
  const { t } = useTranslation('overview');
  if (shipping.length === 0) return null;
  return (
    <Card title={t('shipping')} action={<Link to="/consumer-groups">{t('allGroups')}</Link>}>
      {shipping.map((group) => (
        <div key={`${group.project}/${group.logstore}/${group.group}`} className="sl-overview-line">
          <span className="grow ellipsis" title={`${group.project}/${group.logstore}`}>
            <span className="mono">{group.group}</span> <span className="meta">{group.logstore}</span>
          </span>
          <b className="num">{group.lagSec === null ? t('noCheckpoint') : duration(group.lagSec * 1000)}</b>
        </div>
      ))}
    </Card>
  );
}
