import type { CompareSign, SearchExpr, SearchValue } from '../../ast/search.ts';
import type { Ident, Span } from '../../ast/span.ts';
import type { Diagnostic } from '../../diagnostic.ts';
import { queryError } from '../query-error.ts';
import { MAX_DEPTH } from '../token-stream.ts';

/** Conditions from which on SLS may refuse a search (30 by one page, 128 by another): told, not refused. */
const MANY_CONDITIONS = 30;

export interface ParsedSearch {
  readonly expr: SearchExpr;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The search part between two offsets of a query. `not` binds tighter than `and`, `and` tighter than `or`; `a not b` is a without b.
 * @throws query.syntax query.limit
 */
export function parseSearch(text: string, from = 0, to = text.length): ParsedSearch {
  const parser = new Parser(text, from, to);
  const expr = parser.whole();
  return { expr, diagnostics: parser.diagnostics };
}

type Token =
  | { readonly k: 'word' | 'string' | 'phrase'; readonly text: string; readonly span: Span }
  | { readonly k: 'op'; readonly text: string; readonly span: Span }
  | { readonly k: 'end'; readonly text: ''; readonly span: Span };

const SIGNS = ['>=', '<=', '>', '<', '='];
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

class Parser {
  readonly diagnostics: Diagnostic[] = [];
  readonly #text: string;
  readonly #to: number;
  #at: number;
  #ahead: Token | null = null;
  #last: number;
  #depth = 0;
  #conditions = 0;

  constructor(text: string, from: number, to: number) {
    this.#text = text;
    this.#at = from;
    this.#last = from;
    this.#to = to;
  }

  whole(): SearchExpr {
    const from = this.#peek().span.from;
    if (this.#peek().k === 'end') return { k: 'all', written: false, span: { from: this.#to, to: this.#to } };
    const expr = this.#or();
    const rest = this.#peek();
    if (rest.k !== 'end')
      throw this.#unexpected(rest, rest.text === ')' ? 'end of search; the parenthesis was not opened' : 'end of search');
    if (this.#conditions > MANY_CONDITIONS) {
      this.diagnostics.push({
        message: `the search has ${this.#conditions} conditions; SLS may refuse more than ${MANY_CONDITIONS}`,
        from,
        to: this.#last,
      });
    }
    return expr;
  }

  // --- tokens ---

  #scan(): Token {
    const text = this.#text;
    while (this.#at < this.#to && /\s/.test(text[this.#at]!)) this.#at++;
    const from = this.#at;
    if (from >= this.#to) return { k: 'end', text: '', span: { from: this.#to, to: this.#to } };
    const c = text[from]!;
    if (c === '"') return this.#string('string', from, from + 1);
    if (c === '#') {
      if (text[from + 1] === '"') return this.#string('phrase', from, from + 2);
      throw queryError('query.syntax', text, { from, to: from + 1 }, 'a phrase needs double quotes after #', { expected: '#"…"' });
    }
    if (c === '(' || c === ')' || c === ':') {
      this.#at++;
      return { k: 'op', text: c, span: { from, to: this.#at } };
    }
    const sign = SIGNS.find((one) => text.startsWith(one, from));
    if (sign !== undefined) {
      this.#at += sign.length;
      return { k: 'op', text: sign, span: { from, to: this.#at } };
    }
    let word = '';
    while (this.#at < this.#to) {
      const one = text[this.#at]!;
      if (one === '\\' && (text[this.#at + 1] === '"' || text[this.#at + 1] === '\\')) {
        word += text[this.#at + 1]!;
        this.#at += 2;
      } else if (/[\s()":<>=]/.test(one)) break;
      else {
        word += one;
        this.#at++;
      }
    }
    return { k: 'word', text: word, span: { from, to: this.#at } };
  }

  #string(k: 'string' | 'phrase', from: number, start: number): Token {
    const text = this.#text;
    let value = '';
    for (let at = start; at < this.#to; at++) {
      const c = text[at]!;
      if (c === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) value += text[++at]!;
      else if (c === '"') {
        this.#at = at + 1;
        return { k, text: value, span: { from, to: at + 1 } };
      } else value += c;
    }
    throw queryError('query.syntax', text, { from, to: this.#to }, 'text is not closed', { expected: '"' });
  }

  #peek(): Token {
    this.#ahead ??= this.#scan();
    return this.#ahead;
  }

  #next(): Token {
    const token = this.#peek();
    this.#ahead = null;
    this.#last = token.span.to;
    return token;
  }

  #isOp(text: string): boolean {
    const token = this.#peek();
    return token.k === 'op' && token.text === text;
  }

  #isWord(word: string): boolean {
    const token = this.#peek();
    return token.k === 'word' && token.text.toLowerCase() === word;
  }

  #unexpected(token: Token, expected: string): Error {
    const seen = token.k === 'end' ? 'end of search' : `'${this.#text.slice(token.span.from, token.span.to)}'`;
    return queryError('query.syntax', this.#text, token.span, `unexpected ${seen}, expected ${expected}`, { expected });
  }

  // --- rules ---

  #nested<T>(rule: () => T): T {
    if (++this.#depth > MAX_DEPTH)
      throw queryError('query.limit', this.#text, this.#peek().span, `parentheses are nested deeper than ${MAX_DEPTH}`, { limit: 'depth' });
    const made = rule();
    this.#depth--;
    return made;
  }

  #or(): SearchExpr {
    const from = this.#peek().span.from;
    const of = [this.#and()];
    while (this.#isWord('or')) {
      this.#next();
      of.push(this.#and());
    }
    if (of.length === 1) return of[0]!;
    const similar = of.find((one) => one.k === 'similar' || (one.k === 'and' && one.of.some((inner) => inner.k === 'similar')));
    if (similar !== undefined)
      throw queryError('query.syntax', this.#text, similar.span, 'similarity can only be joined with and', { expected: 'and' });
    return { k: 'or', of, span: { from, to: this.#last } };
  }

  #and(): SearchExpr {
    const from = this.#peek().span.from;
    const of = [this.#not()];
    for (;;) {
      if (this.#isWord('and')) {
        this.#next();
        of.push(this.#not());
      } else if (this.#peek().k === 'end' || this.#isOp(')') || this.#isWord('or')) break;
      else of.push(this.#not());
    }
    for (const [i, one] of of.entries()) {
      if (one.k === 'not' && this.#text[one.of.span.from - 1] !== '(' && i + 1 < of.length && of[i + 1]!.k !== 'not') {
        this.diagnostics.push({
          message:
            'not applies to the next condition only; older documentation of SLS reads it over the whole conjunction, use parentheses',
          from: one.span.from,
          to: one.span.to,
        });
      }
    }
    return of.length === 1 ? of[0]! : { k: 'and', of, span: { from, to: this.#last } };
  }

  #not(): SearchExpr {
    const from = this.#peek().span.from;
    if (!this.#isWord('not')) return this.#primary();
    this.#next();
    const of = this.#nested(() => this.#not());
    return { k: 'not', of, span: { from, to: this.#last } };
  }

  #primary(): SearchExpr {
    const token = this.#next();
    const { span } = token;
    const done = (): Span => ({ from: span.from, to: this.#last });
    if (token.k === 'op' && token.text === '(') {
      const inner = this.#nested(() => this.#or());
      if (!this.#isOp(')')) throw this.#unexpected(this.#peek(), "')'");
      this.#next();
      return inner;
    }
    this.#conditions++;
    if (token.k === 'phrase') return { k: 'term', value: this.#value(token), span };
    if (token.k !== 'word' && token.k !== 'string') throw this.#unexpected(token, 'a search condition');
    if (token.k === 'word') {
      const word = token.text.toLowerCase();
      if (word === 'and' || word === 'or') throw this.#unexpected(token, 'a search condition before it');
      if (word === 'similarity' && this.#isOp('(')) return this.#similar(span.from);
    }
    const name: Ident = { name: token.text, quoted: token.k === 'string', span };
    if (this.#isOp(':')) {
      this.#next();
      if (name.name === '__tag__' && !name.quoted) {
        const key = this.#next();
        if (key.k !== 'word' && key.k !== 'string') throw this.#unexpected(key, 'the name of a tag');
        if (!this.#isOp(':')) throw this.#unexpected(this.#peek(), "':' and a value");
        this.#next();
        const tag: Ident = { name: `__tag__:${key.text}`, quoted: false, span: { from: span.from, to: key.span.to } };
        return { k: 'field', name: tag, value: this.#fieldValue(), span: done() };
      }
      return { k: 'field', name, value: this.#fieldValue(), span: done() };
    }
    const sign = this.#peek();
    if (sign.k === 'op' && SIGNS.includes(sign.text)) return this.#compare(name, sign.text as CompareSign);
    if (this.#isExactIn() && token.k === 'word') {
      const range = this.#range(name);
      if (range !== null) return range;
    }
    return {
      k: token.k === 'word' && token.text === '*' ? 'all' : 'term',
      ...(token.k === 'word' && token.text === '*' ? { written: true } : { value: this.#value(token) }),
      span,
    } as SearchExpr;
  }

  /** `in` must be lower case. */
  #isExactIn(): boolean {
    const token = this.#peek();
    return token.k === 'word' && token.text === 'in';
  }

  #range(name: Ident): SearchExpr | null {
    const after = this.#peek().span.to;
    const shape = /^\s*([[(])\s*([^\s()[\]",]+)\s+([^\s()[\]",]+)\s*([\])])/.exec(this.#text.slice(after, this.#to));
    if (shape === null || !NUMBER.test(shape[2]!) || !NUMBER.test(shape[3]!)) {
      if (!/^\s*[[(]/.test(this.#text.slice(after, this.#to))) return null;
      throw queryError(
        'query.syntax',
        this.#text,
        { from: this.#peek().span.from, to: Math.min(this.#to, after + 20) },
        'a range needs two numbers between brackets',
        { expected: 'in [low high], with ( or ) where an end is left out' },
      );
    }
    this.#next();
    this.#at = after + shape[0].length;
    this.#last = this.#at;
    return {
      k: 'range',
      name,
      low: shape[2]!,
      high: shape[3]!,
      lowIn: shape[1] === '[',
      highIn: shape[4] === ']',
      span: { from: name.span.from, to: this.#at },
    };
  }

  #compare(name: Ident, sign: CompareSign): SearchExpr {
    if (name.name.endsWith('!') && !name.quoted) {
      throw queryError('query.syntax', this.#text, name.span, "'!=' is not an operator of search, write not field:value", {
        expected: 'not field:value',
      });
    }
    this.#next();
    const value = this.#next();
    if (value.k === 'op' && value.text === '=' && sign === '=') throw this.#unexpected(value, 'a number');
    if (value.k !== 'word' && value.k !== 'string') throw this.#unexpected(value, 'a number');
    if (name.name === '') throw this.#unexpected(value, 'a field before the comparison');
    if (name.name.trim() === '!' || (name.quoted && name.name === '')) throw this.#unexpected(value, 'a field before the comparison');
    return { k: 'compare', name, sign, number: value.text, span: { from: name.span.from, to: this.#last } };
  }

  #similar(from: number): SearchExpr {
    this.#next();
    const field = this.#next();
    if (field.k !== 'word' && field.k !== 'string') throw this.#unexpected(field, 'a field');
    let name = field.text;
    // The comma is no separator of words: it may stand at the end of the name.
    let comma = false;
    if (field.k === 'word' && name.endsWith(',')) {
      name = name.slice(0, -1);
      comma = true;
    } else if (this.#isWord(',')) {
      this.#next();
      comma = true;
    }
    const text = this.#next();
    if (!comma || text.k !== 'string') throw this.#unexpected(text, 'a comma and a text in double quotes');
    const close = this.#next();
    if (close.text !== ')') throw this.#unexpected(close, "')'");
    const sign = this.#next();
    if (sign.k !== 'op' || !['<', '<=', '>', '>='].includes(sign.text)) throw this.#unexpected(sign, '<, <=, > or >=');
    const number = this.#next();
    if (!NUMBER.test(number.text)) throw this.#unexpected(number, 'a number');
    return {
      k: 'similar',
      name: { name, quoted: field.k === 'string', span: field.span },
      text: text.text,
      sign: sign.text as CompareSign,
      number: number.text,
      span: { from, to: this.#last },
    };
  }

  #fieldValue(): SearchValue {
    const token = this.#next();
    if (token.k === 'op' || token.k === 'end') throw this.#unexpected(token, 'a value');
    if (this.#isOp(':')) {
      throw queryError(
        'query.syntax',
        this.#text,
        this.#peek().span,
        "unexpected ':', if symbol : is in your log, please wrap : with quotation mark \"",
        { expected: 'and, or, not, or a condition' },
      );
    }
    return token.k === 'word' && token.text === '*' ? { k: 'any', span: token.span } : this.#value(token);
  }

  #value(token: Token): SearchValue {
    const { text, span } = token;
    if (token.k === 'phrase') {
      if (/[*?]/.test(text))
        throw queryError('query.syntax', this.#text, span, 'wildcards are not available in a phrase', {
          expected: 'a text without * and ?',
        });
      return { k: 'phrase', text, span };
    }
    if (token.k === 'string') return { k: 'string', text, span };
    if (/^[*?]/.test(text))
      throw queryError('query.syntax', this.#text, span, `'${text}' begins with a wildcard`, {
        expected: 'a wildcard inside or at the end of a word',
      });
    return { k: 'word', text, span };
  }
}
