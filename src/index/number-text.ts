/** What a typed column makes of a text. */
export const NO_NUMBER = 0;
/** The number, and printing it gives the text back. */
export const EXACT = 1;
/** The number, but the text was another one (`007`): it is kept in `rest` as well. */
export const INEXACT = 2;

const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** Digits that a JavaScript number holds exactly whatever they are. */
const SAFE_DIGITS = 15;

const POWERS = Float64Array.from({ length: 23 }, (_, i) => 10 ** i);
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Reads numbers out of bytes without making a string where it can; the result stands in `bytes`. */
export class NumberText {
  /** Eight bytes, little-endian: an Int64 after `long`, a Float64 after `double`. */
  readonly bytes = new Uint8Array(8);
  readonly #double = new Float64Array(this.bytes.buffer);
  readonly #words = new Uint32Array(this.bytes.buffer);
  readonly #wide = new BigInt64Array(this.bytes.buffer);

  /** A whole number of 64 bits in decimal digits, with or without a sign. Answers NO_NUMBER, EXACT or INEXACT. */
  long(text: Uint8Array, start: number, end: number): number {
    let at = start;
    const sign = at < end ? (text[at] as number) : 0;
    if (sign === MINUS || sign === PLUS) at++;
    const digits = end - at;
    if (digits <= 0) return NO_NUMBER;
    if (digits > SAFE_DIGITS) return this.#longLong(text, start, end);
    const first = text[at] as number;
    let value = 0;
    for (; at < end; at++) {
      const digit = (text[at] as number) - ZERO;
      if (digit < 0 || digit > 9) return NO_NUMBER;
      value = value * 10 + digit;
    }
    let low = value % 4_294_967_296;
    let high = (value - low) / 4_294_967_296;
    if (sign === MINUS && value !== 0) {
      if (low === 0) high = -high;
      else {
        low = 4_294_967_296 - low;
        high = -high - 1;
      }
    }
    this.#words[0] = low;
    this.#words[1] = high;
    if (sign === PLUS || (first === ZERO && (digits > 1 || sign === MINUS))) return INEXACT;
    return EXACT;
  }

  /** A decimal number, also with an exponent; not `inf` or `nan`, which no sum survives. */
  double(text: Uint8Array, start: number, end: number): number {
    let at = start;
    const negative = at < end && text[at] === MINUS;
    if (negative) at++;
    const whole = at;
    let mantissa = 0;
    while (at < end) {
      const byte = text[at] as number;
      if (byte < ZERO || byte > NINE) break;
      mantissa = mantissa * 10 + (byte - ZERO);
      at++;
    }
    const wholeDigits = at - whole;
    let fraction = 0;
    if (at < end && text[at] === DOT) {
      at++;
      const from = at;
      while (at < end) {
        const byte = text[at] as number;
        if (byte < ZERO || byte > NINE) break;
        mantissa = mantissa * 10 + (byte - ZERO);
        at++;
      }
      fraction = at - from;
      if (fraction === 0) return this.#anyDouble(text, start, end);
    }
    // Both parts are exact, so the quotient is the nearest double; and up to 15 digits print as they were.
    if (at < end || wholeDigits === 0 || wholeDigits + fraction > SAFE_DIGITS) return this.#anyDouble(text, start, end);
    const value = mantissa / (POWERS[fraction] as number);
    this.#double[0] = negative ? -value : value;
    if (text[whole] === ZERO && wholeDigits > 1) return INEXACT;
    if (fraction > 0 && text[end - 1] === ZERO) return INEXACT;
    if (negative && mantissa === 0) return INEXACT;
    // Smaller ones print with an exponent.
    if (mantissa !== 0 && value < 1e-5) return INEXACT;
    return EXACT;
  }

  #longLong(text: Uint8Array, start: number, end: number): number {
    // The longest that can still be one: zeros may stand in front.
    if (end - start > 64) return NO_NUMBER;
    const digits = latin1(text, start, end);
    if (!/^[+-]?\d+$/.test(digits)) return NO_NUMBER;
    const value = BigInt(digits.startsWith('+') ? digits.slice(1) : digits);
    if (value < INT64_MIN || value > INT64_MAX) return NO_NUMBER;
    this.#wide[0] = value;
    return value.toString() === digits ? EXACT : INEXACT;
  }

  #anyDouble(text: Uint8Array, start: number, end: number): number {
    if (end - start > 400 || end === start) return NO_NUMBER;
    const digits = latin1(text, start, end);
    if (!NUMBER.test(digits)) return NO_NUMBER;
    const value = Number(digits);
    if (!Number.isFinite(value)) return NO_NUMBER;
    this.#double[0] = value;
    return INEXACT;
  }
}

function latin1(text: Uint8Array, start: number, end: number): string {
  return Buffer.from(text.buffer, text.byteOffset + start, end - start).toString('latin1');
}
