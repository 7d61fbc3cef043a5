import type { Ident, Span } from '../../ast/span.ts';
import { and, col, type Ch, type ChColumn, type ChFrom, type ChOrder, type ChQuery, type ChSelect } from '../../clickhouse/ch.ts';
import type { FieldCatalog } from '../../catalog/field-catalog.ts';
import { UNKNOWN } from '../../types/sql-type.ts';
import { behind, val, type Val } from '../val.ts';
import type { Scope } from '../env.ts';

/** What a level offers to the one above: fields on demand, so that only what is used is selected. */
export interface Names {
  /** Null: the level cannot have the field. */
  field(name: string): Val | null;
  /** Map(String, String) of all fields. */
  record(): Ch;
  /** All fields in order when they are fixed; null: the record is open. */
  fixed(): readonly string[] | null;
  known(): Iterable<string>;
  /** Carried columns (identity), by their names in the table. */
  readonly carry: readonly string[];
  /** Counts the names made so far: no two columns of a statement share one, for the engine lets an alias hide a column. */
  readonly ids: { next: number };
}

/** One SELECT of the pipeline. Definitions shadow what comes from below. */
export class Level implements Names, Scope {
  readonly parent: Names;
  readonly carry: readonly string[];
  readonly fold: boolean;
  readonly ids: { next: number };
  readonly #from: () => ChFrom;
  readonly #exports = new Map<string, { readonly as: string; readonly column: Ch; readonly seen: Val }>();
  readonly #hidden: { readonly as: string; readonly ch: () => Ch }[] = [];
  readonly defs = new Map<string, Val>();
  /** Fields that are gone although something below has them. */
  readonly gone = new Set<string>();
  wheres: Ch[] = [];
  /** Looks a name up between the definitions and what is below (parse commands). */
  provide: ((name: string, below: () => Val | null) => Val | null) | null = null;
  /** Changes the record on its way up. */
  provideRecord: ((below: () => Ch) => Ch) | null = null;
  order: ChOrder[] = [];
  limit: { offset: number | null; count: number } | null = null;
  arrayJoin: ChSelect['arrayJoin'] = null;
  group: readonly Ch[] | null = null;
  list: readonly string[] | null | undefined = undefined;

  constructor(parent: Names, from: () => ChFrom, fold: boolean) {
    this.parent = parent;
    this.carry = parent.carry;
    this.ids = parent.ids;
    this.#from = from;
    this.fold = fold;
  }

  key(name: string): string {
    return this.fold ? name.toLowerCase() : name;
  }

  /** The value within this level, not yet a column of it. */
  inner(name: string): Val | null {
    const key = this.key(name);
    const own = this.defs.get(key);
    if (own !== undefined) return own;
    if (this.gone.has(key)) return null;
    const below = (): Val | null => this.parent.field(name);
    return this.provide === null ? below() : this.provide(name, below);
  }

  field(name: string): Val | null {
    const key = this.key(name);
    const known = this.#exports.get(key);
    if (known !== undefined) return known.seen;
    const v = this.inner(name);
    if (v === null) return null;
    const as = `c${this.ids.next++}`;
    const seen: Val = {
      ch: col(as),
      type: v.type,
      nullable: v.nullable,
      ...(v.lit === undefined ? {} : { lit: v.lit }),
      ...(v.lo === undefined ? {} : { lo: v.lo, hi: v.hi! }),
      ...behind(v, (what, ch) => this.#behind(key, what, ch)),
    };
    this.#exports.set(key, { as, column: v.ch, seen });
    return seen;
  }

  /** The column behind a field, as a column of this level. */
  #behind(key: string, what: string, ch: () => Ch): Ch {
    const name = `\0${what} ${key}`;
    const known = this.#exports.get(name);
    if (known !== undefined) return known.seen.ch;
    const as = `c${this.ids.next++}`;
    const seen = val(col(as), UNKNOWN);
    this.#exports.set(name, { as, column: ch(), seen });
    return seen.ch;
  }

  /** A column of this level's own making, computed from `ch` when the statement is printed. */
  hidden(prefix: string, ch: () => Ch): Ch {
    const as = `${prefix}${this.ids.next++}`;
    this.#hidden.push({ as, ch });
    return col(as);
  }

  name(parts: readonly Ident[], _span: Span): Val | null {
    return parts.length === 1 ? this.inner(parts[0]!.name) : null;
  }

  *names(): Iterable<string> {
    yield* this.known();
  }

  *known(): Iterable<string> {
    yield* this.defs.keys();
    yield* this.parent.known();
  }

  fixed(): readonly string[] | null {
    if (this.list !== undefined) return this.list;
    const below = this.parent.fixed();
    if (below === null) return null;
    const out = below.filter((name) => !this.gone.has(this.key(name)));
    for (const key of this.defs.keys()) if (!out.some((name) => this.key(name) === key)) out.push(key);
    return out;
  }

  record(): Ch {
    const key = '\0record';
    const known = this.#exports.get(key);
    if (known !== undefined) return known.seen.ch;
    const below = (): Ch => this.parent.record();
    const column = this.provideRecord === null ? below() : this.provideRecord(below);
    const as = `c${this.ids.next++}`;
    const seen = val(col(as), { k: 'varchar' }, false);
    this.#exports.set(key, { as, column, seen });
    return seen.ch;
  }

  /** The SELECT, with every column that was asked for. */
  query(): ChQuery {
    const columns: ChColumn[] = this.carry.map((name) => ({ as: name, ch: col(name) }));
    for (const one of this.#hidden) columns.push({ as: one.as, ch: one.ch() });
    for (const one of this.#exports.values()) columns.push({ as: one.as, ch: one.column });
    if (columns.length === 0) columns.push({ as: `c${this.ids.next++}`, ch: { t: 'raw', parts: ['1'] } });
    return {
      t: 'select',
      columns,
      from: this.#from(),
      arrayJoin: this.arrayJoin ?? null,
      where: this.wheres.length === 0 ? null : and(...this.wheres),
      group: this.group,
      order: this.order,
      limit: this.limit === null ? null : { t: 'param', type: 'UInt64', value: String(this.limit.count) },
      offset: (this.limit?.offset ?? null) === null ? null : { t: 'param', type: 'UInt64', value: String(this.limit!.offset) },
    };
  }

  /** An empty level over this one. */
  above(): Level {
    const from = (): ChFrom => ({ t: 'sub', of: this.query(), as: `s${this.ids.next++}` });
    return new Level(this, from, this.fold);
  }
}

/** Fields by name as Map(String, Nullable(String)), those that are NULL left out. */
export function recordOfTexts(fields: readonly (readonly [string, Ch])[]): Ch {
  const pairs = fields.map(([name, text]): Ch => ({
    t: 'call',
    fn: 'tuple',
    args: [
      { t: 'param', type: 'String', value: name },
      { t: 'call', fn: 'toNullable', args: [text] },
    ],
  }));
  return {
    t: 'raw',
    parts: ['CAST(arrayFilter(p_ -> isNotNull(p_.2), ', { t: 'call', fn: 'array', args: pairs }, "), 'Map(String, Nullable(String))')"],
  };
}

/** The rows of a catalog as the ground of a pipeline. `typed`: fields have their own types (event tables); otherwise text, as SPL has it. */
export function groundLevel(
  catalog: FieldCatalog,
  options: {
    readonly typed: boolean;
    readonly fold: boolean;
    readonly carry: readonly string[];
    readonly where: readonly Ch[];
    /** Shared by the pipelines of one statement. */
    readonly ids?: Names['ids'];
  },
): Level {
  const ground: Names = {
    carry: options.carry,
    ids: options.ids ?? { next: 0 },
    field(name) {
      const found = catalog.field(name, options.fold) ?? (name === '__time__' || name === '__time_ns_part__' ? null : catalog.loose(name));
      if (found === null) return null;
      if (options.typed || (found.type.k === 'bigint' && (found.name === '__time__' || found.name === '__time_ns_part__'))) {
        const { time, bare } = found;
        return {
          ...(bare === undefined || found.type.k !== 'varchar' ? {} : { bare: () => bare }),
          ...val(found.value, found.type, found.nullable),
          ...(found.lo === undefined ? {} : { lo: found.lo, hi: found.hi! }),
          ...(time === undefined ? {} : { time: () => time }),
        };
      }
      const { number, bare } = found;
      return {
        ...(bare === undefined ? {} : { bare: () => bare }),
        ...val(found.text, { k: 'varchar' }, true),
        ...(number === undefined ? {} : { number: { type: number.type, ch: () => number.ch } }),
      };
    },
    record() {
      const record = catalog.record();
      if (record !== null) return record;
      return recordOfTexts(catalog.fields().map((field) => [field.name, field.text]));
    },
    fixed: () => (catalog.record() === null ? catalog.fields().map((field) => field.name) : null),
    known: () => catalog.fields().map((field) => field.name),
  };
  const level = new Level(ground, () => catalog.from, options.fold);
  level.wheres = [...(catalog.where === null ? [] : [catalog.where]), ...options.where];
  return level;
}
