import { Link } from '@tanstack/react-router';
import { Button, Segmented } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SecurityEventBody } from '../../../../../src/api/rest/contract/security-events.ts';
import { asCloud } from '../../../kit/cloud.ts';
import { CloudMark } from '../../../kit/cloud-mark.tsx';
import { Icon } from '../../../kit/icon.tsx';
import { TACTICS } from '../../../kit/tactics.ts';
import { TimelineTab } from '../timeline-tab.tsx';
import { ChainBrush } from './chain-brush.tsx';
import { lanesOf, type LaneKind } from './chain-lanes.ts';
import type { ChainEdge, ChainStep } from './chain-layout.ts';
import { ChainPicture } from './chain-picture.tsx';
import './chain.css';

interface ChainProps {
  readonly event: SecurityEventBody;
  readonly selected: string | null;
  readonly onSelect: (alertId: string | null) => void;
}

/** The attack chain: lanes over real time, a brush below, the same as a table on demand. */
export function Chain({ event, selected, onSelect }: ChainProps) {
  const { t } = useTranslation('events');
  const [kind, setKind] = useState<LaneKind>('tactic');
  const [links, setLinks] = useState<'cause' | 'all'>('cause');
  const [asTable, setAsTable] = useState(false);
  const [showEmpty, setShowEmpty] = useState(false);
  const [showRelated, setShowRelated] = useState(false);
  const times = useMemo(() => event.steps.map((step) => Date.parse(step.time)), [event.steps]);
  const whole = useMemo(() => {
    const first = Math.min(...times);
    const last = Math.max(...times);
    const margin = Math.max(30_000, (last - first) * 0.035);
    return { fromMs: first - margin, toMs: last + margin };
  }, [times]);
  const [narrowed, setNarrowed] = useState<{ fromMs: number; toMs: number } | null>(null);
  const window = narrowed ?? whole;
  const lanes = useMemo(() => lanesOf(event, kind), [event, kind]);
  const steps = useMemo(
    () =>
      event.steps.map((step): ChainStep => ({
        id: step.alertId,
        timeMs: Date.parse(step.time),
        lane: lanes.laneOf(step),
        cloud: asCloud(step.cloud),
        severity: step.severity,
        title: step.title,
      })),
    [event.steps, lanes],
  );
  // Of the links that only share an address, the picture keeps those into steps that no cause explains; "all links" shows every one.
  const edges = useMemo(() => {
    const explained = new Set(event.edges.filter((edge) => edge.kind === 'cause').map((edge) => edge.to));
    return event.edges
      .filter((edge) => links === 'all' || edge.kind === 'cause' || !explained.has(edge.to))
      .map((edge): ChainEdge => ({ from: edge.from, to: edge.to, sourceOnly: edge.kind === 'shared-source' }));
  }, [event.edges, links]);
  const shownLanes = showEmpty && kind === 'tactic' ? TACTICS.map((tactic) => tactic.slug as string) : lanes.shown;

  return (
    <div className="sl-chain">
      <div className="sl-chain-bar">
        <span className="meta">{t('chain.rows')}</span>
        <Segmented
          value={kind}
          onChange={setKind}
          options={(['tactic', 'cloud', 'entity'] as const).map((value) => ({ value, label: t(`chain.by.${value}`) }))}
        />
        <Segmented
          value={links}
          onChange={setLinks}
          aria-label={t('chain.links.label')}
          options={(['cause', 'all'] as const).map((value) => ({ value, label: t(`chain.links.${value}`) }))}
        />
        <span className="grow" />
        {event.clouds.map(({ cloud }) => (
          <CloudMark key={cloud} cloud={asCloud(cloud)} show="code" />
        ))}
        {event.clouds.length > 1 && (
          <span className="row meta" style={{ gap: 6 }}>
            <svg width="22" height="4" aria-hidden="true">
              <defs>
                <linearGradient id="sl-legend-cross">
                  <stop stopColor="var(--sl-ali)" />
                  <stop offset="1" stopColor="var(--sl-tx)" />
                </linearGradient>
              </defs>
              <rect width="22" height="3" y="0.5" rx="1.5" fill="url(#sl-legend-cross)" />
            </svg>
            {t('chain.crosses')}
          </span>
        )}
        <Button
          type="text"
          icon={<Icon name={asTable ? 'chart' : 'table'} size={15} />}
          title={asTable ? t('chain.asPicture') : t('chain.asTable')}
          aria-label={asTable ? t('chain.asPicture') : t('chain.asTable')}
          onClick={() => setAsTable(!asTable)}
        />
      </div>
      {asTable ? (
        <TimelineTab steps={event.steps} selected={selected} onSelect={onSelect} />
      ) : (
        <>
          <ChainPicture
            kind={kind}
            lanes={shownLanes}
            steps={steps}
            edges={edges}
            fromMs={window.fromMs}
            toMs={window.toMs}
            selected={selected}
            onSelect={onSelect}
          />
          <div className="sl-chain-foot">
            {lanes.empty.length > 0 && (
              <button type="button" className="sl-chain-fold" aria-expanded={showEmpty} onClick={() => setShowEmpty(!showEmpty)}>
                <Icon name={showEmpty ? 'down' : 'right'} size={11} /> {t('chain.emptyTactics', { count: lanes.empty.length })}
              </button>
            )}
            <span className="grow" />
            {edges.some((edge) => edge.sourceOnly) && (
              <span className="row" style={{ gap: 6 }}>
                <svg width="20" height="2" aria-hidden="true">
                  <path d="M0 1h20" stroke="currentColor" strokeWidth="1.5" strokeDasharray="4 3" />
                </svg>
                {t('chain.sourceOnly')}
              </span>
            )}
            {event.related.length > 0 && (
              <span>
                {t('chain.related', { count: event.related.length })}{' '}
                <button type="button" className="link" onClick={() => setShowRelated(!showRelated)}>
                  {t('chain.show')}
                </button>
              </span>
            )}
          </div>
          {showRelated && (
            <ul className="sl-chain-related">
              {event.related.map((other) => (
                <li key={other.id}>
                  <Link to="/events/$id" params={{ id: other.id }} search={{}} className="mono">
                    {other.id}
                  </Link>{' '}
                  {other.title} <span className="quiet">{other.why}</span>
                </li>
              ))}
            </ul>
          )}
          <ChainBrush
            steps={steps}
            whole={whole}
            window={window}
            onChange={(next) => setNarrowed(next)}
            onReset={() => setNarrowed(null)}
          />
        </>
      )}
    </div>
  );
}
