/** Copies up to this are done here, four bytes at a time: a call into the engine costs more than the loop. */
const SHORT = 96;

/**
 * Decodes a raw LZ4 block into `target` at `at`, exactly `rawBytes` of them; nothing beyond is touched. Answers null, or why the block is none.
 *
 * Here and not by the library because that makes a new buffer for every block: on the receive path two fifths of all CPU went to collecting them (measured: 118 raw MB per CPU
 * second before, see docs/performance.md for after). Source: LZ4 block format description.
 */
export function decodeLz4Block(block: Uint8Array, target: Uint8Array, at: number, rawBytes: number): string | null {
  const from = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const out = new DataView(target.buffer, target.byteOffset, target.byteLength);
  const inEnd = block.length;
  // Steps of four bytes may write up to three beyond their end, where the next sequence writes anyway; not at the very end.
  const inWide = inEnd - 4;
  const outEnd = at + rawBytes;
  if (outEnd > target.length) return `there is room for ${target.length - at} bytes`;
  const outWide = outEnd - 4;
  let i = 0;
  let o = at;
  while (i < inEnd) {
    const token = block[i++]!;
    let literals = token >>> 4;
    if (literals === 15) {
      let more: number;
      do {
        if (i >= inEnd) return 'a length is cut';
        more = block[i++]!;
        literals += more;
      } while (more === 255);
    }
    if (literals > 0) {
      let k = i;
      i += literals;
      const to = o + literals;
      if (i > inEnd || to > outEnd) return i > inEnd ? 'literals are cut' : 'it is longer than declared';
      if (literals > SHORT) target.set(block.subarray(k, i), o);
      else if (i <= inWide && to <= outWide) for (; o < to; o += 4, k += 4) out.setInt32(o, from.getInt32(k));
      else while (k < i) target[o++] = block[k++]!;
      o = to;
    }
    // The last sequence has no match.
    if (i === inEnd) break;
    if (i + 2 > inEnd) return 'an offset is cut';
    const offset = block[i]! | (block[i + 1]! << 8);
    i += 2;
    let match = token & 15;
    if (match === 15) {
      let more: number;
      do {
        if (i >= inEnd) return 'a length is cut';
        more = block[i++]!;
        match += more;
      } while (more === 255);
    }
    match += 4;
    const source = o - offset;
    if (offset === 0 || source < at) return `an offset of ${offset} leads out of the block`;
    const to = o + match;
    if (to > outEnd) return 'it is longer than declared';
    let k = source;
    // An overlapping match repeats what it writes itself.
    if (match > SHORT && offset >= match) target.copyWithin(o, source, source + match);
    else if (offset >= 4 && to <= outWide) for (; o < to; o += 4, k += 4) out.setInt32(o, out.getInt32(k));
    else while (o < to) target[o++] = target[k++]!;
    o = to;
  }
  return o === outEnd ? null : `it gives ${o - at} bytes`;
}
