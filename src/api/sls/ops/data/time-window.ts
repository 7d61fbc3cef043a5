import { SlsError } from '../../sls-error.ts';

/** Accepted log times relative to now; null: any. */
export interface TimeWindow {
  readonly ageSec: number;
  readonly leadSec: number;
}

const UNIT_SEC: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads the setting `sls.logTimeWindow` (`168h,15m`, or `off`), which was checked when it was loaded. */
export function readTimeWindow(text: string): TimeWindow | null {
  if (text === 'off') return null;
  const [age = '', lead = ''] = text.split(',').map((part) => part.trim());
  const seconds = (part: string): number => Number(part.slice(0, -1)) * (UNIT_SEC[part.slice(-1)] ?? 1);
  return { ageSec: seconds(age), leadSec: seconds(lead) };
}

/** @throws SlsError InvalidTimestamp when a log of a group lies outside the window */
export function checkTimes(minSec: number, maxSec: number, window: TimeWindow | null, nowMs: number): void {
  if (window === null) return;
  const nowSec = nowMs / 1000;
  if (minSec < nowSec - window.ageSec) throw outside(minSec, `older than ${window.ageSec} s`);
  if (maxSec > nowSec + window.leadSec) throw outside(maxSec, `more than ${window.leadSec} s ahead`);
}

function outside(timeSec: number, how: string): SlsError {
  return new SlsError('InvalidTimestamp', `log time ${timeSec} is ${how}; the setting sls.logTimeWindow says which times are taken`);
}
