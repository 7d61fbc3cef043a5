import { createHash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Catalog, LogstoreInfo } from '../control/catalog.ts';
import { decompress, Scratch } from '../core/codec.ts';
import type { RunContext } from '../core/context.ts';
import { asSluiceError, SluiceError } from '../core/errors.ts';
import { decodeGroup } from '../core/group-reader.ts';
import type { RangeOutcome, RangeStep } from '../jobs/range-step.ts';
import type { LogTable } from '../store/log-table.ts';
import type { LogTables } from '../store/log-tables.ts';
import type { QueryLimits, Store } from '../store/store.ts';
import { shardKey, type Cursor, type ShardRange, type ShardRef, type Stream, type StreamGroup } from '../stream/stream.ts';
import { RowBuffer } from './row-buffer.ts';
import { RowWriter } from './row-writer.ts';

export interface IndexOptions {
  readonly stream: Pick<Stream, 'read'>;
  readonly store: Pick<Store, 'insert' | 'query'>;
  readonly tables: LogTables;
  readonly catalog: Pick<Catalog, 'logstoreById'>;
  /** Raw bytes of one insert: more gain little and hold the memory of the engine. */
  readonly batchBytes: number;
  /** Logstores written side by side: the engine's sessions for inserts. */
  readonly parallel: number;
}

/** Logs of one insert at most: the engine makes one block of it, so that the rows of a group come all or none. */
const MAX_ROWS = 500_000;
/** Bytes read and written at a stretch: some 10 ms, after which others get their turn. */
const PAGE_BYTES = 4 * 1024 * 1024;
const PAGE_GROUPS = 1000;
/** Buffers larger than this are not kept. */
const KEEP_BYTES = 64 * 1024 * 1024;
/** The engine's number for a table that does not exist. */
const UNKNOWN_TABLE = 60;

const LIMITS: QueryLimits = { maxSec: 60, maxMemoryBytes: 512 * 1024 * 1024, maxResultRows: 1_000_000 };

/** Groups of one shard, next to each other. */
interface Piece {
  readonly at: ShardRef;
  readonly from: Cursor;
  readonly groups: readonly StreamGroup[];
  /** Its rows may be in the store already. */
  readonly doubtful: boolean;
}

/** What of a logstore's ranges is done. */
interface Tally {
  readonly rowsIn: Map<ShardRange, number>;
  readonly rowsOut: Map<ShardRange, number>;
  unreadable: number;
}

/**
 * The step `index`: writes the logs of ranges into the tables of their logstores, one insert per logstore and some 24 MB.
 *
 * Exactly once: an insert carries a token made of its ranges, and the engine drops what it has seen. Ranges that may have been written before (the first after a start, and
 * those that failed) are looked up by identity first, and again afterwards; what is there is not written again, whatever batch it came in.
 */
export class IndexStep implements RangeStep {
  readonly name = 'index';
  readonly after = null;
  readonly #options: IndexOptions;
  readonly #writers = new Map<number, RowWriter>();
  readonly #buffers: RowBuffer[] = [];
  readonly #scratch = new Scratch();
  /** Shard → where the last range that is surely written ended. */
  readonly #written = new Map<string, Cursor>();

  #owns = false;

  constructor(options: IndexOptions) {
    this.#options = options;
  }

  /** True while this process is the one that indexes. */
  get owns(): boolean {
    return this.#owns;
  }

  async resume(own: boolean, ctx: RunContext): Promise<void> {
    this.#owns = own;
    this.#written.clear();
    await this.#options.tables.refresh(ctx);
  }

  /** Errors are in the outcomes: a logstore's fault stops no other. @throws aborted */
  async process(ranges: readonly ShardRange[], ctx: RunContext): Promise<readonly RangeOutcome[]> {
    const byLogstore = Map.groupBy(ranges, (range) => range.at.logstore);
    const outcomes = new Map<ShardRange, RangeOutcome>();
    const waiting = [...byLogstore];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        for (const outcome of await this.#logstore(next[0], next[1], ctx)) outcomes.set(outcome.range, outcome);
    };
    await Promise.all(Array.from({ length: Math.min(this.#options.parallel, waiting.length) }, work));
    return ranges.map((range) => outcomes.get(range) as RangeOutcome);
  }

  async #logstore(logstore: number, ranges: readonly ShardRange[], ctx: RunContext): Promise<readonly RangeOutcome[]> {
    const info = this.#options.catalog.logstoreById(logstore);
    if (info === null)
      return ranges.map((range) => ({ range, rowsIn: 0, rowsOut: 0, error: null, acknowledgement: 'the logstore was deleted' }));
    const tally: Tally = { rowsIn: new Map(), rowsOut: new Map(), unreadable: 0 };
    const done = new Set<ShardRange>();
    try {
      await this.#ranges(info, ranges, tally, done, ctx);
    } catch (thrown) {
      const error = asSluiceError(thrown);
      if (error.code === 'aborted' || ctx.signal.aborted) throw error;
      for (const { at } of ranges) this.#written.delete(shardKey(at));
      return ranges.map((range) => (done.has(range) ? this.#outcome(logstore, range, tally) : { ...failed(range), error }));
    }
    return ranges.map((range) => this.#outcome(logstore, range, tally));
  }

  #outcome(logstore: number, range: ShardRange, { rowsIn, rowsOut, unreadable }: Tally): RangeOutcome {
    const rows = rowsOut.get(range) ?? 0;
    const kept = unreadable === 0 ? '' : `, ${unreadable} groups of the batch were no log groups and are kept as bytes`;
    const acknowledgement = `store: logs_${logstore}, ${rows.toLocaleString('en')} rows${kept}`;
    return { range, rowsIn: rowsIn.get(range) ?? 0, rowsOut: rows, error: null, acknowledgement };
  }

  /** Reads the ranges and inserts whenever there is enough. What an insert holds depends on the ranges alone, so that it is the same when they come again. */
  async #ranges(info: LogstoreInfo, ranges: readonly ShardRange[], tally: Tally, done: Set<ShardRange>, ctx: RunContext): Promise<void> {
    let pieces: { readonly range: ShardRange; readonly piece: Piece }[] = [];
    let bytes = 0;
    let rows = 0;
    const insert = async (): Promise<void> => {
      if (pieces.length === 0) return;
      const written = await this.#insert(
        info,
        pieces.map(({ piece }) => piece),
        tally,
        ctx,
      );
      for (const [i, { range }] of pieces.entries()) tally.rowsOut.set(range, (tally.rowsOut.get(range) ?? 0) + (written[i] ?? 0));
      pieces = [];
      bytes = rows = 0;
    };
    const pageBytes = Math.min(PAGE_BYTES, this.#options.batchBytes);
    for (const range of ranges) {
      const doubtful = this.#written.get(shardKey(range.at)) !== range.from;
      for (let from = range.from; from < range.to;) {
        const groups = Math.min(PAGE_GROUPS, Number(range.to - from));
        const page = await this.#options.stream.read(range.at, from, { groups, bytes: pageBytes, waitMs: 0 }, ctx);
        if (page.groups.length === 0)
          throw new SluiceError('internal.unexpected', `shard ${shardKey(range.at)} ends at ${from}, within a range up to ${range.to}`);
        pieces.push({ range, piece: { at: range.at, from, groups: page.groups, doubtful } });
        let logs = 0;
        for (const group of page.groups) {
          bytes += group.rawBytes;
          logs += group.logs;
        }
        rows += logs;
        tally.rowsIn.set(range, (tally.rowsIn.get(range) ?? 0) + logs);
        from = page.next;
        if (bytes >= this.#options.batchBytes || rows >= MAX_ROWS) await insert();
      }
      // Those before it are in the store when an insert came in between.
      if (pieces.length === 0) for (const before of ranges.slice(0, ranges.indexOf(range) + 1)) done.add(before);
    }
    await insert();
    for (const range of ranges) {
      done.add(range);
      this.#written.set(shardKey(range.at), range.to);
    }
  }

  /** One insert; answers the rows of each piece that the store has now. */
  async #insert(info: LogstoreInfo, pieces: readonly Piece[], tally: Tally, ctx: RunContext): Promise<readonly number[]> {
    const { tables } = this.#options;
    if (tables.wantsSample(info.id)) this.#sample(info.id, pieces);
    const isNew = tables.table(info.id) === null;
    const table = await tables.ready(info, ctx);
    const writer = this.#writer(table);
    const out = this.#buffers.pop() ?? new RowBuffer();
    try {
      const token = tokenOf(table, pieces);
      const doubtful = isNew ? [] : pieces.filter((piece) => piece.doubtful);
      const there = await this.#there(table, doubtful, ctx);
      const written = await this.#write(out, writer, pieces, there, tally);
      if (out.rows > 0) await this.#send(info, table, writer, out, there.size === 0 ? token : `${token}-${digest([...there])}`, ctx);
      if (doubtful.length > 0 && out.rows > 0) {
        // A token that outlived its rows (a power cut) would have dropped them.
        const now = await this.#there(table, doubtful, ctx);
        await this.#write(out, writer, doubtful, now, null);
        if (out.rows > 0) await this.#send(info, table, writer, out, `${token}-again-${ctx.clock.nowMs()}`, ctx);
      }
      return written;
    } finally {
      if (out.bytes.length <= KEEP_BYTES) this.#buffers.push(out);
    }
  }

  async #send(info: LogstoreInfo, table: LogTable, writer: RowWriter, out: RowBuffer, token: string, ctx: RunContext): Promise<void> {
    const { store, tables } = this.#options;
    try {
      await store.insert(table.table, writer.columns, out.view(), token, ctx);
    } catch (thrown) {
      const error = asSluiceError(thrown);
      if (error.details['clickhouseCode'] !== UNKNOWN_TABLE) throw error;
      // The store was emptied or made anew.
      await tables.restore(info.id, ctx);
      await store.insert(table.table, writer.columns, out.view(), token, ctx);
    }
  }

  /** Writes the rows of all groups that are not there yet; answers rows per piece, those that are there included. */
  async #write(
    out: RowBuffer,
    writer: RowWriter,
    pieces: readonly Piece[],
    there: ReadonlyMap<string, number>,
    tally: Tally | null,
  ): Promise<readonly number[]> {
    out.begin();
    const written: number[] = [];
    for (const { at, from, groups } of pieces) {
      let rows = 0;
      let cursor = from;
      for (const group of groups) {
        const known = there.size === 0 ? undefined : there.get(`${shardKey(at)}:${cursor}`);
        if (known === undefined) {
          const before = out.rows;
          const readable = writer.write(
            out,
            at.shard,
            cursor,
            group.receivedMs,
            this.#scratch.decompress(group.codec, group.bytes, group.rawBytes),
          );
          if (!readable && tally !== null) tally.unreadable++;
          rows += out.rows - before;
        } else rows += known;
        cursor++;
      }
      written.push(rows);
      await breathe();
    }
    return written;
  }

  /** Groups of the pieces that have rows, and how many: `logstore/shard:cursor`. */
  async #there(table: LogTable, pieces: readonly Piece[], ctx: RunContext): Promise<ReadonlyMap<string, number>> {
    const there = new Map<string, number>();
    if (pieces.length === 0) return there;
    const tests = pieces.map(
      ({ at, from, groups }) => `(shard = ${at.shard} AND cursor >= ${from} AND cursor < ${from + BigInt(groups.length)})`,
    );
    const text = `SELECT shard, toString(cursor), toUInt32(count()) FROM ${table.table} WHERE ${tests.join(' OR ')} GROUP BY shard, cursor`;
    const answer = await this.#options.store.query({ text, params: {} }, 'background', LIMITS, ctx);
    for (const [shard, cursor, rows] of answer.rows)
      there.set(`${shardKey({ logstore: table.logstore, shard: Number(shard) })}:${String(cursor)}`, Number(rows));
    return there;
  }

  #writer(table: LogTable): RowWriter {
    const known = this.#writers.get(table.logstore);
    if (known?.version === table.version) return known;
    const writer = new RowWriter(table);
    this.#writers.set(table.logstore, writer);
    return writer;
  }

  /** Shows the first logs of a logstore to what decides about its columns. */
  #sample(logstore: number, pieces: readonly Piece[]): void {
    const sample = this.#options.tables.sample(logstore);
    for (const { groups } of pieces) {
      for (const group of groups) {
        if (sample.settled) return;
        let logs;
        try {
          logs = decodeGroup(decompress(group.codec, group.bytes, group.rawBytes)).logs;
        } catch (thrown) {
          // Said when it is written.
          if (asSluiceError(thrown).code === 'group.malformed') continue;
          throw thrown;
        }
        for (const log of logs) {
          sample.log();
          for (const key of Object.keys(log.fields)) sample.add(key, log.fields[key] ?? '');
        }
      }
    }
  }
}

function failed(range: ShardRange): Omit<RangeOutcome, 'error'> {
  return { range, rowsIn: 0, rowsOut: 0, acknowledgement: '' };
}

function tokenOf(table: LogTable, pieces: readonly Piece[]): string {
  return digest([table.table, ...pieces.map(({ at, from, groups }) => `${shardKey(at)}:${from}-${from + BigInt(groups.length)}`)]);
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(parts.join('|')).digest('hex').slice(0, 32);
}
