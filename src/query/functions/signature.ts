import type { SqlType } from '../types/sql-type.ts';
import { arrayOf, mapOf } from '../types/sql-type.ts';
import type { Signature } from './define.ts';

/**
 * Reads `name(type, type...): type?`. Types: Presto's names, single capital letters for variables, `number` for any number, `any`,
 * `(T,U)->V` for lambdas, `...` after the last parameter when it repeats, `?` after the result when it can be NULL by itself.
 */
export function parseSignature(text: string): Signature {
  const reader = new Reader(text.slice(text.indexOf('(')));
  reader.expect('(');
  const params: SqlType[] = [];
  let variadic = false;
  while (!reader.take(')')) {
    params.push(reader.type());
    if (reader.take('...')) variadic = true;
    reader.take(',');
  }
  reader.expect(':');
  const result = reader.type();
  const nullable = reader.take('?');
  return { params, variadic, result, nullable };
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  take(what: string): boolean {
    while (this.#text[this.#at] === ' ') this.#at++;
    if (!this.#text.startsWith(what, this.#at)) return false;
    this.#at += what.length;
    return true;
  }

  expect(what: string): void {
    if (!this.take(what)) throw new Error(`signature '${this.#text}': expected ${what} at ${this.#at}`);
  }

  type(): SqlType {
    if (this.take('(')) {
      const args: SqlType[] = [];
      while (!this.take(')')) {
        args.push(this.type());
        this.take(',');
      }
      this.expect('->');
      return { k: 'function', args, result: this.type() };
    }
    while (this.#text[this.#at] === ' ') this.#at++;
    const word = /^[A-Za-z]+/.exec(this.#text.slice(this.#at))?.[0];
    if (word === undefined) throw new Error(`signature '${this.#text}': expected a type at ${this.#at}`);
    this.#at += word.length;
    if (/^[A-Z]$/.test(word)) return { k: 'var', name: word };
    const args: SqlType[] = [];
    if (this.take('(')) {
      while (!this.take(')')) {
        args.push(this.type());
        this.take(',');
      }
    }
    if (word === 'array') return arrayOf(args[0]!);
    if (word === 'map') return mapOf(args[0]!, args[1]!);
    if (word === 'row') return { k: 'row', fields: args.map((type) => ({ name: null, type })) };
    if (word === 'timestamptz') return { k: 'timestamptz', zone: null };
    if (word === 'number') return { k: 'var', name: 'number' };
    if (word === 'int' || word === 'decimal') return { k: 'var', name: word };
    return { k: word } as SqlType;
  }
}
