import { SluiceError } from './errors.ts';

/** Text, or bytes as they are (values may hold bytes that are not UTF-8). */
export type Text = string | Uint8Array;

/**
 * Writes a LogGroup (sls-api §2) field by field into one buffer that is used again for the next group, so that a source makes no object per log:
 *
 *     builder.begin();
 *     builder.beginLog(timeSec, timeNsPart);
 *     builder.field('level', 'error');
 *     builder.endLog();
 *     builder.topic('t');
 *     const group = builder.finish();       // a copy of its own
 *
 * Call order within a group is free; fields only between beginLog and endLog.
 */
export class GroupBuilder {
  #buffer: Buffer;
  #at = 0;
  #logs = 0;
  /** Where the fields of the open log start; -1: none is open. */
  #logStart = -1;

  /** @param capacity first size of the buffer, bytes; it grows by doubling and stays */
  constructor(capacity = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(Math.max(64, capacity));
  }

  /** Logs written since `begin`. */
  get logs(): number {
    return this.#logs;
  }

  /** Bytes written since `begin`. */
  get size(): number {
    return this.#at;
  }

  /** Starts an empty group. */
  begin(): void {
    this.#at = 0;
    this.#logs = 0;
    this.#logStart = -1;
  }

  /**
   * @param timeSec Unix seconds, a whole number in 32 bits
   * @param timeNsPart 0..999,999,999; null writes none
   * @throws request.invalid
   */
  beginLog(timeSec: number, timeNsPart: number | null = null): void {
    if (!(Number.isInteger(timeSec) && timeSec >= 0 && timeSec <= 0xffff_ffff)) {
      throw new SluiceError('request.invalid', `log time ${timeSec} is not Unix seconds in 32 bits`, { timeSec });
    }
    if (timeNsPart !== null && !(Number.isInteger(timeNsPart) && timeNsPart >= 0 && timeNsPart <= 999_999_999)) {
      throw new SluiceError('request.invalid', `nanosecond part ${timeNsPart} is not within 0..999999999`, { timeNsPart });
    }
    this.#room(24);
    const buffer = this.#buffer;
    let at = this.#at;
    buffer[at++] = 0x0a;
    // Two bytes hold the length of most logs (128 to 16,383 bytes); endLog moves the log when it needs another number.
    at += 2;
    this.#logStart = at;
    buffer[at++] = 0x08;
    at = writeVarint(buffer, at, timeSec);
    if (timeNsPart !== null) {
      buffer[at++] = 0x25;
      at = buffer.writeUInt32LE(timeNsPart, at);
    }
    this.#at = at;
    this.#logs++;
  }

  /** A key and its value of the open log; a key may come more than once. */
  field(key: Text, value: Text): void {
    this.#pair(0x12, key, value);
  }

  endLog(): void {
    const start = this.#logStart;
    const length = this.#at - start;
    const width = varintBytes(length);
    if (width !== 2) {
      this.#room(3);
      this.#buffer.copyWithin(start - 2 + width, start, this.#at);
      this.#at += width - 2;
    }
    writeVarint(this.#buffer, start - 2, length);
    this.#logStart = -1;
  }

  topic(topic: Text): void {
    this.#text(0x1a, topic);
  }

  source(source: Text): void {
    this.#text(0x22, source);
  }

  tag(key: Text, value: Text): void {
    this.#pair(0x32, key, value);
  }

  /** The group's bytes, a copy of its own. */
  finish(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#at));
  }

  /** The group's bytes without a copy: good until the next `begin`. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  #pair(tag: number, key: Text, value: Text): void {
    const keyBytes = textBytes(key);
    const valueBytes = textBytes(value);
    const inner = 2 + varintBytes(keyBytes) + keyBytes + varintBytes(valueBytes) + valueBytes;
    this.#room(inner + 6);
    const buffer = this.#buffer;
    let at = this.#at;
    buffer[at++] = tag;
    at = writeVarint(buffer, at, inner);
    buffer[at++] = 0x0a;
    at = writeVarint(buffer, at, keyBytes);
    at = writeText(buffer, at, key, keyBytes);
    buffer[at++] = 0x12;
    at = writeVarint(buffer, at, valueBytes);
    this.#at = writeText(buffer, at, value, valueBytes);
  }

  #text(tag: number, text: Text): void {
    const length = textBytes(text);
    this.#room(length + 6);
    const buffer = this.#buffer;
    buffer[this.#at] = tag;
    const at = writeVarint(buffer, this.#at + 1, length);
    this.#at = writeText(buffer, at, text, length);
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#at));
    this.#buffer = larger;
  }
}

/** The same group with more tags behind it: a LogGroup may carry its fields in any order. */
export function appendTags(group: Uint8Array, tags: Readonly<Record<string, string>>): Buffer {
  const builder = new GroupBuilder(256);
  builder.begin();
  for (const [key, value] of Object.entries(tags)) builder.tag(key, value);
  return Buffer.concat([group, builder.view()]);
}

// Short texts are mostly ASCII and cheaper to look at here than to hand to the engine, whose call costs some 50 ns.
const SHORT = 40;

function textBytes(text: Text): number {
  if (typeof text !== 'string') return text.byteLength;
  const length = text.length;
  if (length > SHORT) return Buffer.byteLength(text);
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text);
  return length;
}

function writeText(buffer: Buffer, at: number, text: Text, bytes: number): number {
  if (typeof text !== 'string') buffer.set(text, at);
  else if (bytes > SHORT || bytes !== text.length) buffer.write(text, at, bytes, 'utf8');
  else for (let i = 0; i < bytes; i++) buffer[at + i] = text.charCodeAt(i);
  return at + bytes;
}

function varintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}

function writeVarint(buffer: Buffer, at: number, value: number): number {
  while (value > 0x7f) {
    buffer[at++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  buffer[at++] = value;
  return at;
}
