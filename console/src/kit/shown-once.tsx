import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Icon } from './icon.tsx';
import './form.css';

interface ShownOnceProps {
  readonly title: string;
  readonly values: readonly (readonly [name: string, value: string])[];
  readonly onDone: () => void;
}

/** A secret in the moment it exists in clear: it is kept nowhere here and is gone when this closes. */
export function ShownOnce({ title, values, onDone }: ShownOnceProps) {
  const { t } = useTranslation('access');
  const { message } = App.useApp();
  return (
    <section className="sl-secret-card sl-access-secret" role="status" data-testid="shown-once">
      <div className="row">
        <Icon name="warning" size={15} className="warn" />
        <b className="grow">{title}</b>
        <Button size="small" onClick={onDone}>
          {t('stored')}
        </Button>
      </div>
      {values.map(([name, value]) => (
        <div key={name} className="sl-secret">
          <span>{name}</span>
          <span className="grow">{value}</span>
          <button
            type="button"
            className="sl-tool"
            aria-label={t('copySecret', { what: name })}
            title={t('copySecret', { what: name })}
            onClick={() => void navigator.clipboard.writeText(value).then(() => message.success(t('copied', { ns: 'common' })))}
          >
            <Icon name="copy" size={14} />
          </button>
        </div>
      ))}
    </section>
  );
}
