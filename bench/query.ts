import { RunQueries } from '../src/query/run-queries.ts';
import type { QueryRequest } from '../src/query/queries.ts';
import { index, key } from '../src/query/testing/log-store.ts';
import type { CompiledSql } from '../src/store/store.ts';
import { ctx } from './context.ts';
import { fillStore, LIMITS, queryCpuSec, type FilledStore } from './filled-store.ts';
import { percentile, rounded, type Bench, type BenchRow } from './harness.ts';
import { bodies, KEYS } from './log-source.ts';
import { QUERY_SHAPES, type QueryShape } from './query-shapes.ts';

const FIRST_SEC = 1_725_961_920;
const GROUP_LOGS = 500;
/** Compiles of each shape that are timed, after as many that are not. */
const COMPILES = 40;
/** Rounds of ours and by hand in turn; more for shapes that take next to nothing. */
const ROUNDS = { least: 4, most: 12, enoughCpuSec: 0.4 };

/** The query condition cache would answer the second round: it is off for both. */
const UNCACHED = { use_query_condition_cache: 0 };

/** The thirty shapes: time to compile, and the engine's CPU for what was compiled beside the same by hand, in turn. */
export const benchQuery: Bench = {
  name: 'query',
  summary: 'thirty shapes of queries over 500,000 logs: time to compile, engine CPU beside hand-written SQL on the same table',
  async run({ mb }) {
    const keys = Object.fromEntries(Object.entries(KEYS).map(([name, type]) => [name, key({ type })]));
    const filled = await fillStore(index(keys), bodies(42, GROUP_LOGS, FIRST_SEC, 1), (mb ?? 250) * 1e6);
    try {
      return await runShapes(filled);
    } finally {
      await filled.close();
    }
  },
};

async function runShapes(filled: FilledStore): ReturnType<Bench['run']> {
  const { store, tables, setup, logstore } = filled;
  const settings = { timeZone: 'UTC', maxSec: 60, maxMemoryBytes: 4e9, maxRowsToRead: 1e12, flushWaitMs: 0, maxRows: 1_000_000 };
  const queries = new RunQueries(store, tables, { flush: () => Promise.resolve(true) }, setup.catalog, settings);
  const run = async (sql: CompiledSql): Promise<readonly (readonly unknown[])[]> =>
    (await store.query({ ...sql, settings: { ...sql.settings, ...UNCACHED } }, 'people', LIMITS, ctx)).rows;
  const { rows: found } = await store.query(
    { text: `SELECT ${columnNamed(filled, 'request_id')} FROM ${filled.table.table} LIMIT 1 OFFSET 777`, params: {} },
    'people',
    LIMITS,
    ctx,
  );
  const id = String(found[0]?.[0]);
  const cost = async (work: () => Promise<unknown>): Promise<number> => {
    const before = await queryCpuSec(store);
    await work();
    return (await queryCpuSec(store)) - before;
  };
  // What looking at the counter itself takes.
  const looks: number[] = [];
  for (let look = 0; look < 20; look++) looks.push(await cost(() => Promise.resolve()));
  const looking = percentile(looks, 0.5);

  const compileMs: number[] = [];
  const ratios: number[] = [];
  const rows: BenchRow[] = [];
  const figures: Record<string, number> = { logs: filled.logs };
  for (const [number, shape] of QUERY_SHAPES.entries()) {
    const query = shape.query.replaceAll('ID', id);
    const request: QueryRequest = { logstore, fromSec: FIRST_SEC, toSec: endSec(filled), query, line: 100, offset: 0, reverse: true };
    for (let time = 0; time < COMPILES * 2; time++) {
      const begun = performance.now();
      queries.explain(request, ctx);
      if (time >= COMPILES) compileMs.push(performance.now() - begun);
    }
    const ours = queries.explain(request, ctx).sql;
    const byHand = { text: handText(filled, shape.byHand, id), params: {} };
    sameAnswer(shape, await run(ours), await run(byHand));
    let [oursSec, handSec] = [0, 0];
    let rounds = 0;
    while (rounds < ROUNDS.least || (rounds < ROUNDS.most && oursSec + handSec < ROUNDS.enoughCpuSec)) {
      oursSec += Math.max(0, (await cost(() => run(ours))) - looking);
      handSec += Math.max(0, (await cost(() => run(byHand))) - looking);
      rounds++;
    }
    const ratio = oursSec / handSec;
    ratios.push(ratio);
    figures[`ratio${number + 1}`] = rounded(ratio, 2);
    rows.push({
      what: `${number + 1}. ${query.length > 70 ? `${query.slice(0, 69)}…` : query}`,
      measured: `${rounded(ratio, 2)} times by hand`,
      beside: `${rounded((oursSec / rounds) * 1000)} ms of CPU, by hand ${rounded((handSec / rounds) * 1000)} ms`,
    });
  }
  const summary = {
    compileP95Ms: rounded(percentile(compileMs, 0.95), 2),
    ratioMean: rounded(Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length), 2),
    ratioMedian: rounded(percentile(ratios, 0.5), 2),
    ratioP90: rounded(percentile(ratios, 0.9), 2),
    within: ratios.filter((ratio) => ratio <= 1.1).length,
  };
  rows.push(
    { what: 'all: ratio, geometric mean', measured: String(summary.ratioMean), beside: 'aim 1.1' },
    { what: 'all: ratio, median and 90th percentile', measured: `${summary.ratioMedian} and ${summary.ratioP90}`, beside: 'aim 1.1 each' },
    { what: 'all: within the aim', measured: `${summary.within} of ${ratios.length}`, beside: '' },
    { what: 'all: compile, 95th percentile', measured: `${summary.compileP95Ms} ms`, beside: '' },
  );
  return { rows, figures: { ...figures, ...summary } };
}

/** A group of logs for each second: the range of the queries ends after the last. */
function endSec({ logs }: FilledStore): number {
  return FIRST_SEC + Math.ceil(logs / GROUP_LOGS);
}

function columnNamed({ table }: FilledStore, name: string): string {
  const column = table.columns.find((one) => one.active && one.key === name);
  if (column === undefined) throw new Error(`the table has no column for ${name}`);
  return column.name;
}

function handText(filled: FilledStore, text: string, id: string): string {
  const [generation] = filled.table.fullText;
  const at = (sec: number): string => `toDateTime64(${sec}, 9, 'UTC')`;
  const fixed: Readonly<Record<string, string>> = {
    logs: filled.table.table,
    'in range': `time >= ${at(FIRST_SEC)} AND time < ${at(endSec(filled))}`,
    'two minutes earlier': `time >= ${at(FIRST_SEC - 120)} AND time < ${at(endSec(filled) - 120)}`,
    text: generation?.textExpr ?? '',
    bloom: generation?.bloomExpr ?? '',
  };
  return text.replaceAll('ID', id).replaceAll(/\{([a-z][a-z_ ]*)\}/g, (_, name: string) => fixed[name] ?? columnNamed(filled, name));
}

/** A ratio between different questions would say nothing. @throws when the two answers differ */
function sameAnswer(shape: QueryShape, ours: readonly (readonly unknown[])[], byHand: readonly (readonly unknown[])[]): void {
  const differ = (what: string): Error => new Error(`${shape.query}: by hand it has another answer: ${what}`);
  if (ours.length !== byHand.length) throw differ(`${ours.length} and ${byHand.length} rows`);
  // Searches give the same logs in other columns.
  if (shape.loose === true || shape.byHand.startsWith('SELECT *')) return;
  const flat = (rows: readonly (readonly unknown[])[]): string[] =>
    rows
      .flat()
      .map((value) => (value !== null && value !== '' && Number.isFinite(Number(value)) ? Number(value).toPrecision(9) : String(value)));
  const [a, b] = [flat(ours), flat(byHand)];
  const place = a.findIndex((value, at) => value !== b[at]);
  if (place >= 0) throw differ(`${a[place]} and ${b[place]}`);
}
