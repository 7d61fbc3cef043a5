import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/use-call.ts';
import { NewRulePanel } from '../rules/new-rule-panel.tsx';

/** A detection rule of one's own. */
export function NewRule({ onMade, onClose }: { readonly onMade: (id: string) => void; readonly onClose: () => void }) {
  const { t } = useTranslation('rules');
  const create = useChange('createDetectionRule', ['listDetectionRules']);
  return (
    <NewRulePanel
      kind={t('detection')}
      note={t('addNote')}
      busy={create.isPending}
      refused={create.error}
      onAdd={(text) => create.mutate({ body: { text } }, { onSuccess: (rule) => onMade(rule.id) })}
      onClose={onClose}
    />
  );
}
