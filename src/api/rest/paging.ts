import { SluiceError } from '../../core/errors.ts';

export const DEFAULT_PAGE_SIZE = 100;

export interface PageQuery {
  readonly pageSize?: number | undefined;
  readonly pageToken?: string | undefined;
}

export interface Page<T> {
  readonly items: T[];
  /** '' on the last page. */
  readonly nextPageToken: string;
}

/** Opaque to clients: where the next page begins. */
export function tokenOf(place: string): string {
  return Buffer.from(`v1:${place}`, 'utf8').toString('base64url');
}

/** @throws request.invalid when it is not one of ours */
export function placeOf(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!text.startsWith('v1:'))
    throw new SluiceError('request.invalid', 'pageToken is none that a list answered', { path: '/query/pageToken' });
  return text.slice(3);
}

/**
 * A page of a list that is in memory. Order is by key, and a page goes on after the key of the last item of the page before, so that
 * what is added or deleted in between neither repeats nor hides anything else.
 */
export function pageInMemory<T>(items: Iterable<T>, keyOf: (item: T) => string, query: PageQuery): Page<T> {
  const after = query.pageToken === undefined ? null : placeOf(query.pageToken);
  const size = query.pageSize ?? DEFAULT_PAGE_SIZE;
  const sorted = [...items].map((item) => ({ key: keyOf(item), item })).toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const from = after === null ? 0 : sorted.findIndex(({ key }) => key > after);
  const page = from === -1 ? [] : sorted.slice(from, from + size);
  const more = from !== -1 && from + size < sorted.length;
  return { items: page.map(({ item }) => item), nextPageToken: more ? tokenOf(page.at(-1)?.key ?? '') : '' };
}
