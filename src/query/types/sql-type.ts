/** Types of SQL and SPL values, with Presto's names. `n` of varchar: known length, for `typeof` only. */
export type SqlType =
  | { readonly k: Simple }
  | { readonly k: 'varchar'; readonly n?: number }
  | { readonly k: 'decimal'; readonly p: number; readonly s: number }
  /** `zone`: known at compile time; null: differs by row, held as a tuple of instant, name of the zone, its offset in seconds. */
  | { readonly k: 'timestamptz'; readonly zone: string | null }
  | { readonly k: 'array'; readonly of: SqlType }
  | { readonly k: 'map'; readonly key: SqlType; readonly value: SqlType }
  | { readonly k: 'row'; readonly fields: readonly { readonly name: string | null; readonly type: SqlType }[] }
  /** Only in signatures: a type variable, and a lambda. */
  | { readonly k: 'var'; readonly name: string }
  | { readonly k: 'function'; readonly args: readonly SqlType[]; readonly result: SqlType };

type Simple =
  | 'unknown'
  | 'boolean'
  | 'tinyint'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'real'
  | 'double'
  | 'varbinary'
  | 'json'
  | 'date'
  | 'timestamp'
  | 'intervalDay'
  | 'intervalYear'
  | 'hyperloglog'
  | 'ipaddress'
  | 'ipprefix'
  | 'geometry'
  | 'any';

export const UNKNOWN: SqlType = { k: 'unknown' };
export const BOOLEAN: SqlType = { k: 'boolean' };
export const INTEGER: SqlType = { k: 'integer' };
export const BIGINT: SqlType = { k: 'bigint' };
export const DOUBLE: SqlType = { k: 'double' };
export const VARCHAR: SqlType = { k: 'varchar' };
export const VARBINARY: SqlType = { k: 'varbinary' };
export const JSON_TYPE: SqlType = { k: 'json' };
export const DATE: SqlType = { k: 'date' };
export const TIMESTAMP: SqlType = { k: 'timestamp' };
export const arrayOf = (of: SqlType): SqlType => ({ k: 'array', of });
export const mapOf = (key: SqlType, value: SqlType): SqlType => ({ k: 'map', key, value });

const NAMES: Readonly<Record<string, string>> = {
  intervalDay: 'interval day to second',
  intervalYear: 'interval year to month',
  timestamptz: 'timestamp with time zone',
  hyperloglog: 'HyperLogLog',
};

/** As Presto's `typeof` prints it. */
export function typeName(type: SqlType): string {
  switch (type.k) {
    case 'varchar':
      return type.n === undefined ? 'varchar' : `varchar(${type.n})`;
    case 'decimal':
      return `decimal(${type.p},${type.s})`;
    case 'array':
      return `array(${typeName(type.of)})`;
    case 'map':
      return `map(${typeName(type.key)}, ${typeName(type.value)})`;
    case 'row':
      return `row(${type.fields.map((field) => (field.name === null ? '' : `"${field.name}" `) + typeName(field.type)).join(', ')})`;
    case 'var':
      return type.name;
    case 'function':
      return `function(${[...type.args, type.result].map(typeName).join(', ')})`;
    default:
      return NAMES[type.k] ?? type.k;
  }
}

const INTEGERS = ['tinyint', 'smallint', 'integer', 'bigint'];
const NUMBERS = [...INTEGERS, 'decimal', 'real', 'double'];

export const isInteger = (type: SqlType): boolean => INTEGERS.includes(type.k);
export const isNumber = (type: SqlType): boolean => NUMBERS.includes(type.k);
export const isFloat = (type: SqlType): boolean => type.k === 'double' || type.k === 'real';
/** Held by the engine as Array, Map or Tuple, which cannot be NULL: see `value.ts`. */
export const isComplex = (type: SqlType): boolean =>
  type.k === 'array' || type.k === 'map' || type.k === 'row' || (type.k === 'timestamptz' && type.zone === null);

/** Same type, lengths of varchar and zones aside. */
export function sameType(a: SqlType, b: SqlType): boolean {
  if (a.k !== b.k) return false;
  if (a.k === 'array' && b.k === 'array') return sameType(a.of, b.of);
  if (a.k === 'map' && b.k === 'map') return sameType(a.key, b.key) && sameType(a.value, b.value);
  if (a.k === 'row' && b.k === 'row')
    return a.fields.length === b.fields.length && a.fields.every((field, i) => sameType(field.type, b.fields[i]!.type));
  if (a.k === 'decimal' && b.k === 'decimal') return a.p === b.p && a.s === b.s;
  return true;
}

/** The type both sides can be taken as without a cast; null: there is none. */
export function commonType(a: SqlType, b: SqlType): SqlType | null {
  if (a.k === 'unknown' || a.k === 'any') return b;
  if (b.k === 'unknown' || b.k === 'any') return a;
  if (a.k === 'varchar' && b.k === 'varchar') {
    return a.n === undefined || b.n === undefined ? VARCHAR : { k: 'varchar', n: Math.max(a.n, b.n) };
  }
  if (a.k === 'timestamptz' && b.k === 'timestamptz') return a.zone === b.zone ? a : { k: 'timestamptz', zone: a.zone ?? b.zone };
  if (a.k === 'array' && b.k === 'array') {
    const of = commonType(a.of, b.of);
    return of === null ? null : arrayOf(of);
  }
  if (a.k === 'map' && b.k === 'map') {
    const key = commonType(a.key, b.key);
    const value = commonType(a.value, b.value);
    return key === null || value === null ? null : mapOf(key, value);
  }
  if (a.k === 'row' && b.k === 'row') {
    if (a.fields.length !== b.fields.length) return null;
    const fields = a.fields.map((field, i) => ({ name: field.name ?? b.fields[i]!.name, type: commonType(field.type, b.fields[i]!.type) }));
    return fields.some((field) => field.type === null) ? null : { k: 'row', fields: fields as { name: string | null; type: SqlType }[] };
  }
  if (a.k === 'decimal' && b.k === 'decimal') {
    const s = Math.max(a.s, b.s);
    return { k: 'decimal', p: Math.min(38, Math.max(a.p - a.s, b.p - b.s) + s), s };
  }
  if (a.k === b.k) return a;
  if (isNumber(a) && isNumber(b)) return NUMBERS.indexOf(a.k) > NUMBERS.indexOf(b.k) ? widen(a, b) : widen(b, a);
  const times = ['date', 'timestamp', 'timestamptz'];
  if (times.includes(a.k) && times.includes(b.k)) return times.indexOf(a.k) > times.indexOf(b.k) ? a : b;
  return null;
}

function widen(wide: SqlType, narrow: SqlType): SqlType {
  if (wide.k !== 'decimal') return wide;
  const whole = narrow.k === 'bigint' ? 19 : 10;
  return { k: 'decimal', p: Math.min(38, Math.max(wide.p - wide.s, whole) + wide.s), s: wide.s };
}

/** True when a value of `from` is taken where `to` is wanted, without being asked. */
export function coerces(from: SqlType, to: SqlType): boolean {
  if (to.k === 'any') return true;
  const common = commonType(from, to);
  return common !== null && sameType(common, to);
}

/** Type of the value as the engine holds it when it is not NULL. */
export function engineType(type: SqlType): string {
  switch (type.k) {
    case 'boolean':
      return 'Bool';
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'intervalDay':
    case 'intervalYear':
      return 'Int64';
    case 'real':
      return 'Float32';
    case 'double':
      return 'Float64';
    case 'decimal':
      return `Decimal(${type.p}, ${type.s})`;
    case 'date':
      return 'Date32';
    case 'timestamp':
      return 'DateTime64(3)';
    case 'timestamptz':
      return type.zone === null ? "Tuple(DateTime64(3, 'UTC'), String, Int32)" : 'DateTime64(3)';
    case 'array':
      return `Array(${elementType(type.of)})`;
    case 'map':
      return `Map(${engineType(type.key)}, ${elementType(type.value)})`;
    case 'row':
      return `Tuple(${type.fields.map((field) => elementType(field.type)).join(', ')})`;
    case 'unknown':
      return 'Nothing';
    default:
      return 'String';
  }
}

/** Type of an element of an array, map or row: Nullable, or boxed (see `value.ts`). */
export function elementType(type: SqlType): string {
  return isComplex(type) ? `Array(${engineType(type)})` : `Nullable(${engineType(type)})`;
}
