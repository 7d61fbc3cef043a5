import type { QueryAnswer } from '../queries.ts';
import type { SqlType } from '../types/sql-type.ts';
import { decode } from './decode.ts';
import { plainText } from './plain-text.ts';

export interface RenderedColumn {
  readonly type: SqlType;
  readonly nullable: boolean;
}

/** A value of the engine's answer as SLS prints it: everything is text, NULL is null, arrays and maps are JSON text. */
export function render(value: unknown, column: RenderedColumn): string | null {
  const { type } = column;
  // These leave the compiler as text (`shown` of compile-sql.ts).
  if (['timestamptz', 'intervalDay', 'intervalYear', 'hyperloglog', 'decimal', 'varbinary'].includes(type.k))
    return value === null ? null : plainText(value);
  const plain = decode(value, type, column.nullable);
  if (plain === null) return null;
  if (type.k === 'array' || type.k === 'map' || type.k === 'row') return json(plain, type);
  return scalar(plain, type);
}

function scalar(value: unknown, type: SqlType): string {
  if ((type.k === 'double' || type.k === 'real') && typeof value === 'number') return doubleText(value);
  return plainText(value);
}

function json(value: unknown, type: SqlType): string {
  if (value === null) return 'null';
  if (type.k === 'array') return `[${(value as unknown[]).map((one) => json(one, type.of)).join(',')}]`;
  if (type.k === 'map')
    return `{${Object.entries(value as object)
      .map(([key, one]) => `${JSON.stringify(key)}:${json(one, type.value)}`)
      .join(',')}}`;
  if (type.k === 'row') return `[${(value as unknown[]).map((one, i) => json(one, type.fields[i]!.type)).join(',')}]`;
  if (type.k === 'boolean' || ['tinyint', 'smallint', 'integer', 'bigint', 'decimal'].includes(type.k)) return plainText(value);
  if (type.k === 'double' || type.k === 'real') return typeof value === 'number' ? doubleText(value) : JSON.stringify(value);
  return type.k === 'json' ? plainText(value) : JSON.stringify(value);
}

/** As Java prints a double: `1.0`, `1.0E10`, `1.2E-5`. */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

/** Type of a column in an answer. */
export function columnType(type: SqlType): QueryAnswer['columns'][number]['type'] {
  switch (type.k) {
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return 'bigint';
    case 'real':
    case 'double':
    case 'decimal':
      return 'double';
    case 'boolean':
    case 'date':
    case 'array':
    case 'map':
    case 'json':
    case 'varbinary':
      return type.k;
    case 'timestamp':
    case 'timestamptz':
      return 'timestamp';
    case 'row':
      return 'array';
    default:
      return 'varchar';
  }
}
