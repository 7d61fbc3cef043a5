/** Half-open range of UTF-16 offsets in the whole query string. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A name as written; `quoted` in double quotes. */
export interface Ident {
  readonly name: string;
  readonly quoted: boolean;
  readonly span: Span;
}
