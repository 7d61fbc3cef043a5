/** Edits of a query as text: the parts are left as the person wrote them. */

/** Place of the first pipe outside quotes; -1: the query is a search only. */
export function firstPipe(query: string): number {
  let quote = '';
  for (let at = 0; at < query.length; at += 1) {
    const letter = query[at] ?? '';
    if (quote !== '') {
      if (letter === '\\') at += 1;
      else if (letter === quote) quote = '';
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '|') return at;
  }
  return -1;
}

/** The search part, `*` when it is empty. */
export function searchPart(query: string): string {
  const pipe = firstPipe(query);
  return (pipe < 0 ? query : query.slice(0, pipe)).trim() || '*';
}

export function quoteValue(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function fieldText(field: string): string {
  return /^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(field) ? field : quoteValue(field);
}

/** `a or b` needs parentheses before `and` is added; words in quotes do not count. */
function needsParentheses(search: string): boolean {
  return /\bor\b/iu.test(search.replaceAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/gu, '""'));
}

/** The condition that a field has a value; numbers compare as numbers. */
export function condition(field: string, value: string, numeric: boolean): string {
  return numeric && /^-?\d+(?:\.\d+)?$/u.test(value) ? `${fieldText(field)} = ${value}` : `${fieldText(field)}: ${quoteValue(value)}`;
}

/** Adds `and field: "value"` (or `and not`) to the search part; what stands after the pipe stays. */
export function withCondition(query: string, added: string, exclude: boolean): string {
  const pipe = firstPipe(query);
  const search = searchPart(query);
  const rest = pipe < 0 ? '' : ` ${query.slice(pipe)}`;
  const wanted = exclude ? `not ${added}` : added;
  if (search === '*') return `${exclude ? `* ${wanted}` : wanted}${rest}`;
  const before = needsParentheses(search) ? `(${search})` : search;
  return `${before} ${exclude ? wanted : `and ${wanted}`}${rest}`;
}

/** SQL name of a field. */
export function sqlName(field: string): string {
  return `"${field.replaceAll('"', '""')}"`;
}
