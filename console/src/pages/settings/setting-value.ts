/** How the server writes a value that is not to be read. */
const MASK = /^\*{3,}$/u;

export type ShownValue = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'not-set' } | { readonly kind: 'hidden' };

/** A setting's value in one line: lists as people write them, objects as JSON. */
export function shownValue(value: unknown): ShownValue {
  if (value === null || value === undefined || value === '') return { kind: 'not-set' };
  if (typeof value === 'string') return MASK.test(value) ? { kind: 'hidden' } : { kind: 'text', text: value };
  if (Array.isArray(value) && value.length === 0) return { kind: 'not-set' };
  if (Array.isArray(value) && value.every((item) => typeof item === 'string' || typeof item === 'number'))
    return { kind: 'text', text: value.join(', ') };
  return { kind: 'text', text: JSON.stringify(value) };
}
