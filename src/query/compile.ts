import type { IndexConfig } from '../control/catalog.ts';
import type { LogTable } from '../store/log-table.ts';
import type { CompiledSql } from '../store/store.ts';
import { logCatalog } from './catalog/log-catalog.ts';
import { emptyRows } from './catalog/empty-rows.ts';
import type { FieldCatalog } from './catalog/field-catalog.ts';
import { and, col, raw, type Ch, type ChFrom, type ChQuery } from './clickhouse/ch.ts';
import { printQuery } from './clickhouse/print.ts';
import { compileSpl } from './compile-spl.ts';
import { compileSql } from './compile-sql.ts';
import type { Diagnostic } from './diagnostic.ts';
import { logRowColumns, type LogRowLayout } from './result/log-row.ts';
import type { RenderedColumn } from './result/render.ts';
import { logSearch } from './search/log-search.ts';
import { lowerSearch, type LoweredSearch } from './search/lower-search.ts';
import { takeSession } from './session.ts';
import { parseSearch } from './syntax/search/parse-search.ts';
import { queryError } from './syntax/query-error.ts';
import { classify } from './syntax/split-query.ts';

/** What a query is compiled against. */
export interface CompileInput {
  /** null: no log has come yet; the query runs over no rows. */
  readonly table: LogTable | null;
  readonly logstore: number;
  readonly index: IndexConfig | null;
  /** Which rows belong to the query: time, topic, shard, retention. Null: all. */
  readonly bounds: Ch | null;
  /** Time range, Unix seconds, and the bounds moved back by seconds; null: not known. */
  readonly range?: { readonly fromSec: number; readonly toSec: number; readonly earlier: (sec: number) => Ch } | null;
  /** The same for another logstore that SQL names; null: it does not exist. */
  readonly other?: (name: string) => {
    readonly table: LogTable | null;
    readonly logstore: number;
    readonly index: IndexConfig | null;
    readonly bounds: Ch | null;
  } | null;
  readonly timeZone: string;
  readonly nowMs: number;
  readonly line: number;
  readonly offset: number;
  readonly reverse: boolean;
  readonly scan: boolean;
  /** Rows that SQL may give. */
  readonly maxRows: number;
}

export interface CompiledStatement {
  readonly kind: 'search' | 'sql' | 'spl';
  readonly sql: CompiledSql;
  /** sql, and spl with fixed columns: columns of the answer. */
  readonly columns: readonly (RenderedColumn & { readonly name: string })[];
  /** search: how a row is read back into a log. */
  readonly layout: LogRowLayout | null;
  /** spl: identity columns stand first in each row; the last column is then the open record. */
  readonly carried: boolean;
  readonly open: boolean;
  readonly packMeta: boolean;
  readonly hasSql: boolean;
  readonly whereQuery: string;
  readonly aggQuery: string;
  readonly terms: LoweredSearch['terms'];
  readonly mode: 0 | 1 | 2 | 3;
  readonly diagnostics: readonly Diagnostic[];
}

/** Columns that say which log a row is, in the order of a search's answer. */
const IDENTITY = ['shard', 'cursor', 'idx', 'time'];

/**
 * Compiles `search`, `search | SQL` or `search | SPL` over a logstore.
 * @throws query.syntax query.type query.unknown_field query.unknown_function query.refused query.no_index query.limit
 */
export function compile(text: string, input: CompileInput): CompiledStatement {
  const { mode, bar } = classify(text);
  const searchEnd = bar ?? text.length;
  if (bar === null && /^\s*(?:select|with)\s/i.test(text)) {
    throw queryError(
      'query.syntax',
      text,
      { from: 0, to: Math.min(text.length, 6) },
      'sql query must follow search query, write * | select …',
      { expected: '* | select …' },
    );
  }
  const session = mode === 'sql' ? takeSession(text, searchEnd + 1) : { from: searchEnd + 1, scan: false };
  const scan = input.scan || session.scan;
  if (input.index === null && !scan)
    throw queryError('query.no_index', text, { from: 0, to: text.length }, 'logstore without index config', { reason: 'no index' });
  const from = source(input);
  const common = {
    packMeta: false,
    carried: false,
    open: false,
    layout: null,
    whereQuery: text.slice(0, searchEnd).trim() || '*',
    aggQuery: bar === null ? '' : text.slice(bar + 1).trim(),
  };
  if (mode === 'spl') return spl(text, input, common);
  const search = lowerPart(text, 0, searchEnd, input);
  const phrase = search.phrases ? 1 : 0;
  if (mode === 'sql') {
    const catalog = catalogOf(input, scan);
    const other = (name: string): FieldCatalog | null => {
      const found = input.other?.(name) ?? null;
      return found === null ? null : catalogOf({ ...input, ...found }, scan);
    };
    const made = compileSql(text, session.from, {
      catalog,
      search: search.test,
      timeZone: input.timeZone,
      nowMs: input.nowMs,
      other,
      defaultLimit: 100,
      maxLimit: input.maxRows,
      range: input.range ?? null,
      earlier: (input.range ?? null) === null ? null : (sec) => catalogOf(movedBack(input, sec), scan),
    });
    return {
      ...common,
      kind: 'sql',
      sql: statement(made.query, input.timeZone, search),
      columns: made.columns,
      hasSql: true,
      terms: search.terms,
      mode: scan ? 3 : 0,
      diagnostics: [...search.diagnostics, ...made.diagnostics],
    };
  }
  const layout = logRowColumns(input.table ?? emptyRows(input.logstore).table);
  const where = [input.bounds, search.test].filter((one) => one !== null);
  const order = ['time', 'shard', 'cursor', 'idx'].map((name) => ({ by: col(name), desc: input.reverse, nullsFirst: false }));
  const query: ChQuery = {
    t: 'select',
    columns: layout.columns,
    from,
    where: where.length === 0 ? null : and(...where),
    order,
    limit: number(input.line),
    offset: number(input.offset),
  };
  return {
    ...common,
    kind: 'search',
    sql: statement(query, input.timeZone, search),
    columns: [],
    layout,
    packMeta: mode === 'pack-meta',
    hasSql: false,
    aggQuery: '',
    terms: search.terms,
    mode: scan ? 2 : phrase,
    diagnostics: search.diagnostics,
  };
}

/** Only the search part, as a condition; for histograms. */
export function compileSearch(text: string, input: CompileInput): LoweredSearch {
  const { bar, mode } = classify(text);
  if (input.index === null && !input.scan)
    throw queryError('query.no_index', text, { from: 0, to: text.length }, 'logstore without index config', { reason: 'no index' });
  if (bar === null && mode === 'spl') return { ...EVERYTHING, diagnostics: [] };
  return lowerPart(text, 0, bar ?? text.length, input);
}

export function source(input: Pick<CompileInput, 'table' | 'logstore'>): ChFrom {
  return input.table === null ? emptyRows(input.logstore).from : { t: 'table', name: input.table.table };
}

/**
 * The engine's filter on the best rows so far takes the place in which it would read the answer of a full-text index, and so makes it tokenize every row
 * again: five times the work of a page of logs.
 */
function statement(query: ChQuery, timeZone: string, search: Pick<LoweredSearch, 'indexed'>): CompiledSql {
  const sql = printQuery(query, timeZone);
  return search.indexed ? { ...sql, settings: { ...sql.settings, use_top_k_dynamic_filtering: 0 } } : sql;
}

const number = (n: number): Ch => ({ t: 'param', type: 'UInt64', value: String(n) });

function lowerPart(text: string, from: number, to: number, input: CompileInput): LoweredSearch {
  const parsed = parseSearch(text, from, to);
  if (parsed.expr.k === 'all') return { ...EVERYTHING, diagnostics: parsed.diagnostics };
  const index = input.index ?? NO_INDEX;
  const lowered = lowerSearch(parsed.expr, logSearch(input.table ?? emptyRows(input.logstore).table, index), text);
  return { ...lowered, diagnostics: [...parsed.diagnostics, ...lowered.diagnostics] };
}

const EVERYTHING = { test: null, terms: [], phrases: false, indexed: false } as const;
const NO_INDEX: IndexConfig = { line: null, keys: {}, maxTextLen: 2048, wire: {}, lastModifySec: 0 };

function movedBack(input: CompileInput, sec: number): CompileInput {
  const range = input.range!;
  return { ...input, bounds: range.earlier(sec), range: { ...range, fromSec: range.fromSec - sec, toSec: range.toSec - sec } };
}

function catalogOf(input: Pick<CompileInput, 'table' | 'logstore' | 'index' | 'bounds' | 'range'>, scan: boolean): FieldCatalog {
  const empty = input.table === null ? emptyRows(input.logstore) : null;
  return logCatalog(input.table ?? empty!.table, input.index, {
    where: input.bounds,
    range: input.range ?? null,
    scan,
    ...(empty === null ? {} : { from: empty.from }),
  });
}

function spl(
  text: string,
  input: CompileInput,
  common: Pick<CompiledStatement, 'packMeta' | 'carried' | 'open' | 'layout' | 'whereQuery' | 'aggQuery'>,
): CompiledStatement {
  const terms: { key: string; term: string }[] = [];
  const diagnostics: Diagnostic[] = [];
  let indexed = false;
  const made = compileSpl(text, catalogOf(input, true), {
    timeZone: input.timeZone,
    nowMs: input.nowMs,
    context: 'query',
    fold: true,
    carry: IDENTITY,
    range: input.range ?? null,
    search(part, from) {
      const lowered = lowerPart(text, from, from + part.length, input);
      terms.push(...lowered.terms);
      diagnostics.push(...lowered.diagnostics);
      indexed ||= lowered.indexed;
      return lowered.test;
    },
  });
  const carried = made.columns.some((column) => column.name === 'cursor' && column.as === 'cursor');
  const order =
    carried && !made.ordered
      ? ['time', 'shard', 'cursor', 'idx'].map((name) => ({ by: col(name), desc: input.reverse, nullsFirst: false }))
      : [];
  // Aggregates give at most 100 groups unless the program says how many.
  const page = carried ? { limit: number(input.line), offset: number(input.offset) } : made.limited ? {} : { limit: number(100) };
  const query: ChQuery = made.query.t === 'select' ? { ...made.query, order, ...page } : made.query;
  const shown = carried ? made.columns.slice(IDENTITY.length) : made.columns;
  const times = carried ? timeText(query) : query;
  return {
    ...common,
    kind: 'spl',
    sql: statement(times, input.timeZone, { indexed }),
    columns: shown,
    carried,
    open: made.fields === null,
    hasSql: false,
    terms,
    mode: 2,
    diagnostics: [...diagnostics, ...made.diagnostics],
  };
}

/** The carried time as nanoseconds in text, as a search has it. */
function timeText(query: ChQuery): ChQuery {
  if (query.t !== 'select') return query;
  const columns = query.columns.map((column) => {
    if (column.as === 'time') return { as: 'time_ns', ch: raw('toString(toUnixTimestamp64Nano(time))') };
    return column.as === 'cursor' ? { as: 'cursor_text', ch: raw('toString(cursor)') } : column;
  });
  return { ...query, columns };
}
