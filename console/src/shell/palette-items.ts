import type { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../api/use-call.ts';
import type { IconName } from '../kit/icon.tsx';
import { usePreferences } from '../theme/preferences.ts';

type Go = ReturnType<typeof useNavigate>;

export interface PaletteItem {
  readonly key: string;
  readonly group: 'pages' | 'stores' | 'events' | 'alerts' | 'commands';
  readonly icon: IconName;
  readonly text: string;
  readonly note?: string;
  /** Lower case; what the question is looked up in. */
  readonly haystack: string;
  readonly run: (go: Go) => void;
}

const PAGES = [
  ['overview', '/overview', 'overview'],
  ['search', '/search', 'search'],
  ['events', '/events', 'events'],
  ['alerts', '/alerts', 'alerts'],
  ['rules', '/rules', 'rules'],
  ['standardization', '/standardization-rules', 'standard'],
  ['stores', '/stores', 'stores'],
  ['groups', '/consumer-groups', 'shipping'],
  ['jobs', '/jobs', 'jobs'],
  ['audit', '/audit', 'audit'],
  ['access', '/access', 'key'],
  ['settings', '/settings', 'settings'],
] as const;

/** Everything the palette can jump to. Lists are asked for only while it is open. */
export function usePaletteItems(open: boolean): readonly PaletteItem[] {
  const { t } = useTranslation('shell');
  const { theme, language, zone, set } = usePreferences();
  const stores = useCall('listAllLogstores', { query: { pageSize: 500 } }, { enabled: open, staleMs: 30_000 });
  const events = useCall('listSecurityEvents', { query: { pageSize: 100 } }, { enabled: open, staleMs: 30_000 });
  const alerts = useCall('listAlerts', { query: { pageSize: 100, status: ['new', 'acknowledged'] } }, { enabled: open, staleMs: 30_000 });

  return useMemo(() => {
    const items: PaletteItem[] = [];
    const add = (item: Omit<PaletteItem, 'haystack'>, more = '') =>
      items.push({ ...item, haystack: `${item.text} ${item.note ?? ''} ${more}`.toLowerCase() });
    for (const [name, to, icon] of PAGES)
      add({ key: name, group: 'pages', icon, text: t(`nav.${name}`), run: (go) => void go({ to }) }, name);
    add(
      {
        key: 'theme',
        group: 'commands',
        icon: theme === 'light' ? 'moon' : 'sun',
        text: theme === 'light' ? t('toDark') : t('toLight'),
        run: () => set({ theme: theme === 'light' ? 'dark' : 'light' }),
      },
      'theme dark light',
    );
    add(
      {
        key: 'language',
        group: 'commands',
        icon: 'language',
        text: language === 'en' ? t('toChinese') : t('toEnglish'),
        run: () => set({ language: language === 'en' ? 'zh' : 'en' }),
      },
      'language chinese english 语言',
    );
    add(
      { key: 'utc', group: 'commands', icon: 'clock', text: t('help.utc'), run: () => set({ zone: zone === 'utc' ? 'local' : 'utc' }) },
      'utc time zone',
    );
    for (const event of events.data?.items ?? [])
      add(
        {
          key: `event-${event.id}`,
          group: 'events',
          icon: 'events',
          text: event.title,
          note: event.id,
          run: (go) => void go({ to: '/events/$id', params: { id: event.id } }),
        },
        event.entities.map((entity) => entity.value).join(' '),
      );
    for (const alert of alerts.data?.items ?? [])
      add(
        {
          key: `alert-${alert.id}`,
          group: 'alerts',
          icon: 'alerts',
          text: alert.title,
          note: alert.id,
          run: (go) => void go({ to: '/alerts', search: { open: alert.id } }),
        },
        `${alert.ruleTitle} ${alert.entities.map((entity) => entity.value).join(' ')}`,
      );
    for (const store of stores.data?.items ?? [])
      add({
        key: `store-${store.project}-${store.name}`,
        group: 'stores',
        icon: 'stores',
        text: store.name,
        note: store.project,
        run: (go) => void go({ to: '/search', search: { store: `${store.project}/${store.name}` } }),
      });
    return items;
  }, [t, theme, language, zone, set, stores.data, events.data, alerts.data]);
}
