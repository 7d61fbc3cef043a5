import { SluiceError } from '../../core/errors.ts';

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0' };

/**
 * A value as the engine reads it from `param_<name>`: a string stands as it is with control characters escaped, inside arrays and maps it is quoted.
 * null → NULL, Date → Unix seconds with milliseconds, Map and plain object → Map.
 * @throws internal.unexpected for a value that has no such text (a function, a symbol)
 * Source: ClickHouse HTTP interface, "CLI queries with parameters".
 */
export function paramText(value: unknown): string {
  if (typeof value === 'string') return escaped(value);
  return value === null || value === undefined ? '\\N' : other(value, false);
}

function inside(value: unknown): string {
  if (typeof value === 'string') return `'${escaped(value).replaceAll("'", "\\'")}'`;
  return value === null || value === undefined ? 'NULL' : other(value, true);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\\t\n\r\0]/g, (char) => ESCAPES[char]!);
}

function other(value: unknown, nested: boolean): string {
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'boolean') return nested ? String(value) : value ? '1' : '0';
  if (Array.isArray(value)) return `[${value.map(inside).join(',')}]`;
  if (value instanceof Date) return (value.getTime() / 1000).toFixed(3);
  if (value instanceof Map) return mapText(value);
  if (typeof value === 'object') return mapText(Object.entries(value as object));
  throw new SluiceError('internal.unexpected', `a parameter of type ${typeof value} has no text for the engine`);
}

function mapText(entries: Iterable<readonly [unknown, unknown]>): string {
  return `{${Array.from(entries, ([key, value]) => `${inside(key)}:${inside(value)}`).join(',')}}`;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}
