import { UsageError } from './command.ts';

const UNIT_SEC: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `15m`, `36h`, `7d` in seconds. @throws UsageError */
export function durationSec(text: string, option: string): number {
  const match = /^(\d+)([smhdw])$/.exec(text);
  const unit = UNIT_SEC[match?.[2] ?? ''];
  if (match === null || unit === undefined)
    throw new UsageError(`${option} is ${text}, expected a number and s, m, h, d or w, such as 15m`);
  return Number(match[1]) * unit;
}

/** `now`, `-2h` (before now), Unix seconds, or ISO 8601 (without an offset: UTC) as ISO 8601 UTC. @throws UsageError */
export function instantOf(text: string, nowMs: number, option: string): string {
  if (text === 'now') return new Date(nowMs).toISOString();
  if (/^-\d+[smhdw]$/.test(text)) return new Date(nowMs - durationSec(text.slice(1), option) * 1000).toISOString();
  if (/^\d{9,10}$/.test(text)) return new Date(Number(text) * 1000).toISOString();
  const iso = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text.replace(' ', 'T');
  const ms = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(iso) ? iso : `${iso}Z`);
  if (!/^\d{4}-/.test(iso) || Number.isNaN(ms))
    throw new UsageError(`${option} is ${text}, expected ISO 8601, Unix seconds, now, or a time ago such as -2h`);
  return new Date(ms).toISOString();
}

/** `3 min`, `2.1 h`: how long, for people. */
export function spanText(sec: number): string {
  if (sec < 1) return sec === 0 ? '0 s' : '< 1 s';
  if (sec < 100) return `${Math.round(sec)} s`;
  if (sec < 6000) return `${Math.round(sec / 60)} min`;
  if (sec < 360_000) return `${(sec / 3600).toFixed(1)} h`;
  return `${Math.round(sec / 86_400)} d`;
}

/** `12.3 MB`. */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${units[unit] ?? ''}`;
}
