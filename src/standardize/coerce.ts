import { isFloat, isInteger, typeName, type SqlType } from '../query/types/sql-type.ts';
import type { ClassColumn } from './class-table.ts';

/** A field that a rule's program puts out. */
export interface RuleField {
  readonly name: string;
  /** Expression that reads it, quoted. */
  readonly sql: string;
  readonly type: SqlType;
  /** An array or map that may be NULL is boxed: an array of none or one. */
  readonly boxed: boolean;
}

/** What times and absent values look like in a rule's logs; placeholders for values that travel as parameters. */
export interface CoerceRules {
  /** Placeholder of the zone's name, of times without one. */
  readonly zone: string;
  /** Placeholders of the values that mean absent. */
  readonly absent: readonly string[];
}

/**
 * Expression of the column's own type for a field of a rule. A value that the column cannot hold becomes absent: a bad log stops nothing, and its raw form is one step away.
 * Null: the types never fit (an array for a number …), which the rule's author must be told.
 */
export function coerce(column: ClassColumn, field: RuleField, rules: CoerceRules): string | null {
  if (column.kind === 'texts' || column.kind === 'numbers') return list(column, field, rules);
  if (field.type.k === 'unknown') return emptyOf(column);
  if (column.kind === 'json') return isScalar(field.type) ? text(field, rules) : jsonText(field);
  if (!isScalar(field.type)) return null;
  switch (column.kind) {
    case 'text':
      return text(field, rules);
    case 'number':
      return numeric(column, field);
    case 'bool':
      return bool(field);
    default:
      return time(field, rules.zone);
  }
}

/** What stands for "the rule says nothing". */
export function emptyOf(column: ClassColumn): string {
  if (column.type.startsWith('Array')) return `CAST([], '${column.type.replaceAll("'", "\\'")}')`;
  if (column.absent === 'empty') return "''";
  return column.absent === 'null' ? 'NULL' : '0';
}

/** In words, for the error. */
export function fieldTypeName(field: RuleField): string {
  return typeName(field.type);
}

function isScalar(type: SqlType): boolean {
  return type.k !== 'array' && type.k !== 'map' && type.k !== 'row' && type.k !== 'function';
}

function isText(type: SqlType): boolean {
  return type.k === 'varchar' || type.k === 'json' || type.k === 'varbinary' || type.k === 'ipaddress';
}

function text(field: RuleField, rules: CoerceRules): string {
  const value = isText(field.type) ? `ifNull(${field.sql}, '')` : `ifNull(toString(${field.sql}), '')`;
  return rules.absent.length === 0 ? value : `if(${isAbsent(value, rules.absent)}, '', ${value})`;
}

/** Plain comparisons: on short lists three times quicker than `has`. */
export function isAbsent(value: string, absent: readonly string[]): string {
  return absent.length === 0 ? '0' : absent.map((one) => `${value} = ${one}`).join(' OR ');
}

function jsonText(field: RuleField): string {
  return field.boxed ? `if(empty(${field.sql}), '', toJSONString(${field.sql}[1]))` : `toJSONString(${field.sql})`;
}

/** The number type behind Nullable(…) and Array(…). */
function bareType(column: ClassColumn): string {
  return column.type.replace(/^Array\((.*)\)$/, '$1').replace(/^Nullable\((.*)\)$/, '$1');
}

function numberOf(sql: string, type: SqlType, bare: string): string | null {
  if (isText(type)) return bare === 'Float64' ? `toFloat64OrNull(${sql})` : `accurateCastOrNull(toInt64OrNull(${sql}), '${bare}')`;
  if (isInteger(type) || type.k === 'boolean') return `accurateCastOrNull(${sql}, '${bare}')`;
  if (isFloat(type) || type.k === 'decimal')
    return bare === 'Float64' ? `toFloat64(${sql})` : `accurateCastOrNull(round(${sql}), '${bare}')`;
  return null;
}

function numeric(column: ClassColumn, field: RuleField): string | null {
  const value = numberOf(field.sql, field.type, bareType(column));
  return value === null || column.absent !== 'never' ? value : `ifNull(${value}, 0)`;
}

function bool(field: RuleField): string | null {
  if (field.type.k === 'boolean') return field.sql;
  if (isInteger(field.type)) return `toBool(${field.sql} != 0)`;
  if (!isText(field.type)) return null;
  return `multiIf(lower(${field.sql}) IN ('true', '1', 'yes'), true, lower(${field.sql}) IN ('false', '0', 'no'), false, NULL)`;
}

/**
 * Unix numbers are told apart by their size: below 10^11 seconds, 10^14 milliseconds, 10^17 microseconds, above nanoseconds (10, 13, 16 and 19 digits today). Text is that, or ISO 8601,
 * or another form that the engine's best effort knows, in the rule's zone when it names none.
 */
function time(field: RuleField, zone: string): string | null {
  const { sql, type } = field;
  if (type.k === 'timestamp' || type.k === 'timestamptz' || type.k === 'date') return `CAST(${sql}, 'Nullable(DateTime64(3, \\'UTC\\'))')`;
  if (isInteger(type) || isFloat(type) || type.k === 'decimal') return fromUnix(`toFloat64(${sql})`);
  if (!isText(type)) return null;
  // Access logs have `10/Sep/2024:17:52:00`, which the engine reads with blanks for the first three marks. Of a few digits it would make some day of this year.
  const log = `concat(replaceAll(substring(${sql}, 1, 11), '/', ' '), ' ', substring(${sql}, 13))`;
  const plain = `multiIf(substring(${sql}, 3, 1) = '/' AND substring(${sql}, 7, 1) = '/', ${log}, length(${sql}) < 8, '', ifNull(${sql}, ''))`;
  return `parseDateTime64BestEffortOrNull(assumeNotNull(${plain}), 3, ${zone})`;
}

/** A double holds milliseconds exactly; of later digits the engine would keep none anyway. The bounds are those of a DateTime64. */
function fromUnix(value: string): string {
  const ms = `multiIf(${value} < 1e11, ${value} * 1e3, ${value} < 1e14, ${value}, ${value} < 1e17, ${value} / 1e3, ${value} / 1e6)`;
  return `if(${value} > 0 AND ${ms} < 4e12, fromUnixTimestamp64Milli(toInt64(round(${ms})), 'UTC'), NULL)`;
}

function list(column: ClassColumn, field: RuleField, rules: CoerceRules): string | null {
  const numbers = column.kind === 'numbers';
  if (field.type.k === 'array') {
    const element = field.type.of;
    if (!isScalar(element)) return null;
    const inner = numbers ? numberOf('x', element, bareType(column)) : text({ ...field, sql: 'x', type: element }, rules);
    if (inner === null) return null;
    const array = field.boxed ? `arrayFlatten(${field.sql})` : field.sql;
    const mapped = `arrayMap(x -> ${inner}, ${array})`;
    // The members of a list of objects belong together by position, so only an array that stands alone drops what is absent.
    return column.list !== null || numbers ? mapped : `arrayFilter(x -> x != '', ${mapped})`;
  }
  if (field.type.k === 'unknown') return emptyOf(column);
  if (!isScalar(field.type)) return null;
  if (numbers) {
    const value = numberOf(field.sql, field.type, bareType(column));
    return value === null ? null : `if(isNull(${value}), [], [${value}])`;
  }
  const value = text(field, rules);
  return `if(${value} = '', [], [${value}])`;
}
