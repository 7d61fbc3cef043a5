import type { ReactNode } from 'react';
import './card.css';

interface CardProps {
  readonly title: ReactNode;
  readonly note?: ReactNode;
  readonly action?: ReactNode;
  readonly children: ReactNode;
  readonly flush?: boolean;
  readonly className?: string;
}

/** Dashboard card: 38 px header; `flush` lets a table touch the edges. */
export function Card({ title, note, action, children, flush = false, className = '' }: CardProps) {
  return (
    <section className={`sl-card ${className}`}>
      <header className="sl-card-header">
        <h2>{title}</h2>
        {note !== undefined && <span className="meta ellipsis">{note}</span>}
        <span className="grow" />
        {action}
      </header>
      <div className={flush ? 'sl-card-body sl-card-flush' : 'sl-card-body'}>{children}</div>
    </section>
  );
}
