import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from './problem.tsx';
import './form.css';

interface InlineFormProps {
  /** Everything needed is filled in. */
  readonly ready: boolean;
  readonly busy: boolean;
  readonly error: Error | null;
  /** Name of the act; "Create" when absent. */
  readonly action?: string;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
  readonly children: ReactNode;
}

/** A thing is made in one line above the list it will appear in; a refusal stands below the line. */
export function InlineForm({ ready, busy, error, action, onSubmit, onCancel, children }: InlineFormProps) {
  const { t } = useTranslation('common');
  return (
    <>
      <form
        className="sl-form-line"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) onSubmit();
        }}
      >
        {children}
        <Button type="primary" htmlType="submit" disabled={!ready} loading={busy}>
          {action ?? t('create')}
        </Button>
        <Button onClick={onCancel}>{t('cancel')}</Button>
      </form>
      {error && <Problem error={error} />}
    </>
  );
}
