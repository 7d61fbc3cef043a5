import type { Expr, ExprOf, TypeAst } from '../ast/expr.ts';
import { bool, call, raw } from '../clickhouse/ch.ts';
import type { FunctionEntry } from '../functions/define.ts';
import { matchOverload, paramAt, substitute, unify, type ArgShape } from '../functions/overloads.ts';
import { findFunction, functionNames } from '../functions/table.ts';
import { nearest } from '../syntax/query-error.ts';
import { resolveType, TYPE_NAMES } from '../types/resolve-type.ts';
import { commonType, isComplex, isInteger, typeName, type SqlType } from '../types/sql-type.ts';
import { castTo } from './cast.ts';
import { coerce } from './coerce.ts';
import { choose, rangeAmong } from './val.ts';
import { fail, type Env, type Failing, type LoweringHooks, type Scope } from './env.ts';
import { LambdaScope } from './lambda-scope.ts';
import { currentTime, intervalLiteral, timeZoneOf, typedLiteral } from './literals.ts';
import { lowerCompare, lowerIn, lowerLike } from './predicates.ts';
import { arithmetic, negate } from './arithmetic.ts';
import { subscript } from './subscript.ts';
import { asElement, boolVal, floatVal, holds, intVal, isNull, NULL_VAL, strict, textVal, val, withoutNull, type Val } from './val.ts';

/** Types and lowers expressions within one scope. @throws query.type query.unknown_field query.unknown_function query.refused */
export class Lowering {
  readonly env: Env;
  readonly scope: Scope;
  readonly failing: Failing;
  readonly #hooks: LoweringHooks;
  readonly #inLambda: boolean;

  constructor(env: Env, scope: Scope, hooks: LoweringHooks = {}, failing: Failing = 'raise', inLambda = false) {
    this.env = env;
    this.scope = scope;
    this.failing = failing;
    this.#hooks = hooks;
    this.#inLambda = inLambda;
  }

  #with(change: { scope?: Scope; failing?: Failing; inLambda?: boolean }): Lowering {
    return new Lowering(
      this.env,
      change.scope ?? this.scope,
      this.#hooks,
      change.failing ?? this.failing,
      change.inLambda ?? this.#inLambda,
    );
  }

  lower(e: Expr): Val {
    const own = this.#hooks.override?.(e, this.failing) ?? null;
    if (own !== null) return own;
    switch (e.k) {
      case 'null':
        return NULL_VAL;
      case 'bool':
        return boolVal(e.value);
      case 'int':
        return intVal(e.value);
      case 'float':
        return floatVal(Number(e.text));
      case 'string':
        return textVal(e.value);
      case 'binary':
        return val(call('unhex', { t: 'param', type: 'String', value: e.hex }), { k: 'varbinary' }, false);
      case 'typed':
        return typedLiteral(e, this);
      case 'interval':
        return intervalLiteral(e, this);
      case 'current':
        return currentTime(e, this);
      case 'name':
        return this.#name(e);
      case 'unary':
        if (e.op === 'not') return val(call('not', this.boolean(e.of).ch), { k: 'boolean' }, this.boolean(e.of).nullable);
        return e.op === '-' ? negate(this.lower(e.of), e, this) : this.#number(e.of);
      case 'op':
        return this.#op(e);
      case 'between': {
        // Presto: a bound that is NULL makes the whole NULL.
        if (e.low.k === 'null' || e.high.k === 'null') return coerce(NULL_VAL, { k: 'boolean' });
        const low = lowerCompare('>=', this.lower(e.of), this.lower(e.low), e, this);
        const high = lowerCompare('<=', this.lower(e.of), this.lower(e.high), e, this);
        const both = val(call('and', low.ch, high.ch), { k: 'boolean' }, low.nullable || high.nullable);
        return e.not ? { ...both, ch: call('not', both.ch) } : both;
      }
      case 'in':
        return lowerIn(e, this);
      case 'like':
        return lowerLike(e, this);
      case 'isNull': {
        const test = isNull(this.lower(e.of));
        return val(e.not ? call('not', test) : test, { k: 'boolean' }, false);
      }
      case 'distinctFrom': {
        const [a, b] = [this.lower(e.left), this.lower(e.right)];
        const same = lowerCompare('=', a, b, e, this);
        const equal = raw('(ifNull(', same.ch, ', 0) OR (', isNull(a), ' AND ', isNull(b), '))');
        return val(e.not ? equal : call('not', equal), { k: 'boolean' }, false);
      }
      case 'case':
        return this.#case(e);
      case 'cast':
        return this.#cast(e);
      case 'call':
        return this.#call(e);
      case 'lambda':
        throw fail(this.env, 'query.type', e.span, 'a lambda can only be an argument of a function that takes one');
      case 'array':
        return this.#array(e);
      case 'row': {
        const items = e.items.map((item) => this.lower(item));
        return val(
          call('tuple', ...items.map(asElement)),
          { k: 'row', fields: items.map((item) => ({ name: null, type: item.type })) },
          false,
        );
      }
      case 'subscript':
        return subscript(e, this);
      case 'field':
        return this.field(this.lower(e.of), e.name.name, e.name.span);
      case 'extract':
        return this.#extract(e);
      case 'atTimeZone': {
        const of = this.lower(e.of);
        const zone = timeZoneOf(this.lower(e.zone), e.zone.span, this);
        if (!['timestamp', 'timestamptz', 'unknown'].includes(of.type.k)) throw this.wrongType(e.of, of.type, 'a timestamp');
        return coerce(castTo(of, { k: 'timestamptz', zone: of.type.k === 'timestamptz' ? of.type.zone : zone }, this.at(e)), {
          k: 'timestamptz',
          zone,
        });
      }
      case 'subquery':
      case 'exists':
      case 'inQuery':
      case 'quantified':
        return this.#query(e);
    }
  }

  /** Where a cast or call stands, for its errors. */
  at(e: { readonly span: Expr['span'] }): { env: Env; failing: Failing; span: Expr['span'] } {
    return { env: this.env, failing: this.failing, span: e.span };
  }

  wrongType(e: { readonly span: Expr['span'] }, type: SqlType, expected: string): Error {
    return fail(this.env, 'query.type', e.span, `expected ${expected}, got ${typeName(type)}`, { expected, actual: typeName(type) });
  }

  /** A condition. */
  boolean(e: Expr): Val {
    const v = this.lower(e);
    if (v.type.k === 'unknown') return coerce(v, { k: 'boolean' });
    if (v.type.k !== 'boolean') throw this.wrongType(e, v.type, 'a boolean');
    return v;
  }

  /** A condition of rows, where unknown counts as false: a text may then be asked as its column holds it, without telling '' from NULL. @throws query.type */
  condition(e: Expr): Val {
    if (e.k === 'op' && (e.op === 'and' || e.op === 'or')) return this.#connect(e.op, this.condition(e.left), this.condition(e.right));
    if (e.k === 'like' && !e.not) return lowerLike(e, this, true);
    if (e.k === 'in' && !e.not) return lowerIn(e, this, true);
    if (e.k === 'op' && e.op === '=') {
      const [left, right] = [this.lower(e.left), this.lower(e.right)];
      const full = (v: Val): boolean => typeof v.lit === 'string' && v.lit !== '';
      return lowerCompare('=', full(right) ? withoutNull(left) : left, full(left) ? withoutNull(right) : right, e, this);
    }
    return this.boolean(e);
  }

  #number(e: Expr): Val {
    const v = this.lower(e);
    if (!isInteger(v.type) && !['double', 'real', 'decimal', 'unknown'].includes(v.type.k)) throw this.wrongType(e, v.type, 'a number');
    return v;
  }

  #name(e: ExprOf<'name'>): Val {
    const found = this.scope.name(e.parts, e.span);
    if (found !== null) return found;
    // a.b may be a field of the row column a
    for (let n = e.parts.length - 1; n > 0; n--) {
      const base = this.scope.name(e.parts.slice(0, n), e.span);
      if (base === null) continue;
      return e.parts.slice(n).reduce((of, part) => this.field(of, part.name, part.span), base);
    }
    const name = e.parts.map((part) => part.name).join('.');
    const suggestion = nearest(name, this.scope.names());
    const hint =
      this.env.language === 'sql'
        ? `column '${name}' cannot be resolved; please add the column in the index attribute`
        : `field '${name}' is not known here`;
    throw fail(this.env, 'query.unknown_field', e.span, hint, { field: name, ...(suggestion === undefined ? {} : { suggestion }) });
  }

  /** `row.name` */
  field(of: Val, name: string, span: Expr['span']): Val {
    if (of.type.k !== 'row') throw fail(this.env, 'query.type', span, `'${name}' is asked of ${typeName(of.type)}, which has no fields`);
    const at = of.type.fields.findIndex((field) => field.name?.toLowerCase() === name.toLowerCase());
    if (at < 0) throw fail(this.env, 'query.unknown_field', span, `the row has no field '${name}'`, { field: name });
    const type = of.type.fields[at]!.type;
    return strict([of], type, ([row]) => val(call('tupleElement', row!.ch, raw(String(at + 1))), type, true));
  }

  #op(e: ExprOf<'op'>): Val {
    if (e.op === 'and' || e.op === 'or') {
      return this.#connect(e.op, this.boolean(e.left), this.boolean(e.right));
    }
    if (e.op === '||') return this.call('concat', [this.lower(e.left), this.lower(e.right)], e);
    const left = this.lower(e.left);
    const right = this.lower(e.right);
    if (e.op === '+' || e.op === '-' || e.op === '*' || e.op === '/' || e.op === '%') return arithmetic(e.op, left, right, e, this);
    return lowerCompare(e.op, left, right, e, this);
  }

  #connect(op: 'and' | 'or', left: Val, right: Val): Val {
    // What is not reached is not computed, and so cannot fail.
    if (left.lit === (op === 'or')) return left;
    if (left.lit === (op === 'and')) return right;
    return val(call(op, left.ch, right.ch), { k: 'boolean' }, left.nullable || right.nullable);
  }

  #case(e: ExprOf<'case'>): Val {
    const of = e.of === null ? null : this.lower(e.of);
    const whens = e.whens.map((one) => ({
      test: of === null ? this.boolean(one.when) : lowerCompare('=', of, this.lower(one.when), one.when, this),
      result: this.lower(one.result),
    }));
    const otherwise = e.otherwise === null ? NULL_VAL : this.lower(e.otherwise);
    const type = this.common([...whens.map((one) => one.result), otherwise], e);
    let result = coerce(otherwise, type);
    for (const one of whens.toReversed()) {
      if (one.test.lit === true) result = coerce(one.result, type);
      else if (one.test.lit !== false && one.test.lit !== null) result = choose(holds(one.test), coerce(one.result, type), result);
    }
    return isInteger(type) ? { ...result, ...rangeAmong([...whens.map((one) => one.result), otherwise]) } : result;
  }

  /** The one type of several values. @throws query.type */
  common(values: readonly Val[], e: Expr): SqlType {
    let type: SqlType = { k: 'unknown' };
    for (const v of values) {
      const both = commonType(type, v.type);
      if (both === null)
        throw fail(this.env, 'query.type', e.span, `all results must be the same type: ${typeName(type)} and ${typeName(v.type)}`);
      type = both;
    }
    return type;
  }

  #array(e: ExprOf<'array'>): Val {
    const items = e.items.map((item) => this.lower(item));
    const of = this.common(items, e);
    if (of.k === 'unknown') {
      return val(call('array', ...items.map((item) => item.ch)), { k: 'array', of }, false);
    }
    const made = call('array', ...items.map((item) => asElement(coerce(item, of))));
    return { ...val(made, { k: 'array', of }, false), items: items.map((item) => coerce(item, of)) };
  }

  type(ast: TypeAst): SqlType {
    const type = resolveType(ast, this.env.timeZone);
    if (type !== null) return type;
    const suggestion = nearest(ast.name, TYPE_NAMES);
    throw fail(
      this.env,
      'query.type',
      ast.span,
      `unknown type '${this.env.text.slice(ast.span.from, ast.span.to)}'`,
      suggestion === undefined ? {} : { suggestion },
    );
  }

  #cast(e: ExprOf<'cast'>): Val {
    const to = this.type(e.type);
    // A cast of SPL that fails gives no value instead of ending the pipeline for all rows.
    const failing = e.try || this.env.language === 'spl' ? 'null' : this.failing;
    return castTo(this.#with({ failing }).lower(e.of), to, { env: this.env, failing, span: e.span });
  }

  #extract(e: ExprOf<'extract'>): Val {
    const names: Readonly<Record<string, string>> = { dow: 'day_of_week', doy: 'day_of_year', yow: 'year_of_week' };
    const name = names[e.field] ?? e.field;
    if (
      ![
        'year',
        'quarter',
        'month',
        'week',
        'day',
        'day_of_month',
        'day_of_week',
        'day_of_year',
        'year_of_week',
        'hour',
        'minute',
        'second',
        'timezone_hour',
        'timezone_minute',
      ].includes(name)
    ) {
      throw fail(this.env, 'query.type', e.span, `'${e.field}' cannot be extracted`, {
        expected: 'year, quarter, month, week, day, dow, doy, yow, hour, minute or second',
      });
    }
    return this.call(name, [this.lower(e.of)], e);
  }

  /** Calls a function of the table with values already lowered. */
  call(name: string, args: readonly Val[], e: { readonly span: Expr['span'] }): Val {
    const entry = findFunction(name);
    if (entry === null) throw fail(this.env, 'internal.unexpected', e.span, `function '${name}' is missing from the table`);
    return this.#apply(entry, args, e, []);
  }

  #call(e: ExprOf<'call'>): Val {
    const name = e.name.name.toLowerCase();
    const entry = this.entry(e);
    if (e.over !== null)
      throw fail(this.env, 'query.refused', e.span, `window function '${name}' is not allowed here`, { reason: 'window' });
    if (entry.kind === 'aggregate') throw fail(this.env, 'query.type', e.span, `aggregate function '${name}' is not allowed here`);
    if (entry.kind === 'window') throw fail(this.env, 'query.type', e.span, `window function '${name}' needs over (…)`);
    if (e.distinct || e.filter !== null || e.order.length > 0)
      throw fail(this.env, 'query.type', e.span, `'${name}' is no aggregate function: distinct, order by and filter do not apply`);
    if (e.star) throw fail(this.env, 'query.syntax', e.span, `'${name}' does not take *`);
    if (name === 'try') {
      if (this.#inLambda)
        throw fail(this.env, 'query.refused', e.span, 'try inside a lambda is not available, use try_cast', { reason: 'try in lambda' });
      if (e.args.length !== 1) throw fail(this.env, 'query.type', e.span, 'try takes one expression');
      return this.#with({ failing: 'null' }).lower(e.args[0]!);
    }
    if (name === 'if' || name === 'coalesce' || name === 'nullif') return this.#conditional(name, e);
    return this.#apply(entry, [], e, e.args);
  }

  /** The table's entry for a call. @throws query.unknown_function query.refused */
  entry(e: ExprOf<'call'>): FunctionEntry {
    const name = e.name.name.toLowerCase();
    const entry = findFunction(name);
    if (entry === null) {
      const suggestion = nearest(name, functionNames());
      throw fail(this.env, 'query.unknown_function', e.name.span, `function '${name}' does not exist`, {
        function: name,
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
    if (entry.state === 'refused')
      throw fail(this.env, 'query.refused', e.name.span, `function '${name}' is not available: ${entry.doc}`, {
        function: name,
        reason: entry.doc,
      });
    return entry;
  }

  #conditional(name: 'if' | 'coalesce' | 'nullif', e: ExprOf<'call'>): Val {
    const arity = name === 'if' ? [2, 3] : name === 'nullif' ? [2, 2] : [1, Infinity];
    if (e.args.length < arity[0]! || e.args.length > arity[1]!)
      throw fail(this.env, 'query.type', e.span, `'${name}' does not take ${e.args.length} arguments`);
    if (name === 'if') {
      const test = this.boolean(e.args[0]!);
      const [yes, no] = [this.lower(e.args[1]!), e.args[2] === undefined ? NULL_VAL : this.lower(e.args[2])];
      const type = this.common([yes, no], e);
      if (test.lit === true) return coerce(yes, type);
      if (test.lit === false || test.lit === null) return coerce(no, type);
      return { ...choose(holds(test), coerce(yes, type), coerce(no, type)), ...(isInteger(type) ? rangeAmong([yes, no]) : {}) };
    }
    const values = e.args.map((arg) => this.lower(arg));
    if (name === 'nullif') {
      const [a, b] = [values[0]!, values[1]!];
      const same = lowerCompare('=', a, b, e, this);
      if (a.type.k === 'unknown') return a;
      return choose(holds(same), { ...coerce(NULL_VAL, a.type) }, a);
    }
    const type = this.common(values, e);
    let result: Val | null = null;
    for (const v of values.toReversed()) {
      const one = coerce(v, type);
      result = result === null || !v.nullable ? one : choose(call('not', isNull(one)), one, result);
      if (!v.nullable) result = one;
    }
    const last = values.findIndex((v) => !v.nullable);
    return last < 0 ? result! : { ...result!, nullable: last > 0 && isComplex(type) ? result!.nullable : result!.nullable };
  }

  #apply(entry: FunctionEntry, values: readonly Val[], e: { readonly span: Expr['span'] }, exprs: readonly Expr[]): Val {
    const lowered: (Val | null)[] = exprs.length === 0 ? [...values] : exprs.map((arg) => (arg.k === 'lambda' ? null : this.lower(arg)));
    const shapes = lowered.map((v, i): ArgShape => (v === null ? { lambda: (exprs[i] as ExprOf<'lambda'>).params.length } : v.type));
    const match = matchOverload(entry.overloads, shapes);
    if (match === null) {
      const got = shapes.map((shape) => ('lambda' in shape ? 'lambda' : typeName(shape))).join(', ');
      const expected = entry.overloads.map((one) => one.text).join('; ');
      throw fail(this.env, 'query.type', e.span, `unexpected arguments (${got}) for function ${entry.name}, expected: ${expected}`, {
        function: entry.name,
        expected,
      });
    }
    const { overload, bound } = match;
    const args: Val[] = [];
    for (const [i, v] of lowered.entries()) {
      const param = paramAt(overload, i)!;
      if (v !== null) args.push(v);
      else if (param.k === 'function') args.push(this.#lambda(exprs[i] as ExprOf<'lambda'>, param, bound));
    }
    const result = substitute(overload.result, bound);
    const cx = { env: this.env, failing: this.failing, span: e.span, name: entry.name, result };
    const typed = args.map((v, i) => (v.fn === undefined ? taken(v, substitute(paramAt(overload, i)!, bound)) : v));
    const build = (of: readonly Val[]): Val => {
      const made = overload.build(of, cx);
      if (!('t' in made)) return made;
      return val(made, result, overload.nullable || (!isComplex(result) && of.some((v) => v.nullable)));
    };
    if (!overload.strict) return build(typed);
    return strict(typed, result, build);
  }

  /** An aggregate with lambdas among its arguments; `finish` adds its filter. */
  aggregateWithLambda(entry: FunctionEntry, e: ExprOf<'call'>, _args: readonly (Val | null)[], finish: (v: Val) => Val): Val {
    return finish(this.#apply(entry, [], e, e.args));
  }

  /** A lambda whose parameters get the types bound so far; binds the variable of its result. */
  #lambda(e: ExprOf<'lambda'>, param: Extract<SqlType, { k: 'function' }>, bound: Map<string, SqlType>): Val {
    const types = param.args.map((arg) => substitute(arg, bound));
    const apply = (args: readonly Val[]): Val => {
      const scope = new LambdaScope(this.scope, e.params, args);
      return this.#with({ scope, inLambda: true }).lower(e.body);
    };
    const probe = apply(types.map((type) => val(raw('probe'), type, true)));
    if (!unify(param.result, probe.type, bound)) throw this.wrongType(e.body, probe.type, typeName(substitute(param.result, bound)));
    // A state that grows (`0` then bigint) is lowered once more with the wider type.
    const wanted = substitute(param.result, bound);
    return { ch: raw('lambda'), type: param, nullable: false, fn: (args) => coerce(apply(args), wanted) };
  }

  #query(e: ExprOf<'subquery'> | ExprOf<'exists'> | ExprOf<'inQuery'> | ExprOf<'quantified'>): Val {
    if (this.env.subquery === null)
      throw fail(this.env, 'query.refused', e.span, 'subqueries are not available here', { reason: 'subquery' });
    const made = this.env.subquery(e.query, this.scope);
    if (e.k === 'exists') return val(raw('exists', { t: 'query', of: made.query }), { k: 'boolean' }, false);
    const column = made.columns[0]!;
    if (made.columns.length !== 1)
      throw fail(this.env, 'query.type', e.span, `a subquery here must give one column, not ${made.columns.length}`);
    if (e.k === 'subquery') return val({ t: 'query', of: made.query }, column.type, true);
    const of = this.lower(e.k === 'inQuery' ? e.of : e.left);
    const type = commonType(of.type, column.type);
    if (type === null) throw fail(this.env, 'query.type', e.span, `${typeName(of.type)} cannot be compared with ${typeName(column.type)}`);
    if (e.k === 'inQuery') return val({ t: 'in', value: coerce(of, type).ch, query: made.query, not: e.not }, { k: 'boolean' }, true);
    if (e.op === '=' && !e.every)
      return val({ t: 'in', value: coerce(of, type).ch, query: made.query, not: false }, { k: 'boolean' }, true);
    if (e.op === '<>' && e.every) return val({ t: 'in', value: coerce(of, type).ch, query: made.query, not: true }, { k: 'boolean' }, true);
    const extreme = (e.op === '<' || e.op === '<=') === e.every ? 'min' : 'max';
    if (e.op === '=' || e.op === '<>')
      throw fail(this.env, 'query.refused', e.span, `${e.op} ${e.every ? 'all' : 'any'} (…) is not available`, { reason: 'quantifier' });
    const bound: Val = val(
      {
        t: 'query',
        of: {
          t: 'select',
          columns: [{ as: 'q0', ch: call(extreme, { t: 'col', name: column.as }) }],
          from: { t: 'sub', of: made.query, as: 'q' },
        },
      },
      column.type,
      true,
    );
    const test = lowerCompare(e.op, of, bound, e, this);
    // Over no row, `all` holds and `any` does not.
    return val(call('ifNull', test.ch, bool(e.every)), { k: 'boolean' }, false);
  }
}

/** An argument as its parameter's type; a timestamp keeps its zone, an array its elements. */
function taken(v: Val, to: SqlType): Val {
  if (v.type.k === 'timestamptz' && to.k === 'timestamptz') return v;
  const made = coerce(v, to);
  return v.items === undefined || to.k !== 'array' ? made : { ...made, items: v.items.map((item) => coerce(item, to.of)) };
}
