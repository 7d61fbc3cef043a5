import type { SecurityEventsService } from '../api/rest/services.ts';
import type { Catalog } from '../control/catalog.ts';
import type { RunContext } from '../core/context.ts';
import { asSluiceError } from '../core/errors.ts';
import type { RangeRunner } from '../jobs/range-runner.ts';
import { sendDemo, type DemoTarget } from './send-demo.ts';

export interface FirstDemoParts extends DemoTarget {
  readonly catalog: Pick<Catalog, 'logstores'>;
  readonly runner: Pick<RangeRunner, 'settle'>;
  readonly events: SecurityEventsService;
  /** Where people look at it. */
  readonly consoleUrl: string;
}

/** The story's 60,000 logs take some ten seconds; a machine that needs longer than this shows the event later, in the console. */
const SETTLE_MS = 120_000;

/** Sends the demonstration story through the wire API and answers lines about what was found in it. Never throws: a server without its story is a server. */
export async function firstDemo(parts: FirstDemoParts, ctx: RunContext): Promise<readonly string[]> {
  const { catalog, runner, events, consoleUrl } = parts;
  try {
    const { logs } = await sendDemo(parts, () => undefined, ctx);
    const settled = await runner.settle(
      catalog.logstores().map((info) => info.id),
      SETTLE_MS,
      ctx,
    );
    const { items } = await events.list({ sort: 'riskScore', pageSize: 3 }, ctx);
    const [first] = items;
    const sent = `Demonstration: ${logs.toLocaleString('en-US')} logs of four clouds were sent through the SLS wire API`;
    if (first === undefined) {
      return [settled ? `${sent}; no security event was found in them.` : `${sent}; they are still being evaluated.`];
    }
    const event = await events.get(first.id, ctx);
    return [
      `${sent}. Found in them:`,
      '',
      `  ${event.title}`,
      `  ${event.severity}, risk ${event.riskScore}, ${event.steps.length} steps over ${event.clouds.map(({ cloud }) => cloud).join(', ')}; the first of each tactic:`,
      ...firstOfEachTactic(event.steps).map(
        (step) => `    ${step.time.slice(11, 19)}  ${step.cloud.padEnd(8)} ${(step.tactic ?? '').padEnd(21)} ${step.title}`,
      ),
      '',
      `  ${consoleUrl}/events/${event.id}`,
    ];
  } catch (thrown) {
    const error = asSluiceError(thrown);
    ctx.log.error({ code: error.code, cause: error.message }, 'the demonstration could not be loaded');
    return [`The demonstration could not be loaded: ${error.message}`];
  }
}

/** Steps come in the order of time; a story of eighty is told by its turns. */
function firstOfEachTactic<S extends { readonly tactic: string | null }>(steps: readonly S[]): readonly S[] {
  const seen = new Set<string>();
  return steps.filter(({ tactic }) => tactic !== null && !seen.has(tactic) && seen.add(tactic).size > 0);
}
