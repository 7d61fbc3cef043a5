import { SluiceError } from '../core/errors.ts';

/** One log as a line of input gives it. */
export interface LineLog {
  readonly timeSec: number;
  readonly nsPart: number | null;
  readonly topic: string;
  readonly source: string;
  /** Pairs, in their order. */
  readonly tags: readonly (readonly [string, string])[];
  readonly fields: readonly (readonly [string, string])[];
}

export interface LineOptions {
  /** Whole lines become the field `content` instead of being read as JSON. */
  readonly plain: boolean;
  readonly topic: string;
  readonly source: string;
  readonly tags: readonly (readonly [string, string])[];
  /** Field that holds the log time; null: `__time__`, else now. */
  readonly timeKey: string | null;
}

/** Unix seconds, ms, µs or ns by their size, or ISO 8601. Null: none of them. */
export function parseTime(value: string): { readonly sec: number; readonly nsPart: number } | null {
  if (/^\d+$/.test(value)) {
    const digits = value.length;
    if (digits <= 10) return { sec: Number(value), nsPart: 0 };
    const scale = digits <= 13 ? 3 : digits <= 16 ? 6 : digits <= 19 ? 9 : 0;
    if (scale === 0) return null;
    return { sec: Number(value.slice(0, -scale)), nsPart: Number(value.slice(-scale).padEnd(9, '0')) };
  }
  if (/^\d+\.\d+$/.test(value)) {
    const [sec = '', fraction = ''] = value.split('.');
    return sec.length > 10 ? null : { sec: Number(sec), nsPart: Number(fraction.slice(0, 9).padEnd(9, '0')) };
  }
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(value)) return null;
  const iso = value.replace(' ', 'T');
  const ms = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(iso) ? iso : `${iso}Z`);
  if (Number.isNaN(ms)) return null;
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? '';
  return { sec: Math.floor(ms / 1000), nsPart: Number(fraction.slice(0, 9).padEnd(9, '0')) };
}

const asText = (value: unknown): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);

/**
 * A line as a log: a JSON object (`__time__`, `__time_ns_part__`, `__topic__`, `__source__`, `__tag__:*` mean what SLS means; nested values stay JSON text), or plain text.
 * @throws request.invalid with details.line
 */
export function logOfLine(line: string, number: number, options: LineOptions, nowMs: number): LineLog {
  const now = { timeSec: Math.floor(nowMs / 1000), nsPart: null };
  const { topic, source, tags } = options;
  if (options.plain) return { ...now, topic, source, tags, fields: [['content', line]] };
  const wrong = (why: string, cause?: unknown): SluiceError =>
    new SluiceError('request.invalid', `line ${number} ${why}`, { line: number }, { cause });
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (thrown) {
    throw wrong(`is no JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}; --text takes lines as they are`, thrown);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw wrong('is no JSON object');
  const own = { topic, source, tags: [...tags] };
  const fields: [string, string][] = [];
  let time: string | null = null;
  let ns: string | null = null;
  for (const [name, value] of Object.entries(parsed)) {
    if (name === '__time__') time = asText(value);
    else if (name === '__time_ns_part__') ns = asText(value);
    else if (name === '__topic__') own.topic = asText(value);
    else if (name === '__source__') own.source = asText(value);
    else if (name.startsWith('__tag__:')) own.tags.push([name.slice(8), asText(value)]);
    else {
      fields.push([name, asText(value)]);
      if (name === options.timeKey) time = asText(value);
    }
  }
  if (options.timeKey !== null && time === null) throw wrong(`has no ${options.timeKey}`);
  if (time === null) return { ...now, ...own, fields };
  const at = parseTime(time);
  if (at === null || at.sec > 0xffff_ffff)
    throw wrong(`has the time ${JSON.stringify(time)}, expected Unix seconds (or ms, µs, ns) or ISO 8601`);
  const nsPart = ns !== null && /^\d{1,9}$/.test(ns) ? Number(ns) : at.nsPart === 0 ? null : at.nsPart;
  return { timeSec: at.sec, nsPart, ...own, fields };
}

/** Lines of a byte stream, without their ends; a last line without one counts. */
export async function* linesOf(input: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const chunk of input) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(0x0a, from);
      if (end === -1) break;
      const line = rest.length === 0 ? bytes.subarray(from, end) : Buffer.concat([rest, bytes.subarray(from, end)]);
      rest = Buffer.alloc(0);
      yield line.toString('utf8').replace(/\r$/, '');
      from = end + 1;
    }
    if (from < bytes.length) rest = Buffer.concat([rest, bytes.subarray(from)]);
  }
  if (rest.length > 0) yield rest.toString('utf8').replace(/\r$/, '');
}
