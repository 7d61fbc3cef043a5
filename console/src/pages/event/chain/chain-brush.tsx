import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { clockMinute, clockTime } from '../../../kit/format.ts';
import { severityColour } from '../../../kit/severity.ts';
import { usePreferences } from '../../../theme/preferences.ts';
import { timeTicks, timeToX, type ChainStep } from './chain-layout.ts';
import { useWidth } from './use-width.ts';

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

interface ChainBrushProps {
  readonly steps: readonly ChainStep[];
  readonly whole: Window;
  readonly window: Window;
  readonly onChange: (window: Window) => void;
  readonly onReset: () => void;
}

/** A window below this is a click, not a drag. */
const LEAST_PX = 6;

/** 54 px of the whole time with its steps; dragging narrows what the lanes show, a double click gives it all back. */
export function ChainBrush({ steps, whole, window, onChange, onReset }: ChainBrushProps) {
  const { t } = useTranslation('events');
  const { zone } = usePreferences();
  const { element, width: outer } = useWidth<HTMLDivElement>();
  const width = Math.max(200, outer - 134);
  const drag = useRef<{ startX: number; mode: 'new' | 'left' | 'right' | 'move'; from: Window } | null>(null);
  const [preview, setPreview] = useState<Window | null>(null);
  // The brush shows a margin around the whole, so that its handles can be taken at both ends.
  const margin = (whole.toMs - whole.fromMs) * 0.08;
  const outerFrom = whole.fromMs - margin;
  const outerTo = whole.toMs + margin;
  const x = (ms: number) => timeToX(ms, outerFrom, outerTo, width);
  const ms = (px: number) => outerFrom + ((px - x(outerFrom)) / Math.max(1, x(outerTo) - x(outerFrom))) * (outerTo - outerFrom);
  const shown = preview ?? window;
  const offsetMs = zone === 'utc' ? 0 : -new Date(whole.fromMs).getTimezoneOffset() * 60_000;
  const ticks = timeTicks(outerFrom, outerTo, Math.max(3, Math.floor(width / 120)), offsetMs);
  const bins = Array.from({ length: 90 }, () => 0);
  for (const step of steps) {
    const bin = Math.min(89, Math.floor(((step.timeMs - outerFrom) / (outerTo - outerFrom)) * 90));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  const top = Math.max(1, ...bins);

  const at = (event: React.PointerEvent<SVGSVGElement>) => event.clientX - event.currentTarget.getBoundingClientRect().left;
  const clamp = (next: Window): Window => ({ fromMs: Math.max(outerFrom, next.fromMs), toMs: Math.min(outerTo, next.toMs) });

  return (
    <div className="sl-chain-brush" ref={element}>
      <div className="sl-chain-brush-words">
        <b>
          {clockMinute(new Date(shown.fromMs), zone)} – {clockMinute(new Date(shown.toMs), zone)}
        </b>
        <div className="meta">
          {window.fromMs === whole.fromMs && window.toMs === whole.toMs ? (
            t('chain.drag')
          ) : (
            <button type="button" className="link" onClick={onReset}>
              {t('chain.whole')}
            </button>
          )}
        </div>
      </div>
      <svg
        width={width}
        height="72"
        role="slider"
        tabIndex={0}
        aria-label={t('chain.drag')}
        aria-valuemin={0}
        aria-valuemax={Math.round((outerTo - outerFrom) / 1000)}
        aria-valuenow={Math.round((shown.fromMs - outerFrom) / 1000)}
        aria-valuetext={`${clockTime(new Date(shown.fromMs), zone)} – ${clockTime(new Date(shown.toMs), zone)}`}
        onDoubleClick={onReset}
        onKeyDown={(event) => {
          const step = (window.toMs - window.fromMs) * 0.1;
          if (event.key === 'ArrowRight') onChange(clamp({ fromMs: window.fromMs + step, toMs: window.toMs + step }));
          else if (event.key === 'ArrowLeft') onChange(clamp({ fromMs: window.fromMs - step, toMs: window.toMs - step }));
          else if (event.key === '+' || event.key === 'ArrowUp') onChange({ fromMs: window.fromMs + step, toMs: window.toMs - step });
          else if (event.key === '-' || event.key === 'ArrowDown')
            onChange(clamp({ fromMs: window.fromMs - step, toMs: window.toMs + step }));
          else return;
          event.preventDefault();
        }}
        onPointerDown={(event) => {
          const px = at(event);
          event.currentTarget.setPointerCapture(event.pointerId);
          const left = x(window.fromMs);
          const right = x(window.toMs);
          const mode =
            Math.abs(px - left) < 7
              ? 'left'
              : Math.abs(px - right) < 7
                ? 'right'
                : px > left && px < right && (window.fromMs !== whole.fromMs || window.toMs !== whole.toMs)
                  ? 'move'
                  : 'new';
          drag.current = { startX: px, mode, from: window };
        }}
        onPointerMove={(event) => {
          const start = drag.current;
          if (!start) return;
          const px = at(event);
          if (start.mode === 'new') setPreview(clamp({ fromMs: ms(Math.min(px, start.startX)), toMs: ms(Math.max(px, start.startX)) }));
          else if (start.mode === 'left') setPreview(clamp({ fromMs: Math.min(ms(px), start.from.toMs - 1000), toMs: start.from.toMs }));
          else if (start.mode === 'right')
            setPreview(clamp({ fromMs: start.from.fromMs, toMs: Math.max(ms(px), start.from.fromMs + 1000) }));
          else {
            const by = ms(px) - ms(start.startX);
            setPreview(clamp({ fromMs: start.from.fromMs + by, toMs: start.from.toMs + by }));
          }
        }}
        onPointerUp={(event) => {
          const start = drag.current;
          drag.current = null;
          if (preview && start && Math.abs(at(event) - start.startX) >= LEAST_PX) onChange(preview);
          setPreview(null);
        }}
      >
        <g>
          {bins.map((n, bin) => {
            const bx = (bin / 90) * width;
            const high = 4 + (n / top) * 20;
            const inside = bx >= x(shown.fromMs) && bx <= x(shown.toMs);
            return (
              <rect
                key={bin}
                x={bx}
                y={44 - high}
                width={Math.max(1, width / 90 - 1.5)}
                height={high}
                fill={inside ? 'var(--sl-border-strong)' : 'var(--sl-border)'}
                opacity={n === 0 ? 0.6 : 1}
              />
            );
          })}
        </g>
        <rect
          x={x(shown.fromMs)}
          y="6"
          width={Math.max(2, x(shown.toMs) - x(shown.fromMs))}
          height="40"
          fill="color-mix(in srgb, var(--sl-accent) 12%, transparent)"
          stroke="var(--sl-accent)"
          strokeWidth="1"
        />
        {steps.map((step) => (
          <rect key={step.id} x={x(step.timeMs) - 1} y="9" width="2" height="7" fill={severityColour(step.severity, 'fill')} />
        ))}
        {[shown.fromMs, shown.toMs].map((edge, index) => (
          <g key={index} transform={`translate(${x(edge)},26)`} style={{ cursor: 'ew-resize' }}>
            <rect x="-4" y="-8" width="8" height="16" rx="2" fill="var(--sl-surface)" stroke="var(--sl-accent)" />
            <path d="M-1.3 -3v6M1.3 -3v6" stroke="var(--sl-accent)" />
          </g>
        ))}
        {ticks.map((tick) => (
          <text key={tick} x={x(tick)} y="62" textAnchor="middle">
            {clockMinute(new Date(tick), zone)}
          </text>
        ))}
      </svg>
    </div>
  );
}
