import { Link } from '@tanstack/react-router';
import { Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Health } from '../api/health.ts';
import { Avatar } from '../kit/avatar.tsx';
import { zoneName } from '../kit/format.ts';
import { Icon } from '../kit/icon.tsx';
import { KeyCap } from '../kit/key-cap.tsx';
import { Logo } from '../kit/logo.tsx';
import { usePreferences } from '../theme/preferences.ts';
import './top-bar.css';

interface TopBarProps {
  readonly user: string;
  readonly health: Health | null;
  readonly onPalette: () => void;
  readonly onSignOut: () => void;
}

/** 44 px: where am I, jump anywhere, is everything well, and the reader's own choices. */
export function TopBar({ user, health, onPalette, onSignOut }: TopBarProps) {
  const { t } = useTranslation('shell');
  const preferences = usePreferences();
  const { theme, language, zone, density, keys, set } = preferences;
  const zoneText = zoneName(zone, new Date());
  return (
    <header className="sl-top">
      <Link to="/overview" className="sl-brand" aria-label="Sluice">
        <Logo />
        Sluice
      </Link>
      <button type="button" className="sl-jump" onClick={onPalette}>
        <Icon name="search" size={14} />
        <span className="grow">{t('searchOrJump')}</span>
        <KeyCap>Ctrl</KeyCap>
        <KeyCap>K</KeyCap>
      </button>
      <span className="grow" />
      <button
        type="button"
        className="sl-top-button mono"
        title={t('zoneHint', { zone: zoneText })}
        onClick={() => set({ zone: zone === 'utc' ? 'local' : 'utc' })}
      >
        {zoneText}
      </button>
      <span className="sl-top-line" />
      <HealthText health={health} />
      <button
        type="button"
        className="sl-top-icon"
        title={language === 'en' ? t('toChinese') : t('toEnglish')}
        aria-label={language === 'en' ? t('toChinese') : t('toEnglish')}
        onClick={() => set({ language: language === 'en' ? 'zh' : 'en' })}
      >
        <Icon name="language" />
      </button>
      <button
        type="button"
        className="sl-top-icon"
        title={theme === 'light' ? t('toDark') : t('toLight')}
        aria-label={theme === 'light' ? t('toDark') : t('toLight')}
        onClick={() => set({ theme: theme === 'light' ? 'dark' : 'light' })}
      >
        <Icon name={theme === 'light' ? 'moon' : 'sun'} />
      </button>
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            { key: 'who', label: t('account', { user }), disabled: true },
            { type: 'divider' },
            {
              key: 'density',
              label: density === 'dense' ? t('density.comfortable') : t('density.dense'),
              onClick: () => set({ density: density === 'dense' ? 'comfortable' : 'dense' }),
            },
            { key: 'keys', label: keys ? t('keysOff') : t('keysOn'), onClick: () => set({ keys: !keys }) },
            { type: 'divider' },
            { key: 'account', icon: <Icon name="account" size={14} />, label: <Link to="/account">{t('yourAccount')}</Link> },
            { key: 'out', icon: <Icon name="logout" size={14} />, label: t('signOut'), onClick: onSignOut },
          ],
        }}
      >
        <button type="button" className="sl-top-icon" aria-label={t('account', { user })}>
          <Avatar name={user} size={26} />
        </button>
      </Dropdown>
    </header>
  );
}

function HealthText({ health }: { readonly health: Health | null }) {
  const { t } = useTranslation('shell');
  if (!health) return null;
  const failing = health.parts.filter((part) => !part.ok);
  const text = !health.reachable
    ? t('health.unreachable')
    : failing.length > 0
      ? t('health.failing', { count: failing.length })
      : t('health.ready');
  const colour = !health.reachable ? 'var(--sl-crit-fill)' : failing.length > 0 ? 'var(--sl-medium-fill)' : 'var(--sl-ok)';
  return (
    <span className="sl-health" title={failing.map((part) => `${part.name}: ${part.detail}`).join('\n') || undefined} role="status">
      <span className="sl-dot" style={{ background: colour }} />
      {text}
    </span>
  );
}
