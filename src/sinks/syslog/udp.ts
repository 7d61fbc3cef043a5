import type { Socket } from 'node:dgram';
import { SluiceError } from '../../core/errors.ts';
import type { RunContext } from '../../core/context.ts';
import { stageOf } from '../../sources/sls/sls-client.ts';
import type { Delivery, RecordBatch } from '../batch.ts';

/** Datagrams handed over between two looks at the clock. */
const BURST = 100;

/** Sends each record as a datagram, no faster than the receiver's buffer can be emptied. UDP confirms nothing: delivered means handed to the network. */
export async function sendDatagrams(
  socket: Socket,
  batch: RecordBatch,
  perSec: number,
  target: string,
  ctx: RunContext,
): Promise<Delivery> {
  const refusals = new Map<number, SluiceError>();
  const startedMs = ctx.clock.elapsedMs();
  for (let from = 0; from < batch.count; from += BURST) {
    const until = Math.min(batch.count, from + BURST);
    const sends: Promise<void>[] = [];
    for (let record = from; record < until; record++) sends.push(sendOne(socket, batch, record, refusals, target));
    await Promise.all(sends);
    const aheadMs = (until / perSec) * 1000 - (ctx.clock.elapsedMs() - startedMs);
    if (aheadMs >= 1) await ctx.clock.sleep(aheadMs, ctx.signal);
  }
  const acknowledgement = `${batch.count - refusals.size} datagrams handed to the network, not confirmed`;
  if (refusals.size === 0) return { outcome: null, refusals, acknowledgement };
  const outcome = new Uint8Array(batch.count).fill(1);
  for (const record of refusals.keys()) outcome[record] = 2;
  return { outcome, refusals, acknowledgement };
}

function sendOne(socket: Socket, batch: RecordBatch, record: number, refusals: Map<number, SluiceError>, target: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(batch.record(record), (error) => {
      if (error === null) return resolve();
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EMSGSIZE') {
        const bytes = batch.record(record).length;
        refusals.set(
          record,
          new SluiceError('sink.rejected', `a message of ${bytes} bytes does not fit into a datagram`, { target, bytes }),
        );
        return resolve();
      }
      return reject(
        new SluiceError('sink.unreachable', `${target}: ${error.message}`, { stage: stageOf(error), target }, { cause: error }),
      );
    });
  });
}
