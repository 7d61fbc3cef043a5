import { createHash } from 'node:crypto';

/** A short name for exactly this content, whatever the order of its properties. */
export function etagOf(content: unknown): string {
  return createHash('sha256').update(canonical(content)).digest('base64url').slice(0, 22);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`)
      .join(',')}}`;
  return JSON.stringify(value) ?? 'null';
}

/** The resource with its own etag. */
export function withEtag<T extends object>(resource: T): T & { readonly etag: string } {
  return { ...resource, etag: etagOf(resource) };
}
