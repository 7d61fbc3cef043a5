import type { Ident, Span } from '../../ast/span.ts';
import { fail, type Env, type Scope } from '../env.ts';
import type { Val } from '../val.ts';
import type { Source } from './source.ts';

/** Columns of a source, then those of the query around it. */
export class SourceScope implements Scope {
  readonly source: Source | null;
  readonly outer: Scope | null;
  readonly #env: Env;
  /** Set when a name of the query around was used: the subquery is correlated. */
  correlated = false;

  constructor(source: Source | null, outer: Scope | null, env: Env) {
    this.source = source;
    this.outer = outer;
    this.#env = env;
  }

  /** A name of this query alone. */
  own(parts: readonly Ident[], span: Span): Val | null {
    if (this.source === null) return null;
    if (parts.length === 1) {
      const found = this.source.column(parts[0]!.name);
      if (found === 'ambiguous')
        throw fail(this.#env, 'query.unknown_field', span, `column '${parts[0]!.name}' is ambiguous`, { field: parts[0]!.name });
      return found;
    }
    if (parts.length === 2) {
      const found = this.source.qualified(parts[0]!.name, parts[1]!.name);
      if (found !== null) return found;
    }
    // A leaf of a JSON field may be written without quotes: a.b.c
    const whole = this.source.column(parts.map((part) => part.name).join('.'));
    return whole === 'ambiguous' ? null : whole;
  }

  name(parts: readonly Ident[], span: Span): Val | null {
    const own = this.own(parts, span);
    if (own !== null) return own;
    const outer = this.outer?.name(parts, span) ?? null;
    if (outer !== null) this.correlated = true;
    return outer;
  }

  *names(): Iterable<string> {
    if (this.source !== null) yield* this.source.names();
    if (this.outer !== null) yield* this.outer.names();
  }
}
