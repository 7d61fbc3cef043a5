import type { Ident, Span } from './span.ts';

export type CompareSign = '>' | '>=' | '<' | '<=' | '=';

export type SearchValue = { readonly span: Span } &
  /** `*` after a field: it exists. */
  (
    | { readonly k: 'any' }
    /** Bare; `*` and `?` in it are wildcards. */
    | { readonly k: 'word'; readonly text: string }
    | { readonly k: 'string'; readonly text: string }
    /** `#"…"`: contiguous. */
    | { readonly k: 'phrase'; readonly text: string }
  );

/** The search part of a query (sls-query §2.1). */
export type SearchExpr = { readonly span: Span } &
  /** `*` or nothing. */
  (
    | { readonly k: 'all'; readonly written: boolean }
    | { readonly k: 'and'; readonly of: readonly SearchExpr[] }
    | { readonly k: 'or'; readonly of: readonly SearchExpr[] }
    | { readonly k: 'not'; readonly of: SearchExpr }
    | { readonly k: 'term'; readonly value: SearchValue }
    | { readonly k: 'field'; readonly name: Ident; readonly value: SearchValue }
    | { readonly k: 'compare'; readonly name: Ident; readonly sign: CompareSign; readonly number: string }
    | {
        readonly k: 'range';
        readonly name: Ident;
        readonly low: string;
        readonly high: string;
        readonly lowIn: boolean;
        readonly highIn: boolean;
      }
    /** `similarity(field, "text") < n` */
    | { readonly k: 'similar'; readonly name: Ident; readonly text: string; readonly sign: CompareSign; readonly number: string }
  );
