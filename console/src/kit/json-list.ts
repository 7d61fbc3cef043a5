type Row = Record<string, unknown>;

/**
 * Reads a JSON list of objects; one object alone counts as a list of it.
 * @throws SyntaxError whose message a person can act on
 */
export function jsonList(text: string): Row[] {
  const value: unknown = JSON.parse(text);
  const rows: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const [at, row] of rows.entries())
    if (row === null || typeof row !== 'object' || Array.isArray(row)) throw new SyntaxError(`entry ${at + 1} is ${JSON.stringify(row)}`);
  return rows as Row[];
}

/** The same, with every value a text, as raw logs are: numbers and objects are written as JSON. */
export function jsonLogs(text: string): Record<string, string>[] {
  return jsonList(text).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])),
  );
}
