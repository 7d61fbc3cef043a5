import type { ParseMode, SplCommand } from '../../ast/spl.ts';
import type { Ident, Span } from '../../ast/span.ts';
import { parseExpr, type ExprGrammar } from '../expr/parse-expr.ts';
import { quoteText } from '../expr/print-expr.ts';
import { queryError } from '../query-error.ts';
import type { TokenStream } from '../token-stream.ts';

/** How a command is read and written; one file each in `commands/`. */
export interface CommandSyntax<C extends SplCommand = SplCommand> {
  readonly name: C['k'];
  /** One line for completion and the reference. */
  readonly usage: string;
  /** Reads what follows the name. `from`: where the name began. */
  parse(s: TokenStream, from: number): C;
  print(command: C): string;
}

export const SPL_EXPR: ExprGrammar = { query: null };
export const expr = (s: TokenStream): ReturnType<typeof parseExpr> => parseExpr(s, SPL_EXPR);

/** A value of a flag; true when the flag has none. */
export interface Flag {
  readonly value: string | true;
  readonly span: Span;
}

/** Reads `-name`, `-name='text'`, `-name=word` as long as they come. @throws query.syntax for one that is not in `known` */
export function readFlags(s: TokenStream, known: readonly string[]): Map<string, Flag> {
  const flags = new Map<string, Flag>();
  while (s.is('-') && s.ahead(1).kind === 'ident' && s.ahead(1).span.from === s.peek.span.to) {
    const from = s.next().span.from;
    let name = s.next().word;
    while (s.is('-') && s.peek.span.from === s.last && s.ahead(1).kind === 'ident' && s.ahead(1).span.from === s.peek.span.to) {
      s.next();
      name += `-${s.next().word}`;
    }
    let value: string | true = true;
    if (s.take('=')) {
      const negative = s.take('-') ? '-' : '';
      const { kind, text } = s.peek;
      if (kind !== 'string' && kind !== 'ident' && kind !== 'int' && kind !== 'float' && kind !== 'quoted')
        throw s.unexpected('a value of the flag');
      s.next();
      value = negative + text;
    }
    if (!known.includes(name)) {
      throw queryError('query.syntax', s.text, s.span(from), `flag -${name} is not known here`, {
        expected: known.length === 0 ? 'no flags' : known.map((one) => `-${one}`).join(', '),
      });
    }
    flags.set(name, { value, span: s.span(from) });
  }
  return flags;
}

export function textFlag(s: TokenStream, flags: ReadonlyMap<string, Flag>, name: string): string | null {
  const flag = flags.get(name);
  if (flag === undefined) return null;
  if (flag.value === true) throw queryError('query.syntax', s.text, flag.span, `flag -${name} needs a value`, { expected: `-${name}='…'` });
  return flag.value;
}

export function modeFlag(s: TokenStream, flags: ReadonlyMap<string, Flag>): ParseMode | null {
  const mode = textFlag(s, flags, 'mode');
  if (mode === null || mode === 'overwrite' || mode === 'preserve') return mode;
  throw queryError('query.syntax', s.text, flags.get('mode')!.span, `mode '${mode}' does not exist`, {
    expected: "'overwrite' or 'preserve'",
  });
}

export function field(s: TokenStream, what = 'a field'): Ident {
  return s.ident(what);
}

export function fieldList(s: TokenStream, what = 'a field'): Ident[] {
  const list = [field(s, what)];
  while (s.take(',')) list.push(field(s, what));
  return list;
}

/** A single-quoted text. */
export function text(s: TokenStream, what: string): { value: string; span: Span } {
  const { kind, text: value, span } = s.peek;
  if (kind !== 'string') throw s.unexpected(`${what} in single quotes`);
  s.next();
  return { value, span };
}

/** Flag values where `\t`, `\x09` and `\11` stand for a character. */
export function unescapeChars(value: string): string {
  return value.replaceAll(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)/g, (_, c: string) => {
    if (/^x[0-9a-fA-F]{2}$/.test(c)) return String.fromCharCode(Number.parseInt(c.slice(1), 16));
    if (/^[0-7]+$/.test(c)) return String.fromCharCode(Number.parseInt(c, 8));
    return { t: '\t', n: '\n', r: '\r' }[c] ?? c;
  });
}

export function escapeChars(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}

export function printFlag(name: string, value: string | boolean | null): string {
  if (value === null || value === false) return '';
  return value === true ? ` -${name}` : ` -${name}=${quoteText(value)}`;
}
