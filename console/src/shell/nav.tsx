import { Link, useLocation } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMay } from '../api/session.ts';
import { Icon, type IconName } from '../kit/icon.tsx';
import { KeyCap } from '../kit/key-cap.tsx';
import './nav.css';

interface NavEntry {
  readonly to:
    | '/overview'
    | '/search'
    | '/events'
    | '/alerts'
    | '/rules'
    | '/standardization-rules'
    | '/stores'
    | '/consumer-groups'
    | '/jobs'
    | '/audit'
    | '/access'
    | '/settings';
  readonly icon: IconName;
  readonly text:
    | 'overview'
    | 'search'
    | 'events'
    | 'alerts'
    | 'rules'
    | 'standardization'
    | 'stores'
    | 'groups'
    | 'jobs'
    | 'audit'
    | 'access'
    | 'settings';
  /** Of no use to those below this role, so not shown to them. */
  readonly role?: 'admin';
}

const PAGES: readonly NavEntry[] = [
  { to: '/overview', icon: 'overview', text: 'overview' },
  { to: '/search', icon: 'search', text: 'search' },
  { to: '/events', icon: 'events', text: 'events' },
  { to: '/alerts', icon: 'alerts', text: 'alerts' },
  { to: '/rules', icon: 'rules', text: 'rules' },
  { to: '/standardization-rules', icon: 'standard', text: 'standardization' },
];

/** Where logs are and what moves them. */
const PLATFORM: readonly NavEntry[] = [
  { to: '/stores', icon: 'stores', text: 'stores' },
  { to: '/consumer-groups', icon: 'shipping', text: 'groups' },
  { to: '/jobs', icon: 'jobs', text: 'jobs' },
];

/** The installation itself, at the foot of the menu. */
const INSTALLATION: readonly NavEntry[] = [
  { to: '/audit', icon: 'audit', text: 'audit', role: 'admin' },
  { to: '/access', icon: 'key', text: 'access' },
  { to: '/settings', icon: 'settings', text: 'settings', role: 'admin' },
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
  const isAdmin = useMay('admin');
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
      <hr />
      {PLATFORM.map(entry)}
      <div className="grow" />
      {INSTALLATION.filter((item) => item.role === undefined || isAdmin).map(entry)}
      <button type="button" className="sl-nav-item" onClick={onHelp} title={open ? undefined : t('nav.help')}>
        <Icon name="help" size={17} />
        {open ? <span className="grow ellipsis">{t('nav.help')}</span> : <span className="visually-hidden">{t('nav.help')}</span>}
        {open && <KeyCap>?</KeyCap>}
      </button>
    </nav>
  );
}
