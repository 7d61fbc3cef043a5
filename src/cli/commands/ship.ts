import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { RunContext } from '../../core/context.ts';
import { asSluiceError } from '../../core/errors.ts';
import type { CheckStep } from '../../sinks/sink.ts';
import { EXIT, isOn, logstorePath, text, UsageError, whole, type Command, type Invocation } from '../command.ts';
import { formatOf, formatOption, printable } from '../print.ts';
import { Progress } from '../progress.ts';
import { instantOf, sizeText, spanText } from '../when.ts';
import { openWire, wireOptions } from '../wire.ts';

/** Consumer libraries of SLS beat every 20 s, ask an empty shard every 2 s, and take 1000 groups a call (checklist K19). */
const HEARTBEAT_SEC = 20;
const FETCH_INTERVAL_MS = 2000;
const FETCH_GROUPS = 1000;
/** Pages of pulled logs in memory at once: of two shards being read one page is sent and one read ahead. A page is up to 10 MB. */
const PAGES = 6;

/** The logstore of the positional, the flags or the variables of the seeds' scripts. @throws UsageError */
function placeOf({ io, values, positionals }: Invocation): { readonly project: string; readonly logstore: string } {
  if (positionals[0] !== undefined) return logstorePath(positionals[0]);
  const project = text(values, 'project') ?? io.env['SLS_PROJECT'] ?? '';
  const logstore = text(values, 'logstore') ?? io.env['SLS_LOGSTORE'] ?? '';
  if (project === '' || logstore === '') throw new UsageError('no logstore: name PROJECT/LOGSTORE, or set SLS_PROJECT and SLS_LOGSTORE');
  return { project, logstore };
}

/** `begin`, `end`, or Unix seconds of receive time. @throws UsageError */
function startOf({ values, ctx }: Invocation): 'begin' | 'end' | number {
  const from = text(values, 'from') ?? 'begin';
  if (from === 'begin' || from === 'end') return from;
  return Math.floor(Date.parse(instantOf(from, ctx.clock.nowMs(), '--from')) / 1000);
}

/** Steps of one end as the doctor prints its own. */
async function report(invocation: Invocation, end: 'source' | 'receiver', steps: readonly CheckStep[]): Promise<boolean> {
  const { io } = invocation;
  for (const { stage, ok, detail } of steps)
    await io.out(
      formatOf(invocation) === 'table'
        ? `${ok ? '✓' : '✗'} ${end.padEnd(9)} ${stage.padEnd(10)} ${printable(detail)}\n`
        : `${JSON.stringify({ end, stage, ok, detail })}\n`,
    );
  return steps.every((step) => step.ok);
}

export const shipCommand: Command = {
  name: 'ship',
  summary: 'Ships a logstore of Sluice or of SLS to a SIEM as a member of a consumer group',
  usage: '[PROJECT/LOGSTORE] --to URL',
  positionals: [0, 1],
  options: {
    to: { type: 'string', value: 'URL', help: 'the receiver; see below' },
    ...wireOptions,
    project: { type: 'string', value: 'NAME', help: 'SLS_PROJECT' },
    logstore: { type: 'string', value: 'NAME', help: 'SLS_LOGSTORE' },
    group: { type: 'string', value: 'NAME', help: 'consumer group, made when it is absent; SLS_CG, else sluice-ship' },
    consumer: { type: 'string', value: 'NAME', help: 'name within the group, of one living process; host, process id and chance' },
    from: { type: 'string', value: 'PLACE', help: 'where shards without a checkpoint start: begin, end, or a receive time; begin' },
    query: { type: 'string', value: 'SPL', help: 'filters and trims on the server: * | where …' },
    'until-end': { type: 'boolean', help: 'stops when everything received until now is shipped' },
    check: { type: 'boolean', help: 'tries both ends step by step and ships nothing' },
    'test-event': { type: 'boolean', help: 'with --check: sends one marked event' },
    'dead-letter': {
      type: 'string',
      value: 'LOGSTORE',
      help: 'of the same project, for what the receiver refuses for good; else a file of --keep',
    },
    keep: { type: 'string', value: 'DIR', help: 'folder of dead letters and receipts; ./sluice-ship' },
    heartbeat: {
      type: 'string',
      value: 'SEC',
      help: `${HEARTBEAT_SEC}; the group gives away the shards of a consumer silent for twice as long`,
    },
    'fetch-interval': { type: 'string', value: 'MS', help: `pause at the end of a shard; ${FETCH_INTERVAL_MS}` },
    ...formatOption,
  },
  notes: [
    'Receivers: hec+https://, syslog+tls:// (tcp, udp), elasticsearch+https://, s3+https://, kafka+tls://, otlp+https://, webhook+https://; docs/reference/receivers.md',
    'Key: SLS_AK_ID and SLS_AK_KEY. Secrets and options of the receiver: SLUICE_SINK_TOKEN, SLUICE_SINK_* (or SLUICE_SINK_*_FILE), options also as ?NAME=VALUE of the URL.',
    'Start as many as there are shards, on one machine or many: each shard belongs to one of them. SIGTERM saves the place and ends.',
    'At the end it prints its totals as a line of JSON: read = delivered + filtered + deadLettered + unfinished.',
  ],
  async run(invocation) {
    const { io, values, ctx } = invocation;
    const origin = placeOf(invocation);
    const to = text(values, 'to') ?? io.env['SLUICE_SINK_URL'];
    const start = startOf(invocation);
    const heartbeatMs = whole(values, 'heartbeat', HEARTBEAT_SEC, 1) * 1000;
    const group = text(values, 'group') ?? io.env['SLS_CG'] ?? 'sluice-ship';
    const letterbox = text(values, 'dead-letter');
    if (letterbox === origin.logstore)
      throw new UsageError(`--dead-letter is ${letterbox}, expected another logstore than the one that is shipped`);
    const [{ openSink, receiverExamples }, { Shipper }, { FileDeadLetters, FileReceipts }, { LogstoreDeadLetters }, { createLogger }] =
      await Promise.all([
        import('../../sinks/sink-kinds.ts'),
        import('../../ship/shipper.ts'),
        import('../../ship/file-reports.ts'),
        import('../../ship/logstore-dead-letters.ts'),
        import('../../telemetry/logger.ts'),
      ]);
    if (to === undefined) throw new UsageError(`no receiver: --to takes one of\n  ${receiverExamples().join('\n  ')}`);
    const sink = await openSink(to, io.env, origin);
    const client = await openWire(invocation, origin.project);
    const options = {
      logstore: origin.logstore,
      group,
      consumer:
        text(values, 'consumer') ?? `${hostname().replaceAll(/[^A-Za-z0-9_-]/g, '-')}-${process.pid}-${randomBytes(3).toString('hex')}`,
      start,
      heartbeatMs,
      timeoutSec: (heartbeatMs * 2) / 1000,
      order: true,
      query: text(values, 'query') ?? null,
      fetchGroups: FETCH_GROUPS,
      fetchIntervalMs: whole(values, 'fetch-interval', FETCH_INTERVAL_MS, 1),
      saveIntervalMs: 2000,
      releaseGraceMs: heartbeatMs,
      authPatienceMs: 600_000,
      retry: { attempts: Infinity, baseMs: 250, maxMs: 30_000 },
      untilEnd: isOn(values, 'until-end'),
      pages: PAGES,
    };
    if (isOn(values, 'check')) {
      try {
        const { checkSource } = await import('../../ship/preflight.ts');
        const sourceOk = await report(invocation, 'source', await checkSource(client, { ...options, deadLetter: letterbox ?? null }, ctx));
        // The other end is tried all the same: both may be wrong.
        const sinkOk = await report(invocation, 'receiver', await sink.check(isOn(values, 'test-event'), ctx));
        return sourceOk && sinkOk ? EXIT.ok : EXIT.failed;
      } finally {
        await Promise.allSettled([client.close(), sink.close()]);
      }
    }
    const log = createLogger(io.errIsTty ? 'warn' : 'info', { write: io.err });
    const shipCtx: RunContext = { ...ctx, log };
    const folder = text(values, 'keep') ?? 'sluice-ship';
    const name = `${origin.project}.${origin.logstore}.${group}`;
    // Missed now, not at the first refused log of a night.
    if (letterbox !== undefined) await client.getLogstore(letterbox, ctx);
    const deadLetters =
      letterbox === undefined
        ? new FileDeadLetters(join(folder, `${name}.dead-letters.ndjson`))
        : new LogstoreDeadLetters(client, letterbox);
    const receipts = new FileReceipts(join(folder, `${name}.receipts.ndjson`));
    const shipper = new Shipper({ client, sink, deadLetters, receipts }, options);
    const progress = new Progress(io, ctx.clock);
    const began = ctx.clock.elapsedMs();
    log.info({ from: client.target, to: sink.target, group, consumer: options.consumer }, 'shipping');
    try {
      await shipper.run(shipCtx, () => {
        const { delivered, deadLettered, bytes } = shipper.totals;
        const shards = shipper.progress();
        const lag = Math.max(0, ...shards.map((shard) => shard.lagSec));
        const trouble = shards.find((shard) => shard.lastError !== '')?.lastError ?? '';
        const sec = Math.max(0.001, (ctx.clock.elapsedMs() - began) / 1000);
        progress.show(
          `${delivered.toLocaleString('en-US')} delivered, ${deadLettered.toLocaleString('en-US')} refused, ${sizeText(bytes / sec)}/s, ${shards.length} shards, ${spanText(lag)} behind${trouble === '' ? '' : `; ${printable(trouble)}`}`,
          null,
        );
      });
    } catch (thrown) {
      // A stop that came before the group was there has nothing to save.
      if (!(ctx.signal.aborted && asSluiceError(thrown).code === 'aborted')) throw thrown;
    } finally {
      progress.clear();
      const { read, delivered, filtered, deadLettered, retries, bytes, sentBytes, cut } = shipper.totals;
      const unfinished = read - delivered - filtered - deadLettered;
      await io.out(`${JSON.stringify({ read, delivered, filtered, deadLettered, unfinished, retries, bytes, sentBytes, cut })}\n`);
      if (deadLettered > 0)
        log.warn({ deadLettered, kept: letterbox ?? folder }, 'some logs were refused by the receiver; they are kept as dead letters');
      await Promise.allSettled([client.close(), sink.close(), deadLetters.close(), receipts.close()]);
    }
    return EXIT.ok;
  },
};
