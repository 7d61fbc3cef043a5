import { call, raw, str, type Ch } from '../clickhouse/ch.ts';
import { fail } from '../lower/env.ts';
import { val } from '../lower/val.ts';
import { TIMESTAMP } from '../types/sql-type.ts';
import { fn, type CallContext, type FunctionEntry } from './define.ts';
import { coarseMoment, type moment } from './moment.ts';

const UNITS: Readonly<Record<string, { readonly name: string; readonly sec: number }>> = {
  s: { name: 'Second', sec: 1 },
  m: { name: 'Minute', sec: 60 },
  h: { name: 'Hour', sec: 3600 },
  d: { name: 'Day', sec: 86_400 },
};

/** `5m` → an interval of the engine; null: it is none. */
export function parseWindow(text: string): { readonly ch: Ch; readonly sec: number } | null {
  const match = /^([1-9]\d{0,5})([smhd])$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  if (match === null || unit === undefined) return null;
  return { ch: raw(`toInterval${unit.name}(${match[1]!})`), sec: Number(match[1]) * unit.sec };
}

/** Start of the window a time lies in; what `time_series` groups by before gaps are filled (`lower/sql/time-series.ts`). */
function bucket(x: Parameters<typeof moment>[0], window: string, cx: CallContext): ReturnType<typeof val> {
  const parsed = parseWindow(window);
  if (parsed === null)
    throw fail(cx.env, 'query.type', cx.span, `'${window}' is not a window`, { expected: "a number and s, m, h or d, such as '5m'" });
  const m = coarseMoment(x, cx);
  return val(call('toDateTime64', call('toStartOfInterval', m.ch, parsed.ch), raw('3'), str(cx.env.timeZone)), TIMESTAMP, m.nullable);
}

export const TIME_SERIES_FUNCTIONS: readonly FunctionEntry[] = [
  fn(
    'Date and time',
    "Time in windows (`'5m'`), formatted by MySQL letters, with gaps filled by `'0'`, `'null'`, `'last'`, `'next'` or `'avg'`; needs group by and order by on it.",
    [['time_series(any, varchar, varchar, varchar): timestamp', ([x, w], cx) => bucket(x!, String(w!.lit ?? ''), cx)]],
    { languages: 'Q', strict: false },
  ),
];
