import type { Expr, TypeAst, WindowSpec } from '../../ast/expr.ts';
import type { Ident } from '../../ast/span.ts';
import type { SelectQuery, SortItem } from '../../ast/sql.ts';

/** Prints a nested query; the SQL printer passes itself in. */
export type PrintQuery = (query: SelectQuery) => string;

const LEVEL: Readonly<Record<string, number>> = { or: 1, and: 2, '||': 5, '+': 6, '-': 6, '*': 7, '/': 7, '%': 7 };

function level(e: Expr): number {
  switch (e.k) {
    case 'lambda':
      return 0;
    case 'op':
      return LEVEL[e.op] ?? 4;
    case 'unary':
      return e.op === 'not' ? 3 : 8;
    case 'between':
    case 'in':
    case 'inQuery':
    case 'like':
    case 'isNull':
    case 'distinctFrom':
    case 'quantified':
      return 4;
    case 'int':
      return e.value < 0n ? 8 : 10;
    case 'subscript':
    case 'field':
    case 'atTimeZone':
      return 9;
    default:
      return 10;
  }
}

export const quoteText = (value: string): string => `'${value.replaceAll("'", "''")}'`;
export const printIdent = (ident: Ident): string => (ident.quoted ? `"${ident.name.replaceAll('"', '""')}"` : ident.name);

/** Text of an expression; parsing it again gives the same tree. */
export function printExpr(e: Expr, query: PrintQuery): string {
  const p = (of: Expr, least: number): string => (level(of) < least ? `(${printExpr(of, query)})` : printExpr(of, query));
  const list = (of: readonly Expr[]): string => of.map((one) => printExpr(one, query)).join(', ');
  switch (e.k) {
    case 'null':
      return 'null';
    case 'bool':
      return String(e.value);
    case 'int':
      return String(e.value);
    case 'float':
      return e.text;
    case 'string':
      return quoteText(e.value);
    case 'binary':
      return `x'${e.hex}'`;
    case 'typed':
      return `${e.type} ${quoteText(e.value)}`;
    case 'interval':
      return `interval ${e.negative ? '-' : ''}${quoteText(e.value)} ${e.from}${e.to === null ? '' : ` to ${e.to}`}`;
    case 'name':
      return e.parts.map(printIdent).join('.');
    case 'unary':
      return e.op === 'not' ? `not ${p(e.of, 3)}` : `${e.op} ${p(e.of, 8)}`;
    case 'op': {
      const own = level(e);
      // Comparisons chain to the left; the operands of a chain are of the next level.
      return `${p(e.left, own)} ${e.op} ${p(e.right, own + 1)}`;
    }
    case 'between':
      return `${p(e.of, 4)} ${e.not ? 'not ' : ''}between ${p(e.low, 5)} and ${p(e.high, 5)}`;
    case 'in':
      return `${p(e.of, 4)} ${e.not ? 'not ' : ''}in (${list(e.list)})`;
    case 'inQuery':
      return `${p(e.of, 4)} ${e.not ? 'not ' : ''}in (${query(e.query)})`;
    case 'like':
      return `${p(e.of, 4)} ${e.not ? 'not ' : ''}like ${p(e.pattern, 5)}${e.escape === null ? '' : ` escape ${p(e.escape, 5)}`}`;
    case 'isNull':
      return `${p(e.of, 4)} is ${e.not ? 'not ' : ''}null`;
    case 'distinctFrom':
      return `${p(e.left, 4)} is ${e.not ? 'not ' : ''}distinct from ${p(e.right, 5)}`;
    case 'case': {
      const whens = e.whens.map((one) => ` when ${printExpr(one.when, query)} then ${printExpr(one.result, query)}`).join('');
      return `case${e.of === null ? '' : ` ${printExpr(e.of, query)}`}${whens}${e.otherwise === null ? '' : ` else ${printExpr(e.otherwise, query)}`} end`;
    }
    case 'cast':
      return `${e.try ? 'try_cast' : 'cast'}(${printExpr(e.of, query)} as ${printType(e.type)})`;
    case 'call': {
      const args = e.star
        ? '*'
        : `${e.distinct ? 'distinct ' : ''}${list(e.args)}${e.order.length === 0 ? '' : ` order by ${printSort(e.order, query)}`}`;
      const filter = e.filter === null ? '' : ` filter (where ${printExpr(e.filter, query)})`;
      return `${printIdent(e.name)}(${args})${filter}${e.over === null ? '' : ` over (${printWindow(e.over, query)})`}`;
    }
    case 'lambda': {
      const params = e.params.length === 1 ? printIdent(e.params[0]!) : `(${e.params.map(printIdent).join(', ')})`;
      return `${params} -> ${printExpr(e.body, query)}`;
    }
    case 'array':
      return `array[${list(e.items)}]`;
    case 'row':
      return `row(${list(e.items)})`;
    case 'subscript':
      return `${p(e.of, 9)}[${printExpr(e.index, query)}]`;
    case 'field':
      // A name before a dot would read as a longer name.
      return `${e.of.k === 'name' ? `(${printExpr(e.of, query)})` : p(e.of, 9)}.${printIdent(e.name)}`;
    case 'subquery':
      return `(${query(e.query)})`;
    case 'exists':
      return `exists (${query(e.query)})`;
    case 'quantified':
      return `${p(e.left, 4)} ${e.op} ${e.every ? 'all' : 'any'} (${query(e.query)})`;
    case 'extract':
      return `extract(${e.field} from ${printExpr(e.of, query)})`;
    case 'atTimeZone':
      return `${p(e.of, 9)} at time zone ${p(e.zone, 10)}`;
    case 'current':
      return e.name;
  }
}

export function printType(type: TypeAst): string {
  if (type.args.length === 0) return type.name;
  const args = type.args.map((arg, i) => {
    if (typeof arg === 'number') return String(arg);
    const field = type.fields[i];
    return field === null || field === undefined ? printType(arg) : `${printIdent(field)} ${printType(arg)}`;
  });
  const zone = type.name.endsWith(' with time zone') ? ' with time zone' : '';
  return `${type.name.slice(0, type.name.length - zone.length)}(${args.join(', ')})${zone}`;
}

export function printSort(items: readonly SortItem[], query: PrintQuery): string {
  return items
    .map((item) => `${printExpr(item.by, query)}${item.desc ? ' desc' : ''}${item.nulls === null ? '' : ` nulls ${item.nulls}`}`)
    .join(', ');
}

function printWindow(spec: WindowSpec, query: PrintQuery): string {
  const parts: string[] = [];
  if (spec.partition.length > 0) parts.push(`partition by ${spec.partition.map((one) => printExpr(one, query)).join(', ')}`);
  if (spec.order.length > 0) parts.push(`order by ${printSort(spec.order, query)}`);
  if (spec.frame !== null) {
    const bound = (of: { k: string; offset: Expr | null }): string =>
      of.offset === null ? of.k : `${printExpr(of.offset, query)} ${of.k}`;
    const { unit, start, end } = spec.frame;
    parts.push(end === null ? `${unit} ${bound(start)}` : `${unit} between ${bound(start)} and ${bound(end)}`);
  }
  return parts.join(' ');
}
