/** The time range of a search as its address carries it: `1h` (the last hour, moving) or `2024-09-10T09:08:00.000Z~2024-09-10T10:08:00.000Z`. */
export type TimeRange =
  { readonly kind: 'relative'; readonly ms: number } | { readonly kind: 'absolute'; readonly fromMs: number; readonly toMs: number };

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

export const DEFAULT_RANGE = '1h';
/** Offered by the picker. */
export const RELATIVE_RANGES = ['5m', '15m', '1h', '4h', '24h', '3d', '7d', '30d'] as const;

/** Null: the text is neither form. */
export function parseRange(text: string): TimeRange | null {
  const relative = /^(\d{1,5})([smhdw])$/u.exec(text);
  if (relative) {
    const ms = Number(relative[1]) * (UNIT_MS[relative[2] ?? ''] ?? 0);
    return ms > 0 ? { kind: 'relative', ms } : null;
  }
  const [from, to] = text.split('~').map((part) => Date.parse(part));
  if (from === undefined || to === undefined || Number.isNaN(from) || Number.isNaN(to) || to <= from) return null;
  return { kind: 'absolute', fromMs: from, toMs: to };
}

export function printRange(range: TimeRange): string {
  if (range.kind === 'absolute') return `${new Date(range.fromMs).toISOString()}~${new Date(range.toMs).toISOString()}`;
  // 24h and 7d stay as people write them.
  for (const unit of ['d', 'h', 'm'] as const) {
    const size = UNIT_MS[unit] ?? 1;
    if (range.ms % size === 0 && (unit !== 'd' || range.ms >= 3 * size)) return `${range.ms / size}${unit}`;
  }
  return `${Math.max(1, Math.round(range.ms / 1000))}s`;
}

/** The instants a range means now. */
export function windowOf(range: TimeRange, nowMs: number): { readonly fromMs: number; readonly toMs: number } {
  return range.kind === 'absolute' ? { fromMs: range.fromMs, toMs: range.toMs } : { fromMs: nowMs - range.ms, toMs: nowMs };
}

const WORDS: Readonly<Record<string, string>> = {
  s: 's',
  sec: 's',
  second: 's',
  seconds: 's',
  秒: 's',
  秒钟: 's',
  m: 'm',
  min: 'm',
  mins: 'm',
  minute: 'm',
  minutes: 'm',
  分: 'm',
  分钟: 'm',
  h: 'h',
  hour: 'h',
  hours: 'h',
  小时: 'h',
  d: 'd',
  day: 'd',
  days: 'd',
  天: 'd',
  日: 'd',
  w: 'w',
  week: 'w',
  weeks: 'w',
  周: 'w',
};

/**
 * What people type: `2 hours`, `last 90 min`, `3d`, `today`, `yesterday`, `17:20 - 17:50`, `2024-09-10 17:00 to 2024-09-10 18:00`,
 * `最近 2 小时`. Times without a zone are the machine's. Null: not understood.
 */
export function readRange(text: string, nowMs: number): TimeRange | null {
  const plain = text.trim().toLowerCase();
  const direct = parseRange(text.trim());
  if (direct) return direct;
  const amount = /^(?:last|past|the last|最近|近)?\s*(\d{1,5})\s*([a-z]+|[\u4e00-\u9fff]+)(?:\s*ago)?$/u.exec(plain);
  const unit = amount && WORDS[amount[2] ?? ''];
  if (amount && unit) return { kind: 'relative', ms: Number(amount[1]) * (UNIT_MS[unit] ?? 0) };
  const midnight = new Date(nowMs);
  midnight.setHours(0, 0, 0, 0);
  if (plain === 'today' || plain === '今天') return { kind: 'absolute', fromMs: midnight.getTime(), toMs: nowMs };
  if (plain === 'yesterday' || plain === '昨天') {
    const before = new Date(midnight);
    before.setDate(before.getDate() - 1);
    return { kind: 'absolute', fromMs: before.getTime(), toMs: midnight.getTime() };
  }
  const pair = plain.split(/\s+(?:to|-|–|~|至|到)\s+|\s*[~–]\s*/u);
  if (pair.length !== 2) return null;
  const from = readInstant(pair[0] ?? '', nowMs);
  const to = readInstant(pair[1] ?? '', nowMs);
  return from === null || to === null || to <= from ? null : { kind: 'absolute', fromMs: from, toMs: to };
}

function readInstant(text: string, nowMs: number): number | null {
  if (text === 'now' || text === '现在') return nowMs;
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/u.exec(text);
  if (clock) {
    const at = new Date(nowMs);
    at.setHours(Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0), 0);
    return at.getTime();
  }
  if (!/^\d{4}-\d{1,2}-\d{1,2}/u.test(text)) return null;
  const at = Date.parse(text.toUpperCase().replace(' ', 'T'));
  return Number.isNaN(at) ? null : at;
}
