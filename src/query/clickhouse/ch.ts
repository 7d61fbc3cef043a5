/**
 * The engine's statements as data. The compiler only ever builds these nodes: names of functions and columns come from our own code
 * (checked again by the printer), whatever a user wrote is a `param` (design D11).
 */
export type Ch =
  | { readonly t: 'call'; readonly fn: string; readonly args: readonly Ch[] }
  /** Aggregate or window function: `fn(params)(args)`, `params` are numbers of our own making. */
  | {
      readonly t: 'agg';
      readonly fn: string;
      readonly params: readonly (number | string)[];
      readonly args: readonly Ch[];
      readonly distinct?: boolean;
    }
  | { readonly t: 'window'; readonly of: Ch; readonly partition: readonly Ch[]; readonly order: readonly ChOrder[]; readonly frame: string }
  | { readonly t: 'param'; readonly type: string; readonly value: unknown }
  /** A column, `alias.name` when `of` is given. */
  | { readonly t: 'col'; readonly name: string; readonly of?: string }
  | { readonly t: 'lambda'; readonly vars: readonly string[]; readonly body: Ch }
  /** Text of our own: constants of the compiler and expressions published by the store, with `{…}` holes for nodes. */
  | { readonly t: 'raw'; readonly parts: readonly (string | Ch)[] }
  | { readonly t: 'query'; readonly of: ChQuery }
  | { readonly t: 'in'; readonly value: Ch; readonly query: ChQuery; readonly not: boolean };

export interface ChOrder {
  readonly by: Ch;
  readonly desc: boolean;
  readonly nullsFirst: boolean;
}

export interface ChColumn {
  readonly as: string;
  readonly ch: Ch;
}

export type ChFrom =
  | { readonly t: 'table'; readonly name: string }
  | { readonly t: 'sub'; readonly of: ChQuery; readonly as: string }
  | {
      readonly t: 'join';
      readonly kind: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS';
      readonly left: ChFrom;
      readonly right: ChFrom;
      readonly on: Ch | null;
    };

export type ChQuery =
  | ChSelect
  | {
      readonly t: 'set';
      readonly op: 'UNION ALL' | 'UNION DISTINCT' | 'INTERSECT DISTINCT' | 'EXCEPT DISTINCT';
      readonly of: readonly ChQuery[];
    };

export interface ChSelect {
  readonly t: 'select';
  readonly distinct?: boolean;
  readonly columns: readonly ChColumn[];
  readonly from: ChFrom | null;
  readonly arrayJoin?: { readonly left: boolean; readonly items: readonly ChColumn[] } | null;
  readonly where?: Ch | null;
  readonly group?: readonly Ch[] | null;
  /** GROUPING SETS over positions of `group`. */
  readonly sets?: readonly (readonly number[])[] | null;
  readonly order?: readonly ChOrder[];
  readonly limit?: Ch | null;
  readonly offset?: Ch | null;
  /** WITH FILL on the first order key. */
  readonly fill?: { readonly from: Ch | null; readonly to: Ch | null; readonly step: Ch } | null;
}

export const call = (fn: string, ...args: readonly Ch[]): Ch => ({ t: 'call', fn, args });
export const agg = (fn: string, args: readonly Ch[], params: readonly (number | string)[] = []): Ch => ({ t: 'agg', fn, params, args });
export const col = (name: string, of?: string): Ch => (of === undefined ? { t: 'col', name } : { t: 'col', name, of });
export const str = (value: string): Ch => ({ t: 'param', type: 'String', value });
export const int = (value: number | bigint): Ch => ({ t: 'param', type: 'Int64', value: String(value) });
export const float = (value: number): Ch => ({ t: 'param', type: 'Float64', value: floatText(value) });
export const bool = (value: boolean): Ch => raw(value ? 'true' : 'false');
export const raw = (...parts: readonly (string | Ch)[]): Ch => ({ t: 'raw', parts });
export const NULL: Ch = raw('NULL');
export const lambda = (vars: readonly string[], body: Ch): Ch => ({ t: 'lambda', vars, body });
/** `n` as digits, where the engine wants a literal. */
export const digits = (n: number | bigint): Ch => raw(String(n));

export function and(...of: readonly Ch[]): Ch {
  const [first, ...rest] = of;
  if (first === undefined) return raw('1');
  return rest.length === 0 ? first : call('and', ...of);
}

export function or(...of: readonly Ch[]): Ch {
  const [first, ...rest] = of;
  if (first === undefined) return raw('0');
  return rest.length === 0 ? first : call('or', ...of);
}

export const not = (of: Ch): Ch => call('not', of);
export const eq = (a: Ch, b: Ch): Ch => call('equals', a, b);
export const cond = (test: Ch, yes: Ch, no: Ch): Ch => call('if', test, yes, no);
export const cast = (of: Ch, type: string): Ch => raw('CAST(', of, `, '${type.replaceAll("'", "\\'")}')`);

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

let lambdaCount = 0;
/** A lambda over one fresh variable; names repeat only after 100,000, far beyond what one statement holds. */
export function fresh(body: (v: Ch) => Ch): Ch {
  lambdaCount = (lambdaCount + 1) % 100_000;
  const name = `v${lambdaCount}_`;
  return lambda([name], body(col(name)));
}

/** Number of nodes, up to a limit: how much text a repetition costs. */
export function sizeOf(ch: Ch, limit = 60): number {
  let n = 1;
  const add = (parts: readonly (Ch | string)[]): void => {
    for (const part of parts) {
      if (n >= limit) return;
      if (typeof part !== 'string') n += sizeOf(part, limit - n);
    }
  };
  if (ch.t === 'call' || ch.t === 'agg') add(ch.args);
  else if (ch.t === 'raw') add(ch.parts);
  else if (ch.t === 'lambda') add([ch.body]);
  else if (ch.t === 'query' || ch.t === 'in' || ch.t === 'window') n += 20;
  return n;
}

/** `let`: computes `value` once and uses it several times (a text that repeats grows exponentially with nesting). */
export function bind(value: Ch, body: (v: Ch) => Ch): Ch {
  if (value.t === 'col' || value.t === 'param') return body(value);
  return raw(call('arrayMap', fresh(body), call('array', value)), '[1]');
}
