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
  start(job: Job): void;
  stop(name: string, graceMs: number): Promise<void>;
  stopAll(graceMs: number): Promise<void>;
  status(): readonly JobStatus[];
}
