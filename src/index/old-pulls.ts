import type { OldPulls } from '../api/sls/services.ts';
import type { LogstoreInfo } from '../control/catalog.ts';
import type { RunContext } from '../core/context.ts';
import { asSluiceError, SluiceError } from '../core/errors.ts';
import { retainedExpr, type LogTable } from '../store/log-table.ts';
import type { QueryLimits, Store } from '../store/store.ts';
import { shardKey, type Cursor, type ShardRef, type StreamPage } from '../stream/stream.ts';
import { GroupRebuilder, rebuildColumns, type RebuiltGroup } from './rebuild.ts';

export interface OldPullOptions {
  readonly store: Pick<Store, 'bytes' | 'query'>;
  /** Null: no log of the logstore is in the store. */
  readonly tables: { table(logstore: number): LogTable | null };
  /** Rows of one read: a query costs some 14 ms however small, so 1,000 rows at a time are twenty times slower than 100,000. */
  readonly windowRows: number;
  /** Rebuilt groups kept for those who pull them, all together. */
  readonly cacheBytes: number;
  readonly limits: Pick<QueryLimits, 'maxSec' | 'maxMemoryBytes'>;
}

/** A group of this many logs fills a window: a LogGroup holds at most 40,960, one of a source perhaps more. */
const MAX_WINDOW_ROWS = 8_000_000;

/** Groups of a shard with cursors in [from, to): all there are. */
interface Window {
  readonly from: Cursor;
  readonly to: Cursor;
  readonly groups: readonly RebuiltGroup[];
  readonly bytes: number;
}

/**
 * Pulls older than the stream's window, from the store in the order of identity (design D6). What one pull read is kept for the next, and the window behind it is read
 * ahead, so that a consumer that goes through history waits for the store once.
 */
export class StoreOldPulls implements OldPulls {
  readonly #options: OldPullOptions;
  /** By shard and begin, the least recently used first. */
  readonly #windows = new Map<string, Window>();
  readonly #loading = new Map<string, Promise<Window>>();
  #bytes = 0;

  constructor(options: OldPullOptions) {
    this.#options = options;
  }

  async readOld(
    logstore: LogstoreInfo,
    shard: number,
    from: Cursor,
    until: Cursor,
    max: { readonly groups: number; readonly bytes: number },
    ctx: RunContext,
  ): Promise<StreamPage> {
    const at = { logstore: logstore.id, shard };
    const window = this.#find(at, from) ?? (await this.#load(logstore, at, from, until, ctx));
    if (window.to < until && this.#find(at, window.to) === null) this.#ahead(logstore, at, window.to, until, ctx);
    const start = firstFrom(window.groups, from);
    const first = window.groups[start]?.cursor ?? window.to;
    let bytes = 0;
    let end = start;
    // Groups of a page have consecutive cursors; one that no longer exists ends it.
    for (let group = window.groups[end]; group !== undefined; group = window.groups[++end]) {
      if (group.cursor !== first + BigInt(end - start) || end - start >= Math.max(1, max.groups)) break;
      bytes += group.bytes.length;
      if (end > start && bytes > max.bytes) break;
    }
    const groups = window.groups
      .slice(start, end)
      .map(({ bytes, logs, receivedMs }) => ({ bytes, codec: 'none' as const, rawBytes: bytes.length, logs, receivedMs }));
    return {
      first: groups.length === 0 ? from : first,
      groups,
      next: end === window.groups.length ? window.to : first + BigInt(groups.length),
      atEnd: false,
    };
  }

  async firstCursor(logstore: LogstoreInfo, shard: number, sinceMs: number, ctx: RunContext): Promise<Cursor | null> {
    const found = await this.#lookUp(
      logstore,
      shard,
      'min(cursor)',
      'received >= fromUnixTimestamp64Milli({since:Int64})',
      { since: sinceMs },
      ctx,
    );
    return found === null ? null : BigInt(found);
  }

  async receivedMsAt(logstore: LogstoreInfo, shard: number, cursor: Cursor, ctx: RunContext): Promise<number | null> {
    const value = 'min(toUnixTimestamp64Milli(received))';
    const found = await this.#lookUp(logstore, shard, value, 'cursor = {cursor:UInt64}', { cursor: String(cursor) }, ctx);
    return found === null ? null : Number(found);
  }

  /** One number about the kept rows of a shard that meet the condition; null: there are none. */
  async #lookUp(
    logstore: LogstoreInfo,
    shard: number,
    value: string,
    condition: string,
    params: Readonly<Record<string, unknown>>,
    ctx: RunContext,
  ): Promise<string | null> {
    const table = this.#options.tables.table(logstore.id);
    if (table === null) return null;
    const retained = retainedExpr(logstore.ttlDays, ctx.clock.nowMs());
    const where = `shard = {shard:UInt32} AND ${condition}${retained === null ? '' : ` AND ${retained}`}`;
    const sql = { text: `SELECT count(), ${value} FROM ${table.table} WHERE ${where}`, params: { ...params, shard } };
    const limits: QueryLimits = { ...this.#options.limits, maxResultRows: 1 };
    const [row] = (await this.#options.store.query(sql, 'people', limits, ctx)).rows;
    return row === undefined || String(row[0]) === '0' ? null : String(row[1]);
  }

  #find(at: ShardRef, from: Cursor): Window | null {
    const prefix = `${shardKey(at)}:`;
    for (const [key, window] of this.#windows) {
      if (!key.startsWith(prefix) || window.from > from || window.to <= from) continue;
      this.#windows.delete(key);
      this.#windows.set(key, window);
      return window;
    }
    return null;
  }

  /** Reads a window unless somebody does already. */
  #load(logstore: LogstoreInfo, at: ShardRef, from: Cursor, until: Cursor, ctx: RunContext): Promise<Window> {
    const key = `${shardKey(at)}:${from}`;
    const running = this.#loading.get(key);
    if (running !== undefined) return running;
    const loading = this.#read(logstore, at, from, until, this.#options.windowRows, ctx).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading.then((window) => {
      this.#keep(key, window);
      return window;
    });
  }

  /** Nobody waits for it: a failure is met again, and said, by who needs the window. */
  #ahead(logstore: LogstoreInfo, at: ShardRef, from: Cursor, until: Cursor, ctx: RunContext): void {
    // The pull may be over, and its signal fired, before the window has come.
    this.#load(logstore, at, from, until, { ...ctx, signal: new AbortController().signal }).catch((thrown: unknown) => {
      ctx.log.debug(
        { logstore: at.logstore, shard: at.shard, error: asSluiceError(thrown).message },
        'reading ahead of an old pull failed',
      );
    });
  }

  #keep(key: string, window: Window): void {
    const before = this.#windows.get(key);
    if (before !== undefined) this.#bytes -= before.bytes;
    this.#windows.set(key, window);
    this.#bytes += window.bytes;
    for (const [oldest, { bytes }] of this.#windows) {
      if (this.#bytes <= this.#options.cacheBytes || oldest === key) break;
      this.#windows.delete(oldest);
      this.#bytes -= bytes;
    }
  }

  async #read(logstore: LogstoreInfo, at: ShardRef, from: Cursor, until: Cursor, rows: number, ctx: RunContext): Promise<Window> {
    const table = this.#options.tables.table(logstore.id);
    if (table === null || from >= until) return { from, to: until, groups: [], bytes: 0 };
    const columns = rebuildColumns(table);
    const retained = retainedExpr(logstore.ttlDays, ctx.clock.nowMs());
    const sql = {
      text: `SELECT ${columns.join(', ')} FROM ${table.table} WHERE shard = {shard:UInt32} AND cursor >= {from:UInt64} AND cursor < {until:UInt64}${
        retained === null ? '' : ` AND ${retained}`
      } ORDER BY shard, cursor, idx LIMIT {rows:UInt64}`,
      params: { shard: at.shard, from: String(from), until: String(until), rows },
    };
    const chunks: Uint8Array[] = [];
    const limits: QueryLimits = { ...this.#options.limits, maxResultRows: rows, overflow: 'throw' };
    for await (const chunk of this.#options.store.bytes(sql, 'RowBinary', 'background', limits, ctx)) chunks.push(chunk);
    const groups = new GroupRebuilder(table, columns).groups(Buffer.concat(chunks));
    const read = groups.reduce((sum, group) => sum + group.logs, 0);
    let whole = groups;
    let to = until;
    const last = groups.at(-1);
    if (read >= rows && last !== undefined) {
      // The last one may have been cut off.
      whole = groups.slice(0, -1);
      to = last.cursor;
      if (whole.length === 0) {
        if (rows >= MAX_WINDOW_ROWS)
          throw new SluiceError('internal.unexpected', `group ${last.cursor} of shard ${shardKey(at)} has more than ${rows} logs`);
        return await this.#read(logstore, at, from, until, rows * 2, ctx);
      }
    }
    return { from, to, groups: whole, bytes: whole.reduce((sum, group) => sum + group.bytes.length, 0) };
  }
}

/** Index of the first group at or after a cursor. */
function firstFrom(groups: readonly RebuiltGroup[], from: Cursor): number {
  let low = 0;
  let high = groups.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((groups[middle] as RebuiltGroup).cursor < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
