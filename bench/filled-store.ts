import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsSchema } from '../src/config/settings.ts';
import type { IndexConfig, LogstoreInfo } from '../src/control/catalog.ts';
import { controlSetup, type ControlSetup } from '../src/control/testing/control-setup.ts';
import type { GroupBytes } from '../src/core/log.ts';
import { IndexStep } from '../src/index/index-step.ts';
import { openEmbeddedStore } from '../src/store/chdb/embedded-store.ts';
import type { LogTable } from '../src/store/log-table.ts';
import { LogTables } from '../src/store/log-tables.ts';
import type { QueryLimits, Store } from '../src/store/store.ts';
import type { ShardRange } from '../src/stream/stream.ts';
import { ctx } from './context.ts';
import { cpuSec } from './harness.ts';

/** Of statements that a bench sends itself. */
export const LIMITS: QueryLimits = { maxSec: 120, maxMemoryBytes: 4 * 1024 ** 3, maxResultRows: 1_000_000 };

/** Raw bytes that go through the stream to the index at a time, as the setting `store.batchBytes` has it by default. */
const BATCH_BYTES = 24 * 1024 * 1024;

/** A logstore with logs in a real store, put there by the real index step; its parts are in this process, the engine in its own. */
export interface FilledStore {
  readonly setup: ControlSetup;
  readonly store: Store;
  readonly tables: LogTables;
  readonly enginePid: number;
  readonly logstore: LogstoreInfo;
  readonly table: LogTable;
  readonly logs: number;
  readonly rawBytes: number;
  /** The one shard, from its first log to its last. */
  readonly range: ShardRange;
  close(): Promise<void>;
}

/** Fills a new store with groups until `rawBytes` of them are in, and waits until the engine has merged. */
export async function fillStore(index: IndexConfig, groups: Iterator<GroupBytes, unknown>, rawBytes: number): Promise<FilledStore> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const setup = await controlSetup();
  const { store, engine } = await openEmbeddedStore(settingsSchema.parse({ dataDir }), ctx);
  const close = async (): Promise<void> => {
    await store.close();
    await setup.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const { catalog, stream, state } = setup;
    await catalog.createProject('bench', '', {}, ctx);
    await catalog.createLogstore('bench', { name: 'logs', ttlDays: 3650, shardCount: 1 }, ctx);
    await catalog.putIndex('bench', 'logs', index, true, ctx);
    const logstore = catalog.logstore('bench', 'logs')!;
    const tables = await LogTables.open(state, store, ctx);
    const step = new IndexStep({ stream, store, tables, catalog, batchBytes: BATCH_BYTES, parallel: 1 });
    const at = { logstore: logstore.id, shard: 0 };
    let raw = 0;
    let logs = 0;
    let range = null as ShardRange | null;
    while (raw < rawBytes) {
      const batch: GroupBytes[] = [];
      for (let bytes = 0; bytes < BATCH_BYTES && raw < rawBytes;) {
        const next = groups.next();
        if (next.done === true) throw new Error(`the groups ended after ${raw} of ${rawBytes} bytes`);
        batch.push(next.value);
        bytes += next.value.rawBytes;
        raw += next.value.rawBytes;
        logs += next.value.logs;
      }
      const from = await stream.append(at, batch, ctx);
      const to = from + BigInt(batch.length);
      range = { at, from: range?.from ?? from, to };
      const [outcome] = await step.process([{ at, from, to }], ctx);
      if (outcome?.error !== null) throw outcome?.error ?? new Error('the index step answered nothing');
    }
    if (range === null) throw new Error('no logs were asked for');
    await quiet([engine.pid!]);
    return { setup, store, tables, enginePid: engine.pid!, logstore, table: tables.table(logstore.id)!, logs, rawBytes: raw, range, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** Waits until the processes do next to nothing: merges are over then. */
export async function quiet(pids: readonly number[]): Promise<void> {
  const cpu = (): number => pids.reduce((sum, pid) => sum + cpuSec(pid), 0);
  for (let last = cpu(), calm = 0; calm < 2;) {
    await ctx.clock.sleep(1500, ctx.signal);
    const now = cpu();
    calm = now - last < 0.2 ? calm + 1 : 0;
    last = now;
  }
}

/** CPU seconds that the engine's queries have taken so far, to the microsecond; its background work is left out. */
export async function queryCpuSec(store: Store): Promise<number> {
  const text = "SELECT sum(value) FROM system.events WHERE event IN ('UserTimeMicroseconds', 'SystemTimeMicroseconds')";
  const answer = await store.query({ text, params: {} }, 'control', LIMITS, ctx);
  return Number(answer.rows[0]?.[0]) / 1e6;
}
