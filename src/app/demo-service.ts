import type { DemoService } from '../api/rest/services.ts';
import type { RunContext } from '../core/context.ts';
import { asSluiceError, SluiceError } from '../core/errors.ts';
import { clearDemo, type ClearedDemo, type ClearDemoParts } from '../demo/clear-demo.ts';
import { DEMO_LOGSTORES } from '../demo/logstores.ts';
import type { Supervisor } from '../jobs/supervisor.ts';
import { sendDemo, type DemoTarget } from './send-demo.ts';

export interface ServerDemoParts extends ClearDemoParts {
  readonly target: DemoTarget;
  readonly supervisor: Pick<Supervisor, 'start'>;
}

const JOB = 'demo';
/** A batch is sent with up to six attempts of at most a minute each. */
const STUCK_AFTER_MS = 6 * 60_000;

/** The demonstration of a running server: sent by a job, removed by a call. */
export class ServerDemo implements DemoService {
  readonly #parts: ServerDemoParts;

  constructor(parts: ServerDemoParts) {
    this.#parts = parts;
  }

  load(): string {
    const { catalog, supervisor, target } = this.#parts;
    // Sent twice, the story would stand there twice.
    const there = DEMO_LOGSTORES.find(({ project, logstore }) => catalog.logstore(project, logstore) !== null);
    if (there !== undefined) {
      const { project, logstore } = there;
      throw new SluiceError('request.conflict', `the demonstration is here already, as ${project}/${logstore}: clear it first`, {
        resource: 'demo',
      });
    }
    supervisor.start({
      name: JOB,
      stuckAfterMs: STUCK_AFTER_MS,
      run: async (ctx, progress) => {
        try {
          const { logs } = await sendDemo(target, progress, ctx);
          progress(`${logs.toLocaleString('en-US')} logs sent`);
        } catch (thrown) {
          const error = asSluiceError(thrown);
          if (error.code === 'aborted') throw error;
          // Its batches were tried again already; the whole story again would stand there twice.
          throw new SluiceError('demo.incomplete', `the demonstration was sent in part only: ${error.message}`, {}, { cause: error });
        }
      },
    });
    return JOB;
  }

  async clear(ctx: RunContext): Promise<ClearedDemo> {
    return await clearDemo(this.#parts, ctx);
  }
}
