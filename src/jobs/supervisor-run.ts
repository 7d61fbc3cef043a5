import { asSluiceError, SluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import { backoffMs, type RetryPolicy } from '../core/retry.ts';
import type { Job, JobState, JobStatus, Supervisor } from './supervisor.ts';

/** Attempts without end: a source whose cloud is down for a week must come back by itself. */
export const RESTART_POLICY: RetryPolicy = { attempts: Infinity, baseMs: 1000, maxMs: 60_000 };

/** A run this long counts as healthy: the next failure waits the shortest pause again. */
const HEALTHY_MS = 5 * 60_000;

interface Entry {
  readonly job: Job;
  state: JobState;
  restarts: number;
  /** Failures in a row without a healthy run between. */
  failures: number;
  progressAtMs: number;
  /** Monotonic time of the last sign of life. */
  aliveAt: number;
  note: string;
  lastError: string;
  /** Aborting it ends the present run and any waiting. */
  stop: AbortController;
  /** Resolves when the loop has ended. */
  ended: Promise<void>;
}

/**
 * Keeps jobs running. An error that is worth a retry starts the job again after a pause with full jitter (so that many jobs of one dead peer do not return
 * together); one that is not leaves it `failed` until someone acts. A job that gives no sign of life for `stuckAfterMs` is aborted and started again;
 * if it does not even end, it stays visible as such and a second one is never started beside it.
 */
export class RunningSupervisor implements Supervisor {
  readonly #ctx: RunContext;
  readonly #policy: RetryPolicy;
  readonly #random: () => number;
  readonly #entries = new Map<string, Entry>();

  constructor(ctx: RunContext, options: { readonly policy?: RetryPolicy; readonly random?: () => number } = {}) {
    this.#ctx = ctx;
    this.#policy = options.policy ?? RESTART_POLICY;
    this.#random = options.random ?? Math.random;
  }

  start(job: Job): void {
    const before = this.#entries.get(job.name);
    if (before !== undefined && isLive(before.state))
      throw new SluiceError('request.conflict', `job ${job.name} is ${before.state}`, { resource: 'job', name: job.name });
    const { clock } = this.#ctx;
    const entry: Entry = {
      job,
      state: 'running',
      restarts: before?.restarts ?? 0,
      failures: 0,
      progressAtMs: clock.nowMs(),
      aliveAt: clock.elapsedMs(),
      note: '',
      lastError: '',
      stop: new AbortController(),
      ended: Promise.resolve(),
    };
    this.#entries.set(job.name, entry);
    // A job that was stopped but has not ended yet holds its shards and files: the new one waits for it.
    entry.ended = (before?.ended ?? Promise.resolve()).then(() => this.#loop(entry));
    this.#count();
  }

  restart(name: string): void {
    const entry = this.#entryOf(name);
    if (entry.state === 'running') return;
    entry.stop.abort();
    entry.state = 'stopped';
    this.start(entry.job);
    const fresh = this.#entryOf(name);
    fresh.restarts = entry.restarts + 1;
  }

  async stop(name: string, graceMs: number): Promise<void> {
    await this.#end(this.#entryOf(name), graceMs);
  }

  async stopAll(graceMs: number): Promise<readonly string[]> {
    const entries = [...this.#entries.values()];
    const inTime = await Promise.all(entries.map((entry) => this.#end(entry, graceMs)));
    return entries.filter((_, i) => inTime[i] === false).map((entry) => entry.job.name);
  }

  status(): readonly JobStatus[] {
    return [...this.#entries.values()].map(({ job, state, restarts, progressAtMs, note, lastError }) => ({
      name: job.name,
      state,
      restarts,
      progressAtMs,
      note,
      lastError,
    }));
  }

  #entryOf(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new SluiceError('request.not_found', `job ${name} does not exist`, { resource: 'job', name });
    return entry;
  }

  /** Answers whether it ended in time. */
  async #end(entry: Entry, graceMs: number): Promise<boolean> {
    entry.stop.abort();
    if (isLive(entry.state)) entry.state = 'stopped';
    this.#count();
    const given = new AbortController();
    const inTime = await Promise.race([
      entry.ended.then(() => true),
      this.#ctx.clock.sleep(graceMs, given.signal).then(
        () => false,
        () => true,
      ),
    ]);
    given.abort();
    if (!inTime) {
      entry.note = `did not end within ${graceMs} ms of being stopped`;
      this.#ctx.log.warn({ job: entry.job.name, graceMs }, 'a job did not end in time');
    }
    return inTime;
  }

  async #loop(entry: Entry): Promise<void> {
    const { job } = entry;
    const { clock } = this.#ctx;
    const signal = AbortSignal.any([this.#ctx.signal, entry.stop.signal]);
    while (!signal.aborted) {
      entry.state = 'running';
      this.#alive(entry);
      this.#count();
      const began = clock.elapsedMs();
      const error = await this.#run(entry, signal);
      if (signal.aborted) break;
      if (error === null) {
        entry.state = 'done';
        this.#count();
        return;
      }
      entry.lastError = `${error.code}: ${error.message}`;
      this.#ctx.metrics.count('sluice_job_failures_total', { kind: kindOf(job.name), code: error.code });
      // `aborted` without anyone having stopped the job is an inner deadline: the next try may be quicker.
      if (!error.retry && error.code !== 'aborted') {
        entry.state = 'failed';
        this.#ctx.log.error({ job: job.name, error }, 'a job failed and waits for someone to act');
        this.#count();
        return;
      }
      entry.failures = clock.elapsedMs() - began >= HEALTHY_MS ? 1 : entry.failures + 1;
      const pauseMs = backoffMs(entry.failures - 1, this.#policy, this.#random);
      entry.state = 'waiting';
      this.#ctx.log.warn({ job: job.name, error, pauseMs, failures: entry.failures }, 'a job ended with an error and is started again');
      this.#count();
      try {
        await clock.sleep(pauseMs, signal);
      } catch {
        break; // stopped while waiting
      }
      entry.restarts++;
    }
    entry.state = 'stopped';
    this.#count();
  }

  /** One run under the watchdog. Null: it ended by itself and well. */
  async #run(entry: Entry, signal: AbortSignal): Promise<SluiceError | null> {
    const { job } = entry;
    const { log } = this.#ctx;
    const stuck = new AbortController();
    const over = new AbortController();
    const ctx: RunContext = { ...this.#ctx, signal: AbortSignal.any([signal, stuck.signal]), log: log.child({ job: job.name }) };
    const watching = this.#watch(entry, stuck, over.signal);
    try {
      await job.run(ctx, (note) => {
        // A run that was given up on may still speak: it must not look alive.
        if (over.signal.aborted) return;
        entry.note = note;
        this.#alive(entry);
      });
      return stuck.signal.aborted ? stuckError(entry) : null;
    } catch (thrown) {
      if (stuck.signal.aborted) return stuckError(entry, thrown);
      return asSluiceError(thrown);
    } finally {
      over.abort();
      await watching;
    }
  }

  async #watch(entry: Entry, stuck: AbortController, over: AbortSignal): Promise<void> {
    const { clock, log } = this.#ctx;
    const { name, stuckAfterMs } = entry.job;
    while (!over.aborted) {
      const left = entry.aliveAt + stuckAfterMs - clock.elapsedMs();
      if (left <= 0) {
        log.warn({ job: name, stuckAfterMs }, 'a job gives no sign of life and is aborted');
        stuck.abort(stuckError(entry));
        entry.note = `gave no sign of life for ${stuckAfterMs} ms; waiting for it to end`;
        return;
      }
      try {
        await clock.sleep(left, over);
      } catch {
        return; // the run is over
      }
    }
  }

  #alive(entry: Entry): void {
    entry.aliveAt = this.#ctx.clock.elapsedMs();
    entry.progressAtMs = this.#ctx.clock.nowMs();
  }

  #count(): void {
    const counts = new Map<string, number>();
    for (const { job } of this.#entries.values()) for (const state of STATES) counts.set(`${kindOf(job.name)}\n${state}`, 0);
    for (const { job, state } of this.#entries.values()) {
      const key = `${kindOf(job.name)}\n${state}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const [key, value] of counts) {
      const [kind = '', state = ''] = key.split('\n');
      this.#ctx.metrics.gauge('sluice_job_state', { kind, state }, value);
    }
  }
}

const STATES: readonly JobState[] = ['running', 'waiting', 'stopped', 'failed', 'done'];

const isLive = (state: JobState): boolean => state === 'running' || state === 'waiting';

/** `source:prod-audit` → `source`. */
const kindOf = (name: string): string => name.split(':', 1)[0] ?? name;

function stuckError(entry: Entry, cause?: unknown): SluiceError {
  const { name, stuckAfterMs } = entry.job;
  return new SluiceError('job.stuck', `job ${name} gave no sign of life for ${stuckAfterMs} ms`, { job: name, stuckAfterMs }, { cause });
}
