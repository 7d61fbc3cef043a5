declare module 'virtual:routes' {
  export const API_PREFIX: string;
  export const CSRF_HEADER: string;
  /** Operation id → method, path, whether it takes an Idempotency-Key. */
  export const ROUTE_TABLE: Readonly<Record<string, readonly [method: string, path: string, idempotent: boolean]>>;
}
