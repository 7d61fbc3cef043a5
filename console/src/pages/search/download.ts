/** Hands a text to the browser as a file. */
export function download(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

function csvCell(value: string | null): string {
  if (value === null) return '';
  // A cell that starts like a formula would run in a spreadsheet: the apostrophe keeps it text.
  const safe = /^[=+\-@\t\r]/u.test(value) && !/^-?\d+(?:\.\d+)?$/u.test(value) ? `'${value}` : value;
  return /[",\n\r]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180 with a byte order mark, so that spreadsheets read UTF-8. */
export function csvOf(names: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  return `\uFEFF${[names.map(csvCell), ...rows.map((row) => row.map(csvCell))].map((cells) => cells.join(',')).join('\r\n')}\r\n`;
}

/** One JSON object per line; absent keys are left out. */
export function ndjsonOf(names: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  return rows
    .map(
      (row) =>
        `${JSON.stringify(Object.fromEntries(names.flatMap((name, at) => (row[at] === null || row[at] === undefined ? [] : [[name, row[at]]]))))}\n`,
    )
    .join('');
}
