import { SluiceError } from '../../core/errors.ts';

/** Unix ms → ISO 8601 UTC. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function isoOfSec(sec: number): string {
  return iso(sec * 1000);
}

export function isoOrNull(ms: number): string | null {
  return ms <= 0 ? null : iso(ms);
}

/** Log time with its nanoseconds: `2024-09-10T09:52:27.412000001Z`. */
export function isoNanos(sec: number, nsPart: number): string {
  const seconds = new Date(sec * 1000).toISOString().slice(0, 19);
  return nsPart === 0 ? `${seconds}Z` : `${seconds}.${String(nsPart).padStart(9, '0')}Z`;
}

/** A time of the contract (ISO 8601 or Unix seconds) in the two parts SLS has. Fractions beyond nanoseconds are cut. */
export function timeParts(given: string | number): { readonly sec: number; readonly nsPart: number } {
  if (typeof given === 'number') return { sec: given, nsPart: 0 };
  const ms = Date.parse(given);
  // zod has checked the form, but not every such text is a day of the calendar for Date.
  if (Number.isNaN(ms)) throw new SluiceError('request.invalid', `${given} is no time, expected ISO 8601`, { value: given });
  const sec = Math.floor(ms / 1000);
  const fraction = /\.(\d+)/.exec(given)?.[1] ?? '';
  return { sec, nsPart: Number(fraction.slice(0, 9).padEnd(9, '0')) };
}
