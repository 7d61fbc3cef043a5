/** Position of each group of a pulled page. */
export interface GroupCursors {
  /** True when the page holds exactly the groups from its cursor to the next one, so that each group's own cursor is known. */
  readonly consecutive: boolean;
  /** Decimal cursor of a group; where it is not known, `<page cursor>+<ordinal>`, which is just as unique. */
  of(group: number): string;
}

/** Decimal number inside a cursor (sls-api §3.4: base64 of an ASCII decimal int64), or null when it is something else. */
export function cursorNumber(cursor: string): bigint | null {
  const text = Buffer.from(cursor, 'base64').toString('latin1');
  return /^\d{1,19}$/.test(text) ? BigInt(text) : null;
}

/** Wire form of a decimal cursor. */
export function cursorText(decimal: string): string {
  return Buffer.from(decimal, 'latin1').toString('base64');
}

/** Wire form of the cursor after a group. */
export function cursorAfter(decimal: string): string {
  return cursorText(String(BigInt(decimal) + 1n));
}

export function groupCursors(from: string, next: string, groups: number): GroupCursors {
  const first = cursorNumber(from);
  const end = cursorNumber(next);
  if (first !== null && end !== null && end - first === BigInt(groups))
    return { consecutive: true, of: (group) => String(first + BigInt(group)) };
  const page = first === null ? from : String(first);
  return { consecutive: false, of: (group) => `${page}+${group}` };
}
