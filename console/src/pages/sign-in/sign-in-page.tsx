import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Me } from '../../../../src/api/rest/contract/session.ts';
import { call } from '../../api/client.ts';
import { useHealth } from '../../api/health.ts';
import { isApiError } from '../../api/problem.ts';
import { zoneName } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { Logo } from '../../kit/logo.tsx';
import { usePreferences } from '../../theme/preferences.ts';
import { Water } from './water.tsx';
import './sign-in-page.css';

/** The door: one form, what is known about the server, and where the first password is. */
export function SignInPage({ onSignedIn }: { readonly onSignedIn: (me: Me) => void }) {
  const { t } = useTranslation('signIn');
  const { theme, language, zone, set } = usePreferences();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const health = useHealth();
  const version = useQuery({ queryKey: ['version'], queryFn: ({ signal }) => call('version', {}, signal) });

  const submit = async (given: { user: string; password: string }) => {
    setBusy(true);
    setProblem(null);
    try {
      onSignedIn(await call('openSession', { body: given }));
    } catch (thrown) {
      if (!isApiError(thrown)) throw thrown;
      setProblem(
        thrown.code === 'offline'
          ? t('offline')
          : thrown.status === 429
            ? t('tooMany')
            : thrown.status === 401
              ? t('wrong')
              : thrown.message,
      );
    } finally {
      setBusy(false);
    }
  };

  const failing = health?.parts.filter((part) => !part.ok) ?? [];
  return (
    <div className="sl-sign-in">
      <Water />
      <main>
        <div className="sl-sign-in-brand">
          <Logo size={34} />
          Sluice
        </div>
        <section className="sl-sign-in-card">
          <h1>{t('title')}</h1>
          <p className="quiet">{t('times', { host: location.host, zone: zoneName(zone, new Date()) })}</p>
          <Form
            layout="vertical"
            requiredMark={false}
            size="large"
            onFinish={(given: { user: string; password: string }) => void submit(given)}
            initialValues={{ user: 'admin' }}
          >
            <Form.Item name="user" label={t('user')} rules={[{ required: true, message: t('userNeeded') }]}>
              <Input autoComplete="username" autoCapitalize="off" />
            </Form.Item>
            <Form.Item name="password" label={t('password')} rules={[{ required: true, message: t('passwordNeeded') }]}>
              <Input.Password autoComplete="current-password" autoFocus />
            </Form.Item>
            {problem !== null && (
              <div className="sl-sign-in-problem" role="alert">
                <Icon name="warning" size={14} /> {problem}
              </div>
            )}
            <Button type="primary" htmlType="submit" block loading={busy}>
              {t('submit')}
            </Button>
          </Form>
          <div className="sl-sign-in-hint">
            <Icon name="key" size={13} />
            <span>
              {t('firstStart')} <code>data/keys/admin-password</code> {t('firstStartEnd')}
            </span>
          </div>
        </section>
        <footer>
          {health && (
            <span className="row" style={{ gap: 6 }}>
              <span
                className="sl-dot"
                style={{
                  background: !health.reachable ? 'var(--sl-crit-fill)' : failing.length > 0 ? 'var(--sl-medium-fill)' : 'var(--sl-ok)',
                }}
              />
              {!health.reachable ? t('noAnswer') : failing.length > 0 ? t('partsFailing', { count: failing.length }) : t('allReady')}
            </span>
          )}
          {version.data && <span>{t('version', { version: version.data.version })}</span>}
          <button type="button" onClick={() => set({ language: language === 'en' ? 'zh' : 'en' })}>
            <Icon name="language" size={14} /> {language === 'en' ? '中文' : 'English'}
          </button>
          <button type="button" onClick={() => set({ theme: theme === 'light' ? 'dark' : 'light' })}>
            <Icon name={theme === 'light' ? 'moon' : 'sun'} size={14} /> {theme === 'light' ? t('dark') : t('light')}
          </button>
        </footer>
      </main>
    </div>
  );
}
