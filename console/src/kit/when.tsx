import type { ReactNode } from 'react';
import { usePreferences } from '../theme/preferences.ts';
import { dateTime } from './format.ts';

/** A moment as date and time in the reader's zone; `none` where there was none. */
export function When({ at, none = '–' }: { readonly at: string | null; readonly none?: ReactNode }) {
  const { zone } = usePreferences();
  return at === null ? <span className="quiet">{none}</span> : <span className="mono">{dateTime(new Date(at), zone)}</span>;
}
