import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { restSetup, type RestSetup } from '../api/rest/testing/rest-setup.ts';
import { SluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import type { LogstoreInfo } from '../control/catalog.ts';
import { shardKey, type ShardRange } from '../stream/stream.ts';
import type { Gathering } from './gather.ts';
import { RangeRunner } from './range-runner.ts';
import type { RangeOutcome, RangeStep } from './range-step.ts';
import { Receipts } from './receipts.ts';
import { trimOnce } from './trim-stream.ts';

const SOON: Gathering = { targetDelayMs: 1, maxDelayMs: 20, perSec: null };

/** Keeps what it was given; fails or hangs on demand. */
class Recorder implements RangeStep {
  readonly seen: ShardRange[][] = [];
  fail: (range: ShardRange) => SluiceError | null = () => null;
  hold: Promise<void> = Promise.resolve();
  readonly name: string;
  readonly after: string | null;

  constructor(name: string, after: string | null) {
    this.name = name;
    this.after = after;
  }

  async process(ranges: readonly ShardRange[]): Promise<readonly RangeOutcome[]> {
    this.seen.push([...ranges]);
    await this.hold;
    return ranges.map((range) => {
      const rows = Number(range.to - range.from);
      return { range, rowsIn: rows, rowsOut: rows, error: this.fail(range), acknowledgement: `${this.name} has it` };
    });
  }
}

describe('RangeRunner', () => {
  let setup: RestSetup;
  let info: LogstoreInfo;
  const running: { stop: AbortController; ended: Promise<unknown> }[] = [];

  beforeEach(async () => {
    setup = await restSetup();
    await setup.catalog.createProject('proj', '', {}, setup.ctx);
    info = await setup.catalog.createLogstore('proj', { name: 'store', ttlDays: 30, shardCount: 2 }, setup.ctx);
  });
  afterEach(async () => {
    await stop();
    await setup.close();
  });

  async function start(steps: readonly RangeStep[], maxGroups = 1000): Promise<RangeRunner> {
    const { state, stream, catalog, ctx } = setup;
    const runner = await RangeRunner.open(
      { state, stream, catalog, steps: steps.map((step) => ({ step, gathering: SOON })), maxGroups },
      ctx,
    );
    const end = new AbortController();
    const own: RunContext = { ...ctx, signal: end.signal };
    const jobs = runner.jobs().map((job) => job.run(own, () => undefined));
    running.push({ stop: end, ended: Promise.allSettled(jobs) });
    return runner;
  }
  async function stop(): Promise<void> {
    for (const one of running.splice(0)) {
      one.stop.abort();
      await one.ended;
    }
  }
  const put = async (shard: number, groups: number): Promise<void> => {
    const group = { bytes: Buffer.from([0x1a, 0x01, 0x61]), codec: 'none' as const, rawBytes: 3, logs: 1 };
    await setup.stream.append(
      { logstore: info.id, shard },
      Array.from({ length: groups }, () => group),
      setup.ctx,
    );
  };
  /** Cursors of a shard that a step was given, in order. */
  const covered = (step: Recorder, shard: number): readonly (readonly [bigint, bigint])[] =>
    step.seen.flat().flatMap((range) => (range.at.shard === shard ? [[range.from, range.to] as const] : []));

  it('takes every range once, in order, and later steps never before earlier ones', async () => {
    const index = new Recorder('index', null);
    const detect = new Recorder('detect', 'index');
    const runner = await start([index, detect], 7);
    for (let n = 0; n < 10; n++) await put(n % 2, 3);
    expect(await runner.settle([info.id], 5000, setup.ctx)).toBe(true);
    for (const step of [index, detect]) {
      for (const shard of [0, 1]) {
        const parts = covered(step, shard);
        const { begin, end } = await setup.stream.bounds({ logstore: info.id, shard }, setup.ctx);
        expect(parts[0]?.[0]).toBe(begin);
        expect(parts.at(-1)?.[1]).toBe(end);
        for (const [i, [from]] of parts.entries()) if (i > 0) expect(from).toBe(parts[i - 1]?.[1]);
        expect(parts.every(([from, to]) => to - from <= 7n)).toBe(true);
      }
    }
  });

  it('repeats the very same range after an end in the middle', async () => {
    const index = new Recorder('index', null);
    let release = (): void => undefined;
    index.hold = new Promise((resolve) => {
      release = resolve;
    });
    await start([index]);
    await put(0, 5);
    await expect.poll(() => index.seen.length).toBe(1);
    const first = index.seen[0];
    // The process ends before the step has answered: nothing of it is written down but the plan.
    for (const one of running) one.stop.abort();
    await put(0, 4);
    const again = new Recorder('index', null);
    const runner = await start([again]);
    expect(await runner.flush([info.id], 5000, setup.ctx)).toBe(true);
    expect(again.seen[0]).toEqual(first);
    expect(covered(again, 0)).toHaveLength(2);
    release();
  });

  it('keeps a failed range, says why, goes on with other shards and tries again', async () => {
    const index = new Recorder('index', null);
    let broken = true;
    index.fail = (range) => (broken && range.at.shard === 0 ? new SluiceError('store.unavailable', 'the store is away', {}) : null);
    const runner = await start([index]);
    await put(0, 1);
    await put(1, 1);
    await expect.poll(() => runner.watermark('index', { logstore: info.id, shard: 1 })).not.toBeNull();
    await expect.poll(async () => (await runner.lags(setup.ctx))[0]?.lastError).toBe('store.unavailable: the store is away');
    expect((await runner.lags(setup.ctx))[0]).toMatchObject({ step: 'index', lagGroups: 1, stopped: true });
    broken = false;
    expect(await runner.flush([info.id], 5000, setup.ctx)).toBe(true);
    expect((await runner.lags(setup.ctx))[0]).toMatchObject({ lagGroups: 0, stopped: false, lastError: '' });
  });

  it('says false when a flush takes too long, and loses nothing by it', async () => {
    const index = new Recorder('index', null);
    let release = (): void => undefined;
    index.hold = new Promise((resolve) => {
      release = resolve;
    });
    const runner = await start([index]);
    await put(0, 1);
    expect(await runner.flush([info.id], 30, setup.ctx)).toBe(false);
    release();
    expect(await runner.flush([info.id], 5000, setup.ctx)).toBe(true);
  });

  it('tells the life of a log: received, each step, who has it', async () => {
    const index = new Recorder('index', null);
    const detect = new Recorder('detect', 'index');
    detect.fail = () => new SluiceError('store.timeout', 'too slow', {});
    const runner = await start([index, detect]);
    await put(0, 2);
    await runner.flush([info.id], 5000, setup.ctx);
    const { begin } = await setup.stream.bounds({ logstore: info.id, shard: 0 }, setup.ctx);
    const receipts = new Receipts(setup.state, setup.stream, ['index', 'detect']);
    const of = async (cursor: bigint) =>
      await receipts.of(info, { project: 'proj', logstore: 'store', shard: 0, cursor: String(cursor), index: 0 }, setup.ctx);
    await expect.poll(async () => (await of(begin)).map((step) => step.state)).toEqual(['done', 'done', 'failed']);
    expect(await of(begin + 1n)).toMatchObject([
      { step: 'received', acknowledgement: 'stream: on disk' },
      { step: 'index', rowsIn: 2, rowsOut: 2, acknowledgement: 'index has it', range: { from: String(begin), to: String(begin + 2n) } },
      { step: 'detect', error: 'store.timeout: too slow' },
    ]);
    await expect(of(begin + 2n)).rejects.toMatchObject({ code: 'request.not_found' });
    // A group of one log has no second one.
    const second = { project: 'proj', logstore: 'store', shard: 0, cursor: String(begin), index: 1 };
    await expect(receipts.of(info, second, setup.ctx)).rejects.toMatchObject({ code: 'request.not_found' });
    // A receipt that is past its retention: it was done, and that is all there is to say.
    await setup.state.transact((db) => db.deleteFrom('step_receipts').execute(), setup.ctx);
    expect((await of(begin))[1]).toMatchObject({ step: 'index', state: 'done', at: null });
  });

  it('trims what every step has passed and no more', async () => {
    const index = new Recorder('index', null);
    const detect = new Recorder('detect', 'index');
    detect.fail = () => new SluiceError('store.timeout', 'too slow', {});
    const runner = await start([index, detect]);
    const at = { logstore: info.id, shard: 0 };
    await put(0, 10);
    await runner.flush([info.id], 5000, setup.ctx);
    const { state, stream, catalog, ctx } = setup;
    const parts = {
      state,
      stream,
      catalog,
      lowest: (shard: typeof at) => runner.lowest(shard),
      retentionMs: 3_600_000,
      retentionBytes: 1,
      receiptsMs: 3_600_000,
    };
    expect(await trimOnce(parts, ctx)).toBe(0);
    detect.fail = () => null;
    expect(await runner.settle([info.id], 10_000, ctx)).toBe(true);
    expect(await trimOnce(parts, ctx)).toBe(1);
    const bounds = await stream.bounds(at, ctx);
    expect(bounds.end - bounds.begin).toBeLessThanOrEqual(1n);
    expect(shardKey(at)).toBe(`${info.id}/0`);
  });
});
