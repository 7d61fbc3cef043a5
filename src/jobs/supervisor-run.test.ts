import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../core/clock.ts';
import { quietContext, type RunContext } from '../core/context.ts';
import { SluiceError } from '../core/errors.ts';
import { RunningSupervisor } from './supervisor-run.ts';
import type { Job, JobStatus } from './supervisor.ts';

const until = (signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) => {
    const fail = (): void => reject(new SluiceError('aborted', 'told to stop'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });

function set(random = 1) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const supervisor = new RunningSupervisor(quietContext(clock, stop.signal), {
    policy: { attempts: Infinity, baseMs: 1000, maxMs: 60_000 },
    random: () => random,
  });
  const status = (name: string): JobStatus => {
    const found = supervisor.status().find((job) => job.name === name);
    if (found === undefined) throw new Error(`no job ${name}`);
    return found;
  };
  const job = (run: Job['run'], stuckAfterMs = 3_600_000): Job => ({ name: 'step:x', stuckAfterMs, run });
  return { clock, stop, supervisor, status, job };
}

describe('RunningSupervisor', () => {
  it('starts a job again after an error worth a retry, with pauses that double up to a bound', async () => {
    const { clock, supervisor, status, job } = set();
    const starts: number[] = [];
    supervisor.start(
      job((ctx) => {
        starts.push(ctx.clock.nowMs());
        return Promise.reject(new SluiceError('store.unavailable', 'not now'));
      }),
    );
    await clock.advance(0);
    expect(status('step:x')).toMatchObject({ state: 'waiting', restarts: 0, lastError: 'store.unavailable: not now' });
    await clock.advance(400_000);
    const gaps = starts.slice(1).map((at, i) => (at - (starts[i] ?? 0)) / 1000);
    expect(gaps).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
    expect(status('step:x').restarts).toBe(11);
    await supervisor.stopAll(1);
  });

  it('draws each pause evenly below its bound', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0.001, max: 1, noNaN: true }), async (random) => {
        const { clock, supervisor, job } = set(random);
        const starts: number[] = [];
        supervisor.start(
          job((ctx) => {
            starts.push(ctx.clock.nowMs());
            return Promise.reject(new Error('plain errors are worth a retry'));
          }),
        );
        await clock.advance(0);
        await clock.advance(1000);
        expect((starts[1] ?? 0) - (starts[0] ?? 0)).toBe(Math.ceil(random * 1000));
        await supervisor.stopAll(1);
      }),
      { numRuns: 30 },
    );
  });

  it('waits the shortest pause again after a long healthy run', async () => {
    const { clock, supervisor, job } = set();
    const starts: number[] = [];
    supervisor.start(
      job(async (ctx) => {
        starts.push(ctx.clock.nowMs());
        if (starts.length === 5) await ctx.clock.sleep(600_000, ctx.signal);
        throw new SluiceError('source.unreachable', 'gone');
      }),
    );
    await clock.advance(0);
    await clock.advance(700_000);
    expect((starts[5] ?? 0) - (starts[4] ?? 0)).toBe(600_000 + 1000);
    await supervisor.stopAll(1);
  });

  it('leaves a job failed when its error is not worth a retry, until someone restarts it', async () => {
    const { clock, supervisor, status, job } = set();
    let runs = 0;
    supervisor.start(
      job((ctx) => {
        runs++;
        return runs === 1 ? Promise.reject(new SluiceError('source.auth', 'key refused')) : until(ctx.signal);
      }),
    );
    await clock.advance(3_600_000 * 24);
    expect(runs).toBe(1);
    expect(status('step:x')).toMatchObject({ state: 'failed', lastError: 'source.auth: key refused' });
    supervisor.restart('step:x');
    await clock.advance(0);
    expect(runs).toBe(2);
    expect(status('step:x')).toMatchObject({ state: 'running', restarts: 1 });
    await supervisor.stopAll(1);
  });

  it('takes an inner deadline for a failure worth a retry', async () => {
    const { clock, supervisor, status, job } = set();
    supervisor.start(job(() => Promise.reject(new DOMException('timed out', 'AbortError'))));
    await clock.advance(0);
    expect(status('step:x').state).toBe('waiting');
    await supervisor.stopAll(1);
  });

  it('aborts a silent job and starts it again, and lets one that speaks go on', async () => {
    const { clock, supervisor, status, job } = set();
    let runs = 0;
    supervisor.start(
      job(async (ctx, progress) => {
        runs++;
        if (runs === 1)
          for (let i = 0; i < 5; i++) {
            await ctx.clock.sleep(900, ctx.signal);
            progress(`part ${i}`);
          }
        await until(ctx.signal);
      }, 1000),
    );
    await clock.advance(0);
    await clock.advance(5499);
    expect(runs).toBe(1);
    expect(status('step:x')).toMatchObject({ state: 'running', note: 'part 4' });
    await clock.advance(1);
    expect(status('step:x')).toMatchObject({ state: 'waiting', lastError: expect.stringContaining('job.stuck') as string });
    await clock.advance(1000);
    expect(runs).toBe(2);
    await supervisor.stopAll(1);
  });

  it('never starts a second run beside one that does not end', async () => {
    const { clock, supervisor, status, job } = set();
    let running = 0;
    let most = 0;
    supervisor.start(
      job(async () => {
        most = Math.max(most, ++running);
        await new Promise(() => {});
      }, 1000),
    );
    await clock.advance(0);
    await clock.advance(60_000);
    expect(most).toBe(1);
    expect(status('step:x')).toMatchObject({ state: 'running', note: expect.stringContaining('no sign of life') as string });
  });

  it('stops gracefully: the job is told, its end is awaited, and a late one is named', async () => {
    const { clock, supervisor, status } = set();
    let drained = false;
    supervisor.start({
      name: 'step:good',
      stuckAfterMs: 1e9,
      run: async (ctx: RunContext) => {
        await until(ctx.signal).catch(() => undefined);
        await ctx.clock.sleep(500, new AbortController().signal);
        drained = true;
      },
    });
    supervisor.start({ name: 'step:deaf', stuckAfterMs: 1e9, run: () => new Promise(() => {}) });
    await clock.advance(0);
    const stopping = supervisor.stopAll(1000);
    await clock.advance(0);
    await clock.advance(1000);
    expect(await stopping).toEqual(['step:deaf']);
    expect(drained).toBe(true);
    expect(status('step:good').state).toBe('stopped');
    expect(status('step:deaf')).toMatchObject({ state: 'stopped', note: expect.stringContaining('did not end') as string });
    await clock.advance(3_600_000);
    expect(status('step:good').state).toBe('stopped');
  });

  it('a stop during the pause ends it at once, and the same name may be started again', async () => {
    const { clock, supervisor, status, job } = set();
    let runs = 0;
    const failing = job(() => {
      runs++;
      return Promise.reject(new Error('no'));
    });
    supervisor.start(failing);
    await clock.advance(0);
    await supervisor.stop('step:x', 1000);
    expect(status('step:x').state).toBe('stopped');
    await clock.advance(100_000);
    expect(runs).toBe(1);
    supervisor.start(job(() => Promise.resolve()));
    await clock.advance(0);
    expect(status('step:x').state).toBe('done');
    expect(() => supervisor.restart('step:y')).toThrow(expect.objectContaining({ code: 'request.not_found' }));
  });

  it('refuses a second job of a running name', async () => {
    const { clock, supervisor, job } = set();
    supervisor.start(job((ctx) => until(ctx.signal)));
    await clock.advance(0);
    expect(() => supervisor.start(job(() => Promise.resolve()))).toThrow(expect.objectContaining({ code: 'request.conflict' }));
    await supervisor.stopAll(1);
  });

  it('ends with its own context', async () => {
    const { clock, stop, supervisor, status, job } = set();
    supervisor.start(job((ctx) => until(ctx.signal)));
    await clock.advance(0);
    stop.abort();
    await clock.advance(0);
    expect(status('step:x').state).toBe('stopped');
  });
});
