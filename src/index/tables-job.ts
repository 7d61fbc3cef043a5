import type { Catalog } from '../control/catalog.ts';
import type { RunContext } from '../core/context.ts';
import type { Job } from '../jobs/supervisor.ts';
import type { LogTables } from '../store/log-tables.ts';

/** Without any change, tables are compared with the catalogue this often: what was missed is put right. */
const EVERY_MS = 5 * 60_000;
/** Changes come in bunches. */
const GATHER_MS = 200;

/**
 * Follows changes of the catalogue that no log follows: retention, index and profile of idle logstores, tables of deleted ones. Only in the process that indexes.
 */
export function tablesJob(tables: LogTables, catalog: Catalog, owns: () => boolean): Job {
  return {
    name: 'index:tables',
    stuckAfterMs: 30 * 60_000,
    async run(ctx, progress) {
      let wake = (): void => undefined;
      const stop = catalog.onChange(() => wake());
      try {
        for (;;) {
          const changed = new Promise<void>((resolve) => {
            wake = resolve;
          });
          if (owns()) {
            await tables.follow(catalog.logstores(), ctx);
            progress(`${tables.tables().length} tables follow their logstores`);
          } else progress('another process does it');
          await eitherOf(changed, owns() ? EVERY_MS : 1000, ctx);
          await ctx.clock.sleep(GATHER_MS, ctx.signal);
        }
      } finally {
        stop();
      }
    },
  };
}

async function eitherOf(event: Promise<void>, ms: number, ctx: RunContext): Promise<void> {
  const given = new AbortController();
  const slept = ctx.clock.sleep(ms, AbortSignal.any([given.signal, ctx.signal])).catch((thrown: unknown) => {
    if (!given.signal.aborted) throw thrown;
  });
  try {
    await Promise.race([event, slept]);
  } finally {
    given.abort();
  }
}
