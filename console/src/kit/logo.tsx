/** The gate between two posts and the water below it. */
export function Logo({ size = 22 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" style={{ flex: 'none', display: 'block' }}>
      <rect width="24" height="24" rx="6" fill="var(--sl-accent)" />
      <g stroke="var(--sl-on-accent)" strokeLinecap="round" fill="none">
        <path d="M5 5v14M19 5v14" strokeWidth="1.8" />
        <path d="M7.5 14.5q1.5-1.3 3 0t3 0 3 0M7.5 18q1.5-1.3 3 0t3 0 3 0" strokeWidth="1.5" />
      </g>
      <rect x="8" y="5" width="8" height="6" rx="1" fill="var(--sl-on-accent)" />
    </svg>
  );
}
