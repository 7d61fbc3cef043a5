import { useTranslation } from 'react-i18next';
import type { AuditRecordBody } from '../../../../src/api/rest/contract/operations.ts';
import { Facts } from '../../kit/facts.tsx';
import { fullTime } from '../../kit/format.ts';
import { Preview, PreviewSection } from '../../kit/preview.tsx';
import { usePreferences } from '../../theme/preferences.ts';

interface AuditPreviewProps {
  readonly record: AuditRecordBody;
  readonly onPrevious: () => void;
  readonly onNext: () => void;
  readonly onClose: () => void;
  readonly onActor: (actor: string) => void;
  readonly onAction: (action: string) => void;
}

/** One record in full. */
export function AuditPreview({ record, onPrevious, onNext, onClose, onActor, onAction }: AuditPreviewProps) {
  const { t } = useTranslation('audit');
  const { zone } = usePreferences();
  const details = Object.entries(record.details);
  return (
    <Preview
      label={t('preview')}
      head={
        <>
          <span className="mono quiet">{record.seq}</span>
          <span className={record.outcome === 'ok' ? 'quiet' : record.outcome === 'denied' ? 'warn' : 'error'}>
            {t(`outcomes.${record.outcome}`)}
          </span>
        </>
      }
      title={<span className="mono sl-mono-title">{record.action}</span>}
      note={<span className="meta mono">{fullTime(new Date(record.at), zone)}</span>}
      onPrevious={onPrevious}
      onNext={onNext}
      onClose={onClose}
    >
      <section className="sl-preview-section">
        <Facts
          items={[
            [
              t('columns.actor'),
              <span className="row">
                <span className="mono">{record.actor}</span>
                <button type="button" className="link" onClick={() => onActor(record.actor)}>
                  {t('filterActor')}
                </button>
              </span>,
            ],
            [
              t('columns.action'),
              <span className="row">
                <span className="mono">{record.action}</span>
                <button type="button" className="link" onClick={() => onAction(record.action)}>
                  {t('filterAction')}
                </button>
              </span>,
            ],
            [t('columns.resource'), <span className="mono">{record.resource}</span>],
          ]}
        />
      </section>
      <PreviewSection title={t('details')}>
        {details.length === 0 ? (
          <span className="quiet">{t('noDetails')}</span>
        ) : (
          <Facts
            items={details.map(([name, value]) => [
              name,
              <span className="mono">{typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</span>,
            ])}
          />
        )}
      </PreviewSection>
      <PreviewSection title={t('fullHash')}>
        <pre className="sl-source">{record.hash}</pre>
      </PreviewSection>
    </Preview>
  );
}
