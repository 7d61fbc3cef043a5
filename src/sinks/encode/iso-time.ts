import { put, writeDigits } from './byte-text.ts';

/** Times as `2024-09-10T09:52:00.007000001Z`; the text of a second is kept, because logs come many to a second. */
export class IsoTime {
  #sec = -1;
  readonly #text = Buffer.alloc(19);

  /** UTC, with `digits` of fraction when there is any. At most 30 bytes. */
  write(out: Buffer, at: number, sec: number, ns: number, digits: 6 | 9): number {
    if (sec !== this.#sec) {
      this.#text.write(new Date(sec * 1000).toISOString().slice(0, 19), 'latin1');
      this.#sec = sec;
    }
    let end = put(out, at, this.#text);
    if (ns > 0) {
      out[end] = 0x2e;
      end = writeDigits(out, end + 1, digits === 9 ? ns : Math.floor(ns / 1000), digits);
    }
    out[end] = 0x5a;
    return end + 1;
  }
}
