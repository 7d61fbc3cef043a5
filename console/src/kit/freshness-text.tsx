import { Icon, type IconName } from './icon.tsx';
import type { Freshness } from './freshness.ts';
import type { ReactNode } from 'react';

const LOOK: Readonly<Record<Freshness, { icon: IconName; colour: string; weight: number }>> = {
  fresh: { icon: 'check', colour: 'var(--sl-text2)', weight: 400 },
  slow: { icon: 'clock', colour: 'var(--sl-warn)', weight: 600 },
  late: { icon: 'clock', colour: 'var(--sl-late)', weight: 600 },
  stopped: { icon: 'warning', colour: 'var(--sl-error)', weight: 600 },
};

/** Lag by icon, words and colour; the healthy one is grey words after a small green tick. */
export function FreshnessText({ state, children }: { readonly state: Freshness; readonly children: ReactNode }) {
  const look = LOOK[state];
  return (
    <span
      style={{
        display: 'inline-flex',
        alignItems: 'center',
        gap: 5,
        verticalAlign: 'middle',
        color: look.colour,
        fontWeight: look.weight,
        whiteSpace: 'nowrap',
      }}
    >
      <Icon name={look.icon} size={13} style={state === 'fresh' ? { color: 'var(--sl-ok)' } : {}} />
      {children}
    </span>
  );
}
