import { CLOUD_CODE, cloudColour, cloudOutline, type Cloud } from './cloud.ts';
import { severityColour, type Severity } from './severity.ts';

interface CloudNodeProps {
  readonly cloud: Cloud;
  readonly severity: Severity;
  readonly x?: number;
  readonly y?: number;
  /** Count instead of the code, for nodes that stand for several. */
  readonly count?: number;
}

/** A node of the attack chain inside an SVG: cloud shape with its code, 24 px, and the severity as a 3 px ring outside it. */
export function CloudNode({ cloud, severity, x = 0, y = 0, count }: CloudNodeProps) {
  const outline = cloudOutline(cloud, 10.5);
  return (
    <g transform={`translate(${x},${y})`}>
      <path
        d={cloudOutline(cloud, 13.5)}
        fill="var(--sl-surface)"
        stroke={severityColour(severity, 'fill')}
        strokeWidth="2.2"
        strokeLinejoin="round"
      />
      <path d={outline} fill={cloudColour(cloud)} />
      <text
        textAnchor="middle"
        y="3"
        fontSize={count === undefined ? (CLOUD_CODE[cloud].length > 2 ? 7.2 : 8) : 9.5}
        fontWeight="700"
        fill={`var(--sl-${cloud}-code)`}
        style={{ pointerEvents: 'none', fontFamily: 'var(--sl-sans)' }}
      >
        {count ?? CLOUD_CODE[cloud]}
      </text>
    </g>
  );
}
