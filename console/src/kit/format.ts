/** Numbers and times as people read them. Pure: no clock, no locale state; `zone` is the reader's choice. */
import type { Zone } from '../theme/preferences.ts';

const grouped = new Intl.NumberFormat('en-US');

export function count(value: number): string {
  return grouped.format(Math.round(value));
}

/** `1,204`, `38.4 k`, `1.4 M`, `1.4 B`. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size < 10_000) return size < 10 && !Number.isInteger(value) ? value.toFixed(1) : count(value);
  if (size < 999_950) return `${(value / 1e3).toFixed(size < 99_950 ? 1 : 0)} k`;
  if (size < 999_950_000) return `${(value / 1e6).toFixed(size < 99_950_000 ? 1 : 0)} M`;
  return `${(value / 1e9).toFixed(1)} B`;
}

/** Decimal units, as disks are sold. */
export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

/** `0.4 s`, `38 s`, `6 min 10 s`, `2 h 14 min`, `12 d`. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) {
    const rest = Math.floor(seconds % 60);
    return rest === 0 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 60)} min ${rest} s`;
  }
  if (seconds < 86_400) {
    const rest = Math.floor((seconds % 3600) / 60);
    return rest === 0 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 3600)} h ${rest} min`;
  }
  const hours = Math.floor((seconds % 86_400) / 3600);
  return hours === 0 || seconds > 864_000 ? `${Math.floor(seconds / 86_400)} d` : `${Math.floor(seconds / 86_400)} d ${hours} h`;
}

/** One unit only, for columns: `4 s`, `6 min`, `2 h`, `12 d`. */
export function age(ms: number): string {
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

const two = (value: number) => String(value).padStart(2, '0');

interface Parts {
  readonly date: string;
  readonly time: string;
  readonly ms: string;
  readonly offset: string;
}

function parts(at: Date, zone: Zone): Parts {
  const utc = zone === 'utc';
  const minutes = utc ? 0 : -at.getTimezoneOffset();
  const sign = minutes < 0 ? '-' : '+';
  return {
    date: utc
      ? `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`
      : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
    time: utc
      ? `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
      : `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`,
    ms: String(at.getUTCMilliseconds()).padStart(3, '0'),
    offset: `${sign}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`,
  };
}

/** `17:52:27`. */
export function clockTime(at: Date, zone: Zone): string {
  return parts(at, zone).time;
}

/** `17:52`. */
export function clockMinute(at: Date, zone: Zone): string {
  return parts(at, zone).time.slice(0, 5);
}

/** `17:52:27.412`. */
export function clockMs(at: Date, zone: Zone): string {
  const { time, ms } = parts(at, zone);
  return `${time}.${ms}`;
}

/** `2024-09-10`. */
export function day(at: Date, zone: Zone): string {
  return parts(at, zone).date;
}

/** `2024-09-10 17:52:27`. */
export function dateTime(at: Date, zone: Zone): string {
  const { date, time } = parts(at, zone);
  return `${date} ${time}`;
}

/** `2024-09-10 17:52:27.412 +08:00`: complete, for tickets and copying. */
export function fullTime(at: Date, zone: Zone): string {
  const { date, time, ms, offset } = parts(at, zone);
  return `${date} ${time}.${ms} ${offset}`;
}

/** `UTC+8`, `UTC+5:30`, `UTC`. */
export function zoneName(zone: Zone, at: Date): string {
  if (zone === 'utc') return 'UTC';
  const minutes = -at.getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? '-' : '+'}${Math.floor(Math.abs(minutes) / 60)}${rest === 0 ? '' : `:${two(rest)}`}`;
}

/** Keeps both ends of an id: `LTAI5t…0099`. */
export function middle(text: string, keep = 12): string {
  if (text.length <= keep + 1) return text;
  const head = Math.ceil(keep * 0.6);
  return `${text.slice(0, head)}…${text.slice(text.length - (keep - head))}`;
}
