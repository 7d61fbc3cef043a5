import type { Catalog, LogstoreInfo } from '../control/catalog.ts';
import type { RunContext } from '../core/context.ts';
import { asSluiceError, SluiceError } from '../core/errors.ts';
import { retainedExpr, type LogTable } from '../store/log-table.ts';
import type { QueryLimits, QueryResult, Store } from '../store/store.ts';
import { and, call, col, raw, str, type Ch, type ChOrder, type ChQuery } from './clickhouse/ch.ts';
import { printQuery } from './clickhouse/print.ts';
import { storeExpr } from './clickhouse/store-text.ts';
import { compile, compileSearch, source, type CompileInput, type CompiledStatement } from './compile.ts';
import type { FoundLog, Freshness, HistogramAnswer, LogIdentity, Queries, QueryAnswer, QueryRequest } from './queries.ts';
import { valueError } from './result/engine-error.ts';
import { logRowColumns, readLog } from './result/log-row.ts';
import { logRows, recordRows } from './result/rows.ts';
import { columnType, render } from './result/render.ts';

/** Layouts of the logstores' tables. */
export interface LogTables {
  /** Null: no log has come yet. */
  table(logstore: number): LogTable | null;
}

export interface QuerySettings {
  /** Of SQL's date functions. */
  readonly timeZone: string;
  readonly maxSec: number;
  readonly maxMemoryBytes: number;
  readonly maxRowsToRead: number;
  /** How long a query waits for what its logstores still have pending. */
  readonly flushWaitMs: number;
  /** LIMIT of SQL reaches at most here (SLS: 1,000,000). */
  readonly maxRows: number;
}

/** Bars of a histogram that asks for no interval: about this many, so that a screen is filled and none is thinner than a few pixels. */
const BARS = 60;
const STEPS = [
  1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800,
  2_592_000,
];
/** Bars of an interval that is asked for: more make an answer no one can read, and a page of work for nothing. */
const MAX_BARS = 10_000;

/** `Queries` over the store. */
export class RunQueries implements Queries {
  readonly #store: Store;
  readonly #tables: LogTables;
  readonly #freshness: Freshness;
  readonly #catalog: Pick<Catalog, 'logstore'>;
  readonly #settings: QuerySettings;

  constructor(store: Store, tables: LogTables, freshness: Freshness, catalog: Pick<Catalog, 'logstore'>, settings: QuerySettings) {
    this.#store = store;
    this.#tables = tables;
    this.#freshness = freshness;
    this.#catalog = catalog;
    this.#settings = settings;
  }

  async query(request: QueryRequest, ctx: RunContext): Promise<QueryAnswer> {
    const touched = new Set<number>([request.logstore.id]);
    const compiled = compile(request.query, this.#input(request, touched, ctx));
    await this.#freshness.flush([...touched], this.#settings.flushWaitMs, ctx);
    // The flush may have made a table or a column: compiling again costs a fraction of a millisecond.
    const statement = compile(request.query, this.#input(request, touched, ctx));
    const result = await this.#run(statement, request, ctx);
    return { ...shape(statement, result), ...facts(statement, result, this.#settings.maxSec), whereQuery: compiled.whereQuery };
  }

  /** The statement a query becomes, without running it. @throws query.* */
  explain(request: QueryRequest, ctx: RunContext): CompiledStatement {
    return compile(request.query, this.#input(request, new Set(), ctx));
  }

  async histogram(request: QueryRequest & { readonly intervalSec?: number }, ctx: RunContext): Promise<HistogramAnswer> {
    const { fromSec, toSec } = request;
    compileSearch(request.query, this.#input(request, new Set(), ctx));
    await this.#freshness.flush([request.logstore.id], this.#settings.flushWaitMs, ctx);
    const input = this.#input(request, new Set(), ctx);
    const search = compileSearch(request.query, input);
    const span = toSec - fromSec;
    const step = request.intervalSec ?? STEPS.find((one) => span / one <= BARS) ?? Math.ceil(span / BARS);
    if (!(step >= 1) || span / step > MAX_BARS)
      throw new SluiceError('request.invalid', `interval ${step} s makes more than ${MAX_BARS} bars of ${span} s`, {
        field: 'interval',
        expected: `at least ${Math.ceil(span / MAX_BARS)} s`,
      });
    const bucket = raw('intDiv(toInt64(toUnixTimestamp(time)), ', { t: 'param', type: 'Int64', value: String(step) }, ')');
    const where = [input.bounds, search.test].filter((one) => one !== null);
    const query: ChQuery = {
      t: 'select',
      columns: [
        { as: 'b', ch: bucket },
        { as: 'n', ch: raw('toString(count())') },
      ],
      from: source(input),
      where: and(...where),
      group: [bucket],
    };
    const result = await this.#store.query(printQuery(query), 'people', this.#limits(MAX_BARS + 2), ctx);
    const counts = new Map(result.rows.map(([b, n]) => [Number(b), Number(n)]));
    const buckets: HistogramAnswer['buckets'][number][] = [];
    let total = 0;
    for (let b = Math.floor(fromSec / step); b * step < toSec; b++) {
      const count = counts.get(b) ?? 0;
      total += count;
      buckets.push({ fromSec: Math.max(fromSec, b * step), toSec: Math.min(toSec, (b + 1) * step), count, complete: result.complete });
    }
    return { buckets, total, complete: result.complete };
  }

  async log(logstore: LogstoreInfo, identity: LogIdentity, ctx: RunContext): Promise<FoundLog> {
    await this.#freshness.flush([logstore.id], this.#settings.flushWaitMs, ctx);
    const missing = new SluiceError(
      'request.not_found',
      `logstore ${logstore.name} has no log ${identity.shard}/${identity.cursor}/${identity.index}`,
      { resource: 'log', ...identity },
    );
    const table = this.#tables.table(logstore.id);
    if (table === null || !/^\d{1,20}$/.test(identity.cursor)) throw missing;
    const where = [
      equals('shard', 'UInt32', identity.shard),
      equals('cursor', 'UInt64', identity.cursor),
      equals('idx', 'UInt32', identity.index),
    ];
    const [found] = await this.#logs(table, where, [], 1, ctx);
    if (found === undefined) throw missing;
    return found;
  }

  async context(
    logstore: LogstoreInfo,
    identity: LogIdentity,
    back: number,
    forward: number,
    ctx: RunContext,
  ): Promise<readonly FoundLog[]> {
    const own = await this.log(logstore, identity, ctx);
    const table = this.#tables.table(logstore.id)!;
    const same = [
      equals('shard', 'UInt32', identity.shard),
      raw('(source = ', str(own.source), ')'),
      raw('(topic = ', str(own.topic), ')'),
    ];
    // Packs of one producer have the same id before the dash; without packs, all tags are compared.
    const pack = /^([0-9A-F]+)-[0-9A-F]+$/i.exec(own.tags['__pack_id__'] ?? '')?.[1];
    if (pack === undefined)
      same.push(
        raw(
          "(JSONExtract(toString(tags), 'Map(String, String)') = ",
          { t: 'param', type: 'Map(String, String)', value: new Map(Object.entries(own.tags)) },
          ')',
        ),
      );
    else same.push(raw("startsWith(JSONExtractString(toString(tags), '__pack_id__'), ", str(`${pack}-`), ')'));
    const place = raw(
      '(',
      { t: 'param', type: 'UInt64', value: identity.cursor },
      ', ',
      { t: 'param', type: 'UInt32', value: String(identity.index) },
      ')',
    );
    const side = (sign: '<' | '>', rows: number, desc: boolean): Promise<FoundLog[]> =>
      rows <= 0
        ? Promise.resolve([])
        : this.#logs(
            table,
            [...same, raw(`((cursor, idx) ${sign} `, place, ')')],
            ['cursor', 'idx'].map((name) => ({ by: col(name), desc, nullsFirst: false })),
            rows,
            ctx,
          );
    const [before, after] = [await side('<', back, true), await side('>', forward, false)];
    return [...before.toReversed(), own, ...after];
  }

  async #logs(table: LogTable, where: readonly Ch[], order: readonly ChOrder[], rows: number, ctx: RunContext): Promise<FoundLog[]> {
    const layout = logRowColumns(table);
    const query: ChQuery = {
      t: 'select',
      columns: layout.columns,
      from: { t: 'table', name: table.table },
      where: and(...where),
      order,
      limit: { t: 'param', type: 'UInt64', value: String(rows) },
    };
    const result = await this.#store.query(printQuery(query), 'people', this.#limits(rows), ctx);
    return result.rows.map((row) => readLog(row, layout));
  }

  async #run(statement: CompiledStatement, request: QueryRequest, ctx: RunContext): Promise<QueryResult> {
    try {
      return await this.#store.query(
        statement.sql,
        'people',
        this.#limits(statement.hasSql ? this.#settings.maxRows : Math.max(request.line, this.#settings.maxRows)),
        ctx,
      );
    } catch (thrown) {
      throw valueError(asSluiceError(thrown, 'store.query'));
    }
  }

  #limits(maxResultRows: number): QueryLimits {
    const { maxSec, maxMemoryBytes, maxRowsToRead } = this.#settings;
    return { maxSec, maxMemoryBytes, maxResultRows, maxRowsToRead, overflow: 'break' };
  }

  #input(request: QueryRequest, touched: Set<number>, ctx: RunContext): CompileInput {
    const { logstore } = request;
    if (request.toSec < request.fromSec)
      throw new SluiceError('request.invalid', `the time range ends (${request.toSec}) before it begins (${request.fromSec})`, {
        field: 'to',
        expected: 'from < to',
      });
    const nowMs = ctx.clock.nowMs();
    return {
      table: this.#tables.table(logstore.id),
      logstore: logstore.id,
      index: logstore.index,
      bounds: boundsOf(request, logstore, nowMs),
      range: {
        fromSec: request.fromSec,
        toSec: request.toSec,
        earlier: (sec) => boundsOf({ ...request, fromSec: request.fromSec - sec, toSec: request.toSec - sec }, logstore, nowMs),
      },
      other: (name) => {
        const found = this.#catalog.logstore(logstore.project, name);
        if (found === null) return null;
        touched.add(found.id);
        return {
          table: this.#tables.table(found.id),
          logstore: found.id,
          index: found.index,
          bounds: boundsOf({ ...request, topic: '' }, found, nowMs),
        };
      },
      timeZone: this.#settings.timeZone,
      nowMs,
      line: request.line,
      offset: request.offset,
      reverse: request.reverse,
      scan: request.scan ?? false,
      maxRows: this.#settings.maxRows,
    };
  }
}

const equals = (column: string, type: string, value: number | string): Ch =>
  raw(`(${column} = `, { t: 'param', type, value: String(value) }, ')');

/** Time range, topic, shard and retention. Bounds are DateTime64: a whole-second bound would lose the rows within its last second. */
function boundsOf(request: QueryRequest, logstore: LogstoreInfo, nowMs: number): Ch {
  const at = (sec: number, ns: number): Ch =>
    raw(
      'fromUnixTimestamp64Nano(',
      { t: 'param', type: 'Int64', value: String(BigInt(Math.trunc(sec)) * 1_000_000_000n + BigInt(ns)) },
      ", 'UTC')",
    );
  const tests: Ch[] = [
    call('greaterOrEquals', col('time'), at(request.fromSec, request.fromNsPart ?? 0)),
    call('less', col('time'), at(request.toSec, request.toNsPart ?? 0)),
  ];
  if (request.topic !== undefined && request.topic !== '') tests.push(raw('(topic = ', str(request.topic), ')'));
  if (request.shard !== undefined) tests.push(equals('shard', 'UInt32', request.shard));
  const retained = retainedExpr(logstore.ttlDays, nowMs);
  if (retained !== null) tests.push(storeExpr(`(${retained})`));
  return and(...tests);
}

function shape(statement: CompiledStatement, result: QueryResult): Pick<QueryAnswer, 'columns' | 'rows' | 'identities'> {
  if (statement.kind === 'search')
    return logRows(
      result.rows.map((row) => readLog(row, statement.layout!)),
      statement.packMeta,
    );
  if (statement.carried) return recordRows(statement, result.rows);
  return {
    columns: statement.columns.map((column) => ({ name: column.name, type: columnType(column.type) })),
    rows: result.rows.map((row) => row.map((value, i) => render(value, statement.columns[i]!))),
    identities: [],
  };
}

function facts(statement: CompiledStatement, result: QueryResult, maxSec: number): Omit<QueryAnswer, 'columns' | 'rows' | 'identities'> {
  return {
    complete: result.complete,
    incompleteReason: result.complete ? '' : result.elapsedMs >= maxSec * 900 ? 'time' : 'rows',
    processedRows: result.rowsRead,
    processedBytes: result.bytesRead,
    elapsedMs: result.elapsedMs,
    hasSql: statement.hasSql,
    whereQuery: statement.whereQuery,
    aggQuery: statement.aggQuery,
    terms: statement.terms,
    mode: statement.mode,
    sql: statement.sql.text,
    diagnostics: statement.diagnostics,
  };
}
