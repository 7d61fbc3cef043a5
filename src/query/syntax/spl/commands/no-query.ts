/** SPL expressions hold no queries. */
export function noQuery(): never {
  throw new TypeError('an expression of SPL holds no query');
}
