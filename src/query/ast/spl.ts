import type { Expr, ExprOf } from './expr.ts';
import type { Ident, Span } from './span.ts';

export type ParseMode = 'overwrite' | 'preserve';

export type SplCommand = { readonly span: Span } & (
  | { readonly k: 'where'; readonly test: Expr }
  | { readonly k: 'extend'; readonly items: readonly { readonly name: Ident; readonly expr: Expr }[] }
  | { readonly k: 'project'; readonly wildcard: boolean; readonly items: readonly { readonly name: Ident; readonly from: Ident | null }[] }
  | { readonly k: 'project-away'; readonly wildcard: boolean; readonly fields: readonly Ident[] }
  | { readonly k: 'project-rename'; readonly items: readonly { readonly name: Ident; readonly from: Ident }[] }
  | {
      readonly k: 'parse-json';
      readonly mode: ParseMode | null;
      readonly path: string | null;
      readonly prefix: string | null;
      readonly field: Ident;
    }
  | {
      readonly k: 'parse-regexp';
      readonly mode: ParseMode | null;
      readonly field: Ident;
      readonly pattern: string;
      readonly patternSpan: Span;
      readonly names: readonly Ident[];
    }
  | {
      readonly k: 'parse-csv';
      readonly mode: ParseMode | null;
      /** Escapes undone. */
      readonly delim: string | null;
      readonly quote: string | null;
      readonly strict: boolean;
      readonly field: Ident;
      readonly names: readonly Ident[];
    }
  | {
      readonly k: 'parse-kv';
      readonly mode: ParseMode | null;
      readonly prefix: string | null;
      readonly greedy: boolean;
      readonly field: Ident;
      readonly how:
        | { readonly k: 'separators'; readonly pair: string; readonly kv: string }
        | { readonly k: 'regexp'; readonly pattern: string; readonly patternSpan: Span }
        /** The older flags: a set of one-character separators. */
        | { readonly k: 'set'; readonly delims: string | null; readonly kv: string | null };
    }
  | {
      readonly k: 'pack-fields';
      readonly keep: boolean;
      readonly ltrim: string | null;
      readonly include: string | null;
      readonly exclude: string | null;
      readonly as: Ident;
    }
  | {
      readonly k: 'expand-values';
      readonly path: string | null;
      readonly limit: number | null;
      readonly keep: boolean;
      readonly field: Ident;
      readonly as: Ident | null;
    }
  | {
      readonly k: 'stats';
      readonly aggregates: readonly { readonly name: Ident; readonly call: ExprOf<'call'> }[];
      readonly by: readonly Ident[];
    }
  | { readonly k: 'sort'; readonly items: readonly { readonly field: Ident; readonly desc: boolean }[] }
  | { readonly k: 'limit'; readonly offset: number | null; readonly count: number }
  | {
      readonly k: 'make-series';
      readonly series: readonly { readonly name: Ident; readonly from: Ident | null; readonly fill: string | null }[];
      readonly on: Ident;
      readonly begin: SeriesBound | null;
      readonly end: SeriesBound | null;
      readonly step: string | null;
      readonly by: readonly Ident[];
    }
  | { readonly k: 'sample'; readonly percent: number }
  | { readonly k: 'render'; readonly text: string }
  | { readonly k: 'join'; readonly kind: 'inner' | 'left'; readonly dataset: string; readonly on: Expr }
);

export type SeriesBound = { readonly k: 'text'; readonly value: string } | { readonly k: 'field'; readonly field: Ident };
export type CommandOf<K extends SplCommand['k']> = Extract<SplCommand, { readonly k: K }>;

export type SplSource =
  | { readonly k: 'search'; readonly text: string; readonly span: Span }
  | { readonly k: 'dataset'; readonly name: string; readonly span: Span };

export interface SplPipeline {
  readonly source: SplSource;
  readonly commands: readonly SplCommand[];
  readonly span: Span;
}

export interface SplProgram {
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  readonly datasets: readonly { readonly name: string; readonly pipeline: SplPipeline }[];
  readonly pipeline: SplPipeline;
}
