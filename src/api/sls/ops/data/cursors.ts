import type { LogstoreInfo } from '../../../../control/catalog.ts';
import { cursorNumber, cursorText } from '../../../../control/consumer-groups/cursor-text.ts';
import type { RunContext } from '../../../../core/context.ts';
import type { Cursor } from '../../../../stream/stream.ts';
import { json, type SlsOperation } from '../../operation.ts';
import { logstoreOf, shardOf } from '../../resources.ts';
import type { SlsServices } from '../../services.ts';
import { SlsError } from '../../sls-error.ts';

/** The number in a cursor of the wire. @throws SlsError ParameterInvalid */
export function cursorOf(text: string | undefined, name = 'cursor'): Cursor {
  const cursor = text === undefined ? null : cursorNumber(text);
  if (cursor === null) throw new SlsError('ParameterInvalid', `Invalid ${name} ${text ?? ''}`);
  return cursor;
}

const DAY_MS = 86_400_000;

/** The first group kept at all: in the stream, else in the store, which keeps a logstore for as long as its retention says. */
async function beginOf(logstore: LogstoreInfo, shard: number, sinceMs: number, services: SlsServices, ctx: RunContext): Promise<Cursor> {
  const at = { logstore: logstore.id, shard };
  const kept = await services.stream.cursorAt(at, { receivedMs: sinceMs }, ctx);
  const { begin } = await services.stream.bounds(at, ctx);
  // Only what lies before the stream's window can be in the store alone.
  if (kept > begin || services.oldPulls === null || begin === 0n) return kept;
  const old = await services.oldPulls.firstCursor(logstore, shard, sinceMs, ctx);
  return old !== null && old < begin ? old : kept;
}

export const getCursor: SlsOperation = {
  name: 'GetCursor',
  method: 'GET',
  path: '/logstores/{ls}/shards/{shard}',
  where: { type: ['cursor'] },
  host: 'project',
  action: 'log:GetCursorOrData',
  resource: 'project/{project}/logstore/{ls}',
  async handle(request, services, ctx) {
    const logstore = logstoreOf(request, services);
    const { shard } = shardOf(request, services, logstore);
    const from = request.query.get('from') ?? '';
    let cursor: Cursor;
    if (from === 'end') cursor = await services.stream.cursorAt({ logstore: logstore.id, shard }, 'end', ctx);
    else if (from === 'begin') cursor = await beginOf(logstore, shard, ctx.clock.nowMs() - logstore.ttlDays * DAY_MS, services, ctx);
    else if (/^\d{1,10}$/.test(from)) cursor = await beginOf(logstore, shard, Number(from) * 1000, services, ctx);
    else throw new SlsError('ParameterInvalid', `from ${from} is invalid, expected begin, end or Unix seconds`);
    return json({ cursor: cursorText(cursor) });
  },
};

export const getCursorTime: SlsOperation = {
  name: 'GetCursorTime',
  method: 'GET',
  path: '/logstores/{ls}/shards/{shard}',
  where: { type: ['cursor_time'] },
  host: 'project',
  action: 'log:GetCursorOrData',
  resource: 'project/{project}/logstore/{ls}',
  async handle(request, services, ctx) {
    const logstore = logstoreOf(request, services);
    const { shard } = shardOf(request, services, logstore);
    const cursor = cursorOf(request.query.get('cursor'));
    const at = { logstore: logstore.id, shard };
    const { begin } = await services.stream.bounds(at, ctx);
    // SDKs ask for the cursor before the first one there is and want to hear that it is none (sls-api §3.4).
    const old = cursor < begin ? await services.oldPulls?.receivedMsAt(logstore, shard, cursor, ctx) : null;
    const receivedMs = old ?? (await services.stream.receivedMsAt(at, cursor, ctx));
    return json({ cursor_time: Math.floor(receivedMs / 1000) });
  },
};
