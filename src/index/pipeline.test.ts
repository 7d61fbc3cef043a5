import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogstoreInfo } from '../control/catalog.ts';
import { controlSetup, type ControlSetup } from '../control/testing/control-setup.ts';
import { systemClock } from '../core/clock.ts';
import { quietContext, type RunContext } from '../core/context.ts';
import { SluiceError } from '../core/errors.ts';
import { GroupBuilder } from '../core/group-builder.ts';
import { RangeRunner } from '../jobs/range-runner.ts';
import { logCatalog } from '../query/catalog/log-catalog.ts';
import { RunQueries } from '../query/run-queries.ts';
import { index, key } from '../query/testing/log-store.ts';
import { readyClassTables } from '../standardize/class-tables-ready.ts';
import { RuleGaps } from '../standardize/gaps.ts';
import { loadRuleFiles } from '../standardize/rule-files.ts';
import { RuleRegistry } from '../standardize/rule-registry.ts';
import { RuleStatements } from '../standardize/rule-statements.ts';
import { StandardizeStep } from '../standardize/standardize-step.ts';
import { LogTables } from '../store/log-tables.ts';
import { SessionStore } from '../store/testing/session-store.ts';
import { IndexStep } from './index-step.ts';

const rules = await loadRuleFiles();
const waf = (rules.find((rule) => rule.id === 'alibaba.waf')?.samples ?? []).map((sample) => sample.log);
const LIMITS = { maxSec: 60, maxMemoryBytes: 2 ** 31, maxResultRows: 100_000 };

/** From the stream to events, with real engines, through ends at any moment. */
describe('stream, index, standardize', () => {
  let setup: ControlSetup;
  let store: SessionStore;
  let infos: LogstoreInfo[];
  let stop: AbortController;
  let ctx: RunContext;
  let running: Promise<unknown> = Promise.resolve();

  beforeEach(async () => {
    setup = await controlSetup();
    store = new SessionStore();
    await setup.catalog.createProject('sec-test', '', {}, setup.ctx);
    infos = [];
    for (const name of ['waf', 'other']) {
      await setup.catalog.createLogstore('sec-test', { name, ttlDays: 3650, shardCount: 2 }, setup.ctx);
      await setup.catalog.putIndex(
        'sec-test',
        name,
        index({ host: key(), status: key({ type: 'long' }), n: key({ type: 'long' }) }),
        true,
        setup.ctx,
      );
      infos.push(setup.catalog.logstore('sec-test', name) as LogstoreInfo);
    }
    await readyClassTables(store, 3650, setup.ctx);
  });
  afterEach(async () => {
    await end();
    await store.close();
    await setup.close();
  });

  /** A process: everything it remembers is new. */
  async function start(leaseMs?: number): Promise<RangeRunner> {
    stop = new AbortController();
    ctx = quietContext(systemClock, stop.signal);
    const { stream, catalog, state } = setup;
    const tables = await LogTables.open(state, store, ctx);
    const registry = await RuleRegistry.open(state, catalog, rules, ctx);
    const statements = new RuleStatements(catalog, tables, (table) => logCatalog(table, null, { where: null }));
    const runner = await RangeRunner.open(
      {
        state,
        stream,
        catalog,
        steps: [
          {
            step: new IndexStep({ stream, store, tables, catalog, batchBytes: 4000, parallel: 1 }),
            gathering: { targetDelayMs: 5, maxDelayMs: 50, perSec: 1000, apart: 2 },
          },
          {
            step: new StandardizeStep({ store, registry, statements, gaps: new RuleGaps(state), limits: LIMITS, refreshMs: 0 }),
            gathering: { targetDelayMs: 5, maxDelayMs: 50, perSec: null },
          },
        ],
        maxGroups: 20,
        ...(leaseMs === undefined ? {} : { leaseMs }),
      },
      ctx,
    );
    running = Promise.allSettled(runner.jobs().map((job) => job.run(ctx, () => undefined)));
    return runner;
  }
  async function end(): Promise<void> {
    stop.abort();
    await running;
  }

  const builder = new GroupBuilder();
  let number = 0;
  const put = async (logs: number): Promise<void> => {
    for (let i = 0; i < logs; i++) {
      const info = infos[i % 2] as LogstoreInfo;
      builder.begin();
      const sample = waf[i % waf.length] ?? {};
      builder.beginLog(1_725_961_920 + i);
      builder.field('n', String(number++));
      for (const [name, value] of Object.entries(sample)) if (!name.startsWith('__')) builder.field(name, value);
      builder.endLog();
      builder.topic('waf_access_log');
      const bytes = builder.finish();
      await setup.stream.append(
        { logstore: info.id, shard: i % 4 < 2 ? 0 : 1 },
        [{ bytes, codec: 'none', rawBytes: bytes.length, logs: 1 }],
        setup.ctx,
      );
    }
  };
  const counts = async (table: string): Promise<readonly [number, number]> => {
    const text = `SELECT count(), uniqExact(shard, cursor, idx) FROM ${table}`;
    const [row] = (await store.query({ text, params: {} })).rows;
    return [Number(row?.[0]), Number(row?.[1])];
  };

  test('whatever breaks at whatever moment, every log is one row and one event', async () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    let total = 0;
    for (let round = 0; round < 10; round++) {
      await start();
      // The process ends at some statement: before the engine had it, or after, or together with an answer that is lost.
      let left = 1 + random(8);
      const dies = (what: string): void => {
        if (--left > 0) return;
        stop.abort();
        throw new SluiceError('store.unavailable', `the process ends at: ${what.slice(0, 40)}`);
      };
      if (round % 2 === 0) store.before = dies;
      else store.afterInsert = dies;
      const more = 20 + random(40);
      total += more;
      await put(more);
      for (let wait = 0; wait < 40 && !stop.signal.aborted; wait++) await systemClock.sleep(10, setup.ctx.signal);
      await end();
      store.before = () => {};
      store.afterInsert = () => {};
    }
    const runner = await start();
    expect(
      await runner.settle(
        infos.map((info) => info.id),
        30_000,
        ctx,
      ),
    ).toBe(true);
    const rows = await Promise.all(infos.map((info) => counts(`logs_${info.id}`)));
    expect(rows.map(([all]) => all).reduce((a, b) => a + b)).toBe(total);
    for (const [all, different] of rows) expect(all).toBe(different);
    const [events, different] = await counts('ocsf_4002 FINAL');
    expect(events).toBe(different);
    expect(events).toBeGreaterThan(0);
    // The rule applies to one of the logstores by its name, and to every log of it.
    expect(rows.map(([all]) => all)).toContain(events);
    const lags = await runner.lags(ctx);
    expect(lags.every((lag) => lag.lagGroups === 0 && lag.lastError === '')).toBe(true);
  });

  test('a query sees every log that was acknowledged before it, by word, key, number, tag and SQL', async () => {
    const runner = await start();
    const [info] = infos as [LogstoreInfo, ...LogstoreInfo[]];
    const tables = await LogTables.open(setup.state, store, ctx);
    const fresh = {
      flush: async (logstores: readonly number[], waitMs: number) => {
        const done = await runner.flush(logstores, waitMs, ctx);
        await tables.refresh(ctx);
        return done;
      },
    };
    const settings = { timeZone: 'UTC', maxSec: 30, maxMemoryBytes: 1e9, maxRowsToRead: 1e9, flushWaitMs: 20_000, maxRows: 1000 };
    const queries = new RunQueries(store, tables, fresh, setup.catalog, settings);
    const ask = async (query: string): Promise<readonly (readonly (string | null)[])[]> =>
      (
        await queries.query(
          { logstore: info, fromSec: 1_725_961_000, toSec: 1_725_970_000, query, line: 100, offset: 0, reverse: true },
          ctx,
        )
      ).rows;
    for (let round = 0; round < 5; round++) {
      builder.begin();
      builder.beginLog(1_725_961_920 + round);
      builder.field('host', `shop-${round}.example`);
      builder.field('status', String(200 + round));
      builder.field('free', `Request id a1b2c3d4e5f${round} was refused`);
      builder.endLog();
      builder.tag('rack', `r${round}`);
      const bytes = builder.finish();
      await setup.stream.append({ logstore: info.id, shard: 0 }, [{ bytes, codec: 'none', rawBytes: bytes.length, logs: 1 }], ctx);
      expect(await ask('*')).toHaveLength(round + 1);
      expect(await ask(`A1B2C3D4E5F${round}`)).toHaveLength(1);
      expect(await ask(`host: "shop-${round}.example" and status >= ${200 + round}`)).toHaveLength(1);
      expect(await ask(`r${round}`)).toHaveLength(1);
      expect(await ask('* | select count(1) as n, max(status) as top from log')).toEqual([[String(round + 1), String(200 + round)]]);
    }
  });

  test('of two processes one does a step; the other goes on when it ends', async () => {
    const first = await start(400);
    const firstStop = stop;
    const firstRunning = running;
    await put(8);
    expect(
      await first.flush(
        infos.map((info) => info.id),
        10_000,
        ctx,
      ),
    ).toBe(true);
    const second = await start(400);
    await put(8);
    // Who waits on the second one sees what the first has done.
    expect(
      await second.flush(
        infos.map((info) => info.id),
        10_000,
        ctx,
      ),
    ).toBe(true);
    firstStop.abort();
    await firstRunning;
    await put(8);
    expect(
      await second.settle(
        infos.map((info) => info.id),
        20_000,
        ctx,
      ),
    ).toBe(true);
    const rows = await Promise.all(infos.map((info) => counts(`logs_${info.id}`)));
    expect(rows).toEqual([
      [12, 12],
      [12, 12],
    ]);
  });
});
