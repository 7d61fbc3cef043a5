/**
 * Every way a time is written in the demo's sample logs. They all lie within some hours of 2024-09-10T09:52:00Z, the instant the samples are about, so that a number or text
 * elsewhere that only looks like a time (a phone number, a version) is left alone.
 */
const PATTERN = new RegExp(
  [
    // Unix: seconds, milliseconds, microseconds
    '(?<![\\d.])17259[5-6]\\d{4}(?:\\d{3}){0,2}(?!\\d)',
    // ISO 8601 with a zone
    '2024-09-10T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?(?:Z|\\+08:00)',
    // local time, UTC+8
    '2024-09-10 \\d{2}:\\d{2}:\\d{2}',
    // access log, with or without a zone (then UTC+8)
    '10/Sep/2024:\\d{2}:\\d{2}:\\d{2}(?: [+-]\\d{4})?',
  ].join('|'),
  'g',
);

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const CHINA_SEC = 8 * 3600;

/** The text with every time in it moved by `deltaSec`, in the form it had. */
export function shiftTimes(text: string, deltaSec: number): string {
  return text.replaceAll(PATTERN, (found) => shiftOne(found, deltaSec));
}

function shiftOne(found: string, deltaSec: number): string {
  if (/^\d+$/.test(found)) return String(Number(found.slice(0, 10)) + deltaSec) + found.slice(10);
  if (found.includes('/')) {
    const zone = found.slice(20);
    const offset = zone === '' ? CHINA_SEC : zoneSec(zone.trim());
    const [hour, minute, second] = found.slice(12, 20).split(':').map(Number) as [number, number, number];
    const unix = Date.UTC(2024, 8, 10, hour, minute, second) / 1000 - offset + deltaSec;
    return accessLogTime(unix, offset) + zone;
  }
  if (found.includes('T')) {
    const rest = found.slice(19);
    const offset = rest.endsWith('Z') ? 0 : CHINA_SEC;
    const unix = Date.parse(`${found.slice(0, 19)}Z`) / 1000 - offset + deltaSec;
    return isoTime(unix, offset) + rest;
  }
  const unix = Date.parse(`${found.replace(' ', 'T')}Z`) / 1000 - CHINA_SEC + deltaSec;
  return localTime(unix);
}

function zoneSec(zone: string): number {
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(3, 5)) * 60);
}

/** `2024-09-10T17:52:00` at an offset, without the zone. */
export function isoTime(unixSec: number, offsetSec: number): string {
  return new Date((unixSec + offsetSec) * 1000).toISOString().slice(0, 19);
}

/** `2024-09-10 17:52:00`, UTC+8. */
export function localTime(unixSec: number): string {
  return isoTime(unixSec, CHINA_SEC).replace('T', ' ');
}

/** `10/Sep/2024:17:52:00` at an offset. */
export function accessLogTime(unixSec: number, offsetSec: number): string {
  const iso = isoTime(unixSec, offsetSec);
  return `${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11)}`;
}
