import type { Ch, ChColumn, ChFrom } from '../../clickhouse/ch.ts';
import { call, col, raw } from '../../clickhouse/ch.ts';
import { isComplex, type SqlType } from '../../types/sql-type.ts';
import { alone, element, type Val } from '../val.ts';
import type { Names, Source } from './source.ts';

export type JoinKind = 'inner' | 'left' | 'right' | 'full' | 'cross';

/** Two sources joined. Sides that may lack a partner have columns that may be NULL. */
export class JoinSource implements Source {
  readonly qualifier = null;
  readonly #left: Source;
  readonly #right: Source;
  readonly #kind: JoinKind;
  /** Columns of USING: lower-case name to the merged value. */
  readonly using = new Map<string, Val>();
  on: Ch | null = null;

  constructor(left: Source, right: Source, kind: JoinKind) {
    this.#left = left;
    this.#right = right;
    this.#kind = kind;
  }

  get used(): boolean {
    return true;
  }

  #leftVal(v: Val | null): Val | null {
    return v !== null && (this.#kind === 'right' || this.#kind === 'full') && !isComplex(v.type) ? { ...alone(v), nullable: true } : v;
  }

  #rightVal(v: Val | null): Val | null {
    return v !== null && (this.#kind === 'left' || this.#kind === 'full') && !isComplex(v.type) ? { ...alone(v), nullable: true } : v;
  }

  column(name: string): Val | null | 'ambiguous' {
    const merged = this.using.get(name.toLowerCase());
    if (merged !== undefined) return merged;
    const left = this.#left.column(name);
    const right = this.#right.column(name);
    if (left === 'ambiguous' || right === 'ambiguous' || (left !== null && right !== null)) return 'ambiguous';
    return left === null ? this.#rightVal(right) : this.#leftVal(left);
  }

  qualified(qualifier: string, name: string): Val | null {
    return this.#leftVal(this.#left.qualified(qualifier, name)) ?? this.#rightVal(this.#right.qualified(qualifier, name));
  }

  star(of: string | null): readonly string[] | null {
    if (of !== null) return this.#left.star(of) ?? this.#right.star(of);
    const without = (names: readonly string[] | null): string[] => (names ?? []).filter((name) => !this.using.has(name.toLowerCase()));
    return [...this.using.keys(), ...without(this.#left.star(null)), ...without(this.#right.star(null))];
  }

  /** Both sides' columns in order, each with its value. */
  starValues(): readonly { readonly name: string; readonly v: Val }[] {
    const side = (source: Source, fix: (v: Val | null) => Val | null): { name: string; v: Val }[] => {
      if (source instanceof JoinSource) return source.starValues().map((one) => ({ name: one.name, v: fix(one.v)! }));
      return (source.star(null) ?? []).flatMap((name) => {
        const v = source.column(name);
        return v === null || v === 'ambiguous' ? [] : [{ name, v: fix(v)! }];
      });
    };
    const all = [...side(this.#left, (v) => this.#leftVal(v)), ...side(this.#right, (v) => this.#rightVal(v))].filter(
      (one) => !this.using.has(one.name.toLowerCase()),
    );
    return [...[...this.using].map(([name, v]) => ({ name, v })), ...all];
  }

  *names(): Iterable<string> {
    yield* this.#left.names();
    yield* this.#right.names();
  }

  from(): ChFrom | null {
    const left = this.#left.from();
    const right = this.#right.from();
    if (left === null) return right;
    if (right === null) return left;
    const kind = this.#kind === 'cross' ? 'CROSS' : (this.#kind.toUpperCase() as 'INNER' | 'LEFT' | 'RIGHT' | 'FULL');
    return { t: 'join', kind, left, right, on: this.on };
  }
}

/** `left, unnest(…)`: rows of the left side multiplied by the elements. Columns of the left pass through. */
export class UnnestSource implements Source {
  readonly qualifier = null;
  readonly used = true;
  readonly #left: Source | null;
  readonly #as: string;
  readonly #ids: Names;
  readonly #passed = new Map<Ch, { readonly as: string; readonly seen: Val }>();
  readonly #joined: ChColumn[] = [];
  readonly #items: { readonly name: string; readonly as: string; readonly ch: Ch; readonly type: SqlType }[] = [];
  readonly #aliases: { readonly qualifier: string | null; readonly columns: readonly string[] };

  constructor(
    left: Source | null,
    arrays: readonly Val[],
    ordinality: boolean,
    alias: { readonly qualifier: string | null; readonly columns: readonly string[] },
    ids: Names,
  ) {
    this.#left = left;
    this.#ids = ids;
    this.#as = `t${ids.next++}`;
    this.#aliases = alias;
    const plain = arrays.map((v) => (v.nullable ? raw(v.ch, '[1]') : v.ch));
    const length =
      arrays.length === 1
        ? null
        : raw('arrayMax([', ...plain.flatMap((ch, i): (string | Ch)[] => [i === 0 ? '' : ', ', raw('length(', ch, ')')]), '])');
    const sized = (ch: Ch, type: SqlType): Ch =>
      length === null ? ch : call('arrayResize', ch, length, isComplex(type) ? raw('[]') : raw('NULL'));
    for (const [i, v] of arrays.entries()) {
      const array = plain[i]!;
      if (v.type.k === 'map') {
        this.#add(sized(raw('arrayMap(k_ -> toNullable(k_), mapKeys(', array, '))'), v.type.key), v.type.key);
        this.#add(sized(raw('mapValues(', array, ')'), v.type.value), v.type.value);
      } else if (v.type.k === 'array' && v.type.of.k === 'row') {
        const as = this.#join(sized(array, v.type.of));
        for (const [k, field] of v.type.of.fields.entries()) this.#item(raw(col(as), `[1].${k + 1}`), field.type);
      } else if (v.type.k === 'array') this.#add(sized(array, v.type.of), v.type.of);
    }
    if (ordinality) {
      const as = this.#join(
        raw(
          'arrayMap(i_ -> toNullable(toInt64(i_)), ',
          length === null ? raw('arrayEnumerate(', plain[0]!, ')') : raw('range(1, ', length, ' + 1)'),
          ')',
        ),
      );
      this.#item(col(as), { k: 'bigint' });
    }
  }

  #join(array: Ch): string {
    const as = `e${this.#ids.next++}`;
    this.#joined.push({ as, ch: array });
    return as;
  }

  #add(array: Ch, type: SqlType): void {
    this.#item(col(this.#join(array)), type);
  }

  #item(ch: Ch, type: SqlType): void {
    const at = this.#items.length;
    this.#items.push({ name: this.#aliases.columns[at] ?? `_col${at}`, as: `u${this.#ids.next++}`, ch, type });
  }

  /** Number of columns the arrays give. */
  get width(): number {
    return this.#items.length;
  }

  #own(name: string): Val | null {
    const found = this.#items.find((item) => item.name.toLowerCase() === name.toLowerCase());
    return found === undefined ? null : element(col(found.as, this.#as), found.type);
  }

  #pass(v: Val): Val {
    const known = this.#passed.get(v.ch);
    if (known !== undefined) return known.seen;
    const as = `x${this.#ids.next++}`;
    const seen = { ...alone(v), ch: col(as, this.#as) };
    this.#passed.set(v.ch, { as, seen });
    return seen;
  }

  column(name: string): Val | null | 'ambiguous' {
    const own = this.#own(name);
    const left = this.#left?.column(name) ?? null;
    if (left === 'ambiguous' || (own !== null && left !== null)) return 'ambiguous';
    return left === null ? own : this.#pass(left);
  }

  qualified(qualifier: string, name: string): Val | null {
    if (qualifier.toLowerCase() === this.#aliases.qualifier) return this.#own(name);
    const left = this.#left?.qualified(qualifier, name) ?? null;
    return left === null ? null : this.#pass(left);
  }

  star(of: string | null): readonly string[] | null {
    const own = this.#items.map((item) => item.name);
    if (of !== null) return of === this.#aliases.qualifier ? own : (this.#left?.star(of) ?? null);
    return [...(this.#left?.star(null) ?? []), ...own];
  }

  *names(): Iterable<string> {
    if (this.#left !== null) yield* this.#left.names();
    for (const item of this.#items) yield item.name;
  }

  from(): ChFrom {
    const columns: ChColumn[] = [...this.#passed].map(([ch, { as }]) => ({ as, ch }));
    for (const item of this.#items) columns.push({ as: item.as, ch: item.ch });
    const from = this.#left?.from() ?? {
      t: 'sub' as const,
      as: `t${this.#ids.next++}`,
      of: { t: 'select' as const, columns: [{ as: `x${this.#ids.next++}`, ch: raw('1') }], from: null },
    };
    return { t: 'sub', as: this.#as, of: { t: 'select', columns, from, arrayJoin: { left: false, items: this.#joined } } };
  }
}
