import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/use-call.ts';
import { NewRulePanel } from '../rules/new-rule-panel.tsx';

/** A standardization rule of one's own; the server runs its samples first. */
export function NewStandard({ onMade, onClose }: { readonly onMade: (id: string) => void; readonly onClose: () => void }) {
  const { t } = useTranslation('rules');
  const create = useChange('createStandardizationRule', ['listStandardizationRules']);
  return (
    <NewRulePanel
      kind={t('standardization')}
      note={t('addStandardNote')}
      busy={create.isPending}
      refused={create.error}
      onAdd={(text) => create.mutate({ body: { text } }, { onSuccess: (rule) => onMade(rule.id) })}
      onClose={onClose}
    />
  );
}
