import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { OverviewBody } from '../../../../src/api/rest/contract/overview.ts';
import { Due } from '../../kit/due.tsx';
import { bytes, count, duration, short } from '../../kit/format.ts';
import { SEVERITIES } from '../../kit/severity.ts';
import { Sparkline } from '../../kit/sparkline.tsx';
import { StackedBar } from '../../kit/stacked-bar.tsx';
import { byNeed, stateOf } from './store-state.ts';

/** The numbers to know before reading on. A tile whose number nobody can know yet is left out. */
export function Tiles({ body }: { readonly body: OverviewBody }) {
  const { t } = useTranslation('overview');
  const { ingest, alerts, events, storage, shipping } = body;
  const open = SEVERITIES.reduce((sum, severity) => sum + alerts.open[severity], 0);
  const [first] = events.top;
  const slowest = shipping.toSorted((a, b) => (b.lagSec ?? -1) - (a.lagSec ?? -1))[0];
  return (
    <div className="sl-tiles">
      <Tile
        name={t('ingest')}
        value={short(ingest.logsPerSec)}
        note={t('perSec')}
        beside={<Sparkline values={ingest.trend.counts} width={84} height={22} label={t('trend')} />}
      >
        {t('ingestNote', { bytes: bytes(ingest.bytesPerSec), logs: short(ingest.logsToday) })}
      </Tile>
      <FreshnessTile stores={body.logstores} />
      <Tile
        name={<Link to="/alerts">{t('alerts')}</Link>}
        value={count(open)}
        note={open === 0 ? '' : t('alertsNote', { critical: alerts.open.critical, high: alerts.open.high })}
      >
        {open === 0 ? t('noAlerts') : <StackedBar counts={alerts.open} />}
      </Tile>
      <Tile
        name={<Link to="/events">{t('withoutOwner')}</Link>}
        value={count(events.withoutOwner)}
        note={t('ofOpen', { total: count(events.open) })}
      >
        {first === undefined ? (
          events.open === 0 ? (
            t('noEvents')
          ) : (
            t('allOwned')
          )
        ) : (
          <span className="row">
            <span className="mono">{first.id}</span>
            <DueIn at={first.dueAt} />
          </span>
        )}
      </Tile>
      {slowest !== undefined && slowest.lagSec !== null && (
        <Tile name={t('lagWorst')} value={duration(slowest.lagSec * 1000)}>
          <span className="mono">{slowest.group}</span>, {slowest.logstore}
        </Tile>
      )}
      {storage.storeBytes > 0 && (
        <Tile name={t('storage')} value={bytes(storage.storeBytes)} note={t('ofRaw', { raw: bytes(storage.rawBytes) })}>
          {t('ratio', { ratio: (storage.rawBytes / storage.storeBytes).toFixed(1) })}
          {storage.diskFreeBytes !== null &&
            storage.diskTotalBytes !== null &&
            t('diskFree', { free: bytes(storage.diskFreeBytes), total: bytes(storage.diskTotalBytes) })}
        </Tile>
      )}
    </div>
  );
}

/** `respond in 0:59`, or how long ago it should have been. */
export function DueIn({ at }: { readonly at: string | null }) {
  const { t } = useTranslation('overview');
  if (at === null) return <span>{t('noDeadline')}</span>;
  return (
    <span>
      {t('due')} <Due at={at} />
    </span>
  );
}

function FreshnessTile({ stores }: { readonly stores: OverviewBody['logstores'] }) {
  const { t } = useTranslation('overview');
  const received = stores.filter((store) => stateOf(store) !== 'empty');
  const onTime = received.filter((store) => stateOf(store) === 'fresh').length;
  const [worst] = byNeed(received);
  const state = worst === undefined ? 'fresh' : stateOf(worst);
  const oldest = received.toSorted((a, b) => (b.ageSec ?? 0) - (a.ageSec ?? 0))[0];
  return (
    <Tile name={t('freshness')} value={count(onTime)} note={t('onTime', { total: received.length })}>
      {worst !== undefined && state !== 'fresh' ? (
        <span className={state === 'slow' ? 'warn' : state === 'late' ? 'late' : 'error'}>
          {t('worst', { store: worst.logstore, state: t(`state.${state}`) })}
        </span>
      ) : oldest === undefined ? (
        t('noLogs')
      ) : (
        t('oldest', { store: oldest.logstore, age: duration((oldest.ageSec ?? 0) * 1000) })
      )}
    </Tile>
  );
}

interface TileProps {
  readonly name: ReactNode;
  readonly value: string;
  readonly note?: string;
  readonly beside?: ReactNode;
  readonly children: ReactNode;
}

function Tile({ name, value, note = '', beside, children }: TileProps) {
  return (
    <div className="sl-tile">
      <div className="meta">{name}</div>
      <div className="sl-tile-value">
        <b>{value}</b>
        {note !== '' && <span className="quiet ellipsis">{note}</span>}
        {beside}
      </div>
      <div className="meta ellipsis sl-tile-foot">{children}</div>
    </div>
  );
}
