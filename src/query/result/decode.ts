import { plainText } from './plain-text.ts';
import type { SqlType } from '../types/sql-type.ts';

/**
 * A value of the engine's JSON answer (64-bit integers and denormals quoted) as plain data: NULL is null, arrays and rows are arrays, maps objects,
 * 64-bit integers numbers where that is exact and text elsewhere, NaN and infinities text. Undoes how complex values hold NULL (`lower/val.ts`).
 */
export function decode(value: unknown, type: SqlType, nullable: boolean): unknown {
  const complex = type.k === 'array' || type.k === 'map' || type.k === 'row' || (type.k === 'timestamptz' && type.zone === null);
  if (complex && nullable) {
    const box = value as unknown[];
    return box.length === 0 ? null : decode(box[0], type, false);
  }
  if (value === null) return null;
  switch (type.k) {
    case 'array':
      return (value as unknown[]).map((one) => decode(one, type.of, true));
    case 'map':
      return Object.fromEntries(Object.entries(value as object).map(([key, one]) => [key, decode(one, type.value, true)]));
    case 'row':
      return (value as unknown[]).map((one, i) => decode(one, type.fields[i]!.type, true));
    case 'boolean':
      return value === true || value === 1 || value === 'true';
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint': {
      const n = Number(value);
      return Number.isSafeInteger(n) ? n : plainText(value);
    }
    case 'real':
      return typeof value === 'number' ? Math.fround(value) : decode(value, { k: 'double' }, nullable);
    case 'double':
      if (value === 'nan') return 'NaN';
      if (value === 'inf') return 'Infinity';
      return value === '-inf' ? '-Infinity' : value;
    default:
      return value;
  }
}
