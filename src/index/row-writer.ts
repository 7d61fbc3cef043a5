import type { Cursor } from '../stream/stream.ts';
import { SHAPE_NANOS, SHAPE_RAW, SHAPE_REST, shapeChar, type LogTable } from '../store/log-table.ts';
import { putBytes, putVarint } from './byte-output.ts';
import { GroupHeadReader } from './group-head.ts';
import { EXACT, NO_NUMBER, NumberText } from './number-text.ts';
import { malformed, readLength, readVarint, skipField, type Place } from './protobuf-walk.ts';
import type { RowBuffer } from './row-buffer.ts';

/** A key of logs, its bytes and its column; -1: it stands in `rest`. */
interface KnownKey {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly column: number;
}

/** Keys remembered at most: a source that makes up keys must not fill the memory. */
const MAX_KEYS = 10_000;

const REST_BYTE = SHAPE_REST.charCodeAt(0);
const RAW_BYTE = SHAPE_RAW.charCodeAt(0);
const NANOS_BYTE = SHAPE_NANOS.charCodeAt(0);

const TEXT = 0;
const LONG = 1;
const DOUBLE = 2;

/** Columns that stand before those of keys, in the order of the rows. */
const FIXED_COLUMNS = ['shard', 'cursor', 'received', 'source', 'topic', 'tags', 'meta', 'extra', 'idx', 'time', 'shape', 'rest'] as const;

/**
 * Writes the logs of groups as RowBinary rows of a logstore's table (design D6): a walk over the protobuf bytes that makes no object per log. The column of a key is
 * predicted from the key that stood at the same place in the log before.
 *
 * Every content goes into the column of its key when that gives its very bytes back, else (also) into `rest`; `shape` tells which, in the order of the log. What is not told apart
 * is how the protobuf encoder wrote it: lengths longer than needed, the time behind the contents, a value before its key. Such a log is the same log when rebuilt, not the same bytes.
 */
export class RowWriter {
  /** Columns of the rows, for `Store.insert`. */
  readonly columns: readonly string[];
  readonly version: number;
  readonly #head = new GroupHeadReader();
  readonly #numbers = new NumberText();
  readonly #place: Place = { at: 0 };
  readonly #keys = new Map<string, KnownKey>();
  /** Key at each place of the log before. */
  #order: KnownKey[] = [];
  readonly #kinds: Uint8Array;
  /** UTF-8 of each column's character, lowest byte first, and how many bytes it has. */
  readonly #shapes: Uint32Array;
  /** Per column: where its value lies, and in which log that was. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #stamps: Float64Array;
  readonly #values: Uint8Array;
  /** Contents for `rest` of the log: four positions each. A key of two equal positions with raw bytes is a field of its own. */
  #rest = new Int32Array(256);
  #shape = Buffer.allocUnsafe(1024);
  #stamp = 0;
  /** The second of the log before in nanoseconds, as two words. */
  #second = -1;
  #secondLow = 0;
  #secondHigh = 0;

  constructor(table: LogTable) {
    const active = table.columns.filter((column) => column.active);
    this.version = table.version;
    this.columns = [...FIXED_COLUMNS, ...active.map((column) => column.name)];
    this.#kinds = Uint8Array.from(active, (column) => (column.type === 'long' ? LONG : column.type === 'double' ? DOUBLE : TEXT));
    this.#shapes = Uint32Array.from(active, (column) =>
      Buffer.from(shapeChar(column.number)).reduceRight((word, byte) => word * 256 + byte, 0),
    );
    this.#starts = new Int32Array(active.length);
    this.#ends = new Int32Array(active.length);
    this.#stamps = new Float64Array(active.length);
    this.#values = new Uint8Array(active.length * 8);
    for (const [column, { key }] of active.entries()) {
      const bytes = Buffer.from(key);
      this.#keys.set(bytes.toString('latin1'), { bytes, length: bytes.length, column });
    }
  }

  /**
   * Appends the rows of a group. Bytes that are no LogGroup become one row without contents that keeps them (shown, never lost).
   * @returns false when the bytes are no LogGroup
   */
  write(out: RowBuffer, shard: number, cursor: Cursor, receivedMs: number, group: Uint8Array): boolean {
    const bytes = Buffer.from(group.buffer, group.byteOffset, group.byteLength);
    const { at, rows } = out;
    try {
      this.#group(out, shard, cursor, receivedMs, bytes);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'group.malformed')) throw thrown;
      out.at = at;
      out.rows = rows;
      this.#unreadable(out, shard, cursor, receivedMs, bytes);
      return false;
    }
  }

  #group(out: RowBuffer, shard: number, cursor: Cursor, receivedMs: number, bytes: Buffer): void {
    const head = this.#head.read(bytes);
    if (head.logs === 0) return;
    const receivedSec = Math.floor(receivedMs / 1000);
    // What all rows of the group begin with is written once and copied.
    let shared = -1;
    const sharedBytes = 20 + head.columns.length;
    for (let i = 0; i < head.logs; i++) {
      const start = head.spans[i * 2] as number;
      const end = head.spans[i * 2 + 1] as number;
      out.room(sharedBytes);
      const target = out.bytes;
      if (shared === -1) {
        shared = out.at;
        target.writeUInt32LE(shard, shared);
        target.writeBigUInt64LE(cursor, shared + 4);
        target.writeBigInt64LE(BigInt(Math.trunc(receivedMs)), shared + 12);
        target.set(head.columns, shared + 20);
      } else target.copyWithin(out.at, shared, shared + sharedBytes);
      out.at += sharedBytes;
      this.#log(out, bytes, start, end, i, receivedSec);
      out.rows++;
    }
  }

  #log(out: RowBuffer, bytes: Buffer, start: number, end: number, idx: number, receivedSec: number): void {
    const place = this.#place;
    const stamp = ++this.#stamp;
    const kinds = this.#kinds;
    const starts = this.#starts;
    const ends = this.#ends;
    const stamps = this.#stamps;
    const shapes = this.#shapes;
    const order = this.#order;
    // A content takes two bytes at least, and three of `shape` at most.
    if (this.#shape.length < (end - start) * 2 + 8) this.#shape = Buffer.allocUnsafe((end - start) * 4 + 8);
    const shape = this.#shape;
    let shapeBytes = 0;
    let rest = 0;
    let content = 0;
    let timeSec = -1;
    let nanos = 0;
    let at = start;
    while (at < end) {
      const fieldStart = at;
      const tag = bytes[at] as number;
      if (tag === 0x12) {
        let keyStart = 0;
        let keyEnd = -1;
        let valueStart = 0;
        let valueEnd = 0;
        // The usual shape first: key, then value, nothing else; lengths of one byte, or of two for the content and its value.
        let length = at + 1 < end ? (bytes[at + 1] as number) : 0x80;
        let p = at + 2;
        if (length >= 0x80 && p < end && (bytes[p] as number) < 0x80) length = (length & 0x7f) | ((bytes[p++] as number) << 7);
        let stop = p + length;
        if (length < 0x4000 && stop <= end && bytes[p] === 0x0a && (bytes[p + 1] as number) < 0x80) {
          const k = p + 2 + (bytes[p + 1] as number);
          if (k + 1 < stop && bytes[k] === 0x12) {
            let valueLength = bytes[k + 1] as number;
            let v = k + 2;
            if (valueLength >= 0x80 && v < stop && (bytes[v] as number) < 0x80)
              valueLength = (valueLength & 0x7f) | ((bytes[v++] as number) << 7);
            if (v + valueLength === stop) {
              keyStart = p + 2;
              keyEnd = k;
              valueStart = v;
              valueEnd = stop;
            }
          }
        }
        if (keyEnd < 0) {
          length = readLength(bytes, at + 1, end, place);
          p = place.at;
          stop = p + length;
          let hasKey = false;
          let hasValue = false;
          while (p < stop) {
            const inner = readVarint(bytes, p, stop, place);
            if (inner === 0x0a || inner === 0x12) {
              const innerLength = readLength(bytes, place.at, stop, place);
              p = place.at + innerLength;
              if (inner === 0x0a) {
                keyStart = place.at;
                keyEnd = p;
                hasKey = true;
              } else {
                valueStart = place.at;
                valueEnd = p;
                hasValue = true;
              }
            } else p = skipField(bytes, inner, place.at, stop, place);
          }
          if (!hasKey || !hasValue) throw malformed(`a content has no ${hasKey ? 'value' : 'key'}`, p);
        }
        at = stop;

        const keyLength = keyEnd - keyStart;
        let known = order[content];
        if (known === undefined || known.length !== keyLength) known = this.#known(bytes, keyStart, keyEnd, content);
        else {
          const key = known.bytes;
          for (let i = 0; i < keyLength; i++) {
            if (key[i] !== bytes[keyStart + i]) {
              known = this.#known(bytes, keyStart, keyEnd, content);
              break;
            }
          }
        }
        content++;
        const column = known.column;
        let exact = false;
        if (column >= 0 && stamps[column] !== stamp) {
          const kind = kinds[column] as number;
          if (kind === TEXT) {
            exact = true;
            stamps[column] = stamp;
            starts[column] = valueStart;
            ends[column] = valueEnd;
          } else {
            const is = kind === LONG ? this.#numbers.long(bytes, valueStart, valueEnd) : this.#numbers.double(bytes, valueStart, valueEnd);
            if (is !== NO_NUMBER) {
              stamps[column] = stamp;
              const values = this.#values;
              const number = this.#numbers.bytes;
              const to = column * 8;
              for (let i = 0; i < 8; i++) values[to + i] = number[i] as number;
              exact = is === EXACT;
            }
          }
        }
        if (exact) {
          let word = shapes[column] as number;
          do {
            shape[shapeBytes++] = word & 0xff;
            word >>>= 8;
          } while (word !== 0);
        } else {
          shape[shapeBytes++] = REST_BYTE;
          rest = this.#toRest(rest, keyStart, keyEnd, valueStart, valueEnd);
        }
      } else if (tag === 0x08) {
        timeSec = readVarint(bytes, at + 1, end, place);
        if (timeSec > 0xffff_ffff) throw malformed(`a log has time ${timeSec}, expected Unix seconds in 32 bits`, at);
        at = place.at;
      } else if (tag === 0x25) {
        if (at + 5 > end) throw malformed('the nanosecond part of a log is cut', at);
        nanos = bytes.readUInt32LE(at + 1);
        if (nanos > 999_999_999) throw malformed(`a log has nanosecond part ${nanos}, expected less than 1000000000`, at);
        at += 5;
        shape[shapeBytes++] = NANOS_BYTE;
      } else {
        const field = readVarint(bytes, at, end, place);
        at = skipField(bytes, field, place.at, end, place);
        shape[shapeBytes++] = RAW_BYTE;
        rest = this.#toRest(rest, 0, 0, fieldStart, at);
      }
    }
    if (timeSec < 0) timeSec = receivedSec;

    // Everything that follows is at most this long: each value and each rest key lies in the log once, beside lengths and numbers.
    out.room(24 + shapeBytes + (end - start) + rest * 4 + kinds.length * 9);
    const target = out.bytes;
    let to = out.at;
    target[to++] = idx & 0xff;
    target[to++] = (idx >>> 8) & 0xff;
    target[to++] = (idx >>> 16) & 0xff;
    target[to++] = idx >>> 24;

    if (timeSec !== this.#second) this.#newSecond(timeSec);
    let low = this.#secondLow + nanos;
    let high = this.#secondHigh;
    if (low >= 4_294_967_296) {
      low -= 4_294_967_296;
      high++;
    }
    for (let i = 0; i < 4; i++) {
      target[to++] = low & 0xff;
      low = Math.floor(low / 256);
    }
    for (let i = 0; i < 4; i++) {
      target[to++] = high & 0xff;
      high = Math.floor(high / 256);
    }
    to = putVarint(target, to, shapeBytes);
    for (let i = 0; i < shapeBytes; i++) target[to++] = shape[i] as number;

    const spans = this.#rest;
    to = putVarint(target, to, rest >>> 2);
    for (let i = 0; i < rest; i += 2) to = putString(target, to, bytes, spans[i] as number, spans[i + 1] as number);

    const columns = kinds.length;
    const values = this.#values;
    for (let column = 0; column < columns; column++) {
      const here = stamps[column] === stamp;
      if (kinds[column] === TEXT) {
        if (here) to = putString(target, to, bytes, starts[column] as number, ends[column] as number);
        else target[to++] = 0;
      } else if (here) {
        target[to++] = 0;
        const from = column * 8;
        for (let i = 0; i < 8; i++) target[to++] = values[from + i] as number;
      } else target[to++] = 1;
    }
    out.at = to;
  }

  #toRest(rest: number, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): number {
    if (rest + 4 > this.#rest.length) {
      const larger = new Int32Array(this.#rest.length * 2);
      larger.set(this.#rest);
      this.#rest = larger;
    }
    const spans = this.#rest;
    spans[rest] = keyStart;
    spans[rest + 1] = keyEnd;
    spans[rest + 2] = valueStart;
    spans[rest + 3] = valueEnd;
    return rest + 4;
  }

  /** The key at a place of the log where another one was expected. */
  #known(bytes: Buffer, start: number, end: number, content: number): KnownKey {
    const text = bytes.toString('latin1', start, end);
    let known = this.#keys.get(text);
    if (known === undefined) {
      const own = Buffer.from(bytes.subarray(start, end));
      known = { bytes: own, length: own.length, column: -1 };
      if (this.#keys.size < MAX_KEYS) this.#keys.set(text, known);
    }
    if (content < MAX_KEYS) this.#order[content] = known;
    return known;
  }

  #newSecond(timeSec: number): void {
    // seconds · 10^9 in two words: a double holds 53 bits only.
    const low = (timeSec & 0xffff) * 1e9;
    const high = (timeSec >>> 16) * 1e9;
    const lowWord = (low % 4_294_967_296) + (high % 65_536) * 65_536;
    const carry = lowWord >= 4_294_967_296 ? 1 : 0;
    this.#second = timeSec;
    this.#secondLow = lowWord - carry * 4_294_967_296;
    this.#secondHigh = Math.floor(low / 4_294_967_296) + Math.floor(high / 65_536) + carry;
  }

  #unreadable(out: RowBuffer, shard: number, cursor: Cursor, receivedMs: number, bytes: Buffer): void {
    const columns = this.#head.unreadable();
    out.room(128 + columns.length + bytes.length + this.#kinds.length);
    const target = out.bytes;
    let to = out.at;
    to = target.writeUInt32LE(shard, to);
    to = target.writeBigUInt64LE(cursor, to);
    to = target.writeBigInt64LE(BigInt(Math.trunc(receivedMs)), to);
    target.set(columns, to);
    to += columns.length;
    to = target.writeUInt32LE(0, to);
    to = target.writeBigInt64LE(BigInt(Math.trunc(receivedMs)) * 1_000_000n, to);
    to = putVarint(target, to, 1);
    target[to++] = RAW_BYTE;
    to = putVarint(target, to, 1);
    to = putVarint(target, to, 0);
    to = putString(target, to, bytes, 0, bytes.length);
    for (const kind of this.#kinds) target[to++] = kind === TEXT ? 0 : 1;
    out.at = to;
    out.rows++;
  }
}

/** A String of RowBinary: its length, then its bytes. */
function putString(target: Buffer, to: number, bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length < 0x80) target[to++] = length;
  else to = putVarint(target, to, length);
  return putBytes(target, to, bytes, start, end);
}
