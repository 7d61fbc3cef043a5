/** Decimal number inside a wire cursor (sls-api §3.4: base64 of an ASCII decimal int64); null: it is something else. */
export function cursorNumber(text: string): bigint | null {
  const decimal = Buffer.from(text, 'base64').toString('latin1');
  return /^\d{1,19}$/.test(decimal) ? BigInt(decimal) : null;
}

/** Wire form of a cursor. */
export function cursorText(cursor: bigint): string {
  return Buffer.from(cursor.toString(), 'latin1').toString('base64');
}

/** Whether the text is base64 at all, padded or not. */
export function isBase64(text: string): boolean {
  return text !== '' && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) && text.replace(/=+$/, '').length % 4 !== 1;
}
