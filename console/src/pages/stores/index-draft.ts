import type { IndexConfigAnswer } from '../../../../src/api/rest/contract/logstores.ts';

export type KeyConfig = IndexConfigAnswer['keys'][string];

/** An inner key of a JSON key. Its path can be changed, and be empty for a while, so it is not the identity of the row. */
export interface LeafRow {
  readonly id: number;
  readonly path: string;
  readonly leaf: KeyConfig['jsonKeys'][string];
}

/** A row of the editor: the name can be changed, so it is not the identity of the row. */
export interface KeyRow {
  readonly id: number;
  readonly name: string;
  readonly config: KeyConfig;
  /** Its inner keys while they are edited; `config` has those that were read. */
  readonly leaves: readonly LeafRow[];
}

export const LEAF_TYPES = ['text', 'long', 'double'] as const satisfies readonly LeafRow['leaf']['type'][];

export function rowOf(id: number, name: string, config: KeyConfig): KeyRow {
  return { id, name, config, leaves: Object.entries(config.jsonKeys).map(([path, leaf], at) => ({ id: at, path, leaf })) };
}

/** An id that no row has. */
export function freshId(rows: readonly { readonly id: number }[]): number {
  return Math.max(-1, ...rows.map((row) => row.id)) + 1;
}

export function newLeaf(leaves: readonly LeafRow[]): LeafRow {
  return { id: freshId(leaves), path: '', leaf: { type: 'text', docValue: true, alias: '' } };
}

/** The keys as the server takes them; only a JSON key has inner ones. */
export function keysOf(rows: readonly KeyRow[]): Record<string, KeyConfig> {
  return Object.fromEntries(
    rows.map(({ name, config, leaves }) => [
      name.trim(),
      { ...config, jsonKeys: config.type === 'json' ? Object.fromEntries(leaves.map(({ path, leaf }) => [path.trim(), leaf])) : {} },
    ]),
  );
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
  const names = rows.flatMap(({ name, config, leaves }) => [
    { name: name.trim(), shown: name.trim() },
    ...(config.type === 'json'
      ? leaves.map(({ path }) => ({
          name: path.trim() === '' ? '' : `${name.trim()}\n${path.trim()}`,
          shown: `${name.trim()}.${path.trim()}`,
        }))
      : []),
  ]);
  const seen = new Set<string>();
  for (const { name, shown } of names) {
    if (name === '') return { kind: 'unnamed', name: '' };
    if (seen.has(name)) return { kind: 'twice', name: shown };
    seen.add(name);
  }
  return null;
}
