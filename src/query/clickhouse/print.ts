import type { CompiledSql } from '../../store/store.ts';
import { SluiceError } from '../../core/errors.ts';
import type { Ch, ChFrom, ChOrder, ChQuery, ChSelect } from './ch.ts';

/** What every statement needs to mean what Presto means (sls-query §3.3); sent with each one. */
export const SEMANTIC_SETTINGS: Readonly<Record<string, string | number>> = {
  union_default_mode: 'DISTINCT',
  except_default_mode: 'DISTINCT',
  intersect_default_mode: 'DISTINCT',
  join_use_nulls: 1,
  group_by_use_nulls: 1,
  enable_positional_arguments: 0,
  cast_keep_nullable: 1,
  least_greatest_legacy_null_behavior: 1,
  splitby_max_substrings_includes_remaining_string: 1,
  formatdatetime_format_without_leading_zeros: 1,
  formatdatetime_f_prints_single_zero: 0,
  allow_experimental_correlated_subqueries: 1,
  allow_nonconst_timezone_arguments: 1,
  short_circuit_function_evaluation: 'force_enable',
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_denormals: 1,
  output_format_json_named_tuples_as_objects: 0,
  enable_extended_results_for_datetime_functions: 1,
  parsedatetime_parse_without_leading_zeros: 1,
  date_time_output_format: 'simple',
};

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const INFIX: Readonly<Record<string, string>> = {
  equals: '=',
  notEquals: '!=',
  less: '<',
  lessOrEquals: '<=',
  greater: '>',
  greaterOrEquals: '>=',
  and: 'AND',
  or: 'OR',
  plus: '+',
  minus: '-',
  multiply: '*',
  divide: '/',
};

/** Prints one statement; equal values of equal type share a parameter, so equal expressions print equal text. */
export class Printer {
  readonly params: Record<string, unknown> = {};
  readonly #names = new Map<string, string>();

  param(type: string, value: unknown): string {
    const key = `${type} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
    let name = this.#names.get(key);
    if (name === undefined) {
      name = `p${this.#names.size}`;
      this.#names.set(key, name);
      this.params[name] = value;
    }
    return `{${name}:${type}}`;
  }

  expr(ch: Ch): string {
    switch (ch.t) {
      case 'param':
        return this.param(ch.type, ch.value);
      case 'col':
        return ch.of === undefined ? checked(ch.name) : `${checked(ch.of)}.${checked(ch.name)}`;
      case 'raw':
        return ch.parts.map((part) => (typeof part === 'string' ? part : this.expr(part))).join('');
      case 'lambda':
        return `${ch.vars.length === 1 ? checked(ch.vars[0]!) : `(${ch.vars.map(checked).join(', ')})`} -> ${this.expr(ch.body)}`;
      case 'call':
        return this.#call(ch.fn, ch.args);
      case 'agg':
        return `${checked(ch.fn)}${ch.params.length === 0 ? '' : `(${ch.params.join(', ')})`}(${ch.distinct === true ? 'DISTINCT ' : ''}${this.#list(ch.args)})`;
      case 'window': {
        const parts = [
          ch.partition.length === 0 ? '' : `PARTITION BY ${this.#list(ch.partition)}`,
          ch.order.length === 0 ? '' : `ORDER BY ${this.#order(ch.order)}`,
          ch.frame,
        ].filter((part) => part !== '');
        return `${this.expr(ch.of)} OVER (${parts.join(' ')})`;
      }
      case 'query':
        return `(${this.query(ch.of)})`;
      case 'in':
        return `(${this.expr(ch.value)} ${ch.not ? 'NOT IN' : 'IN'} (${this.query(ch.query)}))`;
    }
  }

  #call(fn: string, args: readonly Ch[]): string {
    const infix = INFIX[fn];
    if (infix !== undefined && args.length >= 2) return `(${args.map((arg) => this.expr(arg)).join(` ${infix} `)})`;
    return `${checked(fn)}(${this.#list(args)})`;
  }

  #list(of: readonly Ch[]): string {
    return of.map((one) => this.expr(one)).join(', ');
  }

  #order(of: readonly ChOrder[]): string {
    return of.map((one) => `${this.expr(one.by)} ${one.desc ? 'DESC' : 'ASC'} NULLS ${one.nullsFirst ? 'FIRST' : 'LAST'}`).join(', ');
  }

  query(query: ChQuery): string {
    if (query.t === 'set') return query.of.map((one) => `(${this.query(one)})`).join(` ${query.op} `);
    return this.#select(query);
  }

  #select(q: ChSelect): string {
    const parts = [
      `SELECT ${q.distinct === true ? 'DISTINCT ' : ''}${q.columns.map((one) => `${this.expr(one.ch)} AS ${checked(one.as)}`).join(', ')}`,
    ];
    if (q.from !== null) parts.push(`FROM ${this.#from(q.from)}`);
    const { arrayJoin = null, where = null, group = null, sets = null, order = [], fill = null, limit = null, offset = null } = q;
    if (arrayJoin !== null) {
      const items = arrayJoin.items.map((one) => `${this.expr(one.ch)} AS ${checked(one.as)}`).join(', ');
      parts.push(`${arrayJoin.left ? 'LEFT ' : ''}ARRAY JOIN ${items}`);
    }
    if (where !== null) parts.push(`WHERE ${this.expr(where)}`);
    if (group !== null && sets !== null) {
      parts.push(`GROUP BY GROUPING SETS (${sets.map((set) => `(${this.#list(set.map((i) => group[i]!))})`).join(', ')})`);
    } else if (group !== null && group.length > 0) parts.push(`GROUP BY ${this.#list(group)}`);
    if (order.length > 0) parts.push(fill === null ? `ORDER BY ${this.#order(order)}` : this.#fill(order[0]!, fill));
    if (limit !== null) parts.push(`LIMIT ${this.expr(limit)}`);
    if (offset !== null) parts.push(`OFFSET ${this.expr(offset)}`);
    return parts.join(' ');
  }

  #fill(key: ChOrder, fill: NonNullable<ChSelect['fill']>): string {
    const from = fill.from === null ? '' : ` FROM ${this.expr(fill.from)}`;
    const to = fill.to === null ? '' : ` TO ${this.expr(fill.to)}`;
    return `ORDER BY ${this.expr(key.by)} ASC WITH FILL${from}${to} STEP ${this.expr(fill.step)}`;
  }

  #from(from: ChFrom): string {
    switch (from.t) {
      case 'table':
        return from.name.split('.').map(checked).join('.');
      case 'sub':
        return `(${this.query(from.of)}) AS ${checked(from.as)}`;
      case 'join': {
        const on = from.on === null ? '' : ` ON ${this.expr(from.on)}`;
        return `${this.#from(from.left)} ${from.kind} JOIN ${this.#from(from.right)}${on}`;
      }
    }
  }
}

function checked(name: string): string {
  if (!NAME.test(name)) throw new SluiceError('internal.unexpected', `compiler made the identifier '${name}'`, { name });
  return name;
}

/** One statement with its parameters and settings. `timeZone`: of timestamps without one of their own. */
export function printQuery(query: ChQuery, timeZone = 'UTC'): CompiledSql {
  const printer = new Printer();
  const text = printer.query(query);
  return { text, params: printer.params, settings: { ...SEMANTIC_SETTINGS, session_timezone: timeZone } };
}

/** `INSERT INTO table (columns) SELECT … UNION ALL SELECT …`; the columns of each query in that order. Table and columns are names of ours. */
export function printInsert(table: string, columns: readonly string[], queries: readonly ChQuery[], timeZone = 'UTC'): CompiledSql {
  const printer = new Printer();
  const name = table.split('.').map(checked).join('.');
  const body = queries.length === 1 ? printer.query(queries[0]!) : printer.query({ t: 'set', op: 'UNION ALL', of: queries });
  return {
    text: `INSERT INTO ${name} (${columns.map(checked).join(', ')}) ${body}`,
    params: printer.params,
    settings: { ...SEMANTIC_SETTINGS, session_timezone: timeZone },
  };
}
