import { Popover } from 'antd';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asCloud, cloudColour } from '../../../kit/cloud.ts';
import { CloudMark } from '../../../kit/cloud-mark.tsx';
import { CloudNode } from '../../../kit/cloud-node.tsx';
import { clockMinute, clockTime, day } from '../../../kit/format.ts';
import { BARS } from '../../../kit/severity.ts';
import { asTactic, TACTICS } from '../../../kit/tactics.ts';
import { usePreferences } from '../../../theme/preferences.ts';
import type { LaneKind } from './chain-lanes.ts';
import {
  LANE_HEIGHT,
  layoutChain,
  lineage,
  timeTicks,
  timeToX,
  type ChainEdge,
  type ChainNode,
  type ChainPath,
  type ChainStep,
} from './chain-layout.ts';
import { measureLabel } from './measure-text.ts';
import { useWidth } from './use-width.ts';

interface ChainPictureProps {
  readonly kind: LaneKind;
  readonly lanes: readonly string[];
  readonly steps: readonly ChainStep[];
  readonly edges: readonly ChainEdge[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly selected: string | null;
  readonly onSelect: (alertId: string | null) => void;
}

/** The chain as one SVG. Arrow keys move between steps in time order; the selected one brings its causes and effects forward. */
export function ChainPicture({ kind, lanes, steps, edges, fromMs, toMs, selected, onSelect }: ChainPictureProps) {
  const { t } = useTranslation('events');
  const { zone } = usePreferences();
  const { element, width: outer } = useWidth<HTMLDivElement>();
  const [hover, setHover] = useState<string | null>(null);
  const [opened, setOpened] = useState<string | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  const width = Math.max(240, outer - 134);
  const layout = useMemo(
    () => layoutChain({ lanes, steps, edges, fromMs, toMs, width, measure: measureLabel }),
    [lanes, steps, edges, fromMs, toMs, width],
  );
  const forward = useMemo(() => (selected === null ? null : lineage(selected, edges)), [selected, edges]);
  const ordered = useMemo(() => layout.nodes.toSorted((a, b) => a.x - b.x || a.y - b.y), [layout]);
  const labelOf = useMemo(() => new Map(layout.labels.map((label) => [label.nodeKey, label])), [layout]);
  const offsetMs = zone === 'utc' ? 0 : -new Date(fromMs).getTimezoneOffset() * 60_000;
  const ticks = timeTicks(fromMs, toMs, Math.max(3, Math.floor(width / 96)), offsetMs);
  const dense = toMs - fromMs < 180_000;
  const long = toMs - fromMs > 36 * 3_600_000;
  const tickText = (ms: number) =>
    long ? day(new Date(ms), zone).slice(5) : dense ? clockTime(new Date(ms), zone) : clockMinute(new Date(ms), zone);
  const chosen = layout.nodes.find((node) => node.steps.some((step) => step.id === selected));
  const chosenStep = steps.find((step) => step.id === selected);
  const isForward = (node: ChainNode) => forward === null || node.steps.some((step) => forward.has(step.id));
  const pathForward = (path: ChainPath) => forward === null || (forward.has(path.from) && forward.has(path.to));
  const laneAlerts = (lane: string) => steps.filter((step) => step.lane === lane).length;

  const focusNode = (node: ChainNode | undefined) => {
    if (!node) return;
    (svg.current?.querySelector(`[data-node="${CSS.escape(node.key)}"]`) as SVGGElement | null)?.focus();
  };
  const keys = (event: React.KeyboardEvent, node: ChainNode) => {
    const at = ordered.indexOf(node);
    if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') focusNode(ordered[at + (event.key === 'ArrowRight' ? 1 : -1)]);
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const down = event.key === 'ArrowDown' ? 1 : -1;
      const others = ordered.filter((other) => (other.y - node.y) * down > 0);
      focusNode(
        others.toSorted((a, b) => Math.abs(a.y - node.y) - Math.abs(b.y - node.y) || Math.abs(a.x - node.x) - Math.abs(b.x - node.x))[0],
      );
    } else if (event.key === 'Enter' || event.key === ' ') press(node);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const press = (node: ChainNode) => {
    if (node.steps.length > 1) setOpened(node.key);
    else onSelect(node.steps[0]?.id ?? null);
  };
  const tabStop = chosen?.key ?? ordered[0]?.key;

  return (
    <div className="sl-chain-scroll" ref={element}>
      <div className="sl-chain-axis">
        <div className="sl-chain-corner" />
        <svg width={width} height="26" aria-hidden="true">
          {ticks.map((tick) => (
            <text key={tick} x={timeToX(tick, fromMs, toMs, width)} y="17" textAnchor="middle">
              {tickText(tick)}
            </text>
          ))}
          {chosenStep && chosen && (
            <g transform={`translate(${Math.max(32, Math.min(width - 32, chosen.x))},0)`}>
              <rect x="-29" y="3" width="58" height="19" rx="3" fill="var(--sl-accent)" />
              <text y="17" textAnchor="middle" style={{ fill: 'var(--sl-on-accent)', fontWeight: 600 }}>
                {clockTime(new Date(chosenStep.timeMs), zone)}
              </text>
            </g>
          )}
        </svg>
      </div>
      <div className="sl-chain-lanes">
        <div className="sl-chain-labels">
          {lanes.map((lane) => {
            const tactic = kind === 'tactic' ? asTactic(lane) : null;
            return (
              <div key={lane} className="sl-chain-lane">
                <b className="ellipsis" title={lane}>
                  {tactic !== null ? (
                    t(`tactic.${tactic}`, { ns: 'common' })
                  ) : kind === 'cloud' ? (
                    <CloudMark cloud={asCloud(lane)} show="name" />
                  ) : lane === '' ? (
                    kind === 'tactic' ? (
                      t('chain.noTactic')
                    ) : (
                      t('chain.noEntity')
                    )
                  ) : (
                    <span className="mono">{lane}</span>
                  )}
                </b>
                <span className="meta">
                  {tactic !== null && `${TACTICS.find((item) => item.slug === tactic)?.id ?? ''}${t('listComma', { ns: 'common' })}`}
                  {t('chain.laneAlerts', { count: laneAlerts(lane) })}
                </span>
              </div>
            );
          })}
        </div>
        <svg
          ref={svg}
          className="sl-chain-plot"
          width={width}
          height={layout.height}
          role="group"
          aria-label={t('chain.label', { count: steps.length })}
          onClick={(event) => event.target === svg.current && onSelect(null)}
        >
          <defs>
            <marker
              id="sl-arrow"
              viewBox="0 0 8 8"
              refX="2"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              markerUnits="userSpaceOnUse"
              orient="auto"
            >
              <path d="M0 0.6 7 4 0 7.4Z" fill="context-stroke" />
            </marker>
            {layout.paths
              .filter((path) => path.crosses)
              .map((path) => (
                <linearGradient
                  key={`${path.from}-${path.to}`}
                  id={`sl-cross-${path.from}-${path.to}`}
                  gradientUnits="userSpaceOnUse"
                  x1={path.x1}
                  y1={path.y1}
                  x2={path.x2}
                  y2={path.y2 + 0.01}
                >
                  <stop stopColor={cloudColour(path.fromCloud)} />
                  <stop offset="1" stopColor={cloudColour(path.toCloud)} />
                </linearGradient>
              ))}
          </defs>
          {lanes.map((lane, at) => (
            <rect
              key={lane}
              y={at * LANE_HEIGHT}
              width={width}
              height={LANE_HEIGHT}
              fill={at % 2 === 0 ? 'var(--sl-sunken)' : 'var(--sl-surface)'}
              pointerEvents="none"
            />
          ))}
          {ticks.map((tick) => (
            <path
              key={tick}
              d={`M${timeToX(tick, fromMs, toMs, width).toFixed(1)} 0V${layout.height}`}
              stroke="var(--sl-border-inner)"
              pointerEvents="none"
            />
          ))}
          {chosen && (
            <path
              d={`M${chosen.x.toFixed(1)} 0V${layout.height}`}
              stroke="var(--sl-accent)"
              strokeWidth="1.2"
              strokeDasharray="2 3"
              pointerEvents="none"
            />
          )}
          {layout.paths
            .toSorted((a, b) => Number(pathForward(a)) - Number(pathForward(b)))
            .map((path) => {
              const inFront = pathForward(path);
              return (
                <g key={`${path.from}-${path.to}`} pointerEvents="none" opacity={inFront ? 1 : 0.8}>
                  <path
                    d={path.d}
                    fill="none"
                    stroke={
                      !inFront ? 'var(--sl-border-strong)' : path.crosses ? `url(#sl-cross-${path.from}-${path.to})` : 'var(--sl-text2)'
                    }
                    strokeWidth={path.crosses ? 2.8 : 1.5}
                    strokeDasharray={path.sourceOnly ? '4 3' : undefined}
                  />
                  <path
                    d={path.d}
                    fill="none"
                    stroke={!inFront ? 'var(--sl-border-strong)' : path.crosses ? cloudColour(path.toCloud) : 'var(--sl-text2)'}
                    strokeWidth="0.01"
                    markerEnd="url(#sl-arrow)"
                  />
                </g>
              );
            })}
          {layout.nodes.map((node) => {
            const first = node.steps[0];
            if (!first) return null;
            const worst = node.steps.toSorted((a, b) => BARS[b.severity] - BARS[a.severity])[0] ?? first;
            const label = labelOf.get(node.key);
            const isChosen = node === chosen;
            const shownLabel =
              label ??
              (hover === node.key
                ? {
                    x: node.x,
                    y: node.y - 22,
                    anchor: 'middle' as const,
                    side: 'above' as const,
                    text: node.steps.length > 1 ? t('chain.several', { count: node.steps.length }) : first.title,
                  }
                : undefined);
            const lane = Math.floor(node.y / LANE_HEIGHT);
            const name =
              node.steps.length > 1
                ? t('chain.several', { count: node.steps.length })
                : `${first.title}, ${clockTime(new Date(first.timeMs), zone)}, ${t(`severity.${first.severity}`, { ns: 'common' })}, ${t(`cloud.${first.cloud}`, { ns: 'common' })}`;
            const drawing = (
              <g
                key={node.key}
                data-node={node.key}
                data-testid={`step-${first.id}`}
                className={`sl-chain-node${lane % 2 === 0 ? ' sl-chain-lane-odd' : ''}${isForward(node) ? '' : ' sl-chain-back'}`}
                role="button"
                tabIndex={node.key === tabStop ? 0 : -1}
                aria-label={name}
                aria-pressed={isChosen}
                onClick={() => press(node)}
                onKeyDown={(event) => keys(event, node)}
                onMouseEnter={() => setHover(node.key)}
                onMouseLeave={() => setHover(null)}
              >
                <title>{name}</title>
                {isChosen && (
                  <circle
                    cx={node.x}
                    cy={node.y}
                    r="21"
                    fill="color-mix(in srgb, var(--sl-accent) 16%, transparent)"
                    stroke="var(--sl-accent)"
                    strokeWidth="1.5"
                  />
                )}
                <circle className="sl-chain-focus" cx={node.x} cy={node.y} r="19" />
                <CloudNode
                  cloud={worst.cloud}
                  severity={worst.severity}
                  x={node.x}
                  y={node.y}
                  {...(node.steps.length > 1 ? { count: node.steps.length } : {})}
                />
                {shownLabel && (
                  <>
                    <text
                      className="sl-chain-title"
                      x={shownLabel.x}
                      y={shownLabel.side === 'above' ? shownLabel.y : shownLabel.y - 3}
                      textAnchor={shownLabel.anchor}
                      style={isChosen ? { fontWeight: 700 } : {}}
                    >
                      {shownLabel.text}
                    </text>
                    {shownLabel.side !== 'above' && (
                      <text className="sl-chain-time" x={shownLabel.x} y={shownLabel.y + 12} textAnchor={shownLabel.anchor}>
                        {clockMinute(new Date(first.timeMs), zone)}
                      </text>
                    )}
                  </>
                )}
              </g>
            );
            if (node.steps.length === 1) return drawing;
            return (
              <Popover
                key={node.key}
                trigger={[]}
                open={opened === node.key}
                onOpenChange={(open) => !open && setOpened(null)}
                content={
                  <div className="sl-chain-menu">
                    {node.steps.map((step) => (
                      <button
                        key={step.id}
                        type="button"
                        className="sl-step-link"
                        onClick={() => {
                          setOpened(null);
                          onSelect(step.id);
                        }}
                      >
                        <CloudMark cloud={step.cloud} />
                        <span className="mono quiet">{clockTime(new Date(step.timeMs), zone)}</span>
                        <span className="ellipsis grow">{step.title}</span>
                      </button>
                    ))}
                    <button type="button" className="link" onClick={() => setOpened(null)}>
                      {t('close', { ns: 'common' })}
                    </button>
                  </div>
                }
              >
                {drawing}
              </Popover>
            );
          })}
        </svg>
      </div>
    </div>
  );
}
