import type { SigmaText, Wild } from './ast.ts';

const MANY: Wild = { wild: '*' };
const ONE: Wild = { wild: '?' };

/**
 * Reads a Sigma string (specification §1.3 of the reference): `\` escapes `*`, `?` and `\`; before any other character it is itself.
 * `\\*` is a backslash and a wildcard, `\\\*` a backslash and a star, a trailing `\` a backslash.
 */
export function parseText(value: string): SigmaText {
  const parts: (string | Wild)[] = [];
  let literal = '';
  const push = (wild: Wild): void => {
    if (literal !== '') parts.push(literal);
    literal = '';
    // `**` means `*`: keep one, so that equal patterns are equal values.
    const last = parts.at(-1);
    if (!(wild.wild === '*' && typeof last === 'object' && last.wild === '*')) parts.push(wild);
  };
  for (let i = 0; i < value.length; i++) {
    const char = value[i] as string;
    if (char === '\\') {
      const next = value[i + 1];
      if (next === '*' || next === '?' || next === '\\') {
        literal += next;
        i++;
      } else literal += '\\';
    } else if (char === '*') push(MANY);
    else if (char === '?') push(ONE);
    else literal += char;
  }
  if (literal !== '') parts.push(literal);
  return parts;
}

/** Writes a text so that parseText reads the same back. */
export function printText(text: SigmaText): string {
  return text.map((part) => (typeof part === 'string' ? part.replaceAll(/[\\*?]/g, '\\$&') : part.wild)).join('');
}

/** The text itself when it has no wildcard, else null. */
export function literalOf(text: SigmaText): string | null {
  if (text.length === 0) return '';
  const only = text[0];
  return text.length === 1 && typeof only === 'string' ? only : null;
}

/** Joins texts; literals that meet become one. */
export function concatText(...texts: readonly SigmaText[]): SigmaText {
  const parts: (string | Wild)[] = [];
  for (const part of texts.flat()) {
    const last = parts.at(-1);
    if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part;
    else if (typeof part === 'object' && part.wild === '*' && typeof last === 'object' && last.wild === '*') continue;
    else parts.push(part);
  }
  return parts;
}

/** `contains`, `startswith`, `endswith`: adds the wildcard where there is none yet. */
export function place(text: SigmaText, how: 'contains' | 'startswith' | 'endswith'): SigmaText {
  if (how === 'startswith') return concatText(text, [MANY]);
  if (how === 'endswith') return concatText([MANY], text);
  return concatText([MANY], text, [MANY]);
}

/** Applies `change` to the literal stretches. */
export function mapLiterals(text: SigmaText, change: (literal: string) => string): SigmaText {
  return text.map((part) => (typeof part === 'string' ? change(part) : part));
}
