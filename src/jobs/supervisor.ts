import type { RunContext } from '../core/context.ts';

/** Something that runs until told to stop. */
export interface Job {
  /** `source:prod-audit`, `step:index`. */
  readonly name: string;
  /** Silence longer than this counts as a failure. */
  readonly stuckAfterMs: number;
  run(ctx: RunContext, progress: (note: string) => void): Promise<void>;
}

export type JobState = 'running' | 'waiting' | 'stopped' | 'failed' | 'done';

export interface JobStatus {
  readonly name: string;
  readonly state: JobState;
  readonly restarts: number;
  /** Wall clock of the last progress note. */
  readonly progressAtMs: number;
  readonly note: string;
  /** `code: message` of the last failure, or empty. */
  readonly lastError: string;
}

/** Restarts with full-jitter backoff; an error with retry false stays `failed` until someone acts. */
export interface Supervisor {
  /** A name that is known and not running is taken over by the new job. @throws request.conflict when it runs */
  start(job: Job): void;
  /** Runs a job again that is failed, stopped, done or waiting; a running one is left alone. @throws request.not_found */
  restart(name: string): void;
  /** Aborts the job and waits for its end, at most `graceMs`; it is `stopped` then, and stays so. @throws request.not_found */
  stop(name: string, graceMs: number): Promise<void>;
  /** All at once. Answers the names of those that did not end in time. */
  stopAll(graceMs: number): Promise<readonly string[]>;
  status(): readonly JobStatus[];
}
