import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Preview } from '../../kit/preview.tsx';
import { Problem } from '../../kit/problem.tsx';
import { RuleText } from './rule-text.tsx';

interface NewRulePanelProps {
  /** Which kind of rule. */
  readonly kind: string;
  /** What happens with it. */
  readonly note: string;
  readonly busy: boolean;
  readonly refused: Error | null;
  readonly onAdd: (text: string) => void;
  readonly onClose: () => void;
}

/** A rule of one's own, from its text. */
export function NewRulePanel({ kind, note, busy, refused, onAdd, onClose }: NewRulePanelProps) {
  const { t } = useTranslation('rules');
  const [text, setText] = useState('');
  return (
    <Preview
      label={t('newRule')}
      width={560}
      head={<span className="meta">{kind}</span>}
      title={t('newRule')}
      note={<span className="meta">{note}</span>}
      onClose={onClose}
      actions={
        <Button type="primary" disabled={text.trim() === ''} loading={busy} onClick={() => onAdd(text)} data-testid="add-rule">
          {t('add')}
        </Button>
      }
    >
      {refused && <Problem error={refused} />}
      <section className="sl-preview-section">
        <RuleText saved="" draft={text === '' ? null : text} onDraft={(next) => setText(next ?? '')} readOnly={false} />
      </section>
    </Preview>
  );
}
