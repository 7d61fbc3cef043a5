import type { ShardRange } from '../stream/stream.ts';

/** A statement's text with its parameters renamed by a prefix, so that several can stand in one. Placeholders are `{name:Type}`. */
export function prefixParams(
  text: string,
  params: Readonly<Record<string, unknown>>,
  prefix: string,
): { readonly text: string; readonly params: Record<string, unknown> } {
  const names = new Set(Object.keys(params));
  return {
    text: text.replaceAll(/\{([A-Za-z_][A-Za-z0-9_]*):/g, (whole, name: string) => (names.has(name) ? `{${prefix}${name}:` : whole)),
    params: Object.fromEntries(Object.entries(params).map(([name, value]) => [prefix + name, value])),
  };
}

/** Predicate for rows of shard ranges of one logstore: columns `shard` and `cursor`. */
export function rangesPredicate(ranges: readonly ShardRange[]): string {
  if (ranges.length === 0) return '0';
  return `(${ranges.map((range) => `(shard = ${range.at.shard} AND cursor >= ${range.from} AND cursor < ${range.to})`).join(' OR ')})`;
}

/** Ranges by logstore, in the order they came. */
export function byLogstore(ranges: readonly ShardRange[]): ReadonlyMap<number, readonly ShardRange[]> {
  const found = new Map<number, ShardRange[]>();
  for (const range of ranges) found.set(range.at.logstore, [...(found.get(range.at.logstore) ?? []), range]);
  return found;
}
