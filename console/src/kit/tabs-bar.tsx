import type { ReactNode } from 'react';
import './tabs-bar.css';

export interface TabItem<T extends string> {
  readonly key: T;
  readonly text: string;
  /** Shown after the name; absent: not known. */
  readonly count?: number | string | undefined;
}

interface TabsBarProps<T extends string> {
  readonly label: string;
  readonly tabs: readonly TabItem<T>[];
  readonly active: T;
  readonly onChange: (key: T) => void;
  readonly extra?: ReactNode;
}

/** 36 px tabs with counts; arrow keys move, as in any tab list. */
export function TabsBar<T extends string>({ label, tabs, active, onChange, extra }: TabsBarProps<T>) {
  const move = (by: number) => {
    const at = tabs.findIndex((tab) => tab.key === active);
    const next = tabs[(at + by + tabs.length) % tabs.length];
    if (next) onChange(next.key);
  };
  return (
    <div className="sl-tabs">
      <div role="tablist" aria-label={label} className="sl-tabs-list">
        {tabs.map((tab) => (
          <button
            key={tab.key}
            type="button"
            role="tab"
            aria-selected={tab.key === active}
            tabIndex={tab.key === active ? 0 : -1}
            className={tab.key === active ? 'sl-tab sl-tab-on' : 'sl-tab'}
            onClick={() => onChange(tab.key)}
            onKeyDown={(event) => {
              if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
              event.preventDefault();
              move(event.key === 'ArrowRight' ? 1 : -1);
              const { currentTarget } = event;
              requestAnimationFrame(() => currentTarget.parentElement?.querySelector<HTMLElement>('[tabindex="0"]')?.focus());
            }}
          >
            {tab.text}
            {tab.count !== undefined && <span className="sl-tab-count">{tab.count}</span>}
          </button>
        ))}
      </div>
      <span className="grow" />
      {extra}
    </div>
  );
}
