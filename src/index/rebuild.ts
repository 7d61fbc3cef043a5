import { SluiceError } from '../core/errors.ts';
import { SHAPE_NANOS, SHAPE_RAW, SHAPE_REST, type LogTable } from '../store/log-table.ts';
import type { Cursor } from '../stream/stream.ts';
import { Output, putBytes, putVarint } from './byte-output.ts';
import { assembleGroup, keyBytes, type GroupHeadFields } from './group-fields.ts';
import { varintBytes } from './protobuf-walk.ts';

/** A LogGroup made of its rows. */
export interface RebuiltGroup {
  readonly cursor: Cursor;
  readonly receivedMs: number;
  readonly bytes: Buffer;
  readonly logs: number;
}

/** Columns that rebuilding needs beside those of keys. */
const NEEDED = ['cursor', 'received', 'source', 'topic', 'tags', 'extra', 'time', 'shape', 'rest'] as const;

/** Columns to select, as RowBinary and in the order of identity, for `GroupRebuilder`. */
export function rebuildColumns(table: LogTable): readonly string[] {
  return [...NEEDED, ...table.columns.map((column) => column.name)];
}

/** Bytes that a column takes in a row: so many, a String, a Map, or a Nullable of eight. */
const WIDTHS: Readonly<Record<string, number>> = { shard: 4, cursor: 8, idx: 4, time: 8, received: 8 };
const STRING = -1;
const MAP = -2;
const LONG = -3;
const DOUBLE = -4;

const REST_BYTE = SHAPE_REST.charCodeAt(0);
const RAW_BYTE = SHAPE_RAW.charCodeAt(0);
const NANOS_BYTE = SHAPE_NANOS.charCodeAt(0);

interface ReadColumn {
  readonly kind: number;
  /** Where its value's positions are kept. */
  readonly at: number;
}

interface KeyColumn {
  readonly at: number;
  readonly kind: number;
  readonly key: Buffer;
}

/** Bytes that a content needs beside its key and value: tags, lengths, and a number's text. */
const CONTENT_BYTES = 64;

/**
 * Makes LogGroups of rows again (design D6): the very bytes that were indexed, when their encoder wrote each log's time first and every length as short as it goes, as all
 * SDKs do; else another encoding of the same group. Rows come as RowBinary of `columns`, a group's rows behind each other in the order of their index.
 */
export class GroupRebuilder {
  readonly #columns: readonly ReadColumn[];
  readonly #places: Readonly<Record<(typeof NEEDED)[number], number>>;
  /** Number of a column (its character in `shape`) → where its positions are kept, its kind, and the bytes in front of its value. */
  readonly #byNumber: (KeyColumn | undefined)[] = [];
  /** The longest of those bytes. */
  #keyBytes = 0;
  /** Two positions per column of the current row. */
  readonly #spans: Int32Array;
  /** Four positions per entry of `rest`. */
  #rest = new Int32Array(256);
  #restCount = 0;
  #rows: Buffer = Buffer.alloc(0);
  /** Time of the current row. */
  #seconds = 0;
  #nanos = 0;
  /** All logs of the current group, and where each ends. */
  readonly #logs = new Output(64 * 1024);
  #ends: number[] = [];

  constructor(table: LogTable, columns: readonly string[]) {
    const known = new Map(table.columns.map((column) => [column.name, column]));
    this.#columns = columns.map((name, at): ReadColumn => {
      const column = known.get(name);
      if (column !== undefined) {
        const kind = column.type === 'long' ? LONG : column.type === 'double' ? DOUBLE : STRING;
        const key = keyBytes(column.key);
        this.#byNumber[column.number] = { at, kind, key };
        this.#keyBytes = Math.max(this.#keyBytes, key.length);
        return { kind, at };
      }
      return { kind: WIDTHS[name] ?? (name === 'rest' ? MAP : STRING), at };
    });
    this.#spans = new Int32Array(columns.length * 2);
    const place = (name: string): number => {
      const at = columns.indexOf(name);
      if (at < 0) throw new SluiceError('internal.unexpected', `column ${name} is needed to rebuild logs`, { columns });
      return at;
    };
    this.#places = Object.fromEntries(NEEDED.map((name) => [name, place(name)])) as Record<(typeof NEEDED)[number], number>;
  }

  /** Rows of whole groups. */
  groups(rows: Buffer): readonly RebuiltGroup[] {
    this.#rows = rows;
    const groups: RebuiltGroup[] = [];
    let open: { readonly cursor: Cursor; readonly receivedMs: number; readonly head: GroupHeadFields } | null = null;
    const close = (): void => {
      if (open === null) return;
      const { cursor, receivedMs, head } = open;
      const logs = this.#logs.bytes.subarray(0, this.#logs.at);
      const bytes = head.layout === 'r' ? Buffer.from(logs) : assembleGroup(head, logs, this.#ends);
      groups.push({ cursor, receivedMs, bytes, logs: this.#ends.length });
      this.#logs.at = 0;
      this.#ends = [];
      open = null;
    };
    let at = 0;
    while (at < rows.length) {
      const start = at;
      at = this.#row(start);
      const cursor = rows.readBigUInt64LE(this.#spans[this.#places.cursor * 2]);
      if (open === null || open.cursor !== cursor) {
        close();
        const receivedMs = Number(rows.readBigInt64LE(this.#spans[this.#places.received * 2]));
        open = { cursor, receivedMs, head: this.#head() };
      }
      if (open.head.layout === 'r') {
        this.#logs.put(rows, this.#rest[2] as number, this.#rest[3] as number);
        this.#ends.push(this.#logs.at);
      } else this.#putLog(at - start);
    }
    close();
    this.#rows = Buffer.alloc(0);
    return groups;
  }

  /** Finds where the values of a row lie; answers where the next row begins. */
  #row(start: number): number {
    const rows = this.#rows;
    const spans = this.#spans;
    let at = start;
    for (const { kind, at: column } of this.#columns) {
      if (kind === STRING) {
        let length = rows[at++] as number;
        if (length >= 0x80) {
          length &= 0x7f;
          for (let shift = 128; ; shift *= 128) {
            const byte = rows[at++] as number;
            length += (byte & 0x7f) * shift;
            if (byte < 0x80) break;
          }
        }
        spans[column * 2] = at;
        at += length;
        spans[column * 2 + 1] = at;
      } else if (kind > 0) {
        spans[column * 2] = at;
        at += kind;
      } else if (kind === MAP) at = this.#restOf(at);
      else {
        const isNull = rows[at++] === 1;
        spans[column * 2] = at;
        if (!isNull) at += 8;
        spans[column * 2 + 1] = at;
      }
    }
    if (at > rows.length) throw new SluiceError('internal.unexpected', 'the rows of a store answer end within a row', { at });
    return at;
  }

  #restOf(start: number): number {
    const rows = this.#rows;
    let at = start;
    const length = (): number => {
      let value = 0;
      for (let shift = 1; ; shift *= 128) {
        const byte = rows[at++] as number;
        value += (byte & 0x7f) * shift;
        if (byte < 0x80) return value;
      }
    };
    const entries = length();
    if (entries * 4 > this.#rest.length) this.#rest = new Int32Array(entries * 8);
    for (let i = 0; i < entries * 2; i++) {
      const bytes = length();
      this.#rest[i * 2] = at;
      at += bytes;
      this.#rest[i * 2 + 1] = at;
    }
    this.#restCount = entries;
    return at;
  }

  #text(name: 'source' | 'topic' | 'tags' | 'extra'): Buffer {
    const place = this.#places[name] * 2;
    return this.#rows.subarray(this.#spans[place], this.#spans[place + 1]);
  }

  #head(): GroupHeadFields {
    return {
      source: this.#text('source'),
      topic: this.#text('topic'),
      tags: this.#text('tags').toString(),
      layout: this.#text('extra').toString('latin1'),
    };
  }

  /** Writes the log of the current row behind those of its group. */
  #putLog(rowBytes: number): void {
    const rows = this.#rows;
    const spans = this.#spans;
    const rest = this.#rest;
    const restEnd = this.#restCount * 4;
    const shapeAt = this.#places.shape * 2;
    const shapeEnd = spans[shapeAt + 1] as number;
    const shapeStart = spans[shapeAt] as number;
    const logs = this.#logs;
    // Everything the row holds, and what stands around it in a LogGroup.
    logs.room(rowBytes + 32 + (shapeEnd - shapeStart) * (this.#keyBytes + CONTENT_BYTES));
    const out = logs.bytes;
    const start = logs.at;
    // Room for the tag and a length of two bytes, which most logs have.
    let to = start + 3;
    this.#readTime(spans[this.#places.time * 2] as number);
    out[to++] = 0x08;
    to = putVarint(out, to, this.#seconds);
    let entry = 0;
    for (let at = shapeStart; at < shapeEnd;) {
      const first = rows[at++] as number;
      if (first === REST_BYTE || first === RAW_BYTE) {
        if (entry >= restEnd) throw new SluiceError('internal.unexpected', 'a row has fewer contents in rest than its shape says');
        const keyStart = rest[entry] as number;
        const keyEnd = rest[entry + 1] as number;
        const valueStart = rest[entry + 2] as number;
        const valueEnd = rest[entry + 3] as number;
        entry += 4;
        if (first === RAW_BYTE) {
          to = putBytes(out, to, rows, valueStart, valueEnd);
          continue;
        }
        const key = keyEnd - keyStart;
        const value = valueEnd - valueStart;
        out[to++] = 0x12;
        to = putVarint(out, to, 2 + varintBytes(key) + key + varintBytes(value) + value);
        out[to++] = 0x0a;
        to = putVarint(out, to, key);
        to = putBytes(out, to, rows, keyStart, keyEnd);
        out[to++] = 0x12;
        to = putVarint(out, to, value);
        to = putBytes(out, to, rows, valueStart, valueEnd);
        continue;
      }
      if (first === NANOS_BYTE) {
        out[to++] = 0x25;
        to = out.writeUInt32LE(this.#nanos, to);
        continue;
      }
      let code = first;
      if (first >= 0xe0) code = ((first & 0x0f) << 12) | (((rows[at++] as number) & 0x3f) << 6) | ((rows[at++] as number) & 0x3f);
      else if (first >= 0xc0) code = ((first & 0x1f) << 6) | ((rows[at++] as number) & 0x3f);
      const column = this.#byNumber[code - 0x40];
      if (column === undefined)
        throw new SluiceError('internal.unexpected', `a row names column ${code - 0x40}, which its table does not have`);
      const { key, kind } = column;
      const valueStart = spans[column.at * 2] as number;
      const number = kind === STRING ? '' : kind === LONG ? longText(rows, valueStart) : String(rows.readDoubleLE(valueStart));
      const valueEnd = spans[column.at * 2 + 1] as number;
      const value = kind === STRING ? valueEnd - valueStart : number.length;
      out[to++] = 0x12;
      to = putVarint(out, to, key.length + varintBytes(value) + value);
      to = putBytes(out, to, key, 0, key.length);
      to = putVarint(out, to, value);
      if (kind === STRING) to = putBytes(out, to, rows, valueStart, valueEnd);
      else for (let i = 0; i < value; i++) out[to++] = number.charCodeAt(i);
    }
    const length = to - start - 3;
    const width = varintBytes(length);
    if (width !== 2) {
      out.copyWithin(start + 1 + width, start + 3, to);
      to += width - 2;
    }
    out[start] = 0x0a;
    putVarint(out, start + 1, length);
    logs.at = to;
    this.#ends.push(to);
  }

  /** Nanoseconds of 64 bits as seconds and the rest, without a bigint per log. */
  #readTime(at: number): void {
    const low = this.#rows.readUInt32LE(at);
    const high = this.#rows.readInt32LE(at + 4);
    // The quotient of the rounded number is off by one at most; the low words tell.
    let seconds = Math.floor((high * 4_294_967_296 + low) / 1e9);
    let nanos = (low - Math.imul(seconds, 1_000_000_000)) >>> 0;
    if (nanos > 0x8000_0000) {
      seconds--;
      nanos = (nanos + 1_000_000_000) >>> 0;
    } else if (nanos >= 1_000_000_000) {
      seconds++;
      nanos -= 1_000_000_000;
    }
    this.#seconds = seconds;
    this.#nanos = nanos;
  }
}

function longText(rows: Buffer, at: number): string {
  const high = rows.readInt32LE(at + 4);
  if (high >= -0x20_0000 && high < 0x20_0000) return String(high * 4_294_967_296 + rows.readUInt32LE(at));
  return rows.readBigInt64LE(at).toString();
}
