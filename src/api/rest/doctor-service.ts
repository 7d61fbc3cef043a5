import { installationChecks, partCheck, runChecks, type CheckSpec } from '../../config/doctor.ts';
import type { Settings } from '../../config/settings.ts';
import type { RunContext } from '../../core/context.ts';
import type { Supervisor } from '../../jobs/supervisor.ts';
import type { ReadinessCheck } from '../health.ts';
import type { CheckBody } from './contract/operations.ts';
import type { DoctorService } from './services.ts';

function jobs(supervisor: Supervisor): CheckSpec {
  return {
    name: 'jobs',
    run() {
      const all = supervisor.status();
      const failed = all.filter((job) => job.state === 'failed');
      const waiting = all.filter((job) => job.state === 'waiting');
      const [first] = [...failed, ...waiting];
      if (first === undefined) return Promise.resolve({ status: 'ok' as const, detail: `${all.length} run`, fix: '' });
      const more = failed.length + waiting.length - 1;
      return Promise.resolve({
        status: failed.length > 0 ? ('fail' as const) : ('warn' as const),
        detail: `${first.name} is ${first.state}: ${first.lastError}${more === 0 ? '' : `, and ${more} more`}`,
        fix:
          failed.length > 0
            ? `Remove the cause, then POST /api/v1/jobs/${encodeURIComponent(first.name)}:restart.`
            : 'It is started again by itself; remove the cause.',
      });
    },
  };
}

/** The doctor of a running server: the machine, then each part it runs. */
export class ServerDoctor implements DoctorService {
  readonly #specs: readonly CheckSpec[];

  constructor(settings: Settings, parts: readonly ReadinessCheck[], supervisor: Supervisor) {
    const running = parts.map((part) => partCheck(part.name, (ctx) => part.check(ctx), 'See the log of the server.'));
    const known = new Set(running.map((spec) => spec.name));
    // A part that answers says more than a port that can be reached.
    this.#specs = [...installationChecks(settings, true).filter((spec) => !known.has(spec.name)), ...running, jobs(supervisor)];
  }

  async run(ctx: RunContext): Promise<readonly CheckBody[]> {
    return await runChecks(this.#specs, ctx);
  }
}
