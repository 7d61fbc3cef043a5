import { useTranslation } from 'react-i18next';

interface LogAndEventProps {
  readonly log: Readonly<Record<string, string>>;
  /** Null: the rule drops the log. */
  readonly event: Readonly<Record<string, unknown>> | null;
}

/** A raw log and, under it, what the rule makes of it. */
export function LogAndEvent({ log, event }: LogAndEventProps) {
  const { t } = useTranslation('rules');
  return (
    <div className="sl-log-event">
      <span className="meta">{t('test.logIn')}</span>
      <pre className="sl-source">
        {Object.entries(log)
          .map(([name, value]) => `${name}: ${value}`)
          .join('\n')}
      </pre>
      <span className="meta">{t('test.eventOut')}</span>
      {event === null ? (
        <span className="quiet">{t('test.dropped')}</span>
      ) : (
        <pre className="sl-source">{JSON.stringify(event, null, 2)}</pre>
      )}
    </div>
  );
}
