import { compress } from '../core/codec.ts';
import type { RunContext } from '../core/context.ts';
import { GroupBuilder } from '../core/group-builder.ts';
import type { SlsClient } from '../sources/sls/sls-client.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';

/** SLS takes 10 MB a call; as much again would not be one more letter, because of the largest value below. */
const GROUP_BYTES = 4 * 1024 * 1024;
/** Largest value of a field (SLS: 1 MB). A record beyond it is cut: its identity leads to the whole log. */
const VALUE_BYTES = 1_000_000;

/**
 * Dead letters in a logstore of the shipped project, searched like any other log. Fields: `project`, `logstore`, `shard`, `identity`, `target`, `code`, `reason`, `record`, and
 * `record_bytes` when the record had to be cut. A call that got no answer is repeated, so a letter may stand there twice.
 */
export class LogstoreDeadLetters implements DeadLetters {
  readonly #client: SlsClient;
  readonly #logstore: string;

  /** @param client not closed here */
  constructor(client: SlsClient, logstore: string) {
    this.#client = client;
    this.#logstore = logstore;
  }

  /** @throws what SlsClient throws; those that a retry may mend are retried by the caller, all letters again */
  async write(letters: readonly DeadLetter[], ctx: RunContext): Promise<void> {
    // One of its own each call: shards write side by side.
    const builder = new GroupBuilder();
    builder.begin();
    const send = async (): Promise<void> => {
      builder.topic('sluice_dead_letter');
      const group = builder.finish();
      await this.#client.putLogs(this.#logstore, { bytes: Buffer.from(compress('lz4', group)), codec: 'lz4', rawBytes: group.length }, ctx);
    };
    for (const { project, logstore, shard, identity, target, error, record } of letters) {
      if (builder.logs > 0 && builder.size + Math.min(record.length, VALUE_BYTES) > GROUP_BYTES) {
        await send();
        builder.begin();
      }
      builder.beginLog(Math.floor(ctx.clock.nowMs() / 1000));
      builder.field('project', project);
      builder.field('logstore', logstore);
      builder.field('shard', String(shard));
      builder.field('identity', identity);
      builder.field('target', target);
      builder.field('code', error.code);
      builder.field('reason', error.message);
      builder.field('record', record.length <= VALUE_BYTES ? record : record.subarray(0, VALUE_BYTES));
      if (record.length > VALUE_BYTES) builder.field('record_bytes', String(record.length));
      builder.endLog();
    }
    if (builder.logs > 0) await send();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
