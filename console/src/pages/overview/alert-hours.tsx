import type { OverviewBody } from '../../../../src/api/rest/contract/overview.ts';
import { clockMinute } from '../../kit/format.ts';
import { SEVERITIES, severityColour } from '../../kit/severity.ts';
import { usePreferences } from '../../theme/preferences.ts';

const WIDTH = 480;
const HEIGHT = 150;
const FOOT = 18;

/** Alerts of each of the last hours, the worst on top. */
export function AlertHours({ alerts, label }: { readonly alerts: OverviewBody['alerts']; readonly label: string }) {
  const { zone } = usePreferences();
  const totals = alerts.byHour.map((hour) => SEVERITIES.reduce((sum, severity) => sum + hour[severity], 0));
  const top = Math.max(1, ...totals);
  const step = WIDTH / Math.max(1, totals.length);
  const fromMs = Date.parse(alerts.byHourFrom);
  const hourAt = (index: number): string => clockMinute(new Date(fromMs + index * 3_600_000), zone);
  return (
    <svg className="sl-hours" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {alerts.byHour.map((hour, index) => {
        let y = HEIGHT - FOOT;
        // From the least to the worst, so that the worst lies on top.
        return SEVERITIES.toReversed().map((severity) => {
          const height = (hour[severity] / top) * (HEIGHT - FOOT - 4);
          y -= height;
          return height > 0 ? (
            <rect
              key={`${index}${severity}`}
              x={index * step + 1}
              y={y}
              width={step - 2}
              height={height}
              fill={severityColour(severity, 'fill')}
            />
          ) : null;
        });
      })}
      <line x1="0" x2={WIDTH} y1={HEIGHT - FOOT + 0.5} y2={HEIGHT - FOOT + 0.5} stroke="var(--sl-border)" />
      {[0, Math.floor(totals.length / 2), totals.length - 1].map((index, place) => (
        <text
          key={index}
          x={place === 0 ? 0 : place === 1 ? WIDTH / 2 : WIDTH}
          y={HEIGHT - 5}
          fontSize="11"
          fill="var(--sl-text3)"
          textAnchor={place === 0 ? 'start' : place === 1 ? 'middle' : 'end'}
        >
          {hourAt(index)}
        </text>
      ))}
    </svg>
  );
}
