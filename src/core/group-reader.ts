import { SluiceError } from './errors.ts';
import type { LogGroup, LogRecord } from './log.ts';

/**
 * Walks the protobuf bytes of a LogGroup (sls-api §2) without making an object per log: positions stand in fields of the reader and are good until the
 * next call. Use one reader for many groups.
 *
 *     reader.open(bytes);
 *     while (reader.nextLog()) {            // reader.timeSec, reader.timeNsPart
 *       while (reader.nextContent()) {      // bytes[keyStart…keyEnd), bytes[valueStart…valueEnd)
 *       }
 *     }
 *
 * `open` and `nextLog` look over the fields of their level before they return, so that what stands behind the contents (time, tags, topic may come in any
 * order) is known up front. What the walk passes over is checked: cut bytes, groups (wire types 3 and 4), known fields of a wrong wire type and missing
 * required fields raise `group.malformed` with `details.offset`. Unknown fields are skipped.
 */
export class GroupReader {
  /** The bytes of `open`. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Logs in the group. */
  logs = 0;
  /** Equal when there is no topic, or an empty one. */
  topicStart = 0;
  topicEnd = 0;
  sourceStart = 0;
  sourceEnd = 0;
  /** LogTags in the group: four positions each, `tagSpans[4i…4i+3]` = key start, key end, value start, value end. */
  tags = 0;
  readonly tagSpans: number[] = [];

  /** Unix seconds of the log; -1 when it has none (proto2 requires it). */
  timeSec = -1;
  /** 0..999,999,999; 0 when the log has none. */
  timeNsPart = 0;
  /** Contents of the log. */
  contents = 0;
  /** Protobuf bytes of the log. */
  logBytes = 0;

  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;

  #end = 0;
  /** Place in the group behind the current log. */
  #at = 0;
  /** Place in the log behind the current content, and the log's end. */
  #in = 0;
  #logStart = 0;
  #logEnd = 0;
  /** Place behind the varint just read. */
  #next = 0;

  /** Starts on a group. @throws group.malformed */
  open(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.logs = 0;
    this.topicStart = this.topicEnd = this.sourceStart = this.sourceEnd = 0;
    this.tags = 0;
    this.#at = 0;
    this.#in = this.#logEnd = 0;
    const end = (this.#end = bytes.length);
    let at = 0;
    while (at < end) {
      let tag = bytes[at] as number;
      if (tag < 0x80) at++;
      else {
        tag = this.#varint(at, end);
        at = this.#next;
      }
      if ((tag & 7) !== 2) {
        const field = tag >>> 3;
        if (field >= 1 && field <= 6) throw malformed(`field ${field} of the group has wire type ${tag & 7}, expected 2`, at);
        at = this.#skip(tag, at, end);
        continue;
      }
      const start = this.#length(at, end);
      const stop = this.#next;
      switch (tag) {
        case 0x0a:
          this.logs++;
          break;
        case 0x1a:
          this.topicStart = start;
          this.topicEnd = stop;
          break;
        case 0x22:
          this.sourceStart = start;
          this.sourceEnd = stop;
          break;
        case 0x32: {
          this.#pair(start, stop, 'log tag');
          const i = this.tags++ * 4;
          this.tagSpans[i] = this.keyStart;
          this.tagSpans[i + 1] = this.keyEnd;
          this.tagSpans[i + 2] = this.valueStart;
          this.tagSpans[i + 3] = this.valueEnd;
          break;
        }
        default:
          if (tag > 0xffff_ffff || tag >>> 3 === 0) throw malformed(`tag ${tag} names no field`, at);
      }
      at = stop;
    }
  }

  /** Moves to the next log; false behind the last. @throws group.malformed */
  nextLog(): boolean {
    const bytes = this.bytes;
    const groupEnd = this.#end;
    let at = this.#at;
    for (;;) {
      if (at >= groupEnd) {
        this.#at = at;
        return false;
      }
      let tag = bytes[at] as number;
      if (tag < 0x80) at++;
      else {
        tag = this.#varint(at, groupEnd);
        at = this.#next;
      }
      if (tag === 0x0a) break;
      at = this.#skip(tag, at, groupEnd);
    }
    const start = this.#length(at, groupEnd);
    const end = this.#next;
    this.#at = end;
    this.#in = this.#logStart = start;
    this.#logEnd = end;

    let timeSec = -1;
    let timeNsPart = 0;
    let contents = 0;
    at = start;
    while (at < end) {
      let tag = bytes[at] as number;
      if (tag < 0x80) at++;
      else {
        tag = this.#varint(at, end);
        at = this.#next;
      }
      if (tag === 0x12) {
        const first = at < end ? (bytes[at] as number) : 0x80;
        if (first < 0x80) {
          at += 1 + first;
          if (at > end) throw malformed('a content is longer than its log', at);
        } else {
          this.#length(at, end);
          at = this.#next;
        }
        contents++;
      } else if (tag === 0x08) {
        timeSec = this.#varint(at, end);
        if (timeSec > 0xffff_ffff) throw malformed(`a log has time ${timeSec}, expected Unix seconds in 32 bits`, at);
        at = this.#next;
      } else if (tag === 0x25) {
        if (at + 4 > end) throw malformed('the nanosecond part of a log is cut', at);
        timeNsPart =
          ((bytes[at] as number) |
            ((bytes[at + 1] as number) << 8) |
            ((bytes[at + 2] as number) << 16) |
            ((bytes[at + 3] as number) << 24)) >>>
          0;
        if (timeNsPart > 999_999_999) throw malformed(`a log has nanosecond part ${timeNsPart}, expected less than 1000000000`, at);
        at += 4;
      } else {
        const field = tag >>> 3;
        if (field === 1 || field === 2 || field === 4) throw malformed(`field ${field} of a log has wire type ${tag & 7}`, at);
        at = this.#skip(tag, at, end);
      }
    }
    this.timeSec = timeSec;
    this.timeNsPart = timeNsPart;
    this.contents = contents;
    this.logBytes = end - start;
    return true;
  }

  /** Back to the first content of the log: for a writer that finds its output too large and has to do it again. */
  rewindContents(): void {
    this.#in = this.#logStart;
  }

  /** Moves to the next key and value of the log; false behind the last. @throws group.malformed */
  nextContent(): boolean {
    const bytes = this.bytes;
    const end = this.#logEnd;
    let at = this.#in;
    while (at < end) {
      let tag = bytes[at] as number;
      if (tag < 0x80) at++;
      else {
        tag = this.#varint(at, end);
        at = this.#next;
      }
      if (tag !== 0x12) {
        at = this.#skip(tag, at, end);
        continue;
      }
      const start = this.#length(at, end);
      const stop = this.#next;
      this.#in = stop;
      this.#pair(start, stop, 'content');
      return true;
    }
    this.#in = at;
    return false;
  }

  /** Key and value of a Content or LogTag in [at, end): both are required, the last one wins, as in proto2. */
  #pair(at: number, end: number, what: string): void {
    const bytes = this.bytes;
    // The usual shape first: key, then value, both shorter than 128 bytes, nothing else.
    if (at + 2 <= end && bytes[at] === 0x0a) {
      const keyLength = bytes[at + 1] as number;
      const second = at + 2 + keyLength;
      if (keyLength < 0x80 && second + 2 <= end && bytes[second] === 0x12) {
        const valueLength = bytes[second + 1] as number;
        if (valueLength < 0x80 && second + 2 + valueLength === end) {
          this.keyStart = at + 2;
          this.keyEnd = second;
          this.valueStart = second + 2;
          this.valueEnd = end;
          return;
        }
      }
    }
    let hasKey = false;
    let hasValue = false;
    while (at < end) {
      const tag = this.#varint(at, end);
      at = this.#next;
      if (tag === 0x0a) {
        this.keyStart = this.#length(at, end);
        at = this.keyEnd = this.#next;
        hasKey = true;
      } else if (tag === 0x12) {
        this.valueStart = this.#length(at, end);
        at = this.valueEnd = this.#next;
        hasValue = true;
      } else {
        const field = tag >>> 3;
        if (field === 1 || field === 2) throw malformed(`field ${field} of a ${what} has wire type ${tag & 7}, expected 2`, at);
        at = this.#skip(tag, at, end);
      }
    }
    if (!hasKey || !hasValue) throw malformed(`a ${what} has no ${hasKey ? 'value' : 'key'}`, at);
  }

  /** Reads a length at `at`: returns where the bytes start, `#next` where they stop. */
  #length(at: number, end: number): number {
    let length = at < end ? (this.bytes[at] as number) : 0x80;
    let start = at + 1;
    if (length >= 0x80) {
      length = this.#varint(at, end);
      start = this.#next;
    }
    const stop = start + length;
    if (stop > end) throw malformed(`${length} bytes are announced and ${end - start} are left`, at);
    this.#next = stop;
    return start;
  }

  /** Reads a varint as a number (exact up to 2^53, larger ones stay larger); `#next` stands behind it. */
  #varint(at: number, end: number): number {
    const bytes = this.bytes;
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 10; i++) {
      if (at >= end) throw malformed('a number is cut', at);
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        this.#next = at;
        return value;
      }
      factor *= 128;
    }
    throw malformed('a number is longer than 10 bytes', at);
  }

  /** Passes over a field of which the tag was read; returns the place behind it. */
  #skip(tag: number, at: number, end: number): number {
    if (tag > 0xffff_ffff || tag >>> 3 === 0) throw malformed(`tag ${tag} names no field`, at);
    switch (tag & 7) {
      case 0:
        this.#varint(at, end);
        return this.#next;
      case 1:
        at += 8;
        break;
      case 2:
        this.#length(at, end);
        return this.#next;
      case 5:
        at += 4;
        break;
      default:
        throw malformed(`wire type ${tag & 7} (field ${tag >>> 3}) is not used by log groups`, at);
    }
    if (at > end) throw malformed('a field is cut', at);
    return at;
  }
}

function malformed(reason: string, offset: number): SluiceError {
  return new SluiceError('group.malformed', `the log group is malformed at byte ${offset}: ${reason}`, { offset, reason });
}

/** What `checkGroup` saw. Times are Unix seconds; both 0 when there are no logs. */
export interface GroupFacts {
  readonly logs: number;
  readonly minTimeSec: number;
  readonly maxTimeSec: number;
}

const checker = new GroupReader();

/** Walks every field of the group. @throws group.malformed, also for a log without a time */
export function checkGroup(bytes: Uint8Array): GroupFacts {
  const reader = checker;
  reader.open(bytes);
  let min = Infinity;
  let max = 0;
  while (reader.nextLog()) {
    const time = reader.timeSec;
    if (time < 0) throw malformed('a log has no time', reader.keyEnd);
    if (time < min) min = time;
    if (time > max) max = time;
    while (reader.nextContent());
  }
  const logs = reader.logs;
  reader.bytes = NOTHING;
  return { logs, minTimeSec: logs === 0 ? 0 : min, maxTimeSec: max };
}

const NOTHING = new Uint8Array(0);

/** The group as an object, for edges and tests. Bytes that are not UTF-8 become U+FFFD; of a repeated key the last value stands. @throws group.malformed */
export function decodeGroup(bytes: Uint8Array): LogGroup {
  const reader = new GroupReader();
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  reader.open(view);
  const tags: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let i = 0; i < reader.tags; i++) {
    const [keyStart = 0, keyEnd = 0, valueStart = 0, valueEnd = 0] = reader.tagSpans.slice(i * 4, i * 4 + 4);
    tags[view.toString('utf8', keyStart, keyEnd)] = view.toString('utf8', valueStart, valueEnd);
  }
  const topic = view.toString('utf8', reader.topicStart, reader.topicEnd);
  const source = view.toString('utf8', reader.sourceStart, reader.sourceEnd);
  const logs: LogRecord[] = [];
  while (reader.nextLog()) {
    const fields: Record<string, string> = Object.create(null) as Record<string, string>;
    const { timeSec, timeNsPart } = reader;
    while (reader.nextContent()) {
      fields[view.toString('utf8', reader.keyStart, reader.keyEnd)] = view.toString('utf8', reader.valueStart, reader.valueEnd);
    }
    logs.push({ timeSec: Math.max(0, timeSec), timeNsPart, fields });
  }
  return { topic, source, tags, logs };
}
