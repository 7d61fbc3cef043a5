import type { Span } from '../ast/span.ts';
import { queryError } from './query-error.ts';

export type TokenKind = 'ident' | 'quoted' | 'string' | 'int' | 'float' | 'binary' | 'op' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Identifier or operator as written; content of strings and quoted names, quotes undone. */
  readonly text: string;
  /** Lower-case `text` of an unquoted identifier or operator, '' otherwise: what keywords are compared with. */
  readonly word: string;
  readonly span: Span;
}

const OPS = [
  '<>',
  '!=',
  '<=',
  '>=',
  '||',
  '->',
  '=>',
  '(',
  ')',
  '[',
  ']',
  ',',
  '.',
  ';',
  '=',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
  '|',
  '?',
  ':',
  '$',
  '#',
];
const IDENT_START = /[A-Za-z_]/;
const IDENT = /[A-Za-z0-9_]/;

/**
 * Tokens of SQL and SPL from `from` on: '…' strings with '' for a quote and no other escape, "…" names with "" for a quote, `--` and block comments left out.
 * The last token is `end`. @throws query.syntax
 */
export function tokenize(text: string, from = 0, to = text.length): Token[] {
  const tokens: Token[] = [];
  let at = from;
  const push = (kind: TokenKind, start: number, value: string): void => {
    const word = kind === 'ident' || kind === 'op' ? value.toLowerCase() : '';
    tokens.push({ kind, text: value, word, span: { from: start, to: at } });
  };
  while (at < to) {
    const start = at;
    const c = text[at]!;
    if (/\s/.test(c)) {
      at++;
    } else if (c === '-' && text[at + 1] === '-') {
      while (at < to && text[at] !== '\n') at++;
    } else if (c === '/' && text[at + 1] === '*') {
      const end = text.indexOf('*/', at + 2);
      if (end < 0 || end + 2 > to) throw queryError('query.syntax', text, { from: start, to }, 'comment is not closed', { expected: '*/' });
      at = end + 2;
    } else if (c === "'" || c === '"') {
      const value = quoted(text, at, to);
      at = value.end;
      push(c === "'" ? 'string' : 'quoted', start, value.value);
    } else if ((c === 'x' || c === 'X') && text[at + 1] === "'") {
      const value = quoted(text, at + 1, to);
      at = value.end;
      const hex = value.value.replaceAll(/\s/g, '');
      if (!/^([0-9a-fA-F]{2})*$/.test(hex)) {
        throw queryError('query.syntax', text, { from: start, to: at }, `'${value.value}' is no binary literal`, {
          expected: 'pairs of hexadecimal digits',
        });
      }
      push('binary', start, hex.toUpperCase());
    } else if (/[0-9]/.test(c) || (c === '.' && /[0-9]/.test(text[at + 1] ?? ''))) {
      const number = /^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/.exec(text.slice(at, Math.min(to, at + 400)))![0];
      at += number.length;
      if (at < to && IDENT.test(text[at]!)) {
        while (at < to && IDENT.test(text[at]!)) at++;
        throw queryError(
          'query.syntax',
          text,
          { from: start, to: at },
          'identifiers must not start with a digit; surround the identifier with double quotes',
        );
      }
      push(/^\d+$/.test(number) ? 'int' : 'float', start, number);
    } else if (IDENT_START.test(c)) {
      while (at < to && IDENT.test(text[at]!)) at++;
      push('ident', start, text.slice(start, at));
    } else {
      const op = OPS.find((one) => text.startsWith(one, at) && at + one.length <= to);
      if (op === undefined) {
        const hint = c === '`' ? '; names are quoted with double quotes' : /[‘’“”]/.test(c) ? "; texts are quoted with '" : '';
        throw queryError('query.syntax', text, { from: at, to: at + 1 }, `unexpected character '${c}'${hint}`);
      }
      at += op.length;
      push('op', start, op);
    }
  }
  at = to;
  push('end', to, '');
  return tokens;
}

function quoted(text: string, from: number, to: number): { value: string; end: number } {
  const quote = text[from]!;
  let value = '';
  let at = from + 1;
  for (;;) {
    const end = text.indexOf(quote, at);
    if (end < 0 || end >= to) {
      throw queryError('query.syntax', text, { from, to }, `${quote === "'" ? 'text' : 'name'} is not closed`, { expected: quote });
    }
    value += text.slice(at, end);
    if (text[end + 1] !== quote || end + 1 >= to) return { value, end: end + 1 };
    value += quote;
    at = end + 2;
  }
}
