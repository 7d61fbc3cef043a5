import { and, call, eq, raw, str, type Ch } from '../clickhouse/ch.ts';
import type { Tokenizing } from './search-catalog.ts';

/** SLS's own set (console default). */
export const DEFAULT_TOKENS: readonly string[] = [
  ',',
  ' ',
  "'",
  '"',
  ';',
  '=',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '?',
  '@',
  '&',
  '<',
  '>',
  '/',
  ':',
  '\n',
  '\t',
  '\r',
];

/** A text cut at the delimiters, empty pieces left out. */
export function splitTerms(text: string, token: readonly string[]): string[] {
  if (token.length === 0) return [text];
  const terms: string[] = [];
  let term = '';
  for (const c of text) {
    if (!token.includes(c)) term += c;
    else if (term !== '') {
      terms.push(term);
      term = '';
    }
  }
  if (term !== '') terms.push(term);
  return terms;
}

const lowerAscii = (text: string): string => text.replaceAll(/[A-Z]/g, (c) => c.toLowerCase());
const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);

/** Tokens of the engine's indexes within a term: runs of letters, digits and non-ASCII. They all occur in a row that has the term. */
export function engineTokens(term: string): string[] {
  return lowerAscii(term)
    .split(/[\0-\x2f\x3a-\x60\x7b-\x7f]+/)
    .filter((part) => part !== '');
}

const HAN = /[\u3400-\u9fff\uf900-\ufaff]/;

/** Tokens that an index can be asked for; Chinese that is matched by words can begin or end anywhere, so it is no token. */
export function prunableTokens(term: string, how: Tokenizing): string[] {
  const tokens = engineTokens(term);
  return how.chn ? tokens.filter((token) => !HAN.test(token)) : tokens;
}

/** True when having the engine's token is all there is to the term. */
export function isEngineToken(term: string, how: Tokenizing): boolean {
  return /^[0-9A-Za-z]+$/.test(term) && !how.caseSensitive && how.token.length > 0;
}

const escapeRegexp = (text: string): string =>
  text
    .replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r');

function charClass(token: readonly string[], newline: boolean): string {
  const chars = new Set([...token, ...(newline ? ['\n'] : [])]);
  return [...chars].map((c) => `\\x{${c.codePointAt(0)!.toString(16)}}`).join('');
}

export interface TextOf {
  /** Lower-cased (ASCII) unless `cased`. */
  (cased: boolean): Ch;
}

/**
 * The exact test of one term on a text: the term stands between delimiters (or the ends). `wild`: `*` and `?` in it are wildcards.
 * `lines`: the text is several values, one a line; a newline separates them whatever the delimiters.
 */
export function termTest(term: string, wild: boolean, how: Tokenizing, text: TextOf, lines: boolean): Ch {
  const folded = how.caseSensitive ? term : isAscii(term) ? lowerAscii(term) : term.toLowerCase();
  const subject = how.caseSensitive ? text(true) : isAscii(term) ? text(false) : call('lowerUTF8', text(true));
  const wildcards = wild && /[*?]/.test(term);
  if (how.chn && HAN.test(term) && !wildcards) return raw('(position(', subject, ', ', str(folded), ') > 0)');
  if (how.token.length === 0 && !lines) {
    if (!wildcards) return eq(subject, str(folded));
    const pattern = Array.from(folded)
      .map((c) => (c === '*' ? '.*' : c === '?' ? '.' : escapeRegexp(c)))
      .join('');
    return call('match', subject, str(`(?s)^${pattern}$`));
  }
  const delims = charClass(how.token, lines);
  const body = Array.from(folded)
    .map((c) => (wildcards && c === '*' ? `[^${delims}]*` : wildcards && c === '?' ? `[^${delims}]` : escapeRegexp(c)))
    .join('');
  return call('match', subject, str(`(?:^|[${delims}])${body}(?:[${delims}]|$)`));
}

/** Contiguous text. */
export function phraseTest(phrase: string, how: Tokenizing, text: TextOf): Ch {
  const folded = how.caseSensitive ? phrase : isAscii(phrase) ? lowerAscii(phrase) : phrase.toLowerCase();
  const subject = how.caseSensitive ? text(true) : isAscii(phrase) ? text(false) : call('lowerUTF8', text(true));
  return raw('(position(', subject, ', ', str(folded), ') > 0)');
}

export const all = (tests: readonly Ch[]): Ch => (tests.length === 0 ? raw('1') : and(...tests));
