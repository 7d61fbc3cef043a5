import type { Ident, Span } from '../ast/span.ts';
import { tokenize, type Token } from './lexer.ts';
import { queryError } from './query-error.ts';

/** Nesting of expressions and queries; deeper than this no one writes, and a recursive parser must not end in a stack overflow. */
export const MAX_DEPTH = 200;

/** A cursor over tokens, for hand-written parsers. */
export class TokenStream {
  readonly text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string, from = 0, to = text.length) {
    this.text = text;
    this.#tokens = tokenize(text, from, to);
  }

  get peek(): Token {
    return this.#tokens[this.#at]!;
  }

  ahead(n: number): Token {
    return this.#tokens[Math.min(this.#at + n, this.#tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  get position(): number {
    return this.#at;
  }

  reset(position: number): void {
    this.#at = position;
  }

  /** End of the last token read. */
  get last(): number {
    return this.#at === 0 ? this.peek.span.from : this.#tokens[this.#at - 1]!.span.to;
  }

  is(...words: readonly string[]): boolean {
    return words.every((word, i) => this.ahead(i).word === word);
  }

  /** Reads the words when they come next. */
  take(...words: readonly string[]): boolean {
    if (!this.is(...words)) return false;
    this.#at += words.length;
    return true;
  }

  expect(word: string): Token {
    if (this.peek.word !== word) throw this.unexpected(`'${word}'`);
    return this.next();
  }

  /** Runs a nested rule, counting depth. @throws query.limit */
  nested<T>(rule: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      throw queryError('query.limit', this.text, this.peek.span, `expressions are nested deeper than ${MAX_DEPTH}`, { limit: 'depth' });
    }
    try {
      return rule();
    } finally {
      this.#depth--;
    }
  }

  unexpected(expected: string): Error {
    const { kind, span } = this.peek;
    const seen = kind === 'end' ? 'end of query' : `'${this.text.slice(span.from, span.to)}'`;
    return queryError('query.syntax', this.text, span, `unexpected ${seen}, expected ${expected}`, { expected });
  }

  /** A bare or quoted name; `reserved` words must be quoted. */
  ident(what: string, reserved: ReadonlySet<string> = NO_WORDS): Ident {
    const { kind, text, word, span } = this.peek;
    if (kind === 'quoted' || (kind === 'ident' && !reserved.has(word))) {
      this.next();
      return { name: text, quoted: kind === 'quoted', span };
    }
    throw this.unexpected(what);
  }

  span(from: number): Span {
    return { from, to: this.last };
  }

  end(expected = 'end of query'): void {
    if (this.peek.kind !== 'end') throw this.unexpected(expected);
  }
}

const NO_WORDS: ReadonlySet<string> = new Set();
