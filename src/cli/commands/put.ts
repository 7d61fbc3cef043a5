import { createReadStream, statSync } from 'node:fs';
import { compress } from '../../core/codec.ts';
import { SluiceError } from '../../core/errors.ts';
import { GroupBuilder } from '../../core/group-builder.ts';
import { retry } from '../../core/retry.ts';
import { SlsServiceError } from '../../sources/sls/sls-client.ts';
import { EXIT, isOn, logstorePath, text, texts, UsageError, type Command } from '../command.ts';
import { linesOf, logOfLine, type LineLog, type LineOptions } from '../log-lines.ts';
import { Progress } from '../progress.ts';
import { openWire, wireOptions } from '../wire.ts';
import { sizeText } from '../when.ts';

/** What SLS takes in one PutLogs (sls-api §3.1), with room for topic, source and tags. */
const MAX_BYTES = 3_000_000;
const MAX_LOGS = 4000;
/** Calls on their way at once: enough to fill a group commit of the stream. */
const PARALLEL = 8;

/** Logs of one topic, source and set of tags. */
interface OpenGroup {
  readonly builder: GroupBuilder;
  readonly first: LineLog;
}

export const putCommand: Command = {
  name: 'put',
  summary: 'Sends lines (JSON objects or text) as logs through the SLS wire API',
  usage: 'PROJECT/LOGSTORE [FILE…]',
  positionals: [1, 1000],
  options: {
    ...wireOptions,
    text: { type: 'boolean', help: 'lines are text, not JSON: each becomes the field content' },
    'time-key': { type: 'string', value: 'KEY', help: 'field that holds the log time (Unix s, ms, µs, ns or ISO 8601)' },
    topic: { type: 'string', value: 'TOPIC', help: 'topic of logs that have no __topic__' },
    source: { type: 'string', value: 'SOURCE', help: 'source of logs that have no __source__' },
    tag: { type: 'string', multiple: true, value: 'KEY=VALUE', help: 'tag of every group; may be repeated' },
    'skip-bad': { type: 'boolean', help: 'counts lines that cannot be read instead of ending there' },
  },
  notes: [
    'Without FILE it reads the standard input.',
    'A log of __time__ outside the window of the server (168h back, 15m ahead) is not accepted: see SLUICE_LOG_TIME_WINDOW.',
  ],
  async run(invocation) {
    const { io, ctx, positionals, values } = invocation;
    const { project, logstore } = logstorePath(positionals[0]);
    const files = positionals.slice(1);
    const options: LineOptions = {
      plain: isOn(values, 'text'),
      topic: text(values, 'topic') ?? '',
      source: text(values, 'source') ?? '',
      tags: texts(values, 'tag').map((tag) => {
        const at = tag.indexOf('=');
        if (at < 1) throw new UsageError(`--tag is ${tag}, expected KEY=VALUE`);
        return [tag.slice(0, at), tag.slice(at + 1)] as const;
      }),
      timeKey: text(values, 'time-key') ?? null,
    };
    const client = await openWire(invocation, project);
    const progress = new Progress(io, ctx.clock);
    const totalBytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
    const began = ctx.clock.elapsedMs();
    let lines = 0;
    let bad = 0;
    let sent = 0;
    let sentBytes = 0;
    let readBytes = 0;
    const running = new Set<Promise<void>>();
    let failure: unknown = null;

    const send = async (group: OpenGroup): Promise<void> => {
      const { builder, first } = group;
      const logs = builder.logs;
      builder.topic(first.topic);
      builder.source(first.source);
      for (const [key, value] of first.tags) builder.tag(key, value);
      const raw = builder.finish();
      const body = { bytes: Buffer.from(compress('lz4', raw)), codec: 'lz4' as const, rawBytes: raw.length };
      const call = retry(() => client.putLogs(logstore, body, ctx), { attempts: 6, baseMs: 200, maxMs: 5000 }, ctx).then(() => {
        sent += logs;
        sentBytes += raw.length;
      });
      const settled = call.catch((thrown: unknown) => {
        failure ??= thrown;
      });
      running.add(settled);
      void settled.finally(() => running.delete(settled));
      if (running.size >= PARALLEL) await Promise.race(running);
      if (failure !== null) throw failure;
    };

    const groups = new Map<string, OpenGroup>();
    const take = async (log: LineLog): Promise<void> => {
      const key = JSON.stringify([log.topic, log.source, log.tags]);
      let group = groups.get(key);
      if (group === undefined) {
        const builder = new GroupBuilder();
        builder.begin();
        group = { builder, first: log };
        groups.set(key, group);
      }
      group.builder.beginLog(log.timeSec, log.nsPart);
      for (const [name, value] of log.fields) group.builder.field(name, value);
      group.builder.endLog();
      if (group.builder.logs >= MAX_LOGS || group.builder.size >= MAX_BYTES) {
        groups.delete(key);
        await send(group);
      }
    };

    try {
      for (const file of files.length === 0 ? [null] : files)
        for await (const line of linesOf(file === null ? io.stdin : createReadStream(file))) {
          lines++;
          readBytes += line.length + 1;
          if (line === '') continue;
          try {
            await take(logOfLine(line, lines, options, ctx.clock.nowMs()));
          } catch (thrown) {
            if (!isOn(values, 'skip-bad') || !(thrown instanceof SluiceError) || thrown.details['line'] === undefined) throw thrown;
            bad++;
          }
          progress.show(`${sent.toLocaleString('en-US')} logs sent`, totalBytes === 0 ? null : readBytes / totalBytes);
        }
      for (const group of groups.values()) await send(group);
      await Promise.all(running);
      if (failure !== null) throw failure;
    } catch (thrown) {
      await Promise.all(running);
      progress.clear();
      io.err(`${sent.toLocaleString('en-US')} logs were acknowledged before this:\n`);
      if (thrown instanceof SlsServiceError && (thrown.slsCode === 'ProjectNotExist' || thrown.slsCode === 'LogStoreNotExist'))
        throw new SluiceError(
          'request.not_found',
          `${project}/${logstore} does not exist: make it on the console, or with POST /api/v1/projects and …/logstores`,
          {},
          { cause: thrown },
        );
      throw thrown;
    } finally {
      await client.close();
    }
    progress.clear();
    const sec = Math.max(0.001, (ctx.clock.elapsedMs() - began) / 1000);
    io.err(
      `${sent.toLocaleString('en-US')} logs (${sizeText(sentBytes)}) acknowledged in ${sec.toFixed(1)} s${bad === 0 ? '' : `; ${bad.toLocaleString('en-US')} lines could not be read`}\n`,
    );
    return bad === 0 ? EXIT.ok : EXIT.failed;
  },
};
