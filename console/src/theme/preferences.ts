import { createContext, useContext } from 'react';
import type { ThemeName, Tokens } from './tokens.ts';

export type Language = 'en' | 'zh';
export type Density = 'dense' | 'comfortable';
export type Zone = 'local' | 'utc';

/** What a person chose about the looks; kept in the browser, not on the server. */
export interface Preferences {
  readonly theme: ThemeName;
  readonly language: Language;
  readonly density: Density;
  readonly zone: Zone;
  /** False switches single-key shortcuts off; Ctrl K and the browser's own keys stay. */
  readonly keys: boolean;
}

export interface PreferencesStore extends Preferences {
  readonly colours: Tokens;
  readonly set: (change: Partial<Preferences>) => void;
}

export const PreferencesContext = createContext<PreferencesStore | null>(null);

export function usePreferences(): PreferencesStore {
  const store = useContext(PreferencesContext);
  if (!store) throw new Error('usePreferences needs PreferencesProvider above it');
  return store;
}

const KEY = 'sluice.preferences';

function oneOf<T extends string>(value: unknown, known: readonly T[], otherwise: T): T {
  return known.find((item) => item === value) ?? otherwise;
}

/** Reads the stored choice; what is missing or broken falls back to the system's setting. */
export function readPreferences(): Preferences {
  let stored: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (parsed && typeof parsed === 'object') stored = parsed as Record<string, unknown>;
  } catch {
    // A damaged entry must not lock anyone out: the defaults apply and the next change overwrites it.
    stored = {};
  }
  return {
    theme: oneOf(stored['theme'], ['light', 'dark'], matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'),
    language: oneOf(stored['language'], ['en', 'zh'], navigator.language.startsWith('zh') ? 'zh' : 'en'),
    density: oneOf(stored['density'], ['dense', 'comfortable'], 'dense'),
    zone: oneOf(stored['zone'], ['local', 'utc'], 'local'),
    keys: stored['keys'] !== false,
  };
}

export function writePreferences(preferences: Preferences): void {
  localStorage.setItem(KEY, JSON.stringify(preferences));
}
