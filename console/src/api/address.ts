/** Readers for the parts of an address; what is not understood is left out, never an error. */

export function plainText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' && value.length <= 1024 ? value : undefined;
}

export function oneOf<const T extends string>(value: unknown, known: readonly T[]): T | undefined {
  return known.find((item) => item === value);
}

/** Words of a closed list, joined by commas. */
export function listText(value: unknown, known: readonly string[]): string | undefined {
  const words = (typeof value === 'string' ? value.split(',') : []).filter((word) => known.includes(word));
  return words.length === 0 ? undefined : words.join(',');
}

export function splitList(value: string | undefined): readonly string[] {
  return value === undefined ? [] : value.split(',');
}
