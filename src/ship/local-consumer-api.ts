import type { Catalog, LogstoreInfo } from '../control/catalog.ts';
import type { ConsumerGroups } from '../control/consumer-groups/consumer-groups.ts';
import { decompress } from '../core/codec.ts';
import { SluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import type { StoreOldPulls } from '../index/old-pulls.ts';
import type { PullFilter } from '../query/queries.ts';
import type { ConsumerApi, PulledPage, RemoteCheckpoint, RemoteGroup, RemoteShard } from '../sources/sls/consumer-api.ts';
import type { Stream, StreamGroup, StreamPage } from '../stream/stream.ts';
import { cursorNumber, cursorText } from './cursor-text.ts';

export interface LocalParts {
  readonly catalog: Pick<Catalog, 'logstore' | 'shards'>;
  readonly groups: ConsumerGroups;
  readonly stream: Pick<Stream, 'read' | 'cursorAt' | 'receivedMsAt' | 'bounds'>;
  /** Null: a query is refused. */
  readonly pullFilter: PullFilter | null;
  /** Answers what the stream no longer keeps; absent: such a cursor is expired. */
  readonly oldPulls?: Pick<StoreOldPulls, 'readOld'>;
  /** Largest raw size of a page. */
  readonly pageBytes: number;
}

/** A consumer inside the server: the calls of the wire API without the wire. */
export class LocalConsumerApi implements ConsumerApi {
  readonly project: string;
  readonly target: string;
  readonly #parts: LocalParts;

  constructor(parts: LocalParts, project: string) {
    this.#parts = parts;
    this.project = project;
    this.target = `this server, project ${project}`;
  }

  listShards(logstore: string): Promise<readonly RemoteShard[]> {
    const { id } = this.#logstore(logstore);
    return Promise.resolve(this.#parts.catalog.shards(id).map(({ shard, status }) => ({ shardID: shard, status })));
  }

  async cursor(logstore: string, shard: number, from: string, ctx: RunContext): Promise<string> {
    const at = { logstore: this.#logstore(logstore).id, shard };
    const where = from === 'begin' || from === 'end' ? from : { receivedMs: Number(from) * 1000 };
    return cursorText(String(await this.#parts.stream.cursorAt(at, where, ctx)));
  }

  async cursorTime(logstore: string, shard: number, cursor: string, ctx: RunContext): Promise<number> {
    const at = { logstore: this.#logstore(logstore).id, shard };
    const place = placeOf(cursor);
    const { begin } = await this.#parts.stream.bounds(at, ctx);
    // The store tells no time of a cursor; when the first kept one came is the nearest that is known.
    if (place < begin && this.#parts.oldPulls !== undefined)
      return Math.floor((await this.#parts.stream.receivedMsAt(at, begin, ctx)) / 1000);
    if (place < begin)
      throw new SluiceError('stream.cursor_expired', `cursor ${place} is before ${begin}, the first one kept`, { begin: String(begin) });
    return Math.floor((await this.#parts.stream.receivedMsAt(at, place, ctx)) / 1000);
  }

  async pull(logstore: string, shard: number, cursor: string, count: number, query: string | null, ctx: RunContext): Promise<PulledPage> {
    const info = this.#logstore(logstore);
    const { pullFilter } = this.#parts;
    const page = await this.#page(info, shard, placeOf(cursor), count, ctx);
    const last = page.groups.at(-1);
    const answer = {
      next: cursorText(String(page.next)),
      atEnd: page.atEnd,
      cursorTimeSec: last === undefined ? 0 : Math.floor(last.receivedMs / 1000),
      wireBytes: page.groups.reduce((sum, group) => sum + group.bytes.length, 0),
    };
    if (query === null || page.groups.length === 0)
      return { ...answer, list: listOf(page.groups), groups: page.groups.length, linesRead: 0, linesKept: 0 };
    if (pullFilter === null)
      throw new SluiceError('query.refused', 'this server has no store to evaluate a query on a pull', { reason: 'no store' });
    const kept = await pullFilter.filter(query, info, shard, page, ctx);
    return {
      ...answer,
      list: listOf(kept.groups),
      groups: kept.groups.length,
      linesRead: kept.rawLines,
      linesKept: kept.resultLines,
    };
  }

  async listGroups(logstore: string, ctx: RunContext): Promise<readonly RemoteGroup[]> {
    const groups = await this.#parts.groups.list(this.#logstore(logstore), ctx);
    return groups.map((group) => ({ name: group.name, timeout: group.timeoutSec, order: group.inOrder }));
  }

  createGroup(logstore: string, group: string, timeoutSec: number, order: boolean, ctx: RunContext): Promise<void> {
    return this.#parts.groups.create(this.#logstore(logstore), group, timeoutSec, order, ctx);
  }

  updateGroup(logstore: string, group: string, timeoutSec: number, order: boolean, ctx: RunContext): Promise<void> {
    return this.#parts.groups.update(this.#logstore(logstore), group, { timeoutSec, inOrder: order }, ctx);
  }

  heartbeat(logstore: string, group: string, consumer: string, held: readonly number[], ctx: RunContext): Promise<readonly number[]> {
    return this.#parts.groups.heartbeat(this.#logstore(logstore), group, consumer, held, ctx);
  }

  saveCheckpoint(
    logstore: string,
    group: string,
    consumer: string,
    shard: number,
    checkpoint: string,
    force: boolean,
    ctx: RunContext,
  ): Promise<void> {
    return this.#parts.groups.saveCheckpoint(this.#logstore(logstore), group, { shard, checkpoint, consumer, force }, ctx);
  }

  checkpoints(logstore: string, group: string, ctx: RunContext): Promise<readonly RemoteCheckpoint[]> {
    return this.#parts.groups.checkpoints(this.#logstore(logstore), group, ctx);
  }

  /** From the stream, or from the store when the stream no longer has it: a task that was paused for days misses nothing. */
  async #page(info: LogstoreInfo, shard: number, from: bigint, count: number, ctx: RunContext): Promise<StreamPage> {
    const { stream, oldPulls, pageBytes } = this.#parts;
    const at = { logstore: info.id, shard };
    for (;;) {
      const { begin } = await stream.bounds(at, ctx);
      if (from < begin && oldPulls !== undefined)
        return await oldPulls.readOld(info, shard, from, begin, { groups: count, bytes: pageBytes }, ctx);
      try {
        return await stream.read(at, from, { groups: count, bytes: pageBytes, waitMs: 0 }, ctx);
      } catch (thrown) {
        // Trimmed since its bounds were asked for.
        const trimmed = thrown instanceof SluiceError && thrown.code === 'stream.cursor_expired';
        if (!trimmed || oldPulls === undefined) throw thrown;
      }
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #logstore(name: string): LogstoreInfo {
    const found = this.#parts.catalog.logstore(this.project, name);
    if (found === null)
      throw new SluiceError('request.not_found', `logstore ${this.project}/${name} does not exist`, { resource: 'logstore', name });
    return found;
  }
}

function placeOf(cursor: string): bigint {
  const place = cursorNumber(cursor);
  if (place === null) throw new SluiceError('stream.cursor_invalid', `cursor ${cursor} is not base64 of a number`, { cursor });
  return place;
}

/** The groups as one LogGroupList: field 1 of each, in order. */
function listOf(groups: readonly StreamGroup[]): Buffer {
  const list = Buffer.allocUnsafeSlow(groups.reduce((sum, group) => sum + group.rawBytes + 6, 0));
  let at = 0;
  for (const group of groups) {
    list[at++] = 0x0a;
    let length = group.rawBytes;
    for (; length > 0x7f; length >>>= 7) list[at++] = (length & 0x7f) | 0x80;
    list[at++] = length;
    list.set(decompress(group.codec, group.bytes, group.rawBytes), at);
    at += group.rawBytes;
  }
  return list.subarray(0, at);
}
