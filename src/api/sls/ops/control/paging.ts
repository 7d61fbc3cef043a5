import type { SlsQuery } from '../../operation.ts';
import { SlsError } from '../../sls-error.ts';

export interface Paged<T> {
  /** Of this page. */
  readonly count: number;
  /** Of all that match. */
  readonly total: number;
  readonly items: readonly T[];
}

/** Page `offset`, `size` of a list (sls-api §4: size 100 unless said otherwise, at most 500). @throws SlsError ParameterInvalid */
export function paged<T>(all: readonly T[], query: SlsQuery, defaultSize = 100, maxSize = 500): Paged<T> {
  const offset = query.int('offset', 0);
  const size = query.int('size', defaultSize);
  if (offset < 0) throw new SlsError('ParameterInvalid', `offset ${offset} is invalid, expected 0 or more`);
  if (size < 0) throw new SlsError('ParameterInvalid', `size ${size} is invalid, expected 0 to ${maxSize}`);
  const items = all.slice(offset, offset + Math.min(size, maxSize));
  return { count: items.length, total: all.length, items };
}

/** Keeps what contains the parameter's text; without the parameter everything. */
export function containing<T>(all: readonly T[], query: SlsQuery, parameter: string, textOf: (item: T) => string): readonly T[] {
  const part = query.get(parameter);
  return part === undefined ? all : all.filter((item) => textOf(item).includes(part));
}
