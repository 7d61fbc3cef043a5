import { Button, Input } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface RuleTextProps {
  readonly saved: string;
  /** What was typed instead; null: nothing. */
  readonly draft: string | null;
  readonly onDraft: (text: string | null) => void;
  readonly readOnly: boolean;
  /** What can be done with a draft. */
  readonly actions?: ReactNode;
  /** Said while there is a draft. */
  readonly note?: ReactNode;
}

/** The YAML of a rule. What is typed is a draft: it can be tested, and saved where that is allowed. */
export function RuleText({ saved, draft, onDraft, readOnly, actions, note }: RuleTextProps) {
  const { t } = useTranslation('rules');
  return (
    <div className="sl-rule-text">
      <Input.TextArea
        className="sl-code"
        autoSize={{ minRows: 12, maxRows: 40 }}
        readOnly={readOnly}
        spellCheck={false}
        aria-label={t('text')}
        value={draft ?? saved}
        onChange={(event) => onDraft(event.target.value === saved ? null : event.target.value)}
        data-testid="rule-text"
      />
      {draft !== null && (
        <div className="row">
          <span className="meta grow">{note}</span>
          {saved !== '' && (
            <Button size="small" type="text" onClick={() => onDraft(null)}>
              {t('discard')}
            </Button>
          )}
          {actions}
        </div>
      )}
    </div>
  );
}
