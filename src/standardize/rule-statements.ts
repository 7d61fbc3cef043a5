import type { Catalog } from '../control/catalog.ts';
import { SluiceError } from '../core/errors.ts';
import type { FieldCatalog } from '../query/catalog/field-catalog.ts';
import { call, raw, type Ch } from '../query/clickhouse/ch.ts';
import type { LogTable } from '../store/log-table.ts';
import type { CompiledSql } from '../store/store.ts';
import type { ShardRange } from '../stream/stream.ts';
import { CLASS_TABLES, type ClassColumn, type ClassTable, classTable, quoted } from './class-table.ts';
import { eventSelect, type EventSelect } from './event-select.ts';
import { CARRIED_COLUMNS, compileProgram } from './rule-program.ts';
import type { StandardizationRule } from './rule.ts';
import { prefixParams, rangesPredicate } from './sql-parts.ts';

/** Layouts of the logstores' tables, as the store knows them. */
export interface LogTables {
  /** Null: the logstore has no table yet, because no log has come. */
  table(logstore: number): LogTable | null;
}

/** The query compiler's view of a logstore's table. */
export type LogSource = (table: LogTable) => FieldCatalog;

/** A rule over ranges of one logstore. */
export interface RangeWork {
  readonly rule: StandardizationRule;
  readonly logstore: number;
  readonly ranges: readonly ShardRange[];
  /** Some of the logs may have their event already: leave those out. */
  readonly doubtful: boolean;
}

interface Prepared {
  readonly select: EventSelect;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** Stands where the rows' bounds go, so that a program is compiled once and not per batch. A name of ours that no column has. */
const BOUNDS = '_sluice_bounds_';

/** Compiled rules are kept: a few kilobytes each, one per rule and logstore. The oldest go first. */
const CACHE = 4000;

/** Statements of standardization rules over the tables of logstores. */
export class RuleStatements {
  readonly #catalog: Catalog;
  readonly #tables: LogTables;
  readonly #source: LogSource;
  readonly #cache = new Map<string, Prepared>();

  constructor(catalog: Catalog, tables: LogTables, source: LogSource) {
    this.#catalog = catalog;
    this.#tables = tables;
    this.#source = source;
  }

  /** Name of a logstore's table; null: it has none yet. */
  logTable(logstore: number): string | null {
    return this.#tables.table(logstore)?.table ?? null;
  }

  /** Every class table. */
  tables(): readonly ClassTable[] {
    return [...CLASS_TABLES.values()];
  }

  /** @throws rule.invalid when the rule does not compile over the logstore */
  check(rule: StandardizationRule, logstore: number): void {
    const table = this.#tables.table(logstore);
    if (table !== null) this.#prepare(rule, table);
  }

  /** One `INSERT … SELECT … UNION ALL SELECT …` into a class; null: none of the logstores has a table. @throws rule.invalid */
  insert(table: ClassTable, works: readonly RangeWork[]): CompiledSql | null {
    const parts = works.flatMap((work) => {
      const logs = this.#tables.table(work.logstore);
      return logs === null ? [] : [{ work, prepared: this.#prepare(work.rule, logs) }];
    });
    if (parts.length === 0) return null;
    const paths = new Set(parts.flatMap(({ prepared }) => prepared.select.columns.map((column) => column.path)));
    const columns = table.columns.filter((column) => paths.has(column.path));
    const params: Record<string, unknown> = {};
    let settings: Readonly<Record<string, string | number>> = {};
    const selects = parts.map(({ work, prepared }, index) => {
      const bounds = rangesPredicate(work.ranges);
      const known = work.doubtful ? ` WHERE ${notWritten(table, work)}` : '';
      const own = prefixParams(bounded(prepared.select.text(columns), bounds) + known, prepared.select.params, `q${index}_`);
      Object.assign(params, own.params);
      settings = prepared.settings;
      return own.text;
    });
    return { text: `INSERT INTO ${table.table} (${names(columns)}) ${selects.join(' UNION ALL ')}`, params, settings };
  }

  /**
   * The rule as a query (the method scan query): the same events as `insert` would write, of logs with a time within [from, to), newest first.
   * Columns come in the order of the class's table, those the rule leaves out too, so that `eventFromRow` reads them; times as Unix ms.
   * @throws rule.invalid request.not_found when the logstore has no table yet
   */
  scan(rule: StandardizationRule, logstore: number, fromSec: number, toSec: number, limit: number): CompiledSql {
    const logs = this.#tables.table(logstore);
    if (logs === null) throw new SluiceError('request.not_found', `logstore ${logstore} has no logs yet`, { logstore });
    const table = classTable(rule.classUid);
    const prepared = this.#prepare(rule, logs);
    const bounds = `(time >= toDateTime64(${Math.trunc(fromSec)}, 9, 'UTC') AND time < toDateTime64(${Math.trunc(toSec)}, 9, 'UTC'))`;
    const select = bounded(prepared.select.text(table.columns), bounds);
    return {
      text: `SELECT ${readList(table)} FROM (${select}) ORDER BY \`=time\` DESC, \`=cursor\` DESC, \`=idx\` DESC LIMIT ${Math.trunc(limit)}`,
      params: prepared.select.params,
      settings: prepared.settings,
    };
  }

  #prepare(rule: StandardizationRule, logs: LogTable): Prepared {
    const key = JSON.stringify([rule.id, rule.revision, logs.logstore, logs.version]);
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const info = this.#catalog.logstoreById(logs.logstore);
    const where: Ch[] = [raw(BOUNDS)];
    if (rule.match.topics.length > 0)
      where.push(call('has', { t: 'param', type: 'Array(String)', value: rule.match.topics }, raw('topic')));
    const program = compileProgram(rule, this.#source(logs), where);
    const origin = { logstore: logs.logstore, logName: info === null ? String(logs.logstore) : `${info.project}/${info.name}` };
    const output = { from: `(${program.text})`, params: program.params, fields: program.fields };
    const select = eventSelect(rule, classTable(rule.classUid), origin, output, CARRIED_COLUMNS, '');
    const prepared = { select, settings: program.settings };
    if (this.#cache.size >= CACHE) this.#cache.delete(this.#cache.keys().next().value as string);
    this.#cache.set(key, prepared);
    return prepared;
  }
}

function bounded(text: string, bounds: string): string {
  return text.replaceAll(BOUNDS, bounds);
}

function names(columns: readonly ClassColumn[]): string {
  return columns.map((column) => quoted(column.column)).join(', ');
}

/** Predicate over the rows of an event select: no event of the same rule and revision is in the table yet. */
function notWritten(table: ClassTable, work: RangeWork): string {
  return `(_shard, _cursor, _idx) NOT IN (SELECT shard, cursor, idx FROM ${table.table} WHERE logstore = ${work.logstore} AND ${rangesPredicate(work.ranges)} AND rule = '${work.rule.id}' AND revision = ${work.rule.revision})`;
}

/** Columns of an event select as `eventFromRow` wants them, in the types that they would be stored in. */
export function readList(table: ClassTable): string {
  return table.columns
    .map((column) => {
      const value = `CAST(${quoted(`=${column.path}`)}, '${column.type.replaceAll("'", "\\'")}')`;
      return column.kind === 'time' ? `toUnixTimestamp64Milli(${value})` : value;
    })
    .join(', ');
}
