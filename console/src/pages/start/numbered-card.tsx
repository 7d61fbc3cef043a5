import type { ReactNode } from 'react';

interface NumberedCardProps {
  readonly number: number;
  readonly title: string;
  readonly note: ReactNode;
  readonly action?: ReactNode;
  readonly children?: ReactNode;
}

/** One way to go on: its number, what it is, the button that does it. */
export function NumberedCard({ number, title, note, action, children }: NumberedCardProps) {
  return (
    <section className="sl-card sl-start-card">
      <header>
        <span className="sl-start-number" aria-hidden="true">
          {number}
        </span>
        <div className="grow">
          <h3>{title}</h3>
          <p className="quiet">{note}</p>
        </div>
        {action}
      </header>
      {children}
    </section>
  );
}
