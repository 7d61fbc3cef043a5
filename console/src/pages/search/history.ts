export interface PastSearch {
  readonly q: string;
  readonly store: string;
  readonly range: string;
}

const KEY = 'sluice.searches';
const KEPT = 30;

/** Searches run in this browser, newest first. */
export function readHistory(): readonly PastSearch[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    if (!Array.isArray(stored)) return [];
    return stored.filter(
      (entry): entry is PastSearch => typeof entry?.q === 'string' && typeof entry?.store === 'string' && typeof entry?.range === 'string',
    );
  } catch {
    // A damaged list is only a lost convenience; the next search writes a new one.
    return [];
  }
}

export function remember(search: PastSearch): void {
  const others = readHistory().filter((entry) => entry.q !== search.q || entry.store !== search.store);
  localStorage.setItem(KEY, JSON.stringify([search, ...others].slice(0, KEPT)));
}
