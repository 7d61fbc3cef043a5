import type { TypeAst } from '../ast/expr.ts';
import { arrayOf, mapOf, type SqlType } from './sql-type.ts';

const SIMPLE: Readonly<Record<string, SqlType>> = {
  boolean: { k: 'boolean' },
  tinyint: { k: 'tinyint' },
  smallint: { k: 'smallint' },
  integer: { k: 'integer' },
  int: { k: 'integer' },
  bigint: { k: 'bigint' },
  long: { k: 'bigint' },
  real: { k: 'real' },
  float: { k: 'real' },
  double: { k: 'double' },
  varbinary: { k: 'varbinary' },
  json: { k: 'json' },
  date: { k: 'date' },
  timestamp: { k: 'timestamp' },
  hyperloglog: { k: 'hyperloglog' },
  ipaddress: { k: 'ipaddress' },
  ipprefix: { k: 'ipprefix' },
  unknown: { k: 'unknown' },
};

/** The type a cast names; null: there is no such type. `zone`: of a timestamp with time zone. */
export function resolveType(ast: TypeAst, zone: string | null): SqlType | null {
  const numbers = ast.args.filter((arg) => typeof arg === 'number');
  const types = ast.args.filter((arg) => typeof arg !== 'number').map((arg) => resolveType(arg, null));
  switch (ast.name) {
    case 'varchar':
    case 'char':
    case 'string':
    case 'text':
      if (types.length > 0 || numbers.length > 1) return null;
      return numbers[0] === undefined ? { k: 'varchar' } : { k: 'varchar', n: numbers[0] };
    case 'decimal': {
      const p = numbers[0] ?? 38;
      const s = numbers[1] ?? 0;
      return types.length > 0 || p < 1 || p > 38 || s > p ? null : { k: 'decimal', p, s };
    }
    case 'timestamp with time zone':
      return { k: 'timestamptz', zone };
    case 'array':
      return types.length === 1 && (types[0] ?? null) !== null ? arrayOf(types[0]!) : null;
    case 'map':
      return types.length === 2 && !types.includes(null) ? mapOf(types[0]!, types[1]!) : null;
    case 'row':
      if (types.length === 0 || types.some((type) => type === null)) return null;
      return { k: 'row', fields: types.map((type, i) => ({ name: ast.fields[i]?.name ?? null, type: type! })) };
    default:
      return ast.args.length === 0 ? (SIMPLE[ast.name] ?? null) : null;
  }
}

export const TYPE_NAMES = [...Object.keys(SIMPLE), 'varchar', 'char', 'decimal', 'array', 'map', 'row'];
