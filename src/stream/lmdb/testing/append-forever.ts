/*
 * A process that appends until it is killed, for lmdb-stream.kill.test.ts: `node append-forever.ts PATH WRITERS`. Each writer numbers its groups; a line
 * `writer number cursor` on stdout is an acknowledgement.
 */
import { writeSync } from 'node:fs';
import { systemClock } from '../../../core/clock.ts';
import { quietContext } from '../../../core/context.ts';
import { LmdbStream } from '../lmdb-stream.ts';

const [path = '', writers = '4'] = process.argv.slice(2);
const ctx = quietContext(systemClock);
const stream = await LmdbStream.open({ path, mapBytes: 4 * 1024 ** 3, commitWaitMs: 0, reserveBytes: 1 }, ctx);
const at = { logstore: 1, shard: 0 };
await stream.createShard(at, ctx);
const run = String(process.pid);

async function write(writer: number): Promise<void> {
  for (let number = 0; ; number++) {
    // From a few bytes to several pages, so that commits cut in different places.
    const text = `${run} ${writer} ${number} ${'x'.repeat((number * 977 + writer * 131) % 30_000)}`;
    const cursor = await stream.append(at, [{ bytes: Buffer.from(text), codec: 'none', rawBytes: text.length, logs: 1 }], ctx);
    writeSync(1, `${run} ${writer} ${number} ${cursor}\n`);
  }
}

await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(writer)));
