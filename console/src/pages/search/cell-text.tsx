import { piecesOf } from './highlight.ts';

/** A value with its hits marked. Plain elements only: rows of the grid are many. */
export function CellText({ value, matcher }: { readonly value: string; readonly matcher: RegExp | null }) {
  if (!matcher) return value;
  return piecesOf(value, matcher).map((piece, at) => (piece.hit ? <mark key={at}>{piece.text}</mark> : piece.text));
}
