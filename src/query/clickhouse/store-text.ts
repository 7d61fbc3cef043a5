import { raw, type Ch } from './ch.ts';

/** An expression that the store publishes as text, its `{name:String}` placeholders filled with values. */
export function storeExpr(text: string, values: Readonly<Record<string, string>> = {}): Ch {
  const parts: (string | Ch)[] = [];
  let at = 0;
  for (const match of text.matchAll(/\{(\w+):(\w+)\}/g)) {
    parts.push(text.slice(at, match.index), { t: 'param', type: match[2]!, value: values[match[1]!] ?? '' });
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  return raw(...parts);
}
