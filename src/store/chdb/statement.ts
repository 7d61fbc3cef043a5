/** A statement as the engine's process must treat it. */
export type Statement =
  /** Rows come in the body: they go through a file, because a session takes no binary rows beside the text. */
  | { readonly kind: 'rows'; readonly table: string; readonly columns: readonly string[] | null; readonly format: string }
  /** Stops a statement: runs beside the pool, else it would wait for what it is to stop. */
  | { readonly kind: 'kill'; readonly text: string }
  /** Answers rows. */
  | { readonly kind: 'read'; readonly text: string; readonly format: string | null }
  /** Changes tables, or rows by `INSERT … SELECT`. */
  | { readonly kind: 'change'; readonly text: string };

const NAME = String.raw`(?:[A-Za-z_]\w*|\`[^\`\\]+\`)`;
const ROWS = new RegExp(
  String.raw`^\s*INSERT\s+INTO\s+(?:TABLE\s+)?(${NAME}(?:\.${NAME})?)\s*(?:\(([^()]*)\))?\s*FORMAT\s+(\w+)\s*;?\s*$`,
  'i',
);
const READ = /^\s*(?:SELECT|WITH|SHOW|DESC|DESCRIBE|EXPLAIN|EXISTS|CHECK|\()/i;
const TAIL = /\s+FORMAT\s+(\w+)\s*;?\s*$/i;

/** Reads what kind of statement a text is; the engine itself judges the rest of it. `hasRows`: bytes came beside the text. */
export function readStatement(text: string, hasRows: boolean): Statement {
  const rows = hasRows ? ROWS.exec(text) : null;
  if (rows !== null) {
    const columns = rows[2]?.split(',').map((name) => name.trim().replaceAll('`', ''));
    return { kind: 'rows', table: rows[1]!.replaceAll('`', ''), columns: columns ?? null, format: rows[3]! };
  }
  if (/^\s*KILL\s/i.test(text)) return { kind: 'kill', text: withoutEnd(text) };
  if (!READ.test(text)) return { kind: 'change', text: withoutEnd(text) };
  const format = TAIL.exec(text);
  return { kind: 'read', text: withoutEnd(format === null ? text : text.slice(0, format.index)), format: format?.[1] ?? null };
}

function withoutEnd(text: string): string {
  return text.replace(/[\s;]+$/, '');
}

/** Formats in which each piece of an answer stands for itself, so that pieces can go out as the engine makes them; others have a beginning and an end. */
const PIECEWISE = new Set([
  'rowbinary',
  'native',
  'jsoneachrow',
  'jsonlines',
  'ndjson',
  'jsoncompacteachrow',
  'jsonstringseachrow',
  'jsoncompactstringseachrow',
  'tabseparated',
  'tsv',
  'tabseparatedraw',
  'tsvraw',
  'csv',
]);

export function isPiecewise(format: string): boolean {
  return PIECEWISE.has(format.toLowerCase());
}

/** A text as a string of the engine's SQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\0', '\\0')}'`;
}
