import type { CompiledRule } from './compile-rule.ts';
import type { EventColumn, EventTable } from './event-columns.ts';
import { regexLiteral, sqlArray, sqlNumber, sqlString } from './sql-text.ts';
import type { Literal } from './witness.ts';

/** What the probe found of a class: per column that it asked, the literals that occur (`eq`) or their numbers (`sub`). */
type ProbeRow = readonly unknown[];

interface ProbeColumn {
  readonly sql: string;
  /** Values of an answer → rules that they wake. */
  readonly wakes: ReadonlyMap<string, readonly number[]>;
}

/**
 * The rules of one class, ready to run (detection.md §2.3): a probe asks which of their literals occur in a batch, and only rules whose literals do are confirmed. The probe's
 * text is the same until the rules change.
 */
export class ClassPlan {
  readonly table: EventTable;
  readonly rules: readonly CompiledRule[];
  /** Numbers of the rules that run with every batch: no literal is certain to occur where they are true. */
  readonly always: readonly number[];
  readonly #columns: readonly ProbeColumn[];

  constructor(table: EventTable, rules: readonly CompiledRule[]) {
    this.table = table;
    this.rules = rules;
    this.always = rules.flatMap((rule, number) => (rule.witness === null ? [number] : []));
    const byColumn = new Map<string, { column: EventColumn; how: Literal['how']; wakes: Map<string, number[]> }>();
    for (const [number, rule] of rules.entries()) {
      for (const literal of rule.witness ?? []) {
        const key = `${literal.how}|${literal.path}`;
        const own = byColumn.get(key) ?? { column: this.#column(literal.path), how: literal.how, wakes: new Map<string, number[]>() };
        byColumn.set(key, own);
        const woken = own.wakes.get(literal.text);
        if (woken === undefined) own.wakes.set(literal.text, [number]);
        else if (woken.at(-1) !== number) woken.push(number);
      }
    }
    this.#columns = [...byColumn.values()].map(({ column, how, wakes }) => {
      const literals = [...wakes.keys()];
      if (how === 'eq') return { sql: equalsSql(column, literals), wakes };
      return {
        sql: containsSql(column, literals),
        wakes: new Map([...wakes.values()].map((numbers, index) => [String(index + 1), numbers])),
      };
    });
  }

  /** The probe's SELECT over rows that `where` picks; null: every rule runs always. One row. */
  probe(where: string): string | null {
    if (this.#columns.length === 0) return null;
    return `SELECT ${this.#columns.map((column) => column.sql).join(', ')} FROM ${this.table.table} WHERE ${where}`;
  }

  /** Numbers of the rules that may be true in the batch of which the probe answered `row`. */
  awake(row: ProbeRow | undefined): readonly number[] {
    const awake = new Set(this.always);
    for (const [index, column] of this.#columns.entries()) {
      for (const found of (row?.[index] ?? []) as readonly unknown[])
        for (const number of column.wakes.get(String(found)) ?? []) awake.add(number);
    }
    return [...awake].sort((a, b) => a - b);
  }

  /**
   * Rows for which one of the rules is true: `logstore, shard, cursor, idx, rule, revision, numbers of the rules that are`. `from` may be another table expression with
   * the columns of the class.
   */
  confirm(numbers: readonly number[], where: string, from: string = this.table.table): string {
    const predicates = numbers.map((number) => (this.rules[number] as CompiledRule).predicate);
    const hits = `arrayFilter((n, yes) -> yes, ${sqlArray(numbers.map(sqlNumber))}, ${sqlArray(predicates.map((one) => `(${one})`))})`;
    return `SELECT * FROM (SELECT logstore, shard, cursor, idx, rule, revision, ${hits} AS hits FROM ${from} WHERE ${where}) WHERE notEmpty(hits)`;
  }

  #column(path: string): EventColumn {
    return this.table.column(path) ?? this.table.unmapped(path);
  }
}

/** Which of the literals a column equals in some row. */
function equalsSql(column: EventColumn, literals: readonly string[]): string {
  if (column.kind === 'number') return `groupUniqArrayIf(${column.sql}, ifNull(${column.sql} IN (${literals.join(',')}), 0))`;
  if (column.kind === 'numbers') return `groupUniqArrayArray(arrayFilter(x -> ifNull(x IN (${literals.join(',')}), 0), ${column.sql}))`;
  const set = `(${literals.map(sqlString).join(',')})`;
  if (column.kind === 'texts') return `groupUniqArrayArray(arrayFilter(x -> x IN ${set}, arrayMap(x -> lowerUTF8(x), ${column.sql})))`;
  const text = `lowerUTF8(${textOf(column)})`;
  return `groupUniqArrayIf(${text}, ${text} IN ${set})`;
}

/** Numbers (from 1) of the literals that a column holds in some row. One automaton for all of them. */
function containsSql(column: EventColumn, literals: readonly string[]): string {
  const text = column.kind === 'texts' ? `arrayStringConcat(${column.sql}, '\\n')` : textOf(column);
  return `groupUniqArrayArray(multiMatchAllIndices(lowerUTF8(${text}), ${sqlArray(literals.map((literal) => sqlString(regexLiteral(literal))))}))`;
}

function textOf(column: EventColumn): string {
  if (column.kind === 'bool') return `ifNull(toString(${column.sql}), '')`;
  return column.nullable ? `ifNull(${column.sql}, '')` : column.sql;
}
