import { App, Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isApiError, type ApiError } from '../api/problem.ts';
import { StateCard } from './state-card.tsx';

interface ProblemProps {
  readonly error: ApiError | Error;
  /** One fix, as a button. */
  readonly action?: ReactNode;
  readonly lead?: ReactNode;
}

/** A refusal where it matters: cause, place, request id, what to do. Never a toast. */
export function Problem({ error, action, lead }: ProblemProps) {
  const { t } = useTranslation('common');
  const { message } = App.useApp();
  if (!isApiError(error)) {
    return <StateCard tone="error" label={t('errorLabel')} title={error.message} actions={action} />;
  }
  if (error.status === 403) {
    return (
      <StateCard tone="denied" label={t('deniedLabel')} title={t('deniedTitle')}>
        {sentence(error.message)} {t('deniedBody')}
      </StateCard>
    );
  }
  const offline = error.code === 'offline';
  const details = JSON.stringify(
    {
      code: error.code,
      status: error.status,
      message: error.message,
      requestId: error.requestId,
      errors: error.errors,
      details: error.details,
    },
    null,
    2,
  );
  return (
    <StateCard
      tone="error"
      label={offline ? t('errorLabel') : error.code}
      title={
        <>
          {lead}
          {offline ? t('offlineTitle') : sentence(error.message)}
        </>
      }
      actions={
        <>
          {action}
          <Button type="text" onClick={() => void navigator.clipboard.writeText(details).then(() => message.success(t('copied')))}>
            {t('copyDetails')}
          </Button>
        </>
      }
    >
      {offline ? t('offlineBody') : error.requestId === '' ? undefined : t('request', { id: error.requestId })}
      {error.errors.map((entry) => (
        <div key={entry.path}>
          <code>{entry.path}</code> {entry.message}
        </div>
      ))}
    </StateCard>
  );
}

/** The server's messages are lower case without a full stop. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?。]$/u.test(text) ? '' : '.'}`;
}
