import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from './icon.tsx';
import './preview.css';

interface PreviewProps {
  readonly label: string;
  readonly head: ReactNode;
  readonly title: ReactNode;
  readonly note?: ReactNode;
  readonly width?: number;
  readonly onPrevious?: (() => void) | undefined;
  readonly onNext?: (() => void) | undefined;
  readonly previousIcon?: 'up' | 'left';
  readonly onClose: () => void;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** The fixed panel on the right: what a row is, without leaving the list. */
export function Preview({
  label,
  head,
  title,
  note,
  width = 404,
  onPrevious,
  onNext,
  previousIcon = 'up',
  onClose,
  actions,
  children,
}: PreviewProps) {
  const { t } = useTranslation('common');
  return (
    <aside className="sl-preview" style={{ width }} aria-label={label}>
      <div className="sl-preview-head">
        <div className="row">
          {head}
          <span className="grow" />
          {onPrevious && (
            <button type="button" className="sl-tool" aria-label={t('previous')} title={t('previous')} onClick={onPrevious}>
              <Icon name={previousIcon} />
            </button>
          )}
          {onNext && (
            <button type="button" className="sl-tool" aria-label={t('next')} title={t('next')} onClick={onNext}>
              <Icon name={previousIcon === 'up' ? 'down' : 'right'} />
            </button>
          )}
          <button type="button" className="sl-tool" aria-label={t('close')} title={t('close')} onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        <h2>{title}</h2>
        {note}
      </div>
      <div className="sl-scroll">{children}</div>
      {actions !== undefined && <div className="sl-preview-actions">{actions}</div>}
    </aside>
  );
}

/** A part of a preview: a heading, something on its right, and the rows. */
export function PreviewSection({
  title,
  extra,
  children,
}: {
  readonly title: ReactNode;
  readonly extra?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className="sl-preview-section">
      <div className="sl-preview-title">
        <h3>{title}</h3>
        <span className="grow" />
        {extra}
      </div>
      {children}
    </section>
  );
}
