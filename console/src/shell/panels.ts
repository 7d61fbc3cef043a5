import { useState } from 'react';

interface Panels {
  readonly left: boolean;
  readonly right: boolean;
}

/** Which side panels are open, kept per page in this browser. Below 1100 px the left one starts closed. */
export function usePanels(page: string): Panels & { toggle(side: keyof Panels): void } {
  const key = `sluice.panels.${page}`;
  const [panels, setPanels] = useState<Panels>(() => {
    const stored = localStorage.getItem(key);
    return { left: stored === null ? window.innerWidth >= 1100 : stored.includes('l'), right: stored === null || stored.includes('r') };
  });
  const toggle = (side: keyof Panels) => {
    const next = { ...panels, [side]: !panels[side] };
    localStorage.setItem(key, `${next.left ? 'l' : ''}${next.right ? 'r' : ''}.`);
    setPanels(next);
  };
  return { ...panels, toggle };
}
