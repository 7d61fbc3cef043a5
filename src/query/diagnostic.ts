/** Something about a query worth telling that is no error; offsets into the query string. */
export interface Diagnostic {
  readonly message: string;
  readonly from: number;
  readonly to: number;
}
