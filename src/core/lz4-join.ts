/** What becomes part of a joined block: a raw LZ4 block, or bytes as they are. */
export interface JoinPart {
  readonly bytes: Uint8Array;
  /** The bytes are a raw LZ4 block; else they go in as they are. */
  readonly block: boolean;
}

/** A decoder of the reference library wants so many literals at the very end, and the last match to begin so far before it (LZ4 block format, "end of block restrictions"). */
const LAST_LITERALS = 5;
const LAST_MATCH_BEFORE_END = 12;

/**
 * One raw LZ4 block that decodes to the parts behind each other, made without decoding them: matches keep their distances, so only the seams are written anew. The literals at the end
 * of a block, the plain bytes between and the first literals of the next block become one run. A pull answers with the bytes that PutLogs received, at the cost of reading their lengths.
 *
 * Null: a block is cut, or the end would not be as the format wants it (a block that another encoder ended in its own way); encode it anew then.
 */
export function joinLz4(parts: readonly JoinPart[]): Buffer | null {
  let most = 16;
  for (const { bytes } of parts) most += bytes.length + (bytes.length >>> 7) + 16;
  const out = Buffer.allocUnsafe(most);
  let at = 0;
  /** Literals that wait for the next match: ranges of parts. */
  const waiting: Uint8Array[] = [];
  let literals = 0;
  let lastMatch = Infinity;

  for (const { bytes, block } of parts) {
    if (!block) {
      if (bytes.length === 0) continue;
      waiting.push(bytes);
      literals += bytes.length;
      continue;
    }
    if (!findSeams(bytes)) return null;
    const { firstLiterals, firstMatch, lastToken, lastLiterals, lastMatchLength } = seams;
    if (lastToken > 0) {
      // The first sequence with all that waits in front of its literals, then everything up to the last sequence as it is.
      const first = bytes.subarray(firstLiterals, firstMatch);
      literals += first.length;
      at = putToken(out, at, literals, bytes[0]! & 15);
      for (const run of waiting) {
        out.set(run, at);
        at += run.length;
      }
      out.set(first, at);
      at += first.length;
      out.set(bytes.subarray(firstMatch, lastToken), at);
      at += lastToken - firstMatch;
      waiting.length = 0;
      literals = 0;
      lastMatch = lastMatchLength;
    }
    const last = bytes.subarray(lastLiterals);
    waiting.push(last);
    literals += last.length;
  }
  if (lastMatch !== Infinity && (literals < LAST_LITERALS || literals + lastMatch < LAST_MATCH_BEFORE_END)) return null;
  at = putToken(out, at, literals, 0);
  for (const run of waiting) {
    out.set(run, at);
    at += run.length;
  }
  return out.subarray(0, at);
}

/** Of the block looked at last; one object, used again. */
const seams = {
  /** Where the literals of the first sequence begin. */
  firstLiterals: 0,
  /** Where the offset of the first match stands. */
  firstMatch: 0,
  /** Where the last sequence begins, which has literals only; 0: it is the first one too. */
  lastToken: 0,
  lastLiterals: 0,
  lastMatchLength: 0,
};

/** Reads the lengths of a block's sequences; false: it is cut. */
function findSeams(block: Uint8Array): boolean {
  const end = block.length;
  let i = 0;
  let matchLength = 0;
  while (i < end) {
    const start = i;
    const token = block[i++]!;
    let literals = token >>> 4;
    if (literals === 15) {
      let more: number;
      do {
        if (i >= end) return false;
        more = block[i++]!;
        literals += more;
      } while (more === 255);
    }
    const from = i;
    i += literals;
    if (start === 0) {
      seams.firstLiterals = from;
      seams.firstMatch = i;
    }
    if (i >= end) {
      seams.lastToken = start;
      seams.lastLiterals = from;
      seams.lastMatchLength = matchLength;
      return i === end;
    }
    i += 2;
    matchLength = (token & 15) + 4;
    if (matchLength === 19) {
      let more: number;
      do {
        if (i >= end) return false;
        more = block[i++]!;
        matchLength += more;
      } while (more === 255);
    }
  }
  // It ends with a match.
  return false;
}

/** The token of a sequence and the rest of its literals' length; answers the place behind. */
function putToken(out: Buffer, at: number, literals: number, match: number): number {
  if (literals < 15) {
    out[at++] = (literals << 4) | match;
    return at;
  }
  out[at++] = 0xf0 | match;
  let rest = literals - 15;
  for (; rest >= 255; rest -= 255) out[at++] = 255;
  out[at++] = rest;
  return at;
}
