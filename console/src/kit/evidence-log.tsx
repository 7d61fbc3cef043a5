import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogIdentity } from '../../../src/api/rest/contract/base.ts';
import { useCall } from '../api/use-call.ts';
import { addressOfLog } from '../pages/search/search-address.ts';
import { LogLife } from '../pages/search/log-life.tsx';
import { readableFields, shortPath } from './evidence-fields.ts';
import { Problem } from './problem.tsx';
import { SkeletonRows } from './skeleton-rows.tsx';
import './evidence-log.css';

interface EvidenceLogProps {
  readonly evidence: readonly LogIdentity[];
  /** Values to mark: what made the rule fire. */
  readonly marked: readonly string[];
}

/** The logs that prove something, shown as they were received; the rest of each is one click away. */
export function EvidenceLog({ evidence, marked }: EvidenceLogProps) {
  const { t } = useTranslation('events');
  const [at, setAt] = useState(0);
  const [show, setShow] = useState<'fields' | 'raw' | 'receipt'>('fields');
  const log = evidence[Math.min(at, evidence.length - 1)];
  const found = useCall(
    'log',
    {
      params: { project: log?.project ?? '', logstore: log?.logstore ?? '' },
      query: { shard: log?.shard ?? 0, cursor: log?.cursor ?? '0', index: log?.index ?? 0 },
    },
    { enabled: log !== undefined, staleMs: 60_000 },
  );
  if (!log) return <p className="quiet">{t('evidence.none')}</p>;
  const address = addressOfLog(log, found.data?.time ?? null);
  return (
    <div>
      <div className="sl-preview-title">
        <h3>{evidence.length === 1 ? t('evidence.one') : t('evidence.many', { at: at + 1, total: evidence.length })}</h3>
        {evidence.length > 1 && (
          <span>
            <button
              type="button"
              className="link"
              disabled={at === 0}
              onClick={() => setAt(at - 1)}
              aria-label={t('previous', { ns: 'common' })}
            >
              ‹
            </button>{' '}
            <button
              type="button"
              className="link"
              disabled={at >= evidence.length - 1}
              onClick={() => setAt(at + 1)}
              aria-label={t('next', { ns: 'common' })}
            >
              ›
            </button>
          </span>
        )}
        <span className="grow" />
        <button type="button" className="link" aria-pressed={show === 'raw'} onClick={() => setShow(show === 'raw' ? 'fields' : 'raw')}>
          {t('evidence.raw')}
        </button>
        <button
          type="button"
          className="link"
          aria-pressed={show === 'receipt'}
          onClick={() => setShow(show === 'receipt' ? 'fields' : 'receipt')}
        >
          {t('evidence.receipt')}
        </button>
        <Link to="/search" search={address} data-testid="open-in-search">
          {t('evidence.search')}
        </Link>
      </div>
      {found.error ? (
        <Problem error={found.error} />
      ) : show === 'receipt' ? (
        <LogLife project={log.project} logstore={log.logstore} identity={log} />
      ) : !found.data ? (
        <SkeletonRows rows={6} height={18} />
      ) : show === 'raw' ? (
        <pre className="sl-evidence">
          {JSON.stringify({ ...found.data.fields, __source__: found.data.source, __topic__: found.data.topic }, null, 2)}
        </pre>
      ) : (
        <dl className="sl-evidence">
          {readableFields(found.data.fields)
            .toSorted((a, b) => Number(marked.includes(b[1])) - Number(marked.includes(a[1])))
            .slice(0, 14)
            .map(([key, value]) => (
              <div key={key}>
                <dt className="ellipsis" title={key}>
                  {shortPath(key)}
                </dt>
                <dd className="ellipsis" title={value}>
                  {marked.includes(value) ? <mark>{value}</mark> : value}
                </dd>
              </div>
            ))}
        </dl>
      )}
      <div className="meta mono ellipsis" style={{ fontSize: 11, marginTop: 4 }}>
        {log.project} / {log.logstore} / shard {log.shard} · {log.cursor} #{log.index}
      </div>
    </div>
  );
}
