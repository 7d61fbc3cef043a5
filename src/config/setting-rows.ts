import type { SettingRow } from '../api/rest/contract/operations.ts';
import type { Keys } from './first-start.ts';
import type { LoadedSettings } from './load.ts';
import { settingList } from './setting-list.ts';

/** Which settings the first start fills in. */
const MADE: Readonly<Record<string, Keys['made'][number]>> = {
  masterKey: 'master key',
  rootAkId: 'root key',
  rootAkSecret: 'root key',
  adminPassword: 'admin password',
};

function valueAt(settings: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    settings,
  );
}

/** Settings in force for people: secrets are never told, only whether there is one. */
export function settingRows(loaded: LoadedSettings, made: Keys['made']): readonly SettingRow[] {
  return settingList().map((setting) => {
    const value = valueAt(loaded.settings, setting.path);
    const origin = loaded.origins.get(setting.name);
    const madeHere = MADE[setting.name];
    const fromFirstStart = origin === undefined && madeHere !== undefined;
    return {
      name: setting.name,
      variable: setting.variable,
      value: setting.secret ? (value === undefined && !fromFirstStart ? null : '***') : (value ?? null),
      from:
        fromFirstStart || (madeHere !== undefined && made.includes(madeHere)) ? ('first start' as const) : (origin ?? ('default' as const)),
      unit: setting.unit,
      description: setting.description,
    };
  });
}
