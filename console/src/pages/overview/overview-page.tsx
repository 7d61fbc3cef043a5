import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { LogstoreFreshness, OverviewBody } from '../../../../src/api/rest/contract/overview.ts';
import { useCall } from '../../api/use-call.ts';
import { Card } from '../../kit/card.tsx';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { Due } from '../../kit/due.tsx';
import { bytes, count, duration, short } from '../../kit/format.ts';
import { FreshnessBar } from '../../kit/freshness-bar.tsx';
import { FreshnessText } from '../../kit/freshness-text.tsx';
import type { Freshness } from '../../kit/freshness.ts';
import { Icon } from '../../kit/icon.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SEVERITIES, severityColour } from '../../kit/severity.ts';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { Sparkline } from '../../kit/sparkline.tsx';
import { StackedBar } from '../../kit/stacked-bar.tsx';
import { Updated } from '../../kit/updated.tsx';
import { AlertHours } from './alert-hours.tsx';
import './overview-page.css';

const EVERY_MS = 10_000;

/** What the worst of its steps and its own silence make of a logstore. */
function stateOf(store: LogstoreFreshness): Freshness | null {
  if (store.state === 'empty') return null;
  const worst = store.steps.map(({ state }) => state);
  if (worst.includes('stopped')) return 'stopped';
  if (store.state === 'silent') return 'stopped';
  if (store.state === 'late' || worst.includes('late')) return 'late';
  return store.state === 'slow' || worst.includes('slow') ? 'slow' : 'fresh';
}

/** One look: is everything running, what comes in, what was found, whose turn it is. */
export function OverviewPage() {
  const { t } = useTranslation('overview');
  const asked = useCall('overview', { query: {} }, { everyMs: EVERY_MS });
  const body = asked.data;
  return (
    <div className="sl-page">
      <PageHeader title={t('title')} note={<Updated atMs={asked.dataUpdatedAt} failing={asked.isRefetchError} everyMs={EVERY_MS} />} />
      {asked.error && !body ? <Problem error={asked.error} /> : !body ? <SkeletonRows rows={12} height={40} /> : <Body body={body} />}
    </div>
  );
}

function Body({ body }: { readonly body: OverviewBody }) {
  const { t } = useTranslation('overview');
  const { ingest, logstores, alerts, events, storage, shipping, setUp } = body;
  const received = logstores.filter((store) => store.state !== 'empty');
  const onTime = received.filter((store) => stateOf(store) === 'fresh').length;
  const open = SEVERITIES.reduce((sum, severity) => sum + alerts.open[severity], 0);
  const todo = setUp.filter(({ done }) => !done);
  return (
    <div className="sl-overview">
      {body.verdict.problems.length > 0 && (
        <div className="sl-verdict" role="status">
          <Icon name="warning" size={15} style={{ color: body.verdict.level === 'error' ? 'var(--sl-error)' : 'var(--sl-warn)' }} />
          {body.verdict.problems.map((problem) => (
            <span key={problem.text} className={problem.level === 'error' ? 'error' : 'warn'}>
              {problem.text}
            </span>
          ))}
        </div>
      )}
      <div className="sl-tiles">
        <div className="sl-tile">
          <div className="meta">{t('ingest')}</div>
          <div className="row">
            <span>
              <b>{short(ingest.logsPerSec)}</b> <span className="quiet">{t('perSec')}</span>
            </span>
            <Sparkline values={ingest.trend.counts} width={96} height={22} label={t('trend')} />
          </div>
          <div className="meta">{t('ingestNote', { bytes: bytes(ingest.bytesPerSec), logs: short(ingest.logsToday) })}</div>
        </div>
        <div className="sl-tile">
          <div className="meta">{t('freshness')}</div>
          <div>
            <b>{onTime}</b> <span className="quiet">{t('onTime', { total: received.length })}</span>
          </div>
          <div className="meta ellipsis">{body.verdict.sentence}</div>
        </div>
        <div className="sl-tile">
          <div className="meta">{t('alerts')}</div>
          <div>
            <b>{count(open)}</b>{' '}
            <span className="quiet">{t('alertsNote', { critical: alerts.open.critical, high: alerts.open.high })}</span>
          </div>
          <StackedBar counts={alerts.open} />
        </div>
        <div className="sl-tile">
          <div className="meta">{t('withoutOwner')}</div>
          <div>
            <b>{events.withoutOwner}</b> <span className="quiet">{t('ofOpen', { total: events.open })}</span>
          </div>
          <div className="meta ellipsis">{events.top[0]?.title ?? t('noEvents')}</div>
        </div>
        <div className="sl-tile">
          <div className="meta">{t('storage')}</div>
          <div>
            <b>{bytes(storage.storeBytes)}</b>{' '}
            {storage.storeBytes > 0 && (
              <span className="quiet">{t('ratio', { ratio: (storage.rawBytes / storage.storeBytes).toFixed(1) })}</span>
            )}
          </div>
          <div className="meta">{storage.diskFreeBytes === null ? '' : t('diskFree', { bytes: bytes(storage.diskFreeBytes) })}</div>
        </div>
      </div>
      <div className="sl-overview-row sl-overview-main">
        <Card title={t('stores')} note={t('storesNote')} flush>
          <Stores stores={logstores} />
        </Card>
        <Card title={t('needOwner')} note={events.open} action={<Link to="/events">{t('openQueue')}</Link>} flush>
          {events.top.length === 0 ? (
            <p className="quiet sl-card-body">{t('noEvents')}</p>
          ) : (
            events.top.map((event) => (
              <Link key={event.id} to="/events/$id" params={{ id: event.id }} className="sl-overview-event" data-testid={`top-${event.id}`}>
                <SeverityChip severity={event.severity} markOnly />
                <span className="grow ellipsis">
                  <span className="ellipsis">{event.title}</span>
                  <span className="row meta">
                    <span className="mono">{event.id}</span>
                    {event.clouds.map(({ cloud }) => (
                      <CloudMark key={cloud} cloud={asCloud(cloud)} />
                    ))}
                    <Due at={event.dueAt} />
                  </span>
                </span>
                <b className="num">{event.riskScore}</b>
              </Link>
            ))
          )}
        </Card>
      </div>
      <div className="sl-overview-row sl-overview-more">
        <Card title={t('bySeverity')} note={t('perHour')} action={<Link to="/alerts">{t('allAlerts')}</Link>}>
          <AlertHours alerts={alerts} label={t('bySeverity')} />
          <div className="row" style={{ flexWrap: 'wrap', gap: 12 }}>
            {SEVERITIES.map((severity) => (
              <span key={severity} className="meta row" style={{ gap: 5 }}>
                <svg width="8" height="8" aria-hidden="true">
                  <rect width="8" height="8" rx="1.5" fill={severityColour(severity, 'fill')} />
                </svg>
                {t(`severity.${severity}`, { ns: 'common' })} {alerts.byHour.reduce((sum, hour) => sum + hour[severity], 0)}
              </span>
            ))}
          </div>
        </Card>
        <Card title={t('storageCard')}>
          {storage.largest.map((store) => (
            <div key={`${store.project}/${store.logstore}`} className="sl-overview-line">
              <span className="mono ellipsis grow" title={`${store.project}/${store.logstore}`}>
                {store.logstore}
              </span>
              <span>
                <b>{bytes(store.storeBytes)}</b> <span className="quiet">{t('days', { days: store.ttlDays })}</span>
              </span>
            </div>
          ))}
        </Card>
        <Card title={t('shipping')}>
          {shipping.length === 0 ? (
            <p className="quiet">{t('noShipping')}</p>
          ) : (
            shipping.map((group) => (
              <div key={`${group.project}/${group.logstore}/${group.group}`} className="sl-overview-line">
                <span className="grow ellipsis">
                  <span className="mono">{group.group}</span>
                  <span className="meta"> {group.logstore}</span>
                </span>
                <b>{group.lagSec === null ? '–' : duration(group.lagSec * 1000)}</b>
              </div>
            ))
          )}
        </Card>
        <Card title={t('setUp')} note={t('setUpNote', { done: setUp.length - todo.length, total: setUp.length })}>
          {setUp.map((step) => (
            <div key={step.id} className="sl-overview-line">
              <Icon
                name={step.done ? 'checkCircle' : 'clock'}
                size={14}
                style={{ color: step.done ? 'var(--sl-ok)' : 'var(--sl-text3)' }}
              />
              <span className={step.done ? 'quiet' : ''}>{step.text}</span>
            </div>
          ))}
        </Card>
      </div>
    </div>
  );
}

function Stores({ stores }: { readonly stores: readonly LogstoreFreshness[] }) {
  const { t } = useTranslation('overview');
  const columns: readonly Column<LogstoreFreshness>[] = [
    {
      key: 'store',
      title: t('columns.store'),
      render: (store) => (
        <Link to="/search" search={{ store: `${store.project}/${store.logstore}` }} className="row">
          <CloudMark cloud={asCloud(store.cloud)} />
          <span className="mono ellipsis">{store.logstore}</span>
        </Link>
      ),
    },
    { key: 'rate', title: t('columns.rate'), width: 72, align: 'right', render: (store) => short(store.logsPerSec) },
    {
      key: 'trend',
      title: t('columns.trend'),
      width: 124,
      render: (store) => <Sparkline values={store.trend} label={t('trend')} />,
    },
    {
      key: 'age',
      title: t('columns.age'),
      width: 190,
      render: (store) =>
        store.ageSec === null ? (
          <span className="quiet">–</span>
        ) : (
          <span className="row">
            {store.allowedSec !== null && <FreshnessBar ageMs={store.ageSec * 1000} allowedMs={store.allowedSec * 1000} width={70} />}
            <span>{duration(store.ageSec * 1000)}</span>
          </span>
        ),
    },
    {
      key: 'lag',
      title: t('columns.lag'),
      width: 84,
      align: 'right',
      render: (store) => {
        const lagSec = Math.max(0, ...store.steps.map((step) => step.lagSec));
        return lagSec === 0 ? <span className="quiet">0</span> : duration(lagSec * 1000);
      },
    },
    {
      key: 'state',
      title: t('columns.state'),
      width: 96,
      render: (store) => {
        const state = stateOf(store);
        if (state === null) return <span className="quiet">{t('state.empty')}</span>;
        return <FreshnessText state={state}>{t(`state.${store.state === 'silent' ? 'silent' : state}`)}</FreshnessText>;
      },
    },
  ];
  return <DataTable label={t('stores')} columns={columns} rows={stores} rowKey={(store) => `${store.project}/${store.logstore}`} />;
}
