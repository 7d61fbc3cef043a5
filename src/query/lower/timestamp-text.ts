import { call, raw, str, type Ch } from '../clickhouse/ch.ts';
import { engineZone } from './engine-zone.ts';

const TIMESTAMP =
  /^(\d{1,4}-\d{1,2}-\d{1,2}(?: \d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d{1,9})?)?)?)(?: ?([A-Z][A-Za-z_/]+[+-]?\d*|[+-]\d\d:\d\d))?$/;

/** Text of a timestamp known at compile time; `zone`: the one written in it. Null: it is none. */
export function timestampText(text: string, timeZone: string): { readonly ch: Ch; readonly zone: string | null } | null {
  const match = TIMESTAMP.exec(text.trim());
  if (match === null) return null;
  const [date = '', time = ''] = match[1]!.split(' ');
  const [y, m, d] = date.split('-').map(Number);
  const [h = 0, min = 0, s = 0] = time.split(':').map(Number);
  if (!isDay(y!, m!, d!) || h > 23 || min > 59 || s >= 60) return null;
  const zone = match[2] ?? null;
  if (zone !== null && !isZone(zone)) return null;
  const pad = (n: number): string => String(n).padStart(2, '0');
  const seconds = (time.split(':')[2] ?? '00').split('.');
  const full = `${String(y).padStart(4, '0')}-${pad(m!)}-${pad(d!)} ${pad(h)}:${pad(min)}:${seconds[0]!.padStart(2, '0')}${seconds[1] === undefined ? '' : `.${seconds[1]}`}`;
  return { ch: call('parseDateTime64BestEffort', str(full), raw('3'), str(engineZone(zone ?? timeZone))), zone };
}

export function isDay(y: number, m: number, d: number): boolean {
  return m >= 1 && m <= 12 && d >= 1 && d <= new Date(Date.UTC(y, m, 0)).getUTCDate();
}

/** A zone name that both Presto and the engine know. */
export function isZone(zone: string): boolean {
  if (/^[+-](0\d|1[0-4]):[0-5]\d$/.test(zone)) return true;
  try {
    return Intl.DateTimeFormat('en', { timeZone: zone }) !== null;
  } catch (thrown) {
    if (thrown instanceof RangeError) return false;
    throw thrown;
  }
}
