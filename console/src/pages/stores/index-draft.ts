import type { IndexConfigAnswer } from '../../../../src/api/rest/contract/logstores.ts';

export type KeyConfig = IndexConfigAnswer['keys'][string];

/** A row of the editor: the name can be changed, so it is not the identity of the row. */
export interface KeyRow {
  readonly id: number;
  readonly name: string;
  readonly config: KeyConfig;
}

/** What SLS takes when a console user says nothing. */
export const DEFAULT_TOKENS: readonly string[] = `, '";=()[]{}?@&<>/:\n\t\r`.split('');

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\' };

/** Delimiters as one line of text: control characters are written `\n`, `\t`, `\r`. */
export function tokensToText(tokens: readonly string[]): string {
  return tokens.map((token) => ESCAPES[token] ?? token).join('');
}

/** The reverse; a delimiter given twice counts once. */
export function textToTokens(text: string): string[] {
  const tokens: string[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const two = text.slice(at, at + 2);
    const escaped = Object.entries(ESCAPES).find(([, written]) => written === two);
    const token = escaped ? escaped[0] : text.charAt(at);
    if (escaped) at += 1;
    if (!tokens.includes(token)) tokens.push(token);
  }
  return tokens;
}

export function newKey(): KeyConfig {
  return {
    type: 'text',
    token: [...DEFAULT_TOKENS],
    caseSensitive: false,
    chn: false,
    docValue: true,
    alias: '',
    jsonKeys: {},
    indexAll: false,
    maxDepth: -1,
  };
}

/** The problem of the rows in one word, or null. */
export function rowsProblem(rows: readonly KeyRow[]): { readonly kind: 'unnamed' | 'twice'; readonly name: string } | null {
  const seen = new Set<string>();
  for (const { name } of rows) {
    if (name.trim() === '') return { kind: 'unnamed', name: '' };
    if (seen.has(name.trim())) return { kind: 'twice', name: name.trim() };
    seen.add(name.trim());
  }
  return null;
}
