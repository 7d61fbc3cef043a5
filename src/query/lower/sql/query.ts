import type { Expr, ExprOf } from '../../ast/expr.ts';
import type { Ident } from '../../ast/span.ts';
import type { QueryBody, SelectItem, SelectQuery, SortItem } from '../../ast/sql.ts';
import type { FieldCatalog } from '../../catalog/field-catalog.ts';
import { col, type Ch, type ChColumn, type ChOrder, type ChQuery } from '../../clickhouse/ch.ts';
import { nearest } from '../../syntax/query-error.ts';
import { commonType, typeName, type SqlType } from '../../types/sql-type.ts';
import { coerce } from '../coerce.ts';
import { fail, type Env, type Scope } from '../env.ts';
import { Lowering } from '../lowering.ts';
import { asNullable, holds, val, type Val } from '../val.ts';
import { comparedPeriods, unitePeriods, type Periods } from './compare.ts';
import type { LoweredQuery, SqlContext } from './context.ts';
import { Grouping } from './group.ts';
import { JoinSource } from './join.ts';
import { lowerRelation } from './relation.ts';
import { SourceScope } from './scope.ts';
import { AliasSource, LogSource, QuerySource, type Names, type OutColumn, type Source } from './source.ts';
import { fillSeries, timeSeriesOf } from './time-series.ts';
import { canonical, hasAggregate, hasWindow } from './walk.ts';
import { lowerWindow } from './window.ts';

export interface SqlOptions {
  /** The table `log`: the rows that the search part and the time range leave. */
  readonly catalog: FieldCatalog;
  /** Condition of the search part. */
  readonly search: Ch | null;
  /** Another table by its name (a logstore of the project); null: there is none. */
  readonly other: ((name: string) => FieldCatalog | null) | null;
  /** LIMIT of the outermost query when it has none, and the largest it may have. */
  readonly defaultLimit: number | null;
  /** Time range of the query, Unix seconds; null: not known. */
  readonly range: { readonly fromSec: number; readonly toSec: number } | null;
  /** The same rows so many seconds earlier, for `compare`; null: not available. */
  readonly earlier: ((sec: number) => FieldCatalog) | null;
  readonly maxLimit: number;
}

type EnvFacts = Omit<Env, 'subquery'>;

/** Common tables nest as queries do; each reference is compiled on its own. */
interface Ctes {
  readonly name: string;
  readonly columns: readonly string[];
  readonly query: SelectQuery;
  readonly around: Ctes | null;
}

/** References to common tables in one statement: each is a copy of its query. */
const MAX_COPIES = 200;

export class SqlLowering implements SqlContext {
  readonly env: Env;
  readonly ids: Names;
  readonly #options: SqlOptions;
  readonly #ctes: Ctes | null;
  readonly #copies: { n: number };

  constructor(facts: EnvFacts, options: SqlOptions, ids: Names = { next: 0 }, ctes: Ctes | null = null, copies = { n: 0 }) {
    this.#options = options;
    this.ids = ids;
    this.#ctes = ctes;
    this.#copies = copies;
    this.env = { ...facts, subquery: (query, outer) => this.lower(query, outer, false) };
  }

  #within(ctes: Ctes | null): SqlLowering {
    return new SqlLowering(this.env, this.#options, this.ids, ctes, this.#copies);
  }

  table(name: Ident, _outer: Scope | null): Source {
    const wanted = name.name.toLowerCase();
    for (let one = this.#ctes; one !== null; one = one.around) {
      if (one.name !== wanted) continue;
      if (++this.#copies.n > MAX_COPIES)
        throw fail(this.env, 'query.limit', name.span, `common tables are referred to more than ${MAX_COPIES} times`, {
          limit: 'references',
        });
      const lowered = this.#within(one.around).lower(one.query, null, false);
      const source = new QuerySource(lowered.query, lowered.columns, wanted, this.ids);
      if (one.columns.length > 0 && one.columns.length !== lowered.columns.length)
        throw fail(
          this.env,
          'query.type',
          name.span,
          `'${name.name}' lists ${one.columns.length} columns but has ${lowered.columns.length}`,
        );
      return one.columns.length === 0 ? source : new AliasSource(source, wanted, one.columns);
    }
    if (wanted === 'log') return new LogSource(this.#options.catalog, this.#options.search, this.ids);
    const other = this.#options.other?.(name.name) ?? null;
    if (other !== null) return new AliasSource(new LogSource(other, null, this.ids), name.name, []);
    const suggestion = nearest(wanted, ['log']);
    throw fail(this.env, 'query.unknown_field', name.span, `table '${name.name}' does not exist`, {
      expected: 'log',
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  nested(query: SelectQuery, outer: Scope | null, qualifier: string | null): Source {
    const lowered = this.lower(query, outer, false);
    return new QuerySource(lowered.query, lowered.columns, qualifier, this.ids);
  }

  /** A query with its CTEs, order and limit. `top`: the outermost, which gets the default limit. */
  lower(query: SelectQuery, outer: Scope | null, top: boolean): LoweredQuery {
    let ctes = this.#ctes;
    for (const one of query.with)
      ctes = { name: one.name.name.toLowerCase(), columns: one.columns.map((column) => column.name), query: one.query, around: ctes };
    const inner = query.with.length === 0 ? this : this.#within(ctes);
    return inner.#ordered(query, outer, top);
  }

  #ordered(query: SelectQuery, outer: Scope | null, top: boolean): LoweredQuery {
    const { limit, offset } = this.#limits(query, top);
    const page = {
      limit: limit === null ? null : { t: 'param' as const, type: 'UInt64', value: String(limit) },
      offset: offset === null ? null : { t: 'param' as const, type: 'UInt64', value: String(offset) },
    };
    if (query.body.k === 'select') {
      const series = timeSeriesOf(query.body, this.env);
      if (series !== null) {
        const inner = this.#select(query.body, [], outer);
        const filled = fillSeries(series, inner, query.body.group?.length ?? 0, this.#options.range, this.env, this.ids);
        return {
          query: {
            ...(filled.query as Extract<ChQuery, { t: 'select' }>),
            order: [{ by: filled.order, desc: query.order[0]?.desc ?? false, nullsFirst: false }],
            ...page,
          },
          columns: filled.columns,
        };
      }
      const made = this.#select(query.body, query.order, outer);
      return { query: { ...made.query, ...page }, columns: made.columns };
    }
    const body = this.#body(query.body, outer);
    if (query.order.length === 0 && limit === null) return body;
    const as = `t${this.ids.next++}`;
    const scope = new SourceScope(new QuerySource(body.query, body.columns, null, this.ids), null, this.env);
    const order = query.order.map((item): ChOrder => {
      const at = ordinal(item.by);
      if (at !== null && (at < 1 || at > body.columns.length))
        throw fail(this.env, 'query.type', item.by.span, `order by position ${at} is not in the select list`);
      const v = at === null ? new Lowering(this.env, scope).lower(item.by) : val(col(body.columns[at - 1]!.as), body.columns[at - 1]!.type);
      this.#sortable(v.type, item.by);
      return { by: stripTable(v.ch), desc: item.desc, nullsFirst: item.nulls === 'first' };
    });
    const columns = body.columns.map((column): OutColumn => ({ ...column, as: `o${this.ids.next++}` }));
    return {
      query: {
        t: 'select',
        columns: columns.map((column, i): ChColumn => ({ as: column.as, ch: col(body.columns[i]!.as) })),
        from: { t: 'sub', of: body.query, as },
        order,
        ...page,
      },
      columns,
    };
  }

  #limits(query: SelectQuery, top: boolean): { limit: bigint | null; offset: bigint | null } {
    const { defaultLimit, maxLimit } = this.#options;
    const limit = query.limit ?? (top && defaultLimit !== null ? BigInt(defaultLimit) : null);
    if (limit !== null && limit + (query.offset ?? 0n) > BigInt(maxLimit) && top) {
      throw fail(this.env, 'query.limit', query.span, `limit reaches row ${limit + (query.offset ?? 0n)}, at most ${maxLimit} are given`, {
        limit: 'rows',
      });
    }
    if (limit !== null && limit > 9223372036854775807n)
      throw fail(this.env, 'query.limit', query.span, `limit ${limit} is too large`, { limit: 'rows' });
    return { limit, offset: query.offset };
  }

  #body(body: QueryBody, outer: Scope | null): LoweredQuery {
    switch (body.k) {
      case 'select':
        return this.#select(body, [], outer);
      case 'nested':
        return this.lower(body.query, outer, false);
      case 'values':
        return this.#values(body, outer);
      case 'set':
        return this.#set(body, outer);
    }
  }

  #values(body: Extract<QueryBody, { k: 'values' }>, outer: Scope | null): LoweredQuery {
    const lowering = new Lowering(this.env, outer ?? new SourceScope(null, null, this.env));
    const rows = body.rows.map((row) => (row.k === 'row' ? row.items : [row]).map((item) => lowering.lower(item)));
    const width = rows[0]!.length;
    const types: SqlType[] = [];
    for (let i = 0; i < width; i++) {
      let type: SqlType = { k: 'unknown' };
      for (const [n, row] of rows.entries()) {
        if (row.length !== width)
          throw fail(this.env, 'query.type', body.rows[n]!.span, `values rows have ${width} and ${row.length} columns`);
        const both = commonType(type, row[i]!.type);
        if (both === null)
          throw fail(
            this.env,
            'query.type',
            body.rows[n]!.span,
            `values have different types: ${typeName(type)} and ${typeName(row[i]!.type)}`,
          );
        type = both;
      }
      types.push(type);
    }
    const columns = types.map((type, i): OutColumn => ({
      name: `_col${i}`,
      as: `v${this.ids.next++}`,
      type,
      nullable: rows.some((row) => row[i]!.nullable),
    }));
    const selects = rows.map((row): ChQuery => ({
      t: 'select',
      from: null,
      columns: columns.map((column, i) => {
        const v = coerce(row[i]!, column.type);
        return { as: column.as, ch: column.nullable ? asNullable(v) : v.ch };
      }),
    }));
    return { query: selects.length === 1 ? selects[0]! : { t: 'set', op: 'UNION ALL', of: selects }, columns };
  }

  #set(body: Extract<QueryBody, { k: 'set' }>, outer: Scope | null): LoweredQuery {
    const [left, right] = [this.#body(body.left, outer), this.#body(body.right, outer)];
    if (left.columns.length !== right.columns.length)
      throw fail(
        this.env,
        'query.type',
        body.span,
        `${body.op} joins queries of ${left.columns.length} and ${right.columns.length} columns`,
      );
    if (body.all && body.op !== 'union')
      throw fail(this.env, 'query.refused', body.span, `${body.op} all is not available`, { reason: `${body.op} all` });
    const columns = left.columns.map((a, i): OutColumn => {
      const b = right.columns[i]!;
      const type = commonType(a.type, b.type);
      if (type === null)
        throw fail(
          this.env,
          'query.type',
          body.span,
          `column ${i + 1} of ${body.op} has incompatible types: ${typeName(a.type)}, ${typeName(b.type)}`,
        );
      return { name: a.name, as: `w${this.ids.next++}`, type, nullable: a.nullable || b.nullable };
    });
    const side = (of: LoweredQuery): ChQuery => ({
      t: 'select',
      from: { t: 'sub', of: of.query, as: `t${this.ids.next++}` },
      columns: columns.map((column, i) => {
        const own = of.columns[i]!;
        const v = coerce(val(col(own.as), own.type, own.nullable), column.type);
        return { as: column.as, ch: column.nullable ? asNullable(v) : v.ch };
      }),
    });
    const op =
      body.op === 'union'
        ? body.all
          ? 'UNION ALL'
          : 'UNION DISTINCT'
        : body.op === 'intersect'
          ? 'INTERSECT DISTINCT'
          : 'EXCEPT DISTINCT';
    return { query: { t: 'set', op, of: [side(left), side(right)] }, columns };
  }

  #sortable(type: SqlType, e: Expr): void {
    if (['map', 'json', 'hyperloglog', 'geometry'].includes(type.k))
      throw fail(this.env, 'query.type', e.span, `type ${typeName(type)} is not orderable`);
  }

  #select(
    body: Extract<QueryBody, { k: 'select' }>,
    order: readonly SortItem[],
    outer: Scope | null,
  ): LoweredQuery & { query: Extract<ChQuery, { t: 'select' }> } {
    const { env } = this;
    const periods = comparedPeriods(body, env);
    const source: Source =
      periods !== null
        ? this.#periods(periods, body, outer)
        : body.from === null
          ? this.#implied()
          : lowerRelation(body.from, null, outer, this);
    const inner = new SourceScope(source, outer, env);
    const where = body.where === null ? null : this.#where(body.where, inner);
    const items = body.items.flatMap((item) => this.#expand(item, source));
    const named = new Map(
      body.items.flatMap((item) => (item.k === 'expr' && item.alias !== null ? [[item.alias.name.toLowerCase(), item.expr] as const] : [])),
    );
    const byOrdinal = (e: Expr, what: string): Expr | null => {
      const at = ordinal(e);
      if (at === null) return null;
      const item = body.items.some((one) => one.k === 'star')
        ? items[at - 1]?.expr
        : (body.items[at - 1] as Extract<SelectItem, { k: 'expr' }> | undefined)?.expr;
      if (item === undefined || item === null) throw fail(env, 'query.type', e.span, `${what} position ${at} is not in the select list`);
      return item;
    };
    const exprs = [
      ...items.flatMap((item) => (item.expr === null ? [] : [item.expr])),
      ...order.map((item) => item.by),
      ...(body.having === null ? [] : [body.having]),
    ];
    const aggregated = body.group !== null || body.having !== null || exprs.some(hasAggregate);
    const window = (e: ExprOf<'call'>, l: Lowering): Val => lowerWindow(e, l);
    let grouping: Grouping | null = null;
    let lowering: Lowering;
    if (aggregated) {
      // An alias in GROUP BY wins over a column of the same name (SLS; Presto has it the other way).
      const resolve = (e: Expr): Expr => {
        const byAlias = e.k === 'name' && e.parts.length === 1 ? named.get(e.parts[0]!.name.toLowerCase()) : undefined;
        if (byAlias !== undefined && !hasAggregate(byAlias)) return byAlias;
        return byOrdinal(e, 'group by') ?? e;
      };
      grouping = new Grouping(env, inner, body.group ?? [], resolve, this.ids);
      lowering = grouping.lowering(window);
    } else {
      const plain: Lowering = new Lowering(env, inner, { override: (e) => (e.k === 'call' && e.over !== null ? window(e, plain) : null) });
      lowering = plain;
    }
    const columns: OutColumn[] = [];
    const out: ChColumn[] = [];
    for (const [i, item] of items.entries()) {
      const v = item.v ?? lowering.lower(item.expr!);
      const as = `o${this.ids.next++}`;
      out.push({ as, ch: v.ch });
      columns.push({
        name: item.name ?? `_col${i}`,
        as,
        type: v.type,
        nullable: v.nullable,
        ...(v.lo === undefined ? {} : { lo: v.lo, hi: v.hi! }),
      });
    }
    const having = body.having === null ? null : holds(lowering.boolean(substituteAliases(body.having, named, source)));
    const keys = order.map((item) => this.#sortKey(item, items, columns, named, lowering, body.distinct, byOrdinal));
    const from = grouping === null ? (body.from === null && !source.used ? null : source.from()) : grouping.from(source.from(), where);
    const filter = grouping === null ? where : having;
    return { query: { t: 'select', distinct: body.distinct, columns: out, from, where: filter, order: keys }, columns };
  }

  #periods(periods: Periods, body: Extract<QueryBody, { k: 'select' }>, outer: Scope | null): Source {
    const { earlier } = this.#options;
    if (earlier === null)
      throw fail(this.env, 'query.refused', body.span, 'compare is not available here: the time range is not known', {
        reason: 'no time range',
      });
    const keys = new Set(
      (body.group ?? []).flatMap((item) =>
        item.k === 'expr' && item.expr.k === 'name' ? [item.expr.parts.at(-1)!.name.toLowerCase()] : [],
      ),
    );
    const lower = (sec: number): LoweredQuery => {
      const { range } = this.#options;
      const at =
        sec === 0
          ? this.#options
          : {
              ...this.#options,
              catalog: earlier(sec),
              range: range === null ? null : { fromSec: range.fromSec - sec, toSec: range.toSec - sec },
            };
      return new SqlLowering(this.env, at, this.ids, this.#ctes, this.#copies).lower(periods.query, outer, false);
    };
    const united = unitePeriods(periods, keys, lower, this.ids);
    return new QuerySource(united.query, united.columns, periods.name?.toLowerCase() ?? null, this.ids);
  }

  /** Without FROM the rows are those of the log, unless nothing of them is used. */
  #implied(): Source {
    return new LogSource(this.#options.catalog, this.#options.search, this.ids);
  }

  #where(e: Expr, scope: SourceScope): Ch {
    if (hasAggregate(e)) throw fail(this.env, 'query.type', e.span, 'where cannot contain an aggregate function, use having');
    if (hasWindow(e)) throw fail(this.env, 'query.type', e.span, 'where cannot contain a window function');
    return holds(new Lowering(this.env, scope).condition(e));
  }

  #expand(item: SelectItem, source: Source): { name: string | null; expr: Expr | null; v: Val | null }[] {
    if (item.k === 'expr') return [{ name: item.alias?.name ?? nameOf(item.expr), expr: item.expr, v: null }];
    if (item.of === null && source instanceof JoinSource)
      return source.starValues().map((one) => ({ name: one.name, expr: null, v: one.v }));
    const names = source.star(item.of?.name.toLowerCase() ?? null);
    if (names === null)
      throw fail(this.env, 'query.unknown_field', item.span, `table '${item.of!.name}' is not in from`, { field: item.of!.name });
    return names.map((name) => {
      const expr: Expr = {
        k: 'name',
        parts: [...(item.of === null ? [] : [item.of]), { name, quoted: true, span: item.span }],
        span: item.span,
      };
      return { name, expr, v: null };
    });
  }

  #sortKey(
    item: SortItem,
    items: readonly { readonly expr: Expr | null }[],
    columns: readonly OutColumn[],
    named: ReadonlyMap<string, Expr>,
    lowering: Lowering,
    distinct: boolean,
    byOrdinal: (e: Expr, what: string) => Expr | null,
  ): ChOrder {
    const order = (ch: Ch, type: SqlType): ChOrder => {
      this.#sortable(type, item.by);
      return { by: ch, desc: item.desc, nullsFirst: item.nulls === 'first' };
    };
    const output = (at: number): ChOrder => order(col(columns[at]!.as), columns[at]!.type);
    const position = ordinal(item.by);
    if (position !== null) {
      byOrdinal(item.by, 'order by');
      return output(position - 1);
    }
    const text = canonical(item.by);
    if (item.by.k === 'name' && item.by.parts.length === 1) {
      const at = columns.findIndex((column) => column.name.toLowerCase() === (item.by as ExprOf<'name'>).parts[0]!.name.toLowerCase());
      if (at >= 0) return output(at);
    }
    const same = items.findIndex((one) => one.expr !== null && canonical(one.expr) === text);
    if (same >= 0) return output(same);
    if (distinct)
      throw fail(this.env, 'query.type', item.by.span, 'for select distinct, order by expressions must appear in the select list');
    const v = lowering.lower(substituteAliases(item.by, named, null));
    return order(v.ch, v.type);
  }
}

/** Place in the select list that a bare number names. */
function ordinal(e: Expr): number | null {
  return e.k === 'int' && e.value < 1_000_000n ? Number(e.value) : null;
}

/** Name of an unnamed column: that of the column or field it shows; null: `_col0` and so on. */
function nameOf(e: Expr): string | null {
  if (e.k === 'name') return e.parts.at(-1)!.name;
  return e.k === 'field' ? e.name.name : null;
}

/** An expression with the aliases of the select list put in; a column of that name wins where `source` is given. */
function substituteAliases(e: Expr, named: ReadonlyMap<string, Expr>, source: Source | null): Expr {
  const change = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(change);
    if (value === null || typeof value !== 'object') return value;
    const node = value as Expr;
    if (node.k === 'name' && node.parts.length === 1) {
      const name = node.parts[0]!.name;
      const alias = named.get(name.toLowerCase());
      if (alias !== undefined && (source === null || source.column(name) === null)) return alias;
    }
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === 'span' || key === 'query' ? one : change(one)]));
  };
  return named.size === 0 ? e : (change(e) as Expr);
}

/** A column without the table before it: the one subquery it can come from stands around it. */
function stripTable(ch: Ch): Ch {
  switch (ch.t) {
    case 'col':
      return col(ch.name);
    case 'call':
      return { ...ch, args: ch.args.map(stripTable) };
    case 'raw':
      return { ...ch, parts: ch.parts.map((part) => (typeof part === 'string' ? part : stripTable(part))) };
    case 'lambda':
      return { ...ch, body: stripTable(ch.body) };
    default:
      return ch;
  }
}
