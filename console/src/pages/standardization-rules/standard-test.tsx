import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/use-call.ts';
import { duration } from '../../kit/format.ts';
import { jsonLogs } from '../../kit/json-list.ts';
import { PreviewSection } from '../../kit/preview.tsx';
import { Problem } from '../../kit/problem.tsx';
import { JsonArea } from '../rules/json-area.tsx';
import { LogAndEvent } from './log-and-event.tsx';

interface StandardTestProps {
  readonly id: string;
  /** Text to test instead of the saved one. */
  readonly draft: string | null;
  /** The logs, as typed. */
  readonly logs: string;
  readonly onLogs: (logs: string) => void;
}

/** Runs a rule over typed logs; nothing is stored. */
export function StandardTest({ id, draft, logs, onLogs }: StandardTestProps) {
  const { t } = useTranslation('rules');
  const [wrong, setWrong] = useState('');
  const test = useChange('testStandardizationRule');
  const sent = test.variables?.body.logs ?? [];
  const answer = test.data;
  const run = () => {
    setWrong('');
    try {
      test.mutate({ params: { id }, body: { logs: jsonLogs(logs), ...(draft === null ? {} : { text: draft }) } });
    } catch (thrown) {
      setWrong(t('test.badJson', { message: thrown instanceof Error ? thrown.message : String(thrown) }));
    }
  };
  return (
    <>
      <section className="sl-preview-section sl-form">
        <JsonArea hint={t('test.logsHint')} rows={10} value={logs} onChange={onLogs} />
        {wrong !== '' && (
          <span className="error" role="alert">
            {wrong}
          </span>
        )}
        <div className="sl-form-tight">
          <Button type="primary" loading={test.isPending} disabled={logs.trim() === ''} onClick={run} data-testid="run-test">
            {t('test.run')}
          </Button>
          {draft !== null && <span className="meta">{t('test.withDraft')}</span>}
        </div>
      </section>
      {test.error && <Problem error={test.error} />}
      {answer && (
        <>
          <section className="sl-preview-section">
            <b>
              {t('test.made', {
                events: answer.events.filter((event) => event !== null).length,
                logs: answer.events.length,
                time: duration(answer.elapsedMs),
              })}
            </b>
          </section>
          {answer.events.map((event, at) => (
            // events[i] came out of logs[i]: the place is the identity.
            <section key={at} className="sl-preview-section">
              <LogAndEvent log={sent[at] ?? {}} event={event} />
            </section>
          ))}
          <PreviewSection title={t('test.sql')}>
            <pre className="sl-source">{answer.sql}</pre>
          </PreviewSection>
        </>
      )}
    </>
  );
}
