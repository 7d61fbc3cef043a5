import type { ReactNode } from 'react';
import './state-card.css';

interface StateCardProps {
  readonly tone: 'empty' | 'error' | 'partial' | 'denied';
  readonly label: string;
  readonly title: ReactNode;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

/** What a region says when it has no rows to show: one sentence, the facts, the next step. */
export function StateCard({ tone, label, title, children, actions }: StateCardProps) {
  return (
    <section className={`sl-state sl-state-${tone}`} role={tone === 'error' ? 'alert' : 'status'}>
      <div className="meta">{label}</div>
      <div className="sl-state-title">{title}</div>
      {children !== undefined && <div className="sl-state-body">{children}</div>}
      {actions !== undefined && <div className="sl-state-actions">{actions}</div>}
    </section>
  );
}
