import type { Ch } from '../clickhouse/ch.ts';

/** How text is cut into terms. */
export interface Tokenizing {
  /** Characters between terms; none: the whole value is one term. */
  readonly token: readonly string[];
  readonly caseSensitive: boolean;
  /** Chinese is matched by its words: anywhere in a run. */
  readonly chn: boolean;
}

export interface SearchField extends Tokenizing {
  readonly name: string;
  readonly type: 'text' | 'long' | 'double';
  /** Text of the value, '' when absent: String. */
  readonly text: Ch;
  /** long, double: the number, Nullable. */
  readonly number: Ch | null;
  /** UInt8: the log has the field. */
  readonly has: Ch;
  /** An index that leaves out rows without the token (lower-case letters and digits); null: there is none. */
  prune(token: string): Ch | null;
}

/** What a search part can ask of rows: see `log-search.ts` for a logstore, `plain-search.ts` for other tables. */
export interface SearchCatalog {
  /** Terms without a field; null: they cannot be searched. */
  readonly line: Tokenizing | null;
  /** UInt8: some value of the row has the token (lower-case letters and digits). Uses every index there is. */
  anyToken(token: string): Ch;
  /** All values as one text, a newline between; lower-cased (ASCII) unless `cased`. */
  lineText(cased: boolean): Ch;
  /** Without regard to case; null: the field has no index. */
  field(name: string): SearchField | null;
  names(): Iterable<string>;
}
