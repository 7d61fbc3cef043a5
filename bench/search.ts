import type { QueryAnswerBody } from '../src/api/rest/contract/search.ts';
import { RunningServer } from '../test/system/running-server.ts';
import { ctx } from './context.ts';
import { engine, ENGINE_ENV } from './engine.ts';
import { childrenOf, cpuSec, percentile, rounded, type Bench, type BenchRow } from './harness.ts';
import { load } from './load-process.ts';
import { KEYS } from './log-source.ts';

interface Shape {
  readonly what: string;
  /** The query as a user writes it, for the n-th of several values: no two runs ask the same, so that no cache answers. */
  readonly query: (value: string, n: number) => string;
  /** The same by hand over the table; null: nothing to compare with. */
  readonly sql: ((value: string, n: number, column: (key: string) => string) => string) | null;
  readonly values: readonly string[] | 'ids';
  readonly aim: string;
}

const SHAPES: readonly Shape[] = [
  {
    what: 'an id anywhere',
    query: (id) => id,
    sql: null,
    values: 'ids',
    aim: 'aim 100 ms over 10 M logs',
  },
  {
    what: 'an id of a named key',
    query: (id) => `request_id: ${id}`,
    sql: (id, _n, column) => `SELECT * FROM logs_1 WHERE hasToken(lower(${column('request_id')}), '${id}') LIMIT 100 FORMAT Null`,
    values: 'ids',
    aim: '',
  },
  {
    what: 'count of a frequent word of a key',
    query: (_, n) => `method: GET and bytes > ${n} | select count(1) as c`,
    sql: (_, n, column) => `SELECT count() FROM logs_1 WHERE ${column('method')} = 'GET' AND ${column('bytes')} > ${n}`,
    values: ['1', '2', '3', '4', '5'],
    aim: 'aim 1.1 times',
  },
  {
    what: 'group by a key of few values',
    query: (_, n) => `bytes > ${n} | select host, count(1) as c group by host order by c desc`,
    sql: (_, n, column) =>
      `SELECT ${column('host')} AS h, count() AS c FROM logs_1 WHERE ${column('bytes')} > ${n} GROUP BY h ORDER BY c DESC`,
    values: ['11', '12', '13', '14', '15'],
    aim: 'aim 1.1 times',
  },
  {
    what: 'sum and average of a number by two keys',
    query: (_, n) => `bytes > ${n} | select host, status, sum(bytes) as s, avg(bytes) as a group by host, status order by s desc limit 10`,
    sql: (_, n, column) =>
      `SELECT ${column('host')} AS h, ${column('status')} AS st, sum(${column('bytes')}) AS s, avg(${column('bytes')}) FROM logs_1 WHERE ${column('bytes')} > ${n} GROUP BY h, st ORDER BY s DESC LIMIT 10`,
    values: ['21', '22', '23', '24', '25'],
    aim: 'aim 1.1 times',
  },
  {
    what: 'distinct addresses',
    query: (_, n) => `bytes > ${n} | select approx_distinct(client_ip) as ips`,
    sql: (_, n, column) => `SELECT uniq(${column('client_ip')}) FROM logs_1 WHERE ${column('bytes')} > ${n}`,
    values: ['31', '32', '33', '34', '35'],
    aim: 'aim 1.1 times',
  },
  {
    what: 'substring of one key',
    query: (value) => `* | select count(1) as c from log where url like '%session=${value}%'`,
    sql: (value, _n, column) => `SELECT count() FROM logs_1 WHERE ${column('url')} LIKE '%session=${value}%'`,
    values: ['123', '224', '325', '426', '527'],
    aim: 'aim 1 s over 10 M logs, 1.1 times',
  },
];

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Queries of people over many logs, beside the same by hand on the same table. */
export const benchSearch: Bench = {
  name: 'search',
  summary: 'queries over a million logs (--mb 5400: ten million), beside hand-written SQL on the same table',
  async run({ mb }) {
    const server = await RunningServer.start(ENGINE_ENV);
    try {
      await server.makeLogstore('bench', 'logs', KEYS, 2);
      const loaded = await load(server.endpoint, 'bench', 'logs', mb ?? 540, 8);
      const query = async (text: string): Promise<QueryAnswerBody> =>
        await server.call<QueryAnswerBody>('POST', '/projects/bench/logstores/logs/query', {
          query: text,
          from: 0,
          to: 4_000_000_000,
          limit: 100,
        });
      while (Number((await query('* | select count(1) as n')).rows[0]?.[0]) < loaded.logs) await ctx.clock.sleep(200, ctx.signal);
      const pids = [server.pid, ...childrenOf(server.pid)];
      for (let last = 0, quiet = 0; quiet < 2;) {
        await ctx.clock.sleep(2000, ctx.signal);
        const now = pids.reduce((sum, pid) => sum + cpuSec(pid), 0);
        quiet = now - last < 0.3 ? quiet + 1 : 0;
        last = now;
      }
      // Columns are numbered in the order of the index configuration.
      const names = Object.keys(KEYS);
      const column = (key: string): string => `f_${names.indexOf(key) + 1}`;
      const sample = await engine(`SELECT ${column('request_id')} FROM logs_1 WHERE cityHash64(${column('trace_id')}) % 997 = 3 LIMIT 40`);
      const ids = sample.trim().split('\n');
      // Compile and connect once, so that the first shape does not pay for it.
      await query('warm | select count(1) as n');
      await engine('SELECT count() FROM logs_1 WHERE f_5 > 0');
      const rows: BenchRow[] = [];
      const figures: Record<string, number> = { logs: loaded.logs };
      for (const [place, shape] of SHAPES.entries()) {
        const values = shape.values === 'ids' ? ids.slice(place * 6, place * 6 + 6) : shape.values;
        const ours: number[] = [];
        const byHand: number[] = [];
        for (const [at, value] of values.entries()) {
          const n = Number(value) || at;
          ours.push(await timed(() => query(shape.query(value, n))));
          if (shape.sql !== null) byHand.push(await timed(() => engine(shape.sql!(value, n + 500, column))));
        }
        const median = percentile(ours, 0.5);
        const hand = percentile(byHand, 0.5);
        const name = shape.what.replaceAll(' ', '_');
        figures[`${name}_ms`] = rounded(median);
        if (shape.sql !== null) figures[`${name}_ratio`] = rounded(median / hand, 2);
        rows.push({
          what: shape.what,
          measured: shape.sql === null ? `${rounded(median)} ms` : `${rounded(median)} ms, ${rounded(median / hand, 2)} times by hand`,
          beside: shape.aim,
        });
      }
      const histogram: number[] = [];
      for (const word of ['block', 'HEAD', 'pay', 'search']) {
        histogram.push(
          await timed(async () => {
            await server.call('POST', '/projects/bench/logstores/logs/histogram', {
              query: word,
              from: Math.floor(Date.now() / 1000) - 3600,
              to: Math.floor(Date.now() / 1000) + 60,
            });
          }),
        );
      }
      figures['frequent_term_histogram_ms'] = rounded(percentile(histogram, 0.5));
      rows.push({
        what: 'histogram of a frequent term',
        measured: `${rounded(percentile(histogram, 0.5))} ms`,
        beside: 'aim 1 s over 10 M logs',
      });
      const [stored = '0'] = (await engine("SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'logs_1'"))
        .trim()
        .split('\n');
      figures['rawToDisk'] = rounded((loaded.rawMb * 1e6) / Number(stored));
      rows.push({ what: 'raw bytes to bytes on disk, indexes included', measured: `${figures['rawToDisk']} : 1`, beside: 'aim 6 : 1' });
      return {
        rows: [{ what: `${loaded.logs.toLocaleString('en-US')} logs, ${Math.round(loaded.rawMb)} MB`, measured: '', beside: '' }, ...rows],
        figures,
      };
    } finally {
      await server.stop();
    }
  },
};
