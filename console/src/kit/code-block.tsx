import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Icon } from './icon.tsx';
import './code-block.css';

/** Text to be pasted somewhere else, with the button that takes it. */
export function CodeBlock({ text, label }: { readonly text: string; readonly label: string }) {
  const { t } = useTranslation('common');
  const { message } = App.useApp();
  return (
    <div className="sl-code-block">
      <pre aria-label={label} tabIndex={0}>
        {text}
      </pre>
      <Button
        size="small"
        icon={<Icon name="copy" size={13} />}
        onClick={() => void navigator.clipboard.writeText(text).then(() => message.success(t('copied')))}
      >
        {t('copy')}
      </Button>
    </div>
  );
}
