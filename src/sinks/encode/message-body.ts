import type { GroupReader } from '../../core/group-reader.ts';
import type { SyslogConfig } from '../syslog/config.ts';
import { capEnd, put, TEXT_GROWTH, textTable, writeText } from './byte-text.ts';
import { LogObject } from './log-object.ts';
import { BARE, NO_CAP } from './record-encoder.ts';

/** What stands behind a syslog header. */
export interface MessageBody {
  openGroup(group: Buffer): void;
  /** Upper bound of `write` for keys and values of `textBytes`. */
  room(textBytes: number): number;
  /** Writes the log in the reader, each value up to `cap` bytes. `id`: the identity of the log, all of it bytes of one character. */
  write(group: Buffer, out: Buffer, at: number, id: string, cap: number): number;
}

/** A JSON object; control characters are escaped, so that it is always one line. */
export class JsonBody implements MessageBody {
  readonly #object: LogObject;

  constructor(reader: GroupReader) {
    this.#object = new LogObject(reader, { time: 'none', source: false });
  }

  openGroup(group: Buffer): void {
    this.#object.openGroup(group);
  }

  room(textBytes: number): number {
    return this.#object.room(textBytes);
  }

  write(group: Buffer, out: Buffer, at: number, _id: string, cap: number): number {
    return this.#object.write(group, out, at, cap);
  }
}

const PLAIN = textTable([], 'octal');
const CUT = Buffer.from('sluice_cut=true');
const TOPIC = Buffer.from('__topic__=');
const TAG = Buffer.from('__tag__:');
const EQUALS = 0x3d;

/** `||key=value||key=value`: what the vendor's script sends. Control characters become `#` and three octal digits, as rsyslog writes them. */
export class PairsBody implements MessageBody {
  readonly #reader: GroupReader;
  readonly #separator: Buffer;
  #meta = Buffer.alloc(1024);
  #metaLength = 0;

  constructor(reader: GroupReader, config: SyslogConfig) {
    this.#reader = reader;
    this.#separator = Buffer.from(config.separator);
  }

  openGroup(group: Buffer): void {
    const { tags, tagSpans, topicStart, topicEnd } = this.#reader;
    let span = topicEnd - topicStart;
    for (let i = 0; i < tags * 4; i += 2) span += tagSpans[i + 1]! - tagSpans[i]!;
    const room = span * TEXT_GROWTH + (tags + 1) * 32;
    if (room > this.#meta.length) this.#meta = Buffer.alloc(room * 2);
    const out = this.#meta;
    let at = 0;
    if (topicEnd > topicStart) {
      at = put(out, put(out, at, this.#separator), TOPIC);
      at = writeText(group, topicStart, topicEnd, out, at, PLAIN);
    }
    for (let tag = 0; tag < tags; tag++) {
      at = put(out, put(out, at, this.#separator), TAG);
      at = writeText(group, tagSpans[tag * 4]!, tagSpans[tag * 4 + 1]!, out, at, PLAIN);
      out[at++] = EQUALS;
      at = writeText(group, tagSpans[tag * 4 + 2]!, tagSpans[tag * 4 + 3]!, out, at, PLAIN);
    }
    this.#metaLength = at;
  }

  room(textBytes: number): number {
    return textBytes * TEXT_GROWTH + this.#reader.contents * (this.#separator.length + 1) + this.#metaLength + 64;
  }

  write(group: Buffer, out: Buffer, start: number, _id: string, cap: number): number {
    const reader = this.#reader;
    const separator = this.#separator;
    let at = start;
    while (cap !== BARE && reader.nextContent()) {
      at = put(out, at, separator);
      at = writeText(group, reader.keyStart, reader.keyEnd, out, at, PLAIN);
      out[at++] = EQUALS;
      at = writeText(group, reader.valueStart, capEnd(group, reader.valueStart, reader.valueEnd, cap), out, at, PLAIN);
    }
    if (cap !== BARE) at += this.#meta.copy(out, at, 0, this.#metaLength);
    return cap === NO_CAP ? at : put(out, put(out, at, separator), CUT);
  }
}
