import { utf8Length } from './json-text.ts';

/** Copies bytes; for the short constant parts of records, where a call into the engine costs more than a loop. */
export function put(out: Uint8Array, at: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) out[at + i] = bytes[i]!;
  return at + bytes.length;
}

/** Text of which every character is one byte. */
export function putLatin1(out: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** True when `src[start, end)` is `name`. */
export function same(src: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (src[start + i] !== name[i]) return false;
  return true;
}

/** Decimal digits of a whole number of at most 2^53. */
export function writeNumber(out: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const next = Math.floor(rest / 10);
    out[i] = 0x30 + (rest - next * 10);
    rest = next;
  }
  return at + digits;
}

/** A number with leading zeros. */
export function writeDigits(out: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const next = Math.floor(rest / 10);
    out[i] = 0x30 + (rest - next * 10);
    rest = next;
  }
  return at + digits;
}

/** Unix seconds with nine digits of fraction when there is one. */
export function writeTime(out: Uint8Array, at: number, sec: number, ns: number): number {
  const end = writeNumber(out, at, Math.max(0, sec));
  if (ns === 0) return end;
  out[end] = 0x2e;
  return writeDigits(out, end + 1, ns, 9);
}

/** Largest end in [start, start + cap] that does not cut a UTF-8 character. */
export function capEnd(src: Uint8Array, start: number, end: number, cap: number): number {
  if (end - start <= cap) return end;
  let at = start + cap;
  while (at > start && (src[at]! & 0xc0) === 0x80) at--;
  return at;
}

/** What `writeText` does with each byte. */
export type TextTable = Uint8Array;
const COPY = 0;
const SPACE = 1;
const OCTAL = 2;
const MULTI = 3;
/** Any higher number: a backslash and that character. */

/**
 * @param escapes characters that get a backslash in front; of a pair, the second stands behind the backslash: `\n` and `n`
 * @param control what becomes of control characters that are not escaped: one space, or `#` and three octal digits as rsyslog has it
 * @param spaces more characters that become a space
 */
export function textTable(escapes: readonly (readonly [string, string])[], control: 'space' | 'octal', spaces = ''): TextTable {
  const table = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++)
    table[byte] = byte >= 0x80 ? MULTI : byte < 0x20 || byte === 0x7f ? (control === 'space' ? SPACE : OCTAL) : COPY;
  for (const [char, behind] of escapes) table[char.charCodeAt(0)] = behind.charCodeAt(0);
  for (const char of spaces) table[char.charCodeAt(0)] = SPACE;
  return table;
}

/** Most bytes `writeText` writes for one byte of input. */
export const TEXT_GROWTH = 4;

/** Writes text with the escapes of a table; each byte that is not part of well-formed UTF-8 becomes U+FFFD. Answers the new end. */
export function writeText(src: Uint8Array, start: number, end: number, out: Uint8Array, at: number, table: TextTable): number {
  let i = start;
  let o = at;
  while (i < end) {
    const byte = src[i]!;
    const kind = table[byte]!;
    if (kind === COPY) {
      out[o++] = byte;
      i++;
    } else if (kind === MULTI) {
      const length = utf8Length(src, i, end);
      if (length === 0) {
        out[o] = 0xef;
        out[o + 1] = 0xbf;
        out[o + 2] = 0xbd;
        o += 3;
        i++;
      } else for (const stop = i + length; i < stop; i++) out[o++] = src[i]!;
    } else if (kind === SPACE) {
      out[o++] = 0x20;
      i++;
    } else if (kind === OCTAL) {
      out[o] = 0x23;
      out[o + 1] = 0x30 + (byte >> 6);
      out[o + 2] = 0x30 + ((byte >> 3) & 7);
      out[o + 3] = 0x30 + (byte & 7);
      o += 4;
      i++;
    } else {
      out[o] = 0x5c;
      out[o + 1] = kind;
      o += 2;
      i++;
    }
  }
  return o;
}
