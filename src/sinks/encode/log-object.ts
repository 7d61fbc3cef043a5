import type { GroupReader } from '../../core/group-reader.ts';
import { capEnd, put, same, writeNumber } from './byte-text.ts';
import { IsoTime } from './iso-time.ts';
import { JSON_TEXT_GROWTH, writeJsonText } from './json-text.ts';
import { BARE, NO_CAP } from './record-encoder.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = Buffer.from('":"');
const TIMESTAMP = Buffer.from('"@timestamp":"');
const TIMESTAMP_KEY = Buffer.from('@timestamp');
const LOG_TIMESTAMP = Buffer.from('log_timestamp');
const TIME = Buffer.from('"__time__":');
const TIME_NS = Buffer.from(',"__time_ns_part__":');
const TOPIC = Buffer.from(',"__topic__":"');
const SOURCE = Buffer.from(',"__source__":"');
const TAG = Buffer.from(',"__tag__:');
const CUT = Buffer.from(',"sluice_cut":true,"sluice_raw_bytes":');

/** Log fields whose values a receiver has a place of its own for. */
export interface WatchedField {
  readonly name: Buffer;
  /** Where its value stands in the group, after `write`; -1: the log has no such field. */
  start: number;
  end: number;
}

export function watched(name: string | undefined): WatchedField | null {
  return name === undefined ? null : { name: Buffer.from(name), start: -1, end: -1 };
}

/**
 * Writes a log as a JSON object, byte to byte: its fields in their order, then `__topic__`, `__source__` and `__tag__:<key>`. A repeated key stands repeated, as in the
 * log; bytes that are not UTF-8 become U+FFFD.
 */
export class LogObject {
  readonly #reader: GroupReader;
  readonly #watched: readonly WatchedField[];
  readonly #time: 'none' | 'seconds' | 'iso';
  readonly #iso = new IsoTime();
  readonly #withSource: boolean;
  /** Topic, source and tags of the current group as JSON members, each with a comma in front. */
  #meta = Buffer.alloc(1024);
  #metaLength = 0;

  constructor(
    reader: GroupReader,
    options: { readonly time: 'none' | 'seconds' | 'iso'; readonly source: boolean; readonly watch?: readonly (WatchedField | null)[] },
  ) {
    this.#reader = reader;
    this.#time = options.time;
    this.#withSource = options.source;
    this.#watched = (options.watch ?? []).filter((field) => field !== null);
  }

  openGroup(group: Buffer): void {
    const reader = this.#reader;
    let span = reader.topicEnd - reader.topicStart + reader.sourceEnd - reader.sourceStart;
    for (let i = 0; i < reader.tags * 4; i += 2) span += reader.tagSpans[i + 1]! - reader.tagSpans[i]!;
    const room = span * JSON_TEXT_GROWTH + reader.tags * 32 + 64;
    if (room > this.#meta.length) this.#meta = Buffer.alloc(room * 2);
    const out = this.#meta;
    let at = 0;
    if (reader.topicEnd > reader.topicStart) at = member(out, at, TOPIC, group, reader.topicStart, reader.topicEnd);
    if (this.#withSource && reader.sourceEnd > reader.sourceStart)
      at = member(out, at, SOURCE, group, reader.sourceStart, reader.sourceEnd);
    for (let tag = 0; tag < reader.tags; tag++) {
      at = put(out, at, TAG);
      at = writeJsonText(group, reader.tagSpans[tag * 4]!, reader.tagSpans[tag * 4 + 1]!, out, at);
      at = member(out, at, COLON, group, reader.tagSpans[tag * 4 + 2]!, reader.tagSpans[tag * 4 + 3]!);
    }
    this.#metaLength = at;
  }

  /** Upper bound of `write`. */
  room(textBytes: number): number {
    return textBytes * JSON_TEXT_GROWTH + this.#reader.contents * 6 + this.#metaLength + 192;
  }

  write(group: Buffer, out: Buffer, start: number, cap: number): number {
    const reader = this.#reader;
    for (const field of this.#watched) field.start = field.end = -1;
    let at = start;
    out[at++] = 0x7b;
    const first = at;
    if (this.#time === 'iso') {
      at = this.#iso.write(out, put(out, at, TIMESTAMP), Math.max(0, reader.timeSec), reader.timeNsPart, 9);
      out[at++] = QUOTE;
    } else if (this.#time === 'seconds') {
      at = writeNumber(out, put(out, at, TIME), Math.max(0, reader.timeSec));
      if (reader.timeNsPart > 0) at = writeNumber(out, put(out, at, TIME_NS), reader.timeNsPart);
    }
    while (cap !== BARE && reader.nextContent()) {
      const { keyStart, keyEnd, valueStart, valueEnd } = reader;
      if (at > first) out[at++] = COMMA;
      out[at++] = QUOTE;
      // Ours has that name, and receivers that want it refuse an object in which it stands twice.
      if (this.#time === 'iso' && same(group, keyStart, keyEnd, TIMESTAMP_KEY)) at = put(out, at, LOG_TIMESTAMP);
      else at = writeJsonText(group, keyStart, keyEnd, out, at);
      at = put(out, at, COLON);
      at = writeJsonText(group, valueStart, cap === NO_CAP ? valueEnd : capEnd(group, valueStart, valueEnd, cap), out, at);
      out[at++] = QUOTE;
      for (const field of this.#watched)
        if (same(group, keyStart, keyEnd, field.name)) {
          field.start = valueStart;
          field.end = valueEnd;
        }
    }
    if (this.#metaLength > 0 && cap !== BARE) {
      const skip = at === first ? 1 : 0;
      this.#meta.copy(out, at, skip, this.#metaLength);
      at += this.#metaLength - skip;
    }
    if (cap !== NO_CAP) {
      if (at === first) {
        at = put(out, at, CUT.subarray(1));
      } else at = put(out, at, CUT);
      at = writeNumber(out, at, reader.logBytes);
    }
    out[at++] = 0x7d;
    return at;
  }
}

/** `head`, then the text and a quote. */
export function member(out: Buffer, at: number, head: Buffer, src: Buffer, start: number, end: number): number {
  const stop = writeJsonText(src, start, end, out, put(out, at, head));
  out[stop] = QUOTE;
  return stop + 1;
}
