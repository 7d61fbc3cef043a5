/**
 * What a Sigma detection means, free of YAML, field mappings and any engine (Sigma specification 2.1.0).
 * Two-valued: a test on an absent field is false, and its negation true.
 */

/** A wildcard of a Sigma text: `*` any run (also none), `?` exactly one character. */
export interface Wild {
  readonly wild: '*' | '?';
}

/** A text value: literal stretches and wildcards in order, no two literals side by side. Empty list: the empty string. */
export type SigmaText = readonly (string | Wild)[];

export type CompareOp = 'lt' | 'lte' | 'gt' | 'gte';
export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';
/** How a text has to sit in a field, for comparisons with another field. */
export type Placement = 'whole' | 'startswith' | 'endswith' | 'contains';

export type SigmaTest =
  /** The whole field against the text; not `cased`: both sides folded by Unicode's full lower-case mapping. */
  | { readonly kind: 'text'; readonly text: SigmaText; readonly cased: boolean }
  /** An unquoted number: compared as a number with a number column, as its decimal text otherwise. */
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** No value. */
  | { readonly kind: 'null' }
  | { readonly kind: 'exists'; readonly value: boolean }
  | { readonly kind: 'compare'; readonly op: CompareOp; readonly value: number }
  /** `network` is canonical: address/prefix of IPv4 or IPv6. */
  | { readonly kind: 'cidr'; readonly network: string }
  | { readonly kind: 'regex'; readonly pattern: string; readonly i: boolean; readonly m: boolean; readonly s: boolean }
  | { readonly kind: 'fieldref'; readonly field: string; readonly placement: Placement; readonly cased: boolean }
  | { readonly kind: 'timepart'; readonly part: TimePart; readonly value: number };

/** One `field|modifiers: values` line. `field` null: a keyword, searched in the whole event. Tests join by OR, by AND with `every`. */
export interface SigmaItem {
  readonly kind: 'item';
  readonly field: string | null;
  readonly tests: readonly SigmaTest[];
  readonly every: boolean;
}

export type SigmaExpr =
  | SigmaItem
  | { readonly kind: 'and'; readonly of: readonly SigmaExpr[] }
  | { readonly kind: 'or'; readonly of: readonly SigmaExpr[] }
  | { readonly kind: 'not'; readonly of: SigmaExpr }
  | { readonly kind: 'const'; readonly value: boolean };

export type SigmaLevel = 'informational' | 'low' | 'medium' | 'high' | 'critical';

export interface SigmaLogsource {
  readonly category: string | null;
  readonly product: string | null;
  readonly service: string | null;
}

/** What every kind of document may carry. Keys outside the specification are kept in `custom`. */
export interface SigmaHead {
  readonly title: string;
  /** UUID or any text; empty when the document has none. */
  readonly id: string;
  /** Unique handle for references; empty when the document has none. */
  readonly name: string;
  readonly status: string;
  readonly description: string;
  readonly author: string;
  readonly license: string;
  readonly date: string;
  readonly modified: string;
  readonly references: readonly string[];
  readonly tags: readonly string[];
  readonly falsepositives: readonly string[];
  readonly level: SigmaLevel | null;
  readonly custom: Readonly<Record<string, unknown>>;
}

export interface SigmaRule extends SigmaHead {
  readonly kind: 'rule';
  readonly logsource: SigmaLogsource;
  readonly fields: readonly string[];
  readonly detection: SigmaExpr;
}

/** A filter document: rules it names (null: any) with a covered logsource match only when `detection` does not. */
export interface SigmaFilter extends SigmaHead {
  readonly kind: 'filter';
  readonly logsource: SigmaLogsource;
  readonly rules: readonly string[] | null;
  readonly detection: SigmaExpr;
}

export type CorrelationType =
  'event_count' | 'value_count' | 'temporal' | 'temporal_ordered' | 'value_sum' | 'value_avg' | 'value_percentile' | 'value_median';

export type CountOp = 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq';

/** A boolean sentence over rule names, for temporal types. */
export type RuleSentence =
  | { readonly kind: 'rule'; readonly name: string }
  | { readonly kind: 'and'; readonly of: readonly RuleSentence[] }
  | { readonly kind: 'or'; readonly of: readonly RuleSentence[] }
  | { readonly kind: 'not'; readonly of: RuleSentence };

export interface SigmaCorrelation extends SigmaHead {
  readonly kind: 'correlation';
  readonly type: CorrelationType;
  /** Ids or names, in the order written. */
  readonly rules: readonly string[];
  readonly groupBy: readonly string[];
  readonly timespanSec: number;
  /** All must hold: `gt` with `lte` is a range. Empty for temporal types without a count. */
  readonly counts: readonly { readonly op: CountOp; readonly value: number }[];
  readonly sentence: RuleSentence | null;
  /** Fields whose values (as a tuple) are counted, or the one that is summed. */
  readonly valueFields: readonly string[];
  readonly percentile: number;
  /** alias → rule reference → field of that rule's events. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** True: the base rules raise their own alerts as well. */
  readonly generate: boolean;
}

export type SigmaDocument = SigmaRule | SigmaCorrelation | SigmaFilter;
