import type { Ident, Span } from '../ast/span.ts';
import type { Scope } from './env.ts';
import type { Val } from './val.ts';

/** The parameters of a lambda over the scope it stands in. */
export class LambdaScope implements Scope {
  readonly #outer: Scope;
  readonly #params: readonly Ident[];
  readonly #values: readonly Val[];

  constructor(outer: Scope, params: readonly Ident[], values: readonly Val[]) {
    this.#outer = outer;
    this.#params = params;
    this.#values = values;
  }

  name(parts: readonly Ident[], span: Span): Val | null {
    const [first] = parts;
    if (parts.length === 1 && first !== undefined) {
      const at = this.#params.findIndex((param) => param.name.toLowerCase() === first.name.toLowerCase());
      if (at >= 0) return this.#values[at]!;
    } else if (this.#params.some((param) => param.name.toLowerCase() === first?.name.toLowerCase())) return null;
    return this.#outer.name(parts, span);
  }

  *names(): Iterable<string> {
    for (const param of this.#params) yield param.name;
    yield* this.#outer.names();
  }
}
