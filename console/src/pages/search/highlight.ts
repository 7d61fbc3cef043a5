export interface Term {
  /** '' is full text. */
  readonly key: string;
  readonly term: string;
}

export interface Piece {
  readonly text: string;
  readonly hit: boolean;
}

/** What a wildcard may stand for: letters up to the next usual delimiter. */
const WITHIN_WORD = `[^\\s"',;=()[\\]{}?@&<>/:]*`;

/** Regular expression of the terms that apply to a field; null: none does. Wildcards match within a word. */
export function matcherFor(terms: readonly Term[], field: string): RegExp | null {
  const parts = terms
    .filter((term) => term.key === '' || term.key === field)
    .map((term) =>
      term.term.replaceAll(/[.*?+^${}()|[\]\\]/gu, (sign) => (sign === '*' ? WITHIN_WORD : sign === '?' ? '\\S' : `\\${sign}`)),
    )
    .filter((part) => part.replaceAll(WITHIN_WORD, '') !== '');
  return parts.length === 0 ? null : new RegExp(parts.join('|'), 'giu');
}

/** Cuts a value into hits and the rest. */
export function piecesOf(value: string, matcher: RegExp | null): readonly Piece[] {
  if (!matcher) return [{ text: value, hit: false }];
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of value.matchAll(matcher)) {
    if (match[0] === '') continue;
    if (match.index > at) pieces.push({ text: value.slice(at, match.index), hit: false });
    pieces.push({ text: match[0], hit: true });
    at = match.index + match[0].length;
  }
  if (at < value.length || pieces.length === 0) pieces.push({ text: value.slice(at), hit: false });
  return pieces;
}
