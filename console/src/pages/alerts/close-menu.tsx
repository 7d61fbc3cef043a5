import { Button, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Verdict } from '../../../../src/api/rest/contract/alerts.ts';
import { VERDICT_WORDS } from '../../api/words.ts';
import { Icon } from '../../kit/icon.tsx';

interface CloseMenuProps {
  readonly disabled: boolean;
  readonly onClose: (verdict: Verdict) => void;
  readonly quiet?: boolean;
}

/** Closing says why: the verdict is one click, not a form. */
export function CloseMenu({ disabled, onClose, quiet = false }: CloseMenuProps) {
  const { t } = useTranslation('alerts');
  return (
    <Dropdown
      trigger={['click']}
      disabled={disabled}
      menu={{
        items: VERDICT_WORDS.map((word) => ({ key: word, label: t(`verdict.${word}`, { ns: 'common' }) })),
        onClick: ({ key, domEvent }) => {
          domEvent.stopPropagation();
          const verdict = VERDICT_WORDS.find((word) => word === key);
          if (verdict !== undefined) onClose(verdict);
        },
      }}
    >
      <Button type={quiet ? 'text' : 'default'} size={quiet ? 'small' : 'middle'} disabled={disabled}>
        {t('closeAs')}
        <Icon name="down" size={12} />
      </Button>
    </Dropdown>
  );
}
