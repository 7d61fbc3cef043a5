/** Value-changing modifiers of Sigma 2.1: base64, base64offset, utf16le/wide, utf16be, utf16, windash. Texts that hold raw bytes carry one byte per UTF-16 unit. */

/** What a value is while encoders work on it: the bytes of the literal. */
export type Bytes = Uint8Array;

export function utf8(text: string): Bytes {
  return Buffer.from(text, 'utf8');
}

/** `wide` and `utf16le`; `utf16be`; `utf16` is little-endian with a byte order mark. */
export function utf16(text: string, form: 'le' | 'be' | 'bom'): Bytes {
  const le = Buffer.from(form === 'bom' ? `\uFEFF${text}` : text, 'utf16le');
  return form === 'be' ? le.swap16() : le;
}

export function base64(bytes: Bytes): string {
  return Buffer.from(bytes).toString('base64');
}

/**
 * The three ways the bytes can look inside a longer base64 text, by their offset modulo 3: encoded behind 0, 1 or 2 pad bytes, and cut to the
 * characters that depend on nothing else (start 0, 2, 3; end none, −3, −2 by (length + offset) mod 3).
 */
export function base64Offsets(bytes: Bytes): readonly string[] {
  const startAt = [0, 2, 3];
  const endAt = [undefined, -3, -2];
  return [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset, 0x20), bytes]);
    return padded.toString('base64').slice(startAt[offset], endAt[(bytes.length + offset) % 3]);
  });
}

const DASHES = ['-', '/', '–', '—', '―'];
/** A dash or slash that starts a word. */
const WORD_DASH = /\B[-/]\b/g;

/** Every combination of the five dashes at every place where a dash or slash starts a word. */
export function windash(text: string): readonly string[] {
  const places = [...text.matchAll(WORD_DASH)].map((match) => match.index);
  let variants = [''];
  let from = 0;
  for (const at of places) {
    const before = text.slice(from, at);
    variants = variants.flatMap((head) => DASHES.map((dash) => head + before + dash));
    from = at + 1;
  }
  const tail = text.slice(from);
  return variants.map((head) => head + tail);
}
