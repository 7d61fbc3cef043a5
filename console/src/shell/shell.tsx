import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useHealth } from '../api/health.ts';
import { useSession } from '../api/session.ts';
import { useCall } from '../api/use-call.ts';
import { usePreferences } from '../theme/preferences.ts';
import { CommandPalette } from './command-palette.tsx';
import { HotkeysHelp } from './hotkeys-help.tsx';
import { allowSingleKeys, useHotkeys } from './hotkeys.ts';
import { Nav } from './nav.tsx';
import { TopBar } from './top-bar.tsx';
import './shell.css';

/** Pages that need their width: the menu is a rail there. */
const RAIL = /^\/(?:search|events|alerts|rules|standardization-rules|consumer-groups)/u;

/** The frame around every page: top bar, menu, palette, key help. */
export function Shell() {
  const { t } = useTranslation('shell');
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const { me, signOut } = useSession();
  const { zone, keys, set } = usePreferences();
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const health = useHealth();
  const events = useCall('summarizeSecurityEvents', { query: {} }, { everyMs: 10_000 });
  const alerts = useCall('summarizeAlerts', { query: {} }, { everyMs: 10_000 });

  useEffect(() => allowSingleKeys(keys), [keys]);
  useHotkeys([
    { keys: 'Ctrl+k', does: t('help.palette'), whileTyping: true, run: () => setPalette(true) },
    { keys: '?', does: t('help.help'), run: () => setHelp(true) },
    { keys: 'u', does: t('help.utc'), run: () => set({ zone: zone === 'utc' ? 'local' : 'utc' }) },
    { keys: 'g o', does: t('help.goOverview'), run: () => void navigate({ to: '/overview' }) },
    { keys: 'g a', does: t('help.goAlerts'), run: () => void navigate({ to: '/alerts' }) },
    { keys: 'g s', does: t('help.goStores'), run: () => void navigate({ to: '/stores' }) },
    { keys: 'g r', does: t('help.goRules'), run: () => void navigate({ to: '/rules' }) },
    { keys: 'g c', does: t('help.goGroups'), run: () => void navigate({ to: '/consumer-groups' }) },
    { keys: 'g p', does: t('help.goPipeline'), run: () => void navigate({ to: '/jobs' }) },
    { keys: 'g l', does: t('help.goSearch'), run: () => void navigate({ to: '/search' }) },
    { keys: 'g i', does: t('help.goEvents'), run: () => void navigate({ to: '/events' }) },
  ]);

  const open = events.data ? events.data.byStatus.new + events.data.byStatus.investigating + events.data.byStatus.contained : null;
  return (
    <div className="sl-shell">
      <a className="sl-skip" href="#content">
        {t('skip')}
      </a>
      <TopBar user={me.displayName || me.user} health={health} onPalette={() => setPalette(true)} onSignOut={() => void signOut()} />
      <div className="sl-shell-body">
        <Nav
          open={!RAIL.test(pathname)}
          counts={{ events: open, alerts: alerts.data?.byStatus.new ?? null }}
          onHelp={() => setHelp(true)}
        />
        <main id="content" className="sl-content" tabIndex={-1}>
          <Suspense fallback={null}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <CommandPalette open={palette} onClose={() => setPalette(false)} />
      <HotkeysHelp open={help} onClose={() => setHelp(false)} />
    </div>
  );
}
