import { Link, useLocation } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Icon, type IconName } from '../kit/icon.tsx';
import { KeyCap } from '../kit/key-cap.tsx';
import './nav.css';

interface NavEntry {
  readonly to: '/overview' | '/search' | '/events' | '/alerts';
  readonly icon: IconName;
  readonly text: 'overview' | 'search' | 'events' | 'alerts';
}

const PAGES: readonly NavEntry[] = [
  { to: '/overview', icon: 'overview', text: 'overview' },
  { to: '/search', icon: 'search', text: 'search' },
  { to: '/events', icon: 'events', text: 'events' },
  { to: '/alerts', icon: 'alerts', text: 'alerts' },
];

interface NavProps {
  readonly open: boolean;
  /** Open security events and new alerts; null: not known yet. */
  readonly counts: { readonly events: number | null; readonly alerts: number | null };
  readonly onHelp: () => void;
}

/** The rail (48 px) or the open menu (184 px); the same links in both. */
export function Nav({ open, counts, onHelp }: NavProps) {
  const { t } = useTranslation('shell');
  const { pathname } = useLocation();
  const entry = (item: NavEntry) => {
    const active = pathname.startsWith(item.to);
    const count = item.text === 'events' || item.text === 'alerts' ? counts[item.text] : null;
    const name = t(`nav.${item.text}`);
    return (
      <Link
        key={item.to}
        to={item.to}
        className={active ? 'sl-nav-item sl-nav-active' : 'sl-nav-item'}
        title={open ? undefined : name}
        aria-current={active ? 'page' : undefined}
      >
        <Icon name={item.icon} size={17} />
        {open ? <span className="grow ellipsis">{name}</span> : <span className="visually-hidden">{name}</span>}
        {count !== null && count > 0 && (open ? <span className="sl-nav-count">{count}</span> : <span className="sl-nav-dot" />)}
      </Link>
    );
  };
  return (
    <nav className={open ? 'sl-nav sl-nav-open' : 'sl-nav'} aria-label={t('nav.label')}>
      {PAGES.map(entry)}
      <div className="grow" />
      <button type="button" className="sl-nav-item" onClick={onHelp} title={open ? undefined : t('nav.help')}>
        <Icon name="help" size={17} />
        {open ? <span className="grow ellipsis">{t('nav.help')}</span> : <span className="visually-hidden">{t('nav.help')}</span>}
        {open && <KeyCap>?</KeyCap>}
      </button>
    </nav>
  );
}
