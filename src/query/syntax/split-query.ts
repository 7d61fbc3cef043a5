/** Offset of the first `|` outside a double-quoted text of the search part; null: there is none. */
export function splitPipe(text: string, from = 0, to = text.length): number | null {
  let quoted = false;
  for (let at = from; at < to; at++) {
    const c = text[at];
    if (c === '\\') at++;
    else if (c === '"') quoted = !quoted;
    else if (c === '|' && !quoted) return at;
  }
  return null;
}

export type QueryMode = 'search' | 'sql' | 'spl' | 'pack-meta';

/** What a query string is, by the first word after its first pipe (sls-query §1). `.let`/`.set` programs are SPL. */
export function classify(text: string): { readonly mode: QueryMode; readonly bar: number | null } {
  if (/^\s*(?:--[^\n]*\n\s*)*\.(?:let|set)\b/.test(text)) return { mode: 'spl', bar: null };
  const bar = splitPipe(text);
  if (bar === null) return { mode: 'search', bar };
  const rest = text.slice(bar + 1).replace(/^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '');
  const word = /^(?:[A-Za-z_][A-Za-z0-9_-]*|\()/.exec(rest)?.[0].toLowerCase() ?? '';
  if (word === 'with_pack_meta') return { mode: 'pack-meta', bar };
  if (['select', 'with', 'set', '(', 'insert', 'values', 'delete', 'update', 'create', 'drop', 'alter', 'show', 'explain'].includes(word))
    return { mode: 'sql', bar };
  return { mode: 'spl', bar };
}
