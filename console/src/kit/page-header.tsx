import type { ReactNode } from 'react';
import './page-header.css';

interface PageHeaderProps {
  readonly title: ReactNode;
  readonly note?: ReactNode;
  readonly lead?: ReactNode;
  readonly children?: ReactNode;
}

/** 48 px: title and its age on the left, the page's actions on the right. */
export function PageHeader({ title, note, lead, children }: PageHeaderProps) {
  return (
    <header className="sl-page-header">
      {lead}
      <h1>{title}</h1>
      {note !== undefined && <span className="sl-page-note">{note}</span>}
      <span className="grow" />
      {children}
    </header>
  );
}
