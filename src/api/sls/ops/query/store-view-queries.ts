import type { LogstoreInfo } from '../../../../control/catalog.ts';
import type { RunContext } from '../../../../core/context.ts';
import { classify } from '../../../../query/syntax/split-query.ts';
import type { HistogramAnswer, LogIdentity, Queries, QueryAnswer } from '../../../../query/queries.ts';
import { SlsError } from '../../sls-error.ts';
import type { HistogramQuestion, Queried, Question } from './queried.ts';

export interface ViewedStore {
  readonly logstore: LogstoreInfo;
  /** Search that every query of the store is narrowed by; '': none. */
  readonly filter: string;
}

interface MergedRow {
  readonly order: string;
  readonly store: string;
  readonly identity: LogIdentity;
  readonly cells: ReadonlyMap<string, string | null>;
}

/** Rows that a page of several logstores is cut from at most: each gives all up to the page's end. */
const MAX_REACH = 10_000;

/**
 * Queries over several logstores under one name: a search is asked of each and merged by time, a histogram is added up. Statements over all of them
 * together (SQL and SPL) are run when the view has one logstore, and refused by name when it has more.
 */
export class StoreViewQueries implements Queried {
  readonly #queries: Queries;
  readonly #stores: readonly ViewedStore[];

  constructor(queries: Queries, stores: readonly ViewedStore[]) {
    this.#queries = queries;
    this.#stores = stores;
  }

  async query(question: Question, ctx: RunContext): Promise<QueryAnswer> {
    const [only] = this.#stores;
    if (only !== undefined && this.#stores.length === 1)
      return await this.#queries.query({ ...question, query: narrowed(question.query, only.filter), logstore: only.logstore }, ctx);
    const { mode } = classify(question.query);
    if (mode === 'sql' || mode === 'spl')
      throw new SlsError(
        'ParameterInvalid',
        `${mode.toUpperCase()} over a store view of ${this.#stores.length} logstores is not available, search without a pipe or ask one logstore`,
      );
    const { line, offset } = question;
    if (line + offset > MAX_REACH)
      throw new SlsError('ParameterInvalid', `offset ${offset} is too far for a store view, expected offset and line up to ${MAX_REACH}`);
    const answers: QueryAnswer[] = [];
    // One after the other: each may use the whole engine, and a view of fifty must not take every lane of it.
    for (const { logstore, filter } of this.#stores)
      answers.push(
        await this.#queries.query({ ...question, line: line + offset, offset: 0, query: narrowed(question.query, filter), logstore }, ctx),
      );
    return merged(question, this.#stores, answers);
  }

  async histogram(question: HistogramQuestion, ctx: RunContext): Promise<HistogramAnswer> {
    const answers: HistogramAnswer[] = [];
    for (const { logstore, filter } of this.#stores)
      answers.push(await this.#queries.histogram({ ...question, query: narrowed(question.query, filter), logstore }, ctx));
    const [first, ...others] = answers;
    return {
      buckets: (first?.buckets ?? []).map((bucket, i) => ({
        ...bucket,
        count: others.reduce((sum, answer) => sum + (answer.buckets[i]?.count ?? 0), bucket.count),
        complete: bucket.complete && others.every((answer) => answer.buckets[i]?.complete ?? true),
      })),
      total: answers.reduce((sum, answer) => sum + answer.total, 0),
      complete: answers.every((answer) => answer.complete),
    };
  }
}

/** The search part of a query and the filter of a store, both of them to hold. */
function narrowed(query: string, filter: string): string {
  if (filter.trim() === '' || filter.trim() === '*') return query;
  const { bar } = classify(query);
  const search = (bar === null ? query : query.slice(0, bar)).trim();
  const rest = bar === null ? '' : ` ${query.slice(bar)}`;
  return `${search === '' || search === '*' ? filter : `(${filter}) and (${search})`}${rest}`;
}

function merged(question: Question, stores: readonly ViewedStore[], answers: readonly QueryAnswer[]): QueryAnswer {
  const names: string[] = [];
  const rows: MergedRow[] = [];
  answers.forEach((answer, s) => {
    for (const { name } of answer.columns) if (!names.includes(name)) names.push(name);
    answer.rows.forEach((cells, r) => {
      const row = new Map(answer.columns.map((column, i) => [column.name, cells[i] ?? null]));
      const nanos = (row.get('__time_ns_part__') ?? '').padStart(9, '0');
      const identity = answer.identities[r] ?? { shard: 0, cursor: '0', index: 0 };
      rows.push({
        order: `${(row.get('__time__') ?? '').padStart(12, '0')}${nanos}`,
        store: stores[s]?.logstore.name ?? '',
        identity,
        cells: row,
      });
    });
  });
  const sign = question.reverse ? -1 : 1;
  // A stable sort: logs of one moment stay in the order of their logstores and, within one, of their own.
  const page = rows
    .toSorted((a, b) => (a.order === b.order ? 0 : a.order < b.order ? -sign : sign))
    .slice(question.offset, question.offset + question.line);
  const sum = (of: (answer: QueryAnswer) => number): number => answers.reduce((total, answer) => total + of(answer), 0);
  const [first] = answers;
  return {
    columns: names.map((name) => ({ name, type: 'varchar' })),
    rows: page.map((row) => names.map((name) => row.cells.get(name) ?? null)),
    identities: page.map((row) => row.identity),
    complete: answers.every((answer) => answer.complete),
    incompleteReason: answers.find((answer) => !answer.complete)?.incompleteReason ?? '',
    processedRows: sum((answer) => answer.processedRows),
    processedBytes: sum((answer) => answer.processedBytes),
    elapsedMs: sum((answer) => answer.elapsedMs),
    hasSql: false,
    whereQuery: question.query,
    aggQuery: '',
    terms: first?.terms ?? [],
    mode: first?.mode ?? 0,
    sql: answers.map((answer) => answer.sql).join(';\n'),
    diagnostics: [],
  };
}
