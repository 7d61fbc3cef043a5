import type { OcsfEvent } from '../standardize/event-row.ts';

/**
 * Every value at a dotted path of an event, as text: of all members where the path goes through lists, and into texts that are JSON. Absent and empty values are left out.
 * A name that stands as it is in an object (`unmapped` has dotted keys) is found before its parts.
 */
export function valuesAt(event: OcsfEvent, path: string): readonly string[] {
  const found: string[] = [];
  walk(event, path, found);
  return found;
}

/** The first value; '' when there is none. */
export function valueAt(event: OcsfEvent, path: string): string {
  return valuesAt(event, path)[0] ?? '';
}

function walk(at: unknown, path: string, found: string[]): void {
  if (Array.isArray(at)) {
    for (const member of at) walk(member, path, found);
    return;
  }
  if (path === '') {
    if (at === undefined || at === null || at === '') return;
    found.push(typeof at === 'object' ? JSON.stringify(at) : String(at as string | number | boolean));
    return;
  }
  if (typeof at === 'string') {
    const inner = parsed(at);
    if (inner !== null) walk(inner, path, found);
    return;
  }
  if (typeof at !== 'object' || at === null) return;
  const object = at as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(object, path)) {
    walk(object[path], '', found);
    return;
  }
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const key = path.slice(0, dot);
    if (Object.hasOwn(object, key)) {
      walk(object[key], path.slice(dot + 1), found);
      return;
    }
  }
}

function parsed(text: string): object | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' ? value : null;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}
