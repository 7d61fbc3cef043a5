import { TokenStream } from './syntax/token-stream.ts';

/** Skips `set session name = value;` before SQL. Unknown names have no effect, `mode=scan` is honoured. Answers where SQL starts. */
export function takeSession(text: string, from: number): { readonly from: number; readonly scan: boolean } {
  let at = from;
  let scan = false;
  for (;;) {
    const head = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*set\s+session\b/i.exec(text.slice(at));
    if (head === null) return { from: at, scan };
    const end = text.indexOf(';', at);
    const s = new TokenStream(text, at, end < 0 ? text.length : end);
    s.expect('set');
    s.expect('session');
    const name = s.ident('a session option').name.toLowerCase();
    s.expect('=');
    const value = s.next();
    s.end("';'");
    if (end < 0) throw s.unexpected("';'");
    if (name === 'mode' && value.text.toLowerCase() === 'scan') scan = true;
    at = end + 1;
  }
}
