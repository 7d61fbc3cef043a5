import { loadSettings, type LoadedSettings } from '../../config/load.ts';
import type { RunContext } from '../../core/context.ts';
import { SluiceError } from '../../core/errors.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { DeclaredMetrics } from '../../telemetry/metrics.ts';
import { EXIT, isOn, text, whole, type Command } from '../command.ts';

/** What `app.ts` offers. */
export interface RunningServer {
  /** Lines to print once it listens: addresses, and what was made on the first start. */
  readonly banner: readonly string[];
  /** Drains and closes everything; twice is safe. */
  close(): Promise<void>;
}

export type StartServer = (loaded: LoadedSettings, ctx: RunContext & { readonly metrics: DeclaredMetrics }) => Promise<RunningServer>;

/** After this the process ends whatever still runs: an orchestrator would kill it anyway, without a word. */
const CLOSE_MS = 30_000;

export const serverCommand: Command = {
  name: 'server',
  summary: 'Runs Sluice in the foreground until it is told to stop',
  usage: '',
  positionals: [0, 0],
  options: {
    config: { type: 'string', value: 'FILE', help: 'settings file; SLUICE_CONFIG, else sluice.yaml' },
    roles: { type: 'string', value: 'A,B', help: 'ingest, query, work, console; all' },
    'data-dir': { type: 'string', value: 'DIR', help: 'folder of everything kept; ./data' },
    'http-port': { type: 'string', value: 'PORT', help: 'console and REST; 7800' },
    'sls-port': { type: 'string', value: 'PORT', help: 'SLS wire API; 7810' },
    'no-demo': { type: 'boolean', help: 'starts empty' },
  },
  notes: ['Every other setting: docs/reference/settings.md.'],
  async run({ io, ctx, values }) {
    const file = text(values, 'config');
    const loaded = loadSettings({
      env: io.env,
      ...(file === undefined ? {} : { file }),
      overrides: {
        roles: text(values, 'roles')?.split(','),
        dataDir: text(values, 'data-dir'),
        'http.port': text(values, 'http-port') === undefined ? undefined : whole(values, 'http-port', 0),
        'sls.port': text(values, 'sls-port') === undefined ? undefined : whole(values, 'sls-port', 0),
        demo: isOn(values, 'no-demo') ? false : undefined,
      },
    });
    const log = createLogger(loaded.settings.logLevel);
    const metrics = new DeclaredMetrics(log, { processMetrics: true });
    // Parts end in their own order inside close(): the signal of their context fires only when that takes too long.
    const end = new AbortController();
    const started = performance.now();
    // Loaded here and not above: the other commands must not wait for engines they do not use.
    const { startServer } = (await import('../../app.ts' as string)) as { readonly startServer: StartServer };
    const server = await startServer(loaded, { clock: ctx.clock, signal: end.signal, log, metrics });
    for (const line of server.banner) await io.out(`${line}\n`);
    log.info({ readyMs: Math.round(performance.now() - started) }, 'ready');

    await new Promise<void>((resolve) => {
      if (ctx.signal.aborted) resolve();
      else ctx.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    log.info({}, 'stopping');
    const late = AbortSignal.timeout(CLOSE_MS);
    const inTime = await Promise.race([
      server.close().then(() => true),
      new Promise<false>((resolve) => late.addEventListener('abort', () => resolve(false), { once: true })),
    ]);
    end.abort();
    if (!inTime) throw new SluiceError('job.stuck', `the server did not stop within ${CLOSE_MS / 1000} s`, { limitMs: CLOSE_MS });
    log.info({}, 'stopped');
    return EXIT.ok;
  },
};
