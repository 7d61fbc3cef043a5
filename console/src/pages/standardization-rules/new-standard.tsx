import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/use-call.ts';
import { Preview } from '../../kit/preview.tsx';
import { Problem } from '../../kit/problem.tsx';
import { RuleText } from '../../kit/rule-text.tsx';

/** A standardization rule of one's own, from its text; the server runs its samples first. */
export function NewStandard({ onMade, onClose }: { readonly onMade: (id: string) => void; readonly onClose: () => void }) {
  const { t } = useTranslation('rules');
  const [text, setText] = useState('');
  const create = useChange('createStandardizationRule', ['listStandardizationRules']);
  return (
    <Preview
      label={t('newRule')}
      width={560}
      head={<span className="meta">{t('standardization')}</span>}
      title={t('newRule')}
      note={<span className="meta">{t('addStandardNote')}</span>}
      onClose={onClose}
      actions={
        <Button
          type="primary"
          disabled={text.trim() === ''}
          loading={create.isPending}
          onClick={() => create.mutate({ body: { text } }, { onSuccess: (rule) => onMade(rule.id) })}
        >
          {t('add')}
        </Button>
      }
    >
      {create.error && <Problem error={create.error} />}
      <section className="sl-preview-section">
        <RuleText saved="" draft={text === '' ? null : text} onDraft={(next) => setText(next ?? '')} readOnly={false} />
      </section>
    </Preview>
  );
}
