import { UsageError, text, type Invocation, type OptionSpec } from './command.ts';

export type Format = 'table' | 'ndjson' | 'csv';

export interface Column<T> {
  readonly head: string;
  /** Property name in NDJSON and CSV. */
  readonly name: string;
  readonly of: (row: T) => string | number | boolean | null;
  readonly right?: true;
}

export const formatOption: Readonly<Record<'format', OptionSpec>> = {
  format: { type: 'string', short: 'f', value: 'FORMAT', help: 'table, ndjson or csv; on a terminal table, else ndjson' },
};

/** @throws UsageError */
export function formatOf({ values, io }: Invocation): Format {
  const given = text(values, 'format') ?? (io.outIsTty ? 'table' : 'ndjson');
  if (given !== 'table' && given !== 'ndjson' && given !== 'csv')
    throw new UsageError(`--format is ${given}, expected table, ndjson or csv`);
  return given;
}

/** Width in a terminal: East Asian wide characters and emoji take two columns, marks none. */
export function widthOf(value: string): number {
  let width = 0;
  for (const char of value) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x300) width += 1;
    else if (/\p{Mark}|\p{Cf}/u.test(char)) continue;
    else if (
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(char) ||
      /\p{Emoji_Presentation}/u.test(char) ||
      code >= 0x20000
    )
      width += 2;
    else width += 1;
  }
  return width;
}

/** Control characters would move the cursor of a terminal: a log must not be able to. */
export function printable(value: string): string {
  // eslint-disable-next-line no-control-regex
  return value.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (char) =>
    char === '\n' ? '⏎' : char === '\t' ? ' ' : `\\x${(char.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
  );
}

function cut(value: string, width: number): string {
  if (widthOf(value) <= width) return value;
  let out = '';
  let used = 0;
  for (const char of value) {
    const w = widthOf(char);
    if (used + w > width - 1) break;
    out += char;
    used += w;
  }
  return `${out}…`;
}

const pad = (value: string, width: number, right: boolean): string => {
  const space = ' '.repeat(Math.max(0, width - widthOf(value)));
  return right ? space + value : value + space;
};

const shown = (value: string | number | boolean | null): string =>
  value === null ? '-' : typeof value === 'number' ? value.toLocaleString('en-US', { maximumFractionDigits: 2 }) : printable(String(value));

/** @param width of the terminal; the widest columns give way */
export function tableText<T>(rows: readonly T[], columns: readonly Column<T>[], width: number): string {
  const cells = rows.map((row) => columns.map((column) => shown(column.of(row))));
  const widths = columns.map((column, i) => Math.max(widthOf(column.head), ...cells.map((line) => widthOf(line[i] ?? ''))));
  const room = Math.max(width, 40) - 2 * (columns.length - 1);
  while (widths.reduce((sum, w) => sum + w, 0) > room) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= 8) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  const line = (values: readonly string[]): string =>
    values
      .map((value, i) => pad(cut(value, widths[i] ?? 0), widths[i] ?? 0, columns[i]?.right === true))
      .join('  ')
      .trimEnd();
  return [line(columns.map((column) => column.head)), ...cells.map(line)].join('\n') + '\n';
}

/** RFC 4180; a cell that a spreadsheet would take for a formula stays text (OWASP CSV injection). */
export function csvCell(value: string | number | boolean | null): string {
  if (value === null) return '';
  const plain = String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(plain) && !/^-?\d+(\.\d+)?$/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Writes rows in the format asked for. `objects`: what NDJSON gets instead of the columns. */
export async function print<T>(
  invocation: Invocation,
  rows: readonly T[],
  columns: readonly Column<T>[],
  objects: (row: T) => unknown = (row) => row,
): Promise<void> {
  const { io } = invocation;
  switch (formatOf(invocation)) {
    case 'table':
      await io.out(rows.length === 0 ? 'Nothing.\n' : tableText(rows, columns, io.columns));
      break;
    case 'csv':
      await io.out(
        [columns.map((column) => csvCell(column.name)), ...rows.map((row) => columns.map((column) => csvCell(column.of(row))))]
          .map((line) => `${line.join(',')}\r\n`)
          .join(''),
      );
      break;
    case 'ndjson':
      for (const row of rows) await io.out(`${JSON.stringify(objects(row))}\n`);
  }
}
