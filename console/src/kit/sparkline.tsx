interface SparklineProps {
  readonly values: readonly number[];
  readonly width?: number;
  readonly height?: number;
  readonly colour?: string;
  readonly label: string;
}

/** A line over a pale area. The scale starts at zero, so that a quiet series looks quiet. */
export function Sparkline({ values, width = 108, height = 18, colour = 'var(--sl-accent)', label }: SparklineProps) {
  if (values.length < 2) return <svg width={width} height={height} role="img" aria-label={label} />;
  const top = Math.max(...values, 0) || 1;
  const step = width / (values.length - 1);
  const line = values
    .map((value, index) => `${(index * step).toFixed(1)},${(height - 1 - (value / top) * (height - 3)).toFixed(1)}`)
    .join('L');
  return (
    <svg width={width} height={height} role="img" aria-label={label} style={{ display: 'block' }}>
      <path d={`M${line}L${width},${height}L0,${height}Z`} fill={colour} opacity="0.14" />
      <path d={`M${line}`} fill="none" stroke={colour} strokeWidth="1.2" strokeLinejoin="round" />
    </svg>
  );
}
