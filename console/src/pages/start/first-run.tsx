import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.ts';
import { useCall, usePages } from '../../api/use-call.ts';
import { Card } from '../../kit/card.tsx';
import { Facts } from '../../kit/facts.tsx';
import { bytes, count } from '../../kit/format.ts';
import { KeyCap } from '../../kit/key-cap.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { SetUp } from '../overview/set-up.tsx';
import { DemoCard } from './demo-card.tsx';
import { MakePlace, type MadePlace } from './make-place.tsx';
import { SendCard } from './send-card.tsx';
import { slsEndpoint } from './send-command.ts';
import './first-run.css';

/** Someone is waiting for the first log. */
const EVERY_MS = 3_000;

const KEYS = [
  ['Ctrl K', 'jump'],
  ['/', 'write'],
  ['?', 'all'],
  ['G L', 'search'],
] as const;

/** Before the first log: how to get one, from looking around to sending one's own. */
export function FirstRun() {
  const { t } = useTranslation('start');
  const mayChange = useMay('admin');
  const asked = useCall('overview', { query: {} }, { everyMs: EVERY_MS });
  const [made, setMade] = useState<MadePlace | null>(null);
  const endpoints = useCall('endpoints', {}, { staleMs: 60_000 });
  const rules = usePages('listDetectionRules', { query: { pageSize: 1000, enabled: true } }, { staleMs: 60_000 });
  const endpoint = endpoints.data ? slsEndpoint(endpoints.data.sls, location.hostname) : null;
  const body = asked.data;
  if (body === undefined) return asked.error ? <Problem error={asked.error} /> : <SkeletonRows rows={12} height={40} />;
  const received = body.logstores.filter((store) => store.newestAt !== null);
  return (
    <div className="sl-start">
      <div className="sl-start-main">
        <div>
          <h2>{received.length === 0 ? t('noLog') : t('some', { count: received.length })}</h2>
          <p className="text2">
            {rules.items.length > 0 &&
              t('waiting', { count: rules.items.length, total: `${count(rules.items.length)}${rules.hasNextPage ? '+' : ''}` })}{' '}
            {received.length === 0 && t('turns')}
          </p>
        </div>
        {endpoints.error && <Problem error={endpoints.error} />}
        {mayChange ? (
          <>
            <DemoCard />
            <MakePlace made={made} onMade={setMade} />
          </>
        ) : (
          <p className="quiet">{t('askAdmin')}</p>
        )}
        {endpoint !== null && <SendCard endpoint={endpoint} made={made} received={received} />}
      </div>
      <aside className="sl-start-side">
        <SetUp steps={body.setUp} />
        <Card title={t('server')}>
          <Facts
            nameWidth={84}
            items={[
              [t('console'), <span className="mono">{location.host}</span>],
              ...(endpoint === null ? [] : [[t('sls'), <span className="mono">{endpoint.replace(/^https?:\/\//u, '')}</span>] as const]),
              ...(body.storage.diskFreeBytes === null ? [] : [[t('disk'), bytes(body.storage.diskFreeBytes)] as const]),
            ]}
          />
        </Card>
        <Card title={t('worth')}>
          <dl className="sl-start-keys">
            {KEYS.map(([keys, does]) => (
              <div key={keys}>
                <dt>
                  {keys.split(' ').map((key) => (
                    <KeyCap key={key}>{key}</KeyCap>
                  ))}
                </dt>
                <dd className="text2">{t(`keys.${does}`)}</dd>
              </div>
            ))}
          </dl>
          <Link to="/standardization-rules">{t('formats')}</Link>
        </Card>
      </aside>
    </div>
  );
}
