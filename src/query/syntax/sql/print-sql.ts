import type { GroupItem, QueryBody, Relation, SelectQuery } from '../../ast/sql.ts';
import type { Expr } from '../../ast/expr.ts';
import { printExpr, printIdent, printSort } from '../expr/print-expr.ts';

const expr = (e: Expr): string => printExpr(e, printSql);
const list = (of: readonly Expr[]): string => of.map(expr).join(', ');

/** Text of a query; parsing it again gives the same tree. */
export function printSql(query: SelectQuery): string {
  const parts: string[] = [];
  if (query.with.length > 0) {
    const ctes = query.with.map((one) => {
      const columns = one.columns.length === 0 ? '' : ` (${one.columns.map(printIdent).join(', ')})`;
      return `${printIdent(one.name)}${columns} as (${printSql(one.query)})`;
    });
    parts.push(`with ${ctes.join(', ')}`);
  }
  parts.push(printBody(query.body));
  if (query.order.length > 0) parts.push(`order by ${printSort(query.order, printSql)}`);
  if (query.limit !== null) parts.push(query.offset === null ? `limit ${query.limit}` : `limit ${query.offset}, ${query.limit}`);
  return parts.join(' ');
}

function printBody(body: QueryBody): string {
  switch (body.k) {
    case 'nested':
      return `(${printSql(body.query)})`;
    case 'values':
      return `values ${list(body.rows)}`;
    case 'set':
      return `${printBody(body.left)} ${body.op}${body.all ? ' all' : ''} ${printBody(body.right)}`;
    case 'select': {
      const items = body.items.map((item) => {
        if (item.k === 'star') return item.of === null ? '*' : `${printIdent(item.of)}.*`;
        return `${expr(item.expr)}${item.alias === null ? '' : ` as ${printIdent(item.alias)}`}`;
      });
      const parts = [`select ${body.distinct ? 'distinct ' : ''}${items.join(', ')}`];
      if (body.from !== null) parts.push(`from ${printRelation(body.from)}`);
      if (body.where !== null) parts.push(`where ${expr(body.where)}`);
      if (body.group !== null) parts.push(`group by ${body.group.length === 0 ? '()' : body.group.map(printGroup).join(', ')}`);
      if (body.having !== null) parts.push(`having ${expr(body.having)}`);
      return parts.join(' ');
    }
  }
}

function printGroup(item: GroupItem): string {
  if (item.k === 'expr') return expr(item.expr);
  const sets = item.of.map((set) => (set.length === 1 && item.k !== 'sets' ? expr(set[0]!) : `(${list(set)})`));
  return `${item.k === 'sets' ? 'grouping sets' : item.k} (${sets.join(', ')})`;
}

function printRelation(relation: Relation): string {
  switch (relation.k) {
    case 'table':
      return printIdent(relation.name);
    case 'query':
      return `(${printSql(relation.query)})`;
    case 'unnest':
      return `unnest(${list(relation.of)})${relation.ordinality ? ' with ordinality' : ''}`;
    case 'alias': {
      const columns = relation.columns.length === 0 ? '' : `(${relation.columns.map(printIdent).join(', ')})`;
      const of = relation.of.k === 'join' || relation.of.k === 'alias' ? `(${printRelation(relation.of)})` : printRelation(relation.of);
      return `${of} as ${printIdent(relation.name)}${columns}`;
    }
    case 'join': {
      const left = printRelation(relation.left);
      const right = relation.right.k === 'join' ? `(${printRelation(relation.right)})` : printRelation(relation.right);
      if (relation.comma) return `${left}, ${right}`;
      // A comma binds looser than a join: on the left of one it needs its parentheses.
      const first = relation.left.k === 'join' && relation.left.comma ? `(${left})` : left;
      const on =
        relation.on !== null
          ? ` on ${expr(relation.on)}`
          : relation.using.length > 0
            ? ` using (${relation.using.map(printIdent).join(', ')})`
            : '';
      return `${first} ${relation.kind === 'inner' ? '' : `${relation.kind} `}join ${right}${on}`;
    }
  }
}
