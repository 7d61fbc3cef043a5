import type { LogstoreFreshness, StepFreshness } from '../../../../src/api/rest/contract/overview.ts';

/** The job of a step is named after it: `step:index` does the step `index` of every logstore. */
const STEP_JOB = /^step:(.+)$/u;

/** How far the step of a job is behind where it is furthest behind; null: the job is no step, or nothing is known. */
export function worstStep(job: string, stores: readonly Pick<LogstoreFreshness, 'steps'>[]): StepFreshness | null {
  const name = STEP_JOB.exec(job)?.[1];
  if (name === undefined) return null;
  const steps = stores.flatMap((store) => store.steps.filter((step) => step.step === name));
  return steps.reduce<StepFreshness | null>((worst, step) => (worst === null || step.lagSec > worst.lagSec ? step : worst), null);
}
