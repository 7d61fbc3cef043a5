import type { FieldCatalog } from '../../catalog/field-catalog.ts';
import { col, type Ch, type ChColumn, type ChFrom, type ChQuery } from '../../clickhouse/ch.ts';
import { UNKNOWN, type SqlType } from '../../types/sql-type.ts';
import { behind, val, type Val } from '../val.ts';

/** Makes names that no other column or table of the statement has. */
export interface Names {
  next: number;
}

/** A column a query puts out. */
export interface OutColumn {
  readonly name: string;
  /** In the engine. */
  readonly as: string;
  readonly type: SqlType;
  readonly nullable: boolean;
  readonly lo?: bigint;
  readonly hi?: bigint;
}

/** Something to select from: its columns are asked for by name, so that only what is used is read. */
export interface Source {
  /** What may stand before the dot; lower-case, null: nothing. */
  readonly qualifier: string | null;
  /** Null: no such column. 'ambiguous': more than one. */
  column(name: string): Val | null | 'ambiguous';
  /** Of `qualifier.name`. */
  qualified(qualifier: string, name: string): Val | null;
  /** In the order of `*`; `of`: only of that qualifier. */
  star(of: string | null): readonly string[] | null;
  names(): Iterable<string>;
  /** Called once every column has been asked for. */
  from(): ChFrom | null;
  /** True once a column was asked for. */
  readonly used: boolean;
}

export function valOf(column: OutColumn, of: string): Val {
  return {
    ...val(col(column.as, of), column.type, column.nullable),
    ...(column.lo === undefined ? {} : { lo: column.lo, hi: column.hi! }),
  };
}

/** The rows of a catalog: the table `log`. */
export class LogSource implements Source {
  readonly qualifier: string;
  readonly #catalog: FieldCatalog;
  readonly #where: Ch | null;
  readonly #ids: Names;
  readonly #as: string;
  readonly #columns = new Map<string, { readonly column: ChColumn; readonly seen: Val }>();

  constructor(catalog: FieldCatalog, where: Ch | null, ids: Names) {
    this.qualifier = 'log';
    this.#catalog = catalog;
    this.#where = where;
    this.#ids = ids;
    this.#as = `t${ids.next++}`;
  }

  get used(): boolean {
    return this.#columns.size > 0;
  }

  column(name: string): Val | null {
    const field = this.#catalog.field(name, true);
    if (field === null) return null;
    const known = this.#columns.get(field.name);
    if (known !== undefined) return known.seen;
    const as = `x${this.#ids.next++}`;
    const range = field.lo === undefined ? {} : { lo: field.lo, hi: field.hi! };
    const { number, time, bare } = field;
    // The number behind a text matters where the field is read as text, which only scan mode does.
    const held: Val = {
      ...val(field.value, field.type, field.nullable),
      ...(number === undefined || field.type.k !== 'varchar' ? {} : { number: { type: number.type, ch: () => number.ch } }),
      ...(time === undefined ? {} : { time: () => time }),
      ...(bare === undefined || field.type.k !== 'varchar' ? {} : { bare: () => bare }),
    };
    const seen = {
      ...val(col(as, this.#as), field.type, field.nullable),
      ...range,
      ...behind(held, (what, ch) => this.#behind(`${what} ${field.name}`, ch)),
    };
    this.#columns.set(field.name, { column: { as, ch: field.value }, seen });
    return seen;
  }

  /** What stands behind a field, as a column of its own. */
  #behind(what: string, ch: () => Ch): Ch {
    const key = `\0${what}`;
    const known = this.#columns.get(key);
    if (known !== undefined) return known.seen.ch;
    const as = `x${this.#ids.next++}`;
    const seen = val(col(as, this.#as), UNKNOWN);
    this.#columns.set(key, { column: { as, ch: ch() }, seen });
    return seen.ch;
  }

  qualified(qualifier: string, name: string): Val | null {
    return qualifier.toLowerCase() === this.qualifier ? this.column(name) : null;
  }

  star(of: string | null): readonly string[] | null {
    return of === null || of === this.qualifier
      ? this.#catalog
          .fields()
          .filter((field) => field.shown)
          .map((field) => field.name)
      : null;
  }

  *names(): Iterable<string> {
    for (const field of this.#catalog.fields()) yield field.name;
  }

  from(): ChFrom {
    const columns = [...this.#columns.values()].map((one) => one.column);
    if (columns.length === 0) columns.push({ as: `x${this.#ids.next++}`, ch: { t: 'raw', parts: ['1'] } });
    const conditions = [this.#catalog.where, this.#where].filter((one) => one !== null);
    const where: Ch | null =
      conditions.length === 0 ? null : conditions.length === 1 ? conditions[0]! : { t: 'call', fn: 'and', args: conditions };
    return { t: 'sub', as: this.#as, of: { t: 'select', columns, from: this.#catalog.from, where } };
  }
}

/** A nested query, VALUES or a common table expression. */
export class QuerySource implements Source {
  readonly qualifier: string | null;
  readonly used = true;
  readonly #query: ChQuery;
  readonly #columns: readonly OutColumn[];
  readonly #as: string;

  constructor(query: ChQuery, columns: readonly OutColumn[], qualifier: string | null, ids: Names) {
    this.qualifier = qualifier;
    this.#query = query;
    this.#columns = columns;
    this.#as = `t${ids.next++}`;
  }

  column(name: string): Val | null | 'ambiguous' {
    const found = this.#columns.filter((one) => one.name.toLowerCase() === name.toLowerCase());
    if (found.length > 1) return 'ambiguous';
    return found.length === 0 ? null : valOf(found[0]!, this.#as);
  }

  qualified(qualifier: string, name: string): Val | null {
    if (qualifier.toLowerCase() !== this.qualifier) return null;
    const found = this.column(name);
    return found === 'ambiguous' ? null : found;
  }

  star(of: string | null): readonly string[] | null {
    return of === null || of === this.qualifier ? this.#columns.map((one) => one.name) : null;
  }

  *names(): Iterable<string> {
    for (const column of this.#columns) yield column.name;
  }

  from(): ChFrom {
    return { t: 'sub', of: this.#query, as: this.#as };
  }
}

/** A source under another name, its columns renamed when `columns` says so. */
export class AliasSource implements Source {
  readonly qualifier: string;
  readonly #of: Source;
  readonly #columns: readonly string[];

  constructor(of: Source, name: string, columns: readonly string[]) {
    this.#of = of;
    this.qualifier = name.toLowerCase();
    this.#columns = columns;
  }

  get used(): boolean {
    return this.#of.used;
  }

  #old(name: string): string | null {
    if (this.#columns.length === 0) return name;
    const at = this.#columns.findIndex((one) => one.toLowerCase() === name.toLowerCase());
    return at < 0 ? null : (this.#of.star(null)![at] ?? null);
  }

  column(name: string): Val | null | 'ambiguous' {
    const old = this.#old(name);
    return old === null ? null : this.#of.column(old);
  }

  qualified(qualifier: string, name: string): Val | null {
    if (qualifier.toLowerCase() !== this.qualifier) return null;
    const found = this.column(name);
    return found === 'ambiguous' ? null : found;
  }

  star(of: string | null): readonly string[] | null {
    if (of !== null && of !== this.qualifier) return null;
    return this.#columns.length === 0 ? this.#of.star(null) : this.#columns;
  }

  names(): Iterable<string> {
    return this.#columns.length === 0 ? this.#of.names() : this.#columns;
  }

  from(): ChFrom | null {
    return this.#of.from();
  }
}
