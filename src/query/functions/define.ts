import type { Ch } from '../clickhouse/ch.ts';
import type { Span } from '../ast/span.ts';
import type { Env, Failing } from '../lower/env.ts';
import type { Val } from '../lower/val.ts';
import type { SqlType } from '../types/sql-type.ts';
import { parseSignature } from './signature.ts';

/** What a function's lowering is told. */
export interface CallContext {
  readonly env: Env;
  readonly failing: Failing;
  readonly span: Span;
  readonly name: string;
  /** Type of the result, variables bound. */
  readonly result: SqlType;
}

/** Turns arguments, already of the parameters' types, into an expression. A plain node is NULL-able as `strict` and `?` say. */
export type Build = (args: readonly Val[], cx: CallContext) => Ch | Val;

export interface Signature {
  readonly params: readonly SqlType[];
  /** The last parameter may repeat (or be left out). */
  readonly variadic: boolean;
  readonly result: SqlType;
  /** The result may be NULL although no argument is. */
  readonly nullable: boolean;
}

export interface Overload extends Signature {
  /** As in the reference page: `substr(text varchar, start bigint): varchar`. */
  readonly text: string;
  readonly build: Build;
  /** NULL in gives NULL out, and the builder never sees one; false: the builder deals with NULL. */
  readonly strict: boolean;
}

export interface FunctionEntry {
  readonly name: string;
  readonly kind: 'scalar' | 'aggregate' | 'window';
  readonly topic: string;
  readonly overloads: readonly Overload[];
  /** Q: SQL, S: SPL. */
  readonly languages: 'Q' | 'S' | 'QS';
  /** Against what SLS documents and Presto answers. */
  readonly state: 'same' | 'differs' | 'refused';
  readonly doc: string;
}

interface Options {
  readonly languages?: 'Q' | 'S' | 'QS';
  readonly state?: 'same' | 'differs' | 'refused';
  readonly strict?: boolean;
  readonly kind?: 'scalar' | 'aggregate' | 'window';
}

/** `fn('string', 'Lower case.', ['lower(varchar): varchar', build])`: one entry per name, one overload per pair. */
export function fn(topic: string, doc: string, overloads: readonly (readonly [string, Build])[], options: Options = {}): FunctionEntry {
  const made = overloads.map(([text, build]): Overload => ({ ...parseSignature(text), text, build, strict: options.strict ?? true }));
  return {
    name: overloads[0]![0].slice(0, overloads[0]![0].indexOf('(')),
    kind: options.kind ?? 'scalar',
    topic,
    overloads: made,
    languages: options.languages ?? 'QS',
    state: options.state ?? 'same',
    doc,
  };
}

/** The same function under another name. */
export function alias(name: string, of: FunctionEntry): FunctionEntry {
  return { ...of, name, overloads: of.overloads.map((one) => ({ ...one, text: name + one.text.slice(one.text.indexOf('(')) })) };
}

/** A function that exists in SLS and is refused here, with the reason and what to use instead. */
export function refused(topic: string, names: readonly string[], doc: string): FunctionEntry[] {
  return names.map((name) => ({ name, kind: 'scalar', topic, overloads: [], languages: 'Q', state: 'refused', doc }));
}
