import { open, type Database, type RootDatabase } from 'lmdb';
import { mkdirSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunContext } from '../../core/context.ts';
import { SluiceError, asSluiceError } from '../../core/errors.ts';
import type { GroupBytes } from '../../core/log.ts';
import { shardKey, type Cursor, type ShardBounds, type ShardRef, type Stream, type StreamGroup, type StreamPage } from '../stream.ts';
import { Ballast } from './ballast.ts';
import { lockDirectory, type DirectoryLock } from './directory-lock.ts';
import {
  GROUP_HEADER_BYTES,
  decodeShard,
  decodeStored,
  encodeGroup,
  encodeShard,
  groupKey,
  secondKey,
  shardRecordKey,
  storedRawBytes,
  storedReceivedMs,
  type ShardRecord,
} from './layout.ts';

export interface LmdbStreamOptions {
  /** Folder of the environment; made when absent, owned by this process alone. */
  readonly path: string;
  /** Address space of the memory map. */
  readonly mapBytes: number;
  /** How long a commit gathers appends when the disk is idle, ms. */
  readonly commitWaitMs: number;
  /** Appends are refused when the disk has less free than this beyond what they need: trimming needs a few pages to make room again. */
  readonly reserveBytes: number;
}

/** A commit takes at most this much, so that one transaction's dirty pages and its time stay bounded. */
const COMMIT_BYTES = 64 * 1024 * 1024;
/** Free pages of the file that are not counted on: trees, lists and cuttings. */
const SPARE_BYTES = 16 * 1024 * 1024;
/** Groups dropped per transaction: appends wait that long at most (some 10 ms). */
const TRIM_GROUPS = 512;
/** Room that a trimming transaction may need: the pages of the trees it changes. */
const TRIM_BYTES = 2 * 1024 * 1024;

interface Shard {
  readonly at: ShardRef;
  readonly key: string;
  record: ShardRecord;
  /** Readers waiting for the next group; called once. */
  readonly waiters: Set<() => void>;
}

interface Append {
  readonly shard: Shard;
  readonly groups: readonly GroupBytes[];
  readonly bytes: number;
  readonly resolve: (first: Cursor) => void;
  readonly reject: (error: SluiceError) => void;
}

/**
 * The stream in one lmdb environment. Appends that arrive while the disk works are committed together; each is answered when its transaction is synced.
 * Commits run one after another: cursors are given out just before the commit, so a failed one (full disk) takes back nothing and leaves no hole.
 * lmdb's overlapping sync is off: it shows a transaction before the disk has it, and with one commit at a time it gains nothing (both 1,500 MB/s per core).
 */
export class LmdbStream implements Stream {
  readonly #options: LmdbStreamOptions;
  readonly #lock: DirectoryLock;
  readonly #ballast: Ballast;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #groups: Database<Buffer, Buffer>;
  readonly #records: Database<Buffer, Buffer>;
  readonly #seconds: Database<Buffer, Buffer>;
  readonly #shards = new Map<string, Shard>();
  readonly #tombstones = new Map<string, { readonly at: ShardRef; record: ShardRecord }>();
  readonly #changeWaiters = new Set<{ readonly known: ReadonlyMap<string, Cursor>; readonly wake: () => void }>();
  #queue: Append[] = [];
  #committing = false;
  /** Tail of everything that writes. */
  #writes: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;

  private constructor(options: LmdbStreamOptions, lock: DirectoryLock) {
    this.#options = options;
    this.#lock = lock;
    this.#ballast = new Ballast(join(options.path, 'ballast'));
    const binary = { keyEncoding: 'binary', encoding: 'binary' } as const;
    this.#root = open<Buffer, Buffer>({
      path: options.path,
      mapSize: options.mapBytes,
      maxDbs: 4,
      overlappingSync: false,
      // Without it lmdb ends transactions on its own terms and leaves rejected promises nobody holds when the disk is full.
      eventTurnBatching: false,
      noMemInit: true,
      ...binary,
    } as Parameters<typeof open<Buffer, Buffer>>[0]);
    this.#groups = this.#root.openDB('groups', binary);
    this.#records = this.#root.openDB('shards', binary);
    this.#seconds = this.#root.openDB('seconds', binary);
    for (const { key, value } of this.#records.getRange({})) {
      const at = { logstore: key.readUInt32BE(0), shard: key.readUInt32BE(4) };
      const record = decodeShard(value);
      if (record.deleted) this.#tombstones.set(shardKey(at), { at, record });
      else this.#shards.set(shardKey(at), { at, key: shardKey(at), record, waiters: new Set() });
    }
  }

  /** Opens or makes the environment. @throws config.data_dir_in_use */
  static async open(options: LmdbStreamOptions, ctx: RunContext): Promise<LmdbStream> {
    mkdirSync(options.path, { recursive: true });
    const lock = lockDirectory(options.path);
    let stream: LmdbStream;
    try {
      stream = new LmdbStream(options, lock);
    } catch (thrown) {
      lock.release();
      throw thrown;
    }
    await stream.#ballast.keep((await stream.#freeBytes()) - options.reserveBytes);
    // A process that ended in the middle of a deletion: finish it.
    for (const key of stream.#tombstones.keys()) await stream.#sweep(key, ctx);
    return stream;
  }

  /** Stored bytes of all shards, for the retention by size and for metrics. */
  storedBytes(): number {
    let bytes = 0;
    for (const shard of this.#shards.values()) bytes += shard.record.bytes;
    return bytes;
  }

  async createShard(at: ShardRef, ctx: RunContext): Promise<void> {
    await this.#write(async () => {
      const key = shardKey(at);
      if (this.#shards.has(key)) return;
      // Nanoseconds of now: cursors of a shard made again start above everything the old one gave out, as SLS's do; a clock set back is caught by the tombstone.
      const fromClock = BigInt(Math.trunc(ctx.clock.nowMs())) * 1_000_000n;
      const old = this.#tombstones.get(key)?.record.end ?? 0n;
      const base = fromClock > old ? fromClock : old + 1n;
      const record: ShardRecord = { deleted: false, begin: base, end: base, bytes: 0, lastMs: 0 };
      await this.#commit(() => void this.#records.put(shardRecordKey(at), encodeShard(record)));
      this.#tombstones.delete(key);
      this.#shards.set(key, { at, key, record, waiters: new Set() });
    });
  }

  async deleteShard(at: ShardRef, ctx: RunContext): Promise<void> {
    const key = shardKey(at);
    await this.#write(async () => {
      const shard = this.#shards.get(key);
      if (shard === undefined) return;
      const record: ShardRecord = { ...shard.record, deleted: true };
      await this.#commit(() => void this.#records.put(shardRecordKey(at), encodeShard(record)));
      this.#shards.delete(key);
      this.#tombstones.set(key, { at, record });
      wakeAll(shard);
    });
    await this.#sweep(key, ctx);
  }

  append(at: ShardRef, groups: readonly GroupBytes[], ctx: RunContext): Promise<Cursor> {
    if (this.#closing !== null) return Promise.reject(closed());
    const shard = this.#shards.get(shardKey(at));
    if (shard === undefined) return Promise.reject(missing(at));
    if (groups.length === 0) return Promise.resolve(shard.record.end);
    let bytes = 0;
    for (const group of groups) bytes += group.bytes.byteLength + GROUP_HEADER_BYTES;
    return new Promise((resolve, reject) => {
      this.#queue.push({ shard, groups, bytes, resolve, reject });
      if (!this.#committing) {
        this.#committing = true;
        void this.#drain(ctx);
      }
    });
  }

  async read(
    at: ShardRef,
    from: Cursor,
    max: { readonly groups: number; readonly bytes: number; readonly waitMs: number },
    ctx: RunContext,
  ): Promise<StreamPage> {
    let shard = this.#shard(at);
    if (from === shard.record.end && max.waitMs > 0) {
      await waitUntil(
        (wake) => {
          shard.waiters.add(wake);
          return () => shard.waiters.delete(wake);
        },
        max.waitMs,
        ctx,
      );
      shard = this.#shard(at);
    }
    const { begin, end } = shard.record;
    if (from > end) throw beyondEnd(at, from, end);
    if (from < begin) throw expired(at, from, begin);
    const groups: StreamGroup[] = [];
    const limit = Math.max(1, max.groups);
    let cursor = from;
    let bytes = 0;
    while (cursor < end && groups.length < limit) {
      const value = this.#groups.getBinary(groupKey(at, cursor));
      if (value === undefined) throw lost(at, cursor);
      bytes += storedRawBytes(value);
      if (groups.length > 0 && bytes > max.bytes) break;
      groups.push(decodeStored(value));
      cursor++;
    }
    return { first: from, groups, next: cursor, atEnd: cursor === end };
  }

  async cursorAt(at: ShardRef, where: 'begin' | 'end' | { readonly receivedMs: number }, _ctx: RunContext): Promise<Cursor> {
    const { begin, end } = this.#shard(at).record;
    if (where === 'begin') return begin;
    if (where === 'end') return end;
    const ms = where.receivedMs;
    const second = Math.floor(ms / 1000);
    let cursor = end;
    for (const { value } of this.#seconds.getRange({ start: secondKey(at, second), end: secondKey(at, 0xffff_ffff), limit: 1 })) {
      cursor = value.readBigUInt64LE(0);
    }
    if (cursor < begin) cursor = begin;
    // The index is exact for whole seconds; within one, look.
    while (ms > second * 1000 && cursor < end && this.#receivedMs(at, cursor) < ms) cursor++;
    return cursor;
  }

  async receivedMsAt(at: ShardRef, cursor: Cursor, ctx: RunContext): Promise<number> {
    const { begin, end } = this.#shard(at).record;
    if (cursor > end) throw beyondEnd(at, cursor, end);
    if (cursor < begin) throw expired(at, cursor, begin);
    if (cursor < end) return this.#receivedMs(at, cursor);
    return begin === end ? ctx.clock.nowMs() : this.#receivedMs(at, end - 1n);
  }

  async bounds(at: ShardRef, _ctx: RunContext): Promise<ShardBounds> {
    const { begin, end, bytes } = this.#shard(at).record;
    return { begin, end, bytes };
  }

  async trim(at: ShardRef, before: Cursor, _ctx: RunContext): Promise<void> {
    for (;;) {
      const more = await this.#write(async () => {
        const shard = this.#shard(at);
        const record = await this.#drop(at, shard.record, before);
        shard.record = record;
        return record.begin < before && record.begin < record.end;
      });
      if (!more) return;
    }
  }

  async changed(known: ReadonlyMap<string, Cursor>, waitMs: number, ctx: RunContext): Promise<readonly ShardRef[]> {
    const grown = (): ShardRef[] => {
      const found: ShardRef[] = [];
      for (const [key, cursor] of known) {
        const shard = this.#shards.get(key);
        if (shard !== undefined && shard.record.end > cursor) found.push(shard.at);
      }
      return found;
    };
    const now = grown();
    if (now.length > 0 || waitMs <= 0) return now;
    await waitUntil(
      (wake) => {
        const waiter = { known, wake };
        this.#changeWaiters.add(waiter);
        return () => this.#changeWaiters.delete(waiter);
      },
      waitMs,
      ctx,
    );
    return grown();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // Appends already queued are answered first; new ones are refused from here on.
    while (this.#committing) await pause(1);
    await this.#writes;
    for (const shard of this.#shards.values()) wakeAll(shard);
    for (const waiter of this.#changeWaiters) waiter.wake();
    await this.#root.close();
    this.#lock.release();
  }

  /** Commits what is queued until nothing is. Never throws: each append gets its answer. */
  async #drain(ctx: RunContext): Promise<void> {
    // A real pause, not the context's clock: it is about the disk, no behaviour depends on it.
    if (this.#options.commitWaitMs > 0 && this.#queue.length < 64) await pause(this.#options.commitWaitMs);
    while (this.#queue.length > 0) {
      let bytes = 0;
      let count = 0;
      for (const append of this.#queue) {
        if (count > 0 && bytes + append.bytes > COMMIT_BYTES) break;
        bytes += append.bytes;
        count++;
      }
      const batch = this.#queue.slice(0, count);
      this.#queue = this.#queue.slice(count);
      try {
        await this.#write(() => this.#commitAppends(batch, bytes, ctx));
      } catch (thrown) {
        const error = asSluiceError(thrown);
        for (const append of batch) append.reject(error);
      }
    }
    this.#committing = false;
  }

  async #commitAppends(batch: readonly Append[], bytes: number, ctx: RunContext): Promise<void> {
    await this.#checkSpace(bytes);
    const nowMs = ctx.clock.nowMs();
    const firsts: (Cursor | null)[] = [];
    const next = new Map<Shard, ShardRecord>();
    await this.#commit(() => {
      for (const { shard, groups, bytes } of batch) {
        // Deleted while the append waited.
        if (this.#shards.get(shard.key) !== shard) {
          firsts.push(null);
          continue;
        }
        const record = next.get(shard) ?? shard.record;
        const receivedMs = Math.max(nowMs, record.lastMs);
        const second = Math.floor(receivedMs / 1000);
        if (record.lastMs === 0 || Math.floor(record.lastMs / 1000) < second) {
          const first = Buffer.allocUnsafe(8);
          first.writeBigUInt64LE(record.end, 0);
          void this.#seconds.put(secondKey(shard.at, second), first);
        }
        let cursor = record.end;
        for (const group of groups) void this.#groups.put(groupKey(shard.at, cursor++), encodeGroup(group, receivedMs));
        firsts.push(record.end);
        next.set(shard, { ...record, end: cursor, bytes: record.bytes + bytes, lastMs: receivedMs });
      }
      for (const [shard, record] of next) void this.#records.put(shardRecordKey(shard.at), encodeShard(record));
    });
    for (const [shard, record] of next) shard.record = record;
    for (const [i, append] of batch.entries()) {
      const first = firsts[i];
      if (first === undefined || first === null) append.reject(missing(append.shard.at));
      else append.resolve(first);
    }
    for (const shard of next.keys()) {
      wakeAll(shard);
      for (const waiter of this.#changeWaiters) if (waiter.known.has(shard.key)) waiter.wake();
    }
  }

  /** Removes groups before `before`, at most TRIM_GROUPS of them, and answers the record after that. */
  async #drop(at: ShardRef, record: ShardRecord, before: Cursor): Promise<ShardRecord> {
    const stop = before < record.end ? before : record.end;
    if (stop <= record.begin) return record;
    const last = stop - record.begin > BigInt(TRIM_GROUPS) ? record.begin + BigInt(TRIM_GROUPS) : stop;
    let bytes = record.bytes;
    const keys: Buffer[] = [];
    for (let cursor = record.begin; cursor < last; cursor++) {
      const key = groupKey(at, cursor);
      const value = this.#groups.getBinaryFast(key);
      if (value !== undefined) bytes -= value.length;
      keys.push(key);
    }
    const left: ShardRecord = { ...record, begin: last, bytes };
    const second = last < record.end ? Math.floor(this.#receivedMs(at, last) / 1000) : 0xffff_ffff;
    const seconds = [...this.#seconds.getKeys({ start: secondKey(at, 0), end: secondKey(at, second), limit: TRIM_GROUPS })];
    const remove = (): void => {
      for (const key of keys) void this.#groups.remove(key);
      for (const key of seconds) void this.#seconds.remove(key);
      void this.#records.put(shardRecordKey(at), encodeShard(left));
    };
    // Not tried first: lmdb that runs out of room within a commit reads freed buffers and can end the process.
    if ((await this.#freeBytes()) < TRIM_BYTES) await this.#ballast.drop();
    try {
      await this.#commit(remove);
    } catch (thrown) {
      const full = thrown instanceof SluiceError && thrown.code === 'stream.full';
      if (!full || !(await this.#ballast.drop())) throw thrown;
      await this.#commit(remove);
    }
    await this.#ballast.keep((await this.#freeBytes()) - this.#options.reserveBytes);
    return left;
  }

  /** Removes the data of a deleted shard. */
  async #sweep(key: string, _ctx: RunContext): Promise<void> {
    for (;;) {
      const more = await this.#write(async () => {
        const dead = this.#tombstones.get(key);
        if (dead === undefined || dead.record.begin >= dead.record.end) return false;
        dead.record = await this.#drop(dead.at, dead.record, dead.record.end);
        return true;
      });
      if (!more) return;
    }
  }

  /** Runs `work` after all writes before it. */
  #write<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#writes.then(work);
    this.#writes = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** One transaction, on disk when it resolves. @throws stream.full stream.failed */
  async #commit(puts: () => void): Promise<void> {
    try {
      await this.#root.batch(puts);
    } catch (thrown) {
      // lmdb hands the cause as a promise that rejects; nobody else listens to it.
      const cause: unknown = await Promise.resolve((thrown as { commitError?: unknown }).commitError).catch((error: unknown) => error);
      const reason = cause instanceof Error ? cause.message : thrown instanceof Error ? thrown.message : String(thrown);
      if (/MDB_MAP_FULL|no space/i.test(reason) || (await this.#freeBytes()) < this.#options.reserveBytes + COMMIT_BYTES) {
        throw full(this.#options.path, reason);
      }
      throw new SluiceError(
        'stream.failed',
        `the disk of the stream at ${this.#options.path} refused a write: ${reason}`,
        {},
        { cause: thrown },
      );
    }
  }

  /** lmdb reports a full disk as an input/output error after the fact; asking first is clearer and keeps the reserve for trimming. */
  async #checkSpace(bytes: number): Promise<void> {
    // Pages that trimming gave back are used before the file grows. Twice, because a group needs pages that lie side by side.
    const inside = (await stat(join(this.#options.path, 'data.mdb'))).size - this.storedBytes() * 1.02;
    if (inside > bytes * 2 + SPARE_BYTES) return;
    const free = await this.#freeBytes();
    if (free < this.#options.reserveBytes + bytes) {
      throw full(this.#options.path, `${free} bytes are free, ${bytes} and a reserve of ${this.#options.reserveBytes} are needed`);
    }
  }

  async #freeBytes(): Promise<number> {
    const disk = await statfs(this.#options.path);
    return disk.bavail * disk.bsize;
  }

  #receivedMs(at: ShardRef, cursor: Cursor): number {
    const value = this.#groups.getBinaryFast(groupKey(at, cursor));
    if (value === undefined) throw lost(at, cursor);
    return storedReceivedMs(value);
  }

  #shard(at: ShardRef): Shard {
    if (this.#closing !== null) throw closed();
    const shard = this.#shards.get(shardKey(at));
    if (shard === undefined) throw missing(at);
    return shard;
  }
}

function wakeAll(shard: Shard): void {
  // A copy: a waiter that wakes may wait again at once.
  const waiting = Array.from(shard.waiters);
  for (const wake of waiting) wake();
}

/** Waits for `wake`, for the time, or for the end of the caller, whichever comes first. @throws aborted */
async function waitUntil(listen: (wake: () => void) => () => void, waitMs: number, ctx: RunContext): Promise<void> {
  const enough = new AbortController();
  const signal = AbortSignal.any([ctx.signal, enough.signal]);
  let stop: () => void = () => undefined;
  try {
    const woken = new Promise<void>((resolve) => {
      stop = listen(resolve);
    });
    await Promise.race([woken, ctx.clock.sleep(waitMs, signal)]);
  } finally {
    stop();
    enough.abort();
  }
}

function missing(at: ShardRef): SluiceError {
  return new SluiceError('stream.shard_missing', `shard ${at.shard} of logstore ${at.logstore} does not exist`, { ...at });
}

function expired(at: ShardRef, cursor: Cursor, begin: Cursor): SluiceError {
  return new SluiceError('stream.cursor_expired', `cursor ${cursor} of shard ${shardKey(at)} is older than the first one kept, ${begin}`, {
    ...at,
    cursor: String(cursor),
    begin: String(begin),
  });
}

function beyondEnd(at: ShardRef, cursor: Cursor, end: Cursor): SluiceError {
  return new SluiceError('stream.cursor_invalid', `cursor ${cursor} of shard ${shardKey(at)} lies beyond its end, ${end}`, {
    ...at,
    cursor: String(cursor),
    end: String(end),
  });
}

function lost(at: ShardRef, cursor: Cursor): SluiceError {
  return new SluiceError(
    'internal.unexpected',
    `group ${cursor} of shard ${shardKey(at)} is within the shard's bounds and not in the stream`,
  );
}

function full(path: string, reason: string): SluiceError {
  return new SluiceError('stream.full', `the disk of the stream at ${path} is full: ${reason}`, { path });
}

function closed(): SluiceError {
  return new SluiceError('stream.closed', 'the stream is closed');
}
