/** Objects within objects are followed this deep; what is deeper stays text. */
const DEEPEST = 4;

function leaves(name: string, value: unknown, depth: number): readonly (readonly [string, string])[] {
  const members = value !== null && typeof value === 'object' && !Array.isArray(value) && depth < DEEPEST ? Object.entries(value) : [];
  if (members.length > 0) return members.flatMap(([key, inner]) => leaves(`${name}.${key}`, inner, depth + 1));
  return [[name, typeof value === 'string' ? value : JSON.stringify(value)]];
}

/** The fields of a log as one reads them: a field that holds a JSON object becomes its members (`event.eventName`). */
export function readableFields(fields: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(fields).flatMap(([name, text]): readonly (readonly [string, string])[] => {
    if (!text.startsWith('{')) return [[name, text]];
    try {
      return leaves(name, JSON.parse(text), 0);
    } catch {
      // Not JSON after all, or cut off: it is shown as it came.
      return [[name, text]];
    }
  });
}

/** Of a long path its end, which says what it is: `…tity.userName`. */
export function shortPath(path: string, keep = 16): string {
  return path.includes('.') && path.length > keep ? `…${path.slice(path.length - keep + 1)}` : path;
}
