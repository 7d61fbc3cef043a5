/** Still water behind the door: lines that grow clearer towards the bottom. */
export function Water() {
  const lines = Array.from({ length: 9 }, (_, line) => ({ y: 20 + line * 34, opacity: 0.08 + line * 0.04, accent: line > 3 }));
  return (
    <svg className="sl-water" viewBox="0 0 1440 330" preserveAspectRatio="none" aria-hidden="true">
      {lines.map((line) => (
        <path
          key={line.y}
          d={`M-90 ${line.y}${'q45 -14 90 0t90 0'.repeat(9)}`}
          fill="none"
          stroke={line.accent ? 'var(--sl-accent)' : 'var(--sl-border-strong)'}
          strokeWidth="1.2"
          opacity={line.opacity + (line.accent ? 0 : 0.25)}
          vectorEffect="non-scaling-stroke"
        />
      ))}
    </svg>
  );
}
