import type { Expr, ExprOf } from '../../ast/expr.ts';
import type { GroupItem } from '../../ast/sql.ts';
import type { Ident, Span } from '../../ast/span.ts';
import { call, col, type Ch, type ChColumn, type ChFrom } from '../../clickhouse/ch.ts';
import { lowerAggregate } from '../aggregate-call.ts';
import { fail, type Env, type Scope } from '../env.ts';
import { Lowering } from '../lowering.ts';
import { asNullable, val, type Val } from '../val.ts';
import type { SourceScope } from './scope.ts';
import type { Names } from './source.ts';
import { canonical, hasAggregate, isAggregateCall } from './walk.ts';

interface Key {
  readonly text: string;
  readonly v: Val;
  readonly as: string;
}

/**
 * What to group by instead of a value, and the value made of it once a group. Start of a minute as the engine has it groups quicker than as a timestamp
 * of milliseconds, and tells the same rows apart.
 */
function plainer(ch: Ch): { readonly by: Ch; readonly back: (by: Ch) => Ch } {
  if (ch.t === 'call' && ch.fn === 'toDateTime64') {
    const [of, ...rest] = ch.args;
    if (of?.t === 'call' && /^to(?:StartOf|Monday)/.test(of.fn)) return { by: of, back: (by) => call(ch.fn, by, ...rest) };
  }
  return { by: ch, back: (by) => by };
}

/** The grouped SELECT below a query with aggregates: keys and aggregates are its columns, everything above reads only them. */
export class Grouping {
  readonly #env: Env;
  readonly #inner: SourceScope;
  readonly #lowering: Lowering;
  readonly #ids: Names;
  readonly #as: string;
  readonly #keys: Key[] = [];
  readonly #sets: number[][] | null;
  readonly #aggregates = new Map<string, { readonly as: string; readonly v: Val }>();

  constructor(env: Env, inner: SourceScope, items: readonly GroupItem[], resolve: (e: Expr) => Expr, ids: Names) {
    this.#env = env;
    this.#inner = inner;
    this.#lowering = new Lowering(env, inner);
    this.#ids = ids;
    this.#as = `g${ids.next++}`;
    // Each item gives alternatives; their product is the list of grouping sets.
    let sets: number[][] = [[]];
    const product = (alternatives: readonly (readonly number[])[]): void => {
      sets = sets.flatMap((set) => alternatives.map((one) => [...new Set([...set, ...one])]));
      if (sets.length > 4096)
        throw fail(env, 'query.limit', { from: 0, to: 0 }, 'more than 4096 grouping sets', { limit: 'grouping sets' });
    };
    for (const item of items) {
      if (item.k === 'expr') product([[this.#key(resolve(item.expr))]]);
      else {
        const parts = item.of.map((set) => set.map((e) => this.#key(resolve(e))));
        if (item.k === 'sets') product(parts);
        else if (item.k === 'rollup') product(Array.from({ length: parts.length + 1 }, (_, n) => parts.slice(0, parts.length - n).flat()));
        else
          product(
            Array.from({ length: 2 ** parts.length }, (_, mask) =>
              parts.filter((_, i) => (mask & (1 << (parts.length - 1 - i))) === 0).flat(),
            ),
          );
      }
    }
    this.#sets = items.some((item) => item.k !== 'expr') ? sets : null;
  }

  #key(e: Expr): number {
    if (hasAggregate(e)) throw fail(this.#env, 'query.type', e.span, 'group by cannot contain an aggregate function');
    const text = canonical(e);
    const known = this.#keys.findIndex((key) => key.text === text);
    if (known >= 0) return known;
    const v = this.#lowering.lower(e);
    return this.#keys.push({ text, v, as: `k${this.#ids.next++}` }) - 1;
  }

  #keyVal(at: number): Val {
    const key = this.#keys[at]!;
    const nullable = key.v.nullable || this.#sets !== null;
    const column = col(key.as, this.#as);
    const ch = this.#sets === null ? plainer(key.v.ch).back(column) : column;
    return { ...val(ch, key.v.type, nullable), ...(key.v.lo === undefined ? {} : { lo: key.v.lo, hi: key.v.hi! }) };
  }

  /** What stands above the groups. */
  lowering(window: (e: ExprOf<'call'>, l: Lowering) => Val | null): Lowering {
    const scope: Scope = {
      name: (parts, span) => this.#name(parts, span),
      names: () => this.#inner.names(),
    };
    const lowering: Lowering = new Lowering(this.#env, scope, {
      override: (e) => {
        const text = e.k === 'int' || e.k === 'string' || e.k === 'null' || e.k === 'bool' || e.k === 'float' ? null : canonical(e);
        const at = text === null ? -1 : this.#keys.findIndex((key) => key.text === text);
        if (at >= 0) return this.#keyVal(at);
        if (e.k === 'call' && e.over !== null) return window(e, lowering);
        if (!isAggregateCall(e)) return null;
        return e.name.name.toLowerCase() === 'grouping' ? this.#grouping(e) : this.#aggregate(e, text!);
      },
    });
    return lowering;
  }

  #name(parts: readonly Ident[], span: Span): Val | null {
    const v = this.#inner.own(parts, span);
    if (v === null) return this.#inner.outer?.name(parts, span) ?? null;
    const at = this.#keys.findIndex(
      (key) => key.v.ch === v.ch || (key.v.ch.t === 'col' && v.ch.t === 'col' && key.v.ch.name === v.ch.name && key.v.ch.of === v.ch.of),
    );
    if (at >= 0) return this.#keyVal(at);
    throw fail(this.#env, 'query.type', span, `column '${parts.map((part) => part.name).join('.')}' not in GROUP BY clause`, {
      field: parts.map((part) => part.name).join('.'),
    });
  }

  #aggregate(e: ExprOf<'call'>, text: string): Val {
    for (const arg of e.args)
      if (hasAggregate(arg)) throw fail(this.#env, 'query.type', arg.span, `cannot nest aggregate functions inside '${e.name.name}'`);
    let known = this.#aggregates.get(text);
    if (known === undefined) {
      known = { as: `a${this.#ids.next++}`, v: lowerAggregate(e, this.#lowering) };
      this.#aggregates.set(text, known);
    }
    const { v } = known;
    return { ...val(col(known.as, this.#as), v.type, v.nullable), ...(v.lo === undefined ? {} : { lo: v.lo, hi: v.hi! }) };
  }

  /** Bits of the keys that a grouping set leaves out. */
  #grouping(e: ExprOf<'call'>): Val {
    const places = e.args.map((arg) => {
      const at = this.#keys.findIndex((key) => key.text === canonical(arg));
      if (at < 0) throw fail(this.#env, 'query.type', arg.span, 'grouping takes expressions of group by');
      return this.#keys[at]!.v.ch;
    });
    const as = `a${this.#ids.next++}`;
    const v = val(call('toInt64', call('grouping', ...places)), { k: 'integer' }, false);
    this.#aggregates.set(`grouping ${as}`, { as, v });
    return val(col(as, this.#as), { k: 'integer' }, false);
  }

  from(source: ChFrom | null, where: Ch | null): ChFrom {
    const columns: ChColumn[] = this.#keys.map((key) => ({
      as: key.as,
      ch: this.#sets === null ? plainer(key.v.ch).by : asNullable(key.v),
    }));
    for (const one of this.#aggregates.values()) columns.push({ as: one.as, ch: one.v.ch });
    // Without keys there is one group, even of no rows; the engine does so only when it sees an aggregate.
    if (columns.length === this.#keys.length)
      columns.push({ as: `a${this.#ids.next++}`, ch: { t: 'agg', fn: 'count', params: [], args: [] } });
    const group = this.#keys.map((key) => (this.#sets === null ? plainer(key.v.ch).by : asNullable(key.v)));
    return { t: 'sub', as: this.#as, of: { t: 'select', columns, from: source, where, group, sets: this.#sets } };
  }
}
