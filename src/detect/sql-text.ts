/**
 * The only place where text of a rule becomes part of a statement: as a quoted literal. ClickHouse reads `\` escapes in quotes, so both are escaped, and
 * control characters too, so that a statement stays one line of printable text in logs.
 */
export function sqlString(text: string): string {
  // oxlint-disable-next-line no-control-regex -- exactly the characters that must not stand raw in a statement
  return `'${text.replaceAll(/[\\'\u0000-\u001f\u007f]/g, (char) => (char === '\\' || char === "'" ? `\\${char}` : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`))}'`;
}

export function sqlNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`no SQL literal for ${value}`);
  return Number.isInteger(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value.toFixed(0) : `toFloat64(${value})`;
}

export function sqlName(name: string): string {
  return `\`${name.replaceAll(/[\\`]/g, '\\$&')}\``;
}

export function sqlArray(items: readonly string[]): string {
  return `[${items.join(',')}]`;
}

/** A literal for LIKE: `%`, `_` and `\` are themselves. */
export function likeLiteral(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}

/** A literal for RE2 and vectorscan: every character outside letters, digits, `_` and non-ASCII is escaped; control characters by code. */
export function regexLiteral(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are written by code
  return text.replaceAll(/[\u0000-\u001f\u007f]|[^A-Za-z0-9_\u0080-\uffff]/g, (char) =>
    char < ' ' || char === '\u007f' ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}` : `\\${char}`,
  );
}
