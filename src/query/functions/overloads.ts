import { coerces, commonType, isInteger, isNumber, sameType, UNKNOWN, type SqlType } from '../types/sql-type.ts';
import type { Overload } from './define.ts';

/** What is known of an argument: its type, or that it is a lambda of so many parameters. */
export type ArgShape = SqlType | { readonly lambda: number };

export interface Match {
  readonly overload: Overload;
  readonly bound: Map<string, SqlType>;
}

/** The overload that takes these arguments with the fewest conversions; null: none does. */
export function matchOverload(overloads: readonly Overload[], args: readonly ArgShape[]): Match | null {
  let best: Match | null = null;
  let least = Infinity;
  for (const overload of overloads) {
    const bound = new Map<string, SqlType>();
    const cost = fit(overload, args, bound);
    if (cost !== null && cost < least) {
      least = cost;
      best = { overload, bound };
    }
  }
  return best;
}

export function paramAt(overload: Overload, at: number): SqlType | undefined {
  return overload.params[at] ?? (overload.variadic ? overload.params.at(-1) : undefined);
}

function fit(overload: Overload, args: readonly ArgShape[], bound: Map<string, SqlType>): number | null {
  const { params, variadic } = overload;
  if (variadic ? args.length < params.length - 1 : args.length !== params.length) return null;
  for (const [i, arg] of args.entries()) {
    const param = paramAt(overload, i)!;
    if ('lambda' in arg) {
      if (param.k !== 'function' || param.args.length !== arg.lambda) return null;
    } else if (param.k === 'function' || !unify(param, arg, bound)) return null;
  }
  let cost = 0;
  for (const [i, arg] of args.entries()) {
    if ('lambda' in arg) continue;
    const wanted = substitute(paramAt(overload, i)!, bound);
    if (wanted.k === 'any') cost += 0.1;
    else if (arg.k === 'unknown') cost += 0.5;
    else if (!coerces(arg, wanted)) return null;
    else if (!sameType(arg, wanted)) cost += 1 + distance(arg, wanted);
  }
  return cost + (variadic ? 0.01 : 0);
}

const ORDER = ['tinyint', 'smallint', 'integer', 'bigint', 'decimal', 'real', 'double'];
function distance(from: SqlType, to: SqlType): number {
  return isNumber(from) && isNumber(to) ? (ORDER.indexOf(to.k) - ORDER.indexOf(from.k)) / 10 : 0;
}

/** Binds the variables of `param` so that `arg` is taken; false: it cannot be. */
export function unify(param: SqlType, arg: SqlType, bound: Map<string, SqlType>): boolean {
  if (param.k === 'var') {
    if (param.name === 'number' && arg.k !== 'unknown' && !isNumber(arg)) return false;
    if (param.name === 'int' && arg.k !== 'unknown' && !isInteger(arg)) return false;
    if (param.name === 'decimal' && arg.k !== 'decimal') return false;
    const now = bound.get(param.name) ?? UNKNOWN;
    const both = commonType(now, arg);
    if (both === null) return false;
    bound.set(param.name, both);
    return true;
  }
  if (arg.k === 'unknown') return true;
  if (param.k === 'array') return arg.k === 'array' && unify(param.of, arg.of, bound);
  if (param.k === 'map') return arg.k === 'map' && unify(param.key, arg.key, bound) && unify(param.value, arg.value, bound);
  if (param.k === 'row')
    return (
      arg.k === 'row' &&
      arg.fields.length === param.fields.length &&
      param.fields.every((field, i) => unify(field.type, arg.fields[i]!.type, bound))
    );
  return coerces(arg, param);
}

export function substitute(type: SqlType, bound: ReadonlyMap<string, SqlType>): SqlType {
  switch (type.k) {
    case 'var':
      return bound.get(type.name) ?? UNKNOWN;
    case 'array':
      return { k: 'array', of: substitute(type.of, bound) };
    case 'map':
      return { k: 'map', key: substitute(type.key, bound), value: substitute(type.value, bound) };
    case 'row':
      return { k: 'row', fields: type.fields.map((field) => ({ name: field.name, type: substitute(field.type, bound) })) };
    default:
      return type;
  }
}
