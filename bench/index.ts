import { controlSetup } from '../src/control/testing/control-setup.ts';
import type { LogstoreInfo } from '../src/control/catalog.ts';
import { compress } from '../src/core/codec.ts';
import { GroupBuilder } from '../src/core/group-builder.ts';
import type { GroupBytes } from '../src/core/log.ts';
import { Random } from '../src/demo/random.ts';
import { IndexStep } from '../src/index/index-step.ts';
import { GroupRebuilder } from '../src/index/rebuild.ts';
import { RowBuffer } from '../src/index/row-buffer.ts';
import { RowWriter } from '../src/index/row-writer.ts';
import { index, key } from '../src/query/testing/log-store.ts';
import type { LogColumn, LogTable } from '../src/store/log-table.ts';
import { LogTables } from '../src/store/log-tables.ts';
import type { Store } from '../src/store/store.ts';

/** Keys of a firewall's access log; those with a type have a column, the others stand in `rest`. */
const KEYS: readonly (readonly [string, LogColumn['type'] | null])[] = [
  ['time', 'text'],
  ['client_ip', 'text'],
  ['method', 'text'],
  ['host', 'text'],
  ['url', 'text'],
  ['status', 'long'],
  ['bytes', 'long'],
  ['request_time', 'double'],
  ['user_agent', 'text'],
  ['referer', 'text'],
  ['action', 'text'],
  ['rule_id', 'long'],
  ['request_id', 'text'],
  ['trace_id', 'text'],
  ['region', null],
  ['upstream', null],
  ['upstream_time', null],
  ['ssl', null],
];
const TYPED = KEYS.flatMap(([name, type]) => (type === null ? [] : [[name, type] as const]));

const GROUP_LOGS = 400;
const BATCH_BYTES = 24 * 1024 * 1024;

export interface IndexBenchOptions {
  /** A fresh one; closed by the bench. */
  readonly store: Store;
  /** CPU seconds of everything under test so far, the store's processes included. */
  readonly cpuSec: () => number;
  readonly rawBytes: number;
  readonly seed: number;
}

/** Figures in raw MB per CPU second, and what is left on disk. */
export interface IndexBenchFigures {
  readonly logs: number;
  readonly rawMb: number;
  /** From the stream to rows in the store, columns and full text, merges included. */
  readonly indexMbPerCpuSec: number;
  /** The walk from LogGroup to rows alone. */
  readonly rowWriterMbPerCpuSec: number;
  /** Rows to LogGroups. */
  readonly rebuildMbPerCpuSec: number;
  /** Raw bytes to bytes in the store, indexes included. */
  readonly rawToDisk: number;
}

function wafGroups(random: Random, rawBytes: number, fromSec: number): { readonly groups: GroupBytes[]; readonly raw: Buffer[] } {
  const agents = Array.from(
    { length: 305 },
    (_, i) =>
      `Mozilla/5.0 (Windows NT ${i % 11}.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${60 + (i % 90)}.0.${i}.0 Safari/537.36`,
  );
  const builder = new GroupBuilder();
  const groups: GroupBytes[] = [];
  const raw: Buffer[] = [];
  let sec = fromSec;
  for (let bytes = 0; bytes < rawBytes;) {
    builder.begin();
    for (let i = 0; i < GROUP_LOGS; i++) {
      if (i % 200 === 0) sec++;
      builder.beginLog(sec);
      const values = [
        new Date(sec * 1000).toISOString(),
        `${random.int(1, 254)}.${random.int(0, 255)}.${random.int(0, 3)}.${random.int(1, 254)}`,
        random.pick(['GET', 'GET', 'GET', 'POST', 'PUT']),
        `www.shop-${random.int(1, 20)}.com`,
        `/api/v1/items/${random.int(1, 3000)}?page=${random.int(1, 50)}&sort=asc`,
        String(random.pick([200, 200, 200, 302, 404, 500])),
        String(random.int(100, 100_000)),
        String(random.int(1, 9999) / 1000),
        random.skewed(agents),
        `https://www.shop-${random.int(1, 20)}.com/index.html`,
        random.pick(['pass', 'pass', 'block', 'log']),
        String(random.int(100_000, 100_900)),
        random.hex(32),
        random.hex(32),
        'cn-hangzhou',
        `10.0.${random.int(0, 3)}.${random.int(1, 254)}:8080`,
        String(random.int(1, 999) / 1000),
        'TLSv1.3',
      ];
      for (const [at, [name]] of KEYS.entries()) builder.field(name, values[at] ?? '');
      builder.endLog();
    }
    builder.topic('waf_access_log');
    builder.source('10.1.1.1');
    builder.tag('__hostname__', 'gateway-1');
    const group = builder.finish();
    bytes += group.length;
    raw.push(group);
    groups.push({ bytes: compress('lz4', group), codec: 'lz4', rawBytes: group.length, logs: GROUP_LOGS });
  }
  return { groups, raw };
}

/** From append to searchable, with the real stream, state and store. */
export async function benchIndex(options: IndexBenchOptions): Promise<IndexBenchFigures> {
  const { store, cpuSec } = options;
  const random = new Random(options.seed);
  const setup = await controlSetup();
  const { catalog, stream, state, ctx } = setup;
  try {
    await catalog.createProject('bench-index', '', {}, ctx);
    await catalog.createLogstore('bench-index', { name: 'waf', ttlDays: 3650, shardCount: 1 }, ctx);
    await catalog.putIndex('bench-index', 'waf', index(Object.fromEntries(TYPED.map(([name, type]) => [name, key({ type })]))), true, ctx);
    const info = catalog.logstore('bench-index', 'waf') as LogstoreInfo;
    const tables = await LogTables.open(state, store, ctx);
    const step = new IndexStep({ stream, store, tables, catalog, batchBytes: BATCH_BYTES, parallel: 1 });
    const at = { logstore: info.id, shard: 0 };
    let raw = 0;
    let logs = 0;
    let cpu = 0;
    let sec = 1_725_961_920;
    let sample: readonly Buffer[] = [];
    while (raw < options.rawBytes) {
      const batch = wafGroups(random, BATCH_BYTES, sec);
      sample = batch.raw;
      sec += batch.groups.length * 2;
      const from = await stream.append(at, batch.groups, ctx);
      const before = cpuSec();
      const [outcome] = await step.process([{ at, from, to: from + BigInt(batch.groups.length) }], ctx);
      cpu += cpuSec() - before;
      if (outcome?.error !== null) throw outcome?.error ?? new TypeError('no outcome');
      for (const group of batch.groups) raw += group.rawBytes;
      logs += batch.groups.length * GROUP_LOGS;
    }
    const limits = { maxSec: 60, maxMemoryBytes: 1e9, maxResultRows: 1000 };
    const ask = async (text: string): Promise<number> =>
      Number((await store.query({ text, params: {} }, 'control', limits, ctx)).rows[0]?.[0] ?? 0);
    const settling = cpuSec();
    const until = performance.now() + 20_000;
    while (performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      if ((await ask('SELECT count() FROM system.merges')) === 0 && performance.now() > until - 18_000) break;
    }
    cpu += cpuSec() - settling;
    const disk = await ask(`SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'logs_${info.id}'`);
    const table = tables.table(info.id) as LogTable;
    const { writing, reading } = walkAlone(table, sample);
    return {
      logs,
      rawMb: raw / 1e6,
      indexMbPerCpuSec: raw / 1e6 / cpu,
      rowWriterMbPerCpuSec: writing,
      rebuildMbPerCpuSec: reading,
      rawToDisk: raw / disk,
    };
  } finally {
    await store.close();
    await setup.close();
  }
}

/** The two walks by themselves, warm. */
function walkAlone(table: LogTable, groups: readonly Buffer[]): { readonly writing: number; readonly reading: number } {
  const writer = new RowWriter(table);
  const out = new RowBuffer();
  const mb = groups.reduce((sum, group) => sum + group.length, 0) / 1e6;
  const own = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const best = (work: () => void): number => {
    let least = Infinity;
    for (let round = 0; round < 8; round++) {
      const before = own();
      work();
      least = Math.min(least, own() - before);
    }
    return mb / least;
  };
  const writing = best(() => {
    out.begin();
    for (const [i, group] of groups.entries()) writer.write(out, 0, BigInt(i), 1_725_961_920_000, group);
  });
  const rows = Buffer.from(out.view());
  const rebuilder = new GroupRebuilder(table, writer.columns);
  const reading = best(() => void rebuilder.groups(rows));
  return { writing, reading };
}
