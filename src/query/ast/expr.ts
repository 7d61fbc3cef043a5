import type { Ident, Span } from './span.ts';
import type { SelectQuery, SortItem } from './sql.ts';

/** Type as written in a cast: `array(map(varchar, bigint))`, `row(a bigint)`, `decimal(10,2)`. */
export interface TypeAst {
  readonly name: string;
  readonly args: readonly (TypeAst | number)[];
  /** row only */
  readonly fields: readonly (Ident | null)[];
  readonly span: Span;
}

export type CompareOp = '=' | '<>' | '<' | '<=' | '>' | '>=';
export type BinaryOp = CompareOp | 'and' | 'or' | '+' | '-' | '*' | '/' | '%' | '||';

export interface WindowSpec {
  readonly partition: readonly Expr[];
  readonly order: readonly SortItem[];
  readonly frame: {
    readonly unit: 'rows' | 'range';
    readonly start: FrameBound;
    readonly end: FrameBound | null;
  } | null;
}
export interface FrameBound {
  readonly k: 'unbounded preceding' | 'preceding' | 'current row' | 'following' | 'unbounded following';
  readonly offset: Expr | null;
}

/** Expression of SQL and SPL. `span` covers the text it was read from. */
export type Expr = { readonly span: Span } & (
  | { readonly k: 'null' }
  | { readonly k: 'bool'; readonly value: boolean }
  | { readonly k: 'int'; readonly value: bigint }
  | { readonly k: 'float'; readonly text: string }
  | { readonly k: 'string'; readonly value: string }
  | { readonly k: 'binary'; readonly hex: string }
  /** `date '…'`, `timestamp '…'`, `decimal '…'`, `json '…'` … */
  | { readonly k: 'typed'; readonly type: string; readonly value: string }
  | { readonly k: 'interval'; readonly negative: boolean; readonly value: string; readonly from: string; readonly to: string | null }
  | { readonly k: 'name'; readonly parts: readonly Ident[] }
  | { readonly k: 'unary'; readonly op: '-' | '+' | 'not'; readonly of: Expr }
  | { readonly k: 'op'; readonly op: BinaryOp; readonly left: Expr; readonly right: Expr }
  | { readonly k: 'between'; readonly of: Expr; readonly low: Expr; readonly high: Expr; readonly not: boolean }
  | { readonly k: 'in'; readonly of: Expr; readonly list: readonly Expr[]; readonly not: boolean }
  | { readonly k: 'inQuery'; readonly of: Expr; readonly query: SelectQuery; readonly not: boolean }
  | { readonly k: 'like'; readonly of: Expr; readonly pattern: Expr; readonly escape: Expr | null; readonly not: boolean }
  | { readonly k: 'isNull'; readonly of: Expr; readonly not: boolean }
  | { readonly k: 'distinctFrom'; readonly left: Expr; readonly right: Expr; readonly not: boolean }
  | {
      readonly k: 'case';
      readonly of: Expr | null;
      readonly whens: readonly { readonly when: Expr; readonly result: Expr }[];
      readonly otherwise: Expr | null;
    }
  | { readonly k: 'cast'; readonly of: Expr; readonly type: TypeAst; readonly try: boolean }
  | {
      readonly k: 'call';
      readonly name: Ident;
      readonly args: readonly Expr[];
      readonly star: boolean;
      readonly distinct: boolean;
      readonly order: readonly SortItem[];
      readonly filter: Expr | null;
      readonly over: WindowSpec | null;
    }
  | { readonly k: 'lambda'; readonly params: readonly Ident[]; readonly body: Expr }
  | { readonly k: 'array'; readonly items: readonly Expr[] }
  | { readonly k: 'row'; readonly items: readonly Expr[] }
  | { readonly k: 'subscript'; readonly of: Expr; readonly index: Expr }
  | { readonly k: 'field'; readonly of: Expr; readonly name: Ident }
  | { readonly k: 'subquery'; readonly query: SelectQuery }
  | { readonly k: 'exists'; readonly query: SelectQuery }
  | { readonly k: 'quantified'; readonly op: CompareOp; readonly left: Expr; readonly every: boolean; readonly query: SelectQuery }
  | { readonly k: 'extract'; readonly field: string; readonly of: Expr }
  | { readonly k: 'atTimeZone'; readonly of: Expr; readonly zone: Expr }
  | { readonly k: 'current'; readonly name: 'current_date' | 'current_time' | 'current_timestamp' | 'localtime' | 'localtimestamp' }
);

export type ExprOf<K extends Expr['k']> = Extract<Expr, { readonly k: K }>;
