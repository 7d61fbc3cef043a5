import type { Expr } from './expr.ts';
import type { Ident, Span } from './span.ts';

export interface SortItem {
  readonly by: Expr;
  readonly desc: boolean;
  readonly nulls: 'first' | 'last' | null;
}

export type SelectItem =
  | { readonly k: 'star'; readonly of: Ident | null; readonly span: Span }
  | { readonly k: 'expr'; readonly expr: Expr; readonly alias: Ident | null; readonly span: Span };

export type Relation = { readonly span: Span } & (
  | { readonly k: 'table'; readonly name: Ident }
  | { readonly k: 'query'; readonly query: SelectQuery }
  | { readonly k: 'unnest'; readonly of: readonly Expr[]; readonly ordinality: boolean }
  | { readonly k: 'alias'; readonly of: Relation; readonly name: Ident; readonly columns: readonly Ident[] }
  | {
      readonly k: 'join';
      readonly kind: 'inner' | 'left' | 'right' | 'full' | 'cross';
      readonly left: Relation;
      readonly right: Relation;
      readonly on: Expr | null;
      readonly using: readonly Ident[];
      /** Written with a comma. */
      readonly comma: boolean;
    }
);

export type GroupItem =
  | { readonly k: 'expr'; readonly expr: Expr }
  | { readonly k: 'rollup' | 'cube'; readonly of: readonly (readonly Expr[])[] }
  | { readonly k: 'sets'; readonly of: readonly (readonly Expr[])[] };

export type QueryBody = { readonly span: Span } & (
  | {
      readonly k: 'select';
      readonly distinct: boolean;
      readonly items: readonly SelectItem[];
      readonly from: Relation | null;
      readonly where: Expr | null;
      /** null: no GROUP BY; []: `group by ()`. */
      readonly group: readonly GroupItem[] | null;
      readonly having: Expr | null;
    }
  | {
      readonly k: 'set';
      readonly op: 'union' | 'intersect' | 'except';
      readonly all: boolean;
      readonly left: QueryBody;
      readonly right: QueryBody;
    }
  | { readonly k: 'values'; readonly rows: readonly Expr[] }
  | { readonly k: 'nested'; readonly query: SelectQuery }
);

export interface SelectQuery {
  readonly with: readonly { readonly name: Ident; readonly columns: readonly Ident[]; readonly query: SelectQuery }[];
  readonly body: QueryBody;
  readonly order: readonly SortItem[];
  readonly limit: bigint | null;
  readonly offset: bigint | null;
  readonly span: Span;
}
