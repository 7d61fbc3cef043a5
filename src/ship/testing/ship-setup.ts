import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../config/load.ts';
import type { LogstoreInfo } from '../../control/catalog.ts';
import { ConsumerGroups } from '../../control/consumer-groups/consumer-groups.ts';
import { StateCatalog } from '../../control/state-catalog.ts';
import { systemClock } from '../../core/clock.ts';
import { compress } from '../../core/codec.ts';
import { quietContext, type RunContext } from '../../core/context.ts';
import { GroupBuilder } from '../../core/group-builder.ts';
import type { PullFilter } from '../../query/queries.ts';
import { openSqliteState } from '../../state/sqlite/sqlite-state.ts';
import { LmdbStream } from '../../stream/lmdb/lmdb-stream.ts';
import type { DeadLetter, DeadLetters } from '../dead-letters.ts';
import { LocalConsumerApi } from '../local-consumer-api.ts';
import type { ReceiptLog, ShipReceipt } from '../ship-report.ts';
import type { ShipperOptions } from '../shipper.ts';

export interface ShipSetup {
  readonly dir: string;
  readonly ctx: RunContext;
  readonly catalog: StateCatalog;
  readonly groups: ConsumerGroups;
  readonly stream: LmdbStream;
  readonly logstore: LogstoreInfo;
  api(pullFilter?: PullFilter): LocalConsumerApi;
  /** Appends a group to a shard. */
  put(shard: number, group: Buffer, logs: number): Promise<void>;
  /** Fills the shards with groups of logs, each with a field `id` of its own; answers the ids. */
  fill(groups: number, logsPerGroup: number, more?: (builder: GroupBuilder, n: number) => void): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Fast enough for tests: heartbeats and pauses of milliseconds. */
export const QUICK: ShipperOptions = {
  logstore: 'waf',
  group: 'siem',
  consumer: 'test-1',
  start: 'begin',
  heartbeatMs: 50,
  timeoutSec: 5,
  order: true,
  query: null,
  fetchGroups: 100,
  fetchIntervalMs: 20,
  saveIntervalMs: 0,
  releaseGraceMs: 5000,
  authPatienceMs: 0,
  retry: { attempts: Infinity, baseMs: 5, maxMs: 100 },
  untilEnd: true,
  pages: 4,
};

/** Logstore `secure/waf` over a real stream and state database in a folder of its own, with the machine's clock. */
export async function shipSetup(shards = 2): Promise<ShipSetup> {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-ship-'));
  const ctx = quietContext(systemClock);
  const { settings } = loadSettings({ env: { SLUICE_DATA_DIR: dir } });
  const state = await openSqliteState(dir, ctx);
  const stream = await LmdbStream.open({ path: join(dir, 'stream'), mapBytes: 4 * 1024 ** 3, commitWaitMs: 0, reserveBytes: 1 }, ctx);
  const catalog = await StateCatalog.open(state, { settings, places: stream, owner: 'root' }, ctx);
  const groups = new ConsumerGroups(state, catalog, stream, { quota: settings.sls.consumerGroupQuota }, ctx);
  await catalog.createProject('secure', '', {}, ctx);
  const logstore = await catalog.createLogstore('secure', { name: 'waf', ttlDays: 30, shardCount: shards }, ctx);
  let made = 0;
  const put = async (shard: number, group: Buffer, logs: number): Promise<void> => {
    const bytes = compress('lz4', group);
    await stream.append({ logstore: logstore.id, shard }, [{ bytes, codec: 'lz4', rawBytes: group.length, logs }], ctx);
  };
  return {
    dir,
    ctx,
    catalog,
    groups,
    stream,
    logstore,
    api: (pullFilter) => new LocalConsumerApi({ catalog, groups, stream, pullFilter: pullFilter ?? null, pageBytes: 1024 ** 2 }, 'secure'),
    put,
    async fill(count, logsPerGroup, more) {
      const builder = new GroupBuilder();
      const ids: string[] = [];
      for (let group = 0; group < count; group++) {
        builder.begin();
        for (let log = 0; log < logsPerGroup; log++) {
          const n = made++;
          builder.beginLog(1_725_961_920 + Math.floor(n / 1000), (n % 1000) * 1_000_000 + 1);
          builder.field('id', `log-${n}`);
          builder.field('uri', `/a/${n % 97}?q="x"`);
          builder.field('agent', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) 浏览器');
          more?.(builder, n);
          builder.endLog();
          ids.push(`log-${n}`);
        }
        builder.topic('waf');
        builder.source('10.0.0.1');
        builder.tag('__pack_id__', `P-${group}`);
        await put(group % shards, builder.finish(), logsPerGroup);
      }
      return ids;
    },
    async close() {
      await stream.close();
      await state.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Letters and receipts in memory. */
export class KeptLetters implements DeadLetters {
  readonly all: DeadLetter[] = [];

  write(letters: readonly DeadLetter[]): Promise<void> {
    this.all.push(...letters);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export class KeptReceipts implements ReceiptLog {
  readonly all: ShipReceipt[] = [];

  write(receipt: ShipReceipt): Promise<void> {
    this.all.push(receipt);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
