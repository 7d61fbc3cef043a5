/** Steps of a path `$.a["odd key"][0].b`: keys as text, indexes 0-based. Null: it is none, or has wildcards. */
export function parseJsonPath(path: string): (string | number)[] | null {
  if (path.length === 0) return null;
  const steps: (string | number)[] = [];
  let at = path[0] === '$' ? 1 : 0;
  if (at === 0 && !/^[A-Za-z_"[]/.test(path)) return null;
  let first = at === 0;
  while (at < path.length) {
    const rest = path.slice(at);
    const key = (first ? /^\.?([^.["\]*]+)/ : /^\.([^.["\]*]+)/).exec(rest);
    const quotedKey = /^\[\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\]/.exec(rest);
    const index = /^\[\s*(\d+)\s*\]/.exec(rest);
    first = false;
    if (key !== null) {
      steps.push(key[1]!);
      at += key[0].length;
    } else if (quotedKey !== null) {
      steps.push((quotedKey[1] ?? quotedKey[2]!).replaceAll(/\\(.)/g, '$1'));
      at += quotedKey[0].length;
    } else if (index !== null) {
      steps.push(Number(index[1]));
      at += index[0].length;
    } else return null;
  }
  return steps;
}
