/** A value of the engine's JSON answer that is no array or object, as text. */
export function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : `${value as number | bigint | boolean | null}`;
}
