import type { Expr, ExprOf } from '../../ast/expr.ts';
import { findFunction } from '../../functions/table.ts';
import { printExpr } from '../../syntax/expr/print-expr.ts';
import { printSql } from '../../syntax/sql/print-sql.ts';

/** Calls `visit` for each node, outermost first; nested queries are left out. `visit` answers false to stay out of a node. */
export function walkExpr(e: Expr, visit: (node: Expr) => boolean): void {
  if (!visit(e)) return;
  for (const [key, value] of Object.entries(e)) {
    if (key === 'query' || key === 'span') continue;
    walkValue(value, visit);
  }
}

function walkValue(value: unknown, visit: (node: Expr) => boolean): void {
  if (Array.isArray(value)) for (const one of value) walkValue(one, visit);
  else if (value !== null && typeof value === 'object') {
    if ('span' in value && 'k' in value) walkExpr(value as Expr, visit);
    else for (const [key, one] of Object.entries(value)) if (key !== 'span' && key !== 'query') walkValue(one, visit);
  }
}

/** An aggregate call that is not a window's. */
export function isAggregateCall(e: Expr): e is ExprOf<'call'> {
  return e.k === 'call' && e.over === null && (findFunction(e.name.name)?.kind === 'aggregate' || e.name.name.toLowerCase() === 'grouping');
}

export function hasAggregate(e: Expr): boolean {
  let found = false;
  walkExpr(e, (node) => {
    if (isAggregateCall(node)) found = true;
    return !found;
  });
  return found;
}

export function hasWindow(e: Expr): boolean {
  let found = false;
  walkExpr(e, (node) => {
    if (node.k === 'call' && node.over !== null) found = true;
    return !found;
  });
  return found;
}

/** Text that is equal for expressions that mean the same: names without regard to case. */
export function canonical(e: Expr): string {
  return printExpr(lower(e) as Expr, printSql);
}

function lower(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lower);
  if (value === null || typeof value !== 'object') return value;
  if ('quoted' in value && 'name' in value) {
    const name = (value as { name: string }).name.toLowerCase();
    return { ...value, name, quoted: !/^[a-z_][a-z0-9_]*$/.test(name) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === 'span' ? one : lower(one)]));
}
