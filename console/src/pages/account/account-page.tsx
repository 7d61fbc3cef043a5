import { App, Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { useChange } from '../../api/use-call.ts';
import { Card } from '../../kit/card.tsx';
import { Facts } from '../../kit/facts.tsx';
import { Icon } from '../../kit/icon.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { Problem } from '../../kit/problem.tsx';
import { When } from '../../kit/when.tsx';
import '../../kit/form.css';

/** The shortest password the server takes. */
const PASSWORD_MIN = 8;
const PASSWORD_MAX = 256;

/** Who is signed in, and the way to another password. */
export function AccountPage() {
  const { t } = useTranslation('account');
  const { me } = useSession();
  return (
    <div className="sl-page sl-page-plain">
      <PageHeader title={t('title')} />
      <div className="sl-page-body sl-narrow">
        <Card title={<span className="mono">{me.user}</span>}>
          <Facts
            items={[
              ...(me.displayName === '' ? [] : [[t('name'), me.displayName] as const]),
              [t('role'), t(`roles.${me.role}`, { ns: 'access' })],
              ...(me.expiresAt === null ? [] : [[t('expires'), <When at={me.expiresAt} />] as const]),
            ]}
          />
        </Card>
        <Card title={t('change')}>
          <ChangePassword />
        </Card>
      </div>
    </div>
  );
}

function ChangePassword() {
  const { t } = useTranslation('account');
  const { message } = App.useApp();
  const { me, refresh } = useSession();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const change = useChange('changePassword', ['overview']);
  const differ = again !== '' && again !== next;
  const wrong = change.error?.status === 403;
  const ready = current !== '' && next.length >= PASSWORD_MIN && again === next;
  const save = () =>
    change.mutate(
      { body: { current, next } },
      {
        onSuccess: () => {
          setCurrent('');
          setNext('');
          setAgain('');
          void message.success(t('changed'));
          // The session is a new one, with a token of its own.
          void refresh();
        },
      },
    );
  return (
    <form
      className="sl-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) save();
      }}
    >
      {me.passwordIsGenerated && (
        <p className="warn sl-account-note">
          <Icon name="warning" size={14} /> {t('generated')}
        </p>
      )}
      {/* A password manager keeps a new password under this name. */}
      <input type="text" name="username" autoComplete="username" value={me.user} readOnly hidden />
      <label className="sl-form-item">
        <span>{t('current')}</span>
        <Input.Password
          autoComplete="current-password"
          value={current}
          status={wrong ? 'error' : ''}
          onChange={(event) => {
            setCurrent(event.target.value);
            change.reset();
          }}
        />
        {wrong && (
          <span className="error" role="alert">
            {t('wrong')}
          </span>
        )}
      </label>
      <label className="sl-form-item">
        <span>{t('next')}</span>
        <Input.Password
          autoComplete="new-password"
          maxLength={PASSWORD_MAX}
          value={next}
          onChange={(event) => setNext(event.target.value)}
        />
        <span className="meta">{t('hint')}</span>
      </label>
      <label className="sl-form-item">
        <span>{t('again')}</span>
        <Input.Password
          autoComplete="new-password"
          maxLength={PASSWORD_MAX}
          value={again}
          status={differ ? 'error' : ''}
          onChange={(event) => setAgain(event.target.value)}
        />
        {differ && (
          <span className="error" role="alert">
            {t('differ')}
          </span>
        )}
      </label>
      {change.error && !wrong && <Problem error={change.error} />}
      <div>
        <Button type="primary" htmlType="submit" disabled={!ready} loading={change.isPending} data-testid="change-password">
          {t('save')}
        </Button>
      </div>
    </form>
  );
}
