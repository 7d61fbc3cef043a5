import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { ClickHouseError, type ClickHouseClient, type ClickHouseSettings } from '@clickhouse/client';
import type { RunContext } from '../../core/context.ts';
import { SluiceError } from '../../core/errors.ts';
import { LaneGate, type LaneWidths } from '../lane-gate.ts';
import type { CompiledSql, Lane, QueryLimits, QueryResult, Store } from '../store.ts';
import { answerBytes, EXCEPTION_TAG, parseJson, rowBlocks } from './answer-body.ts';
import { engineCode, storeError, type Asked } from './store-error.ts';

/** Where the engine is: all that differs between the embedded one and a server. */
export interface Connection {
  /** The client of the engine as it runs now. @throws store.unavailable while it is starting again */
  client(): ClickHouseClient;
  close(): Promise<void>;
}

export interface HttpStoreOptions {
  readonly connection: Connection;
  /** How many statements run at once in each lane. */
  readonly lanes: LaneWidths;
}

interface Answered {
  readonly body: AsyncIterable<Buffer>;
  readonly summary: Readonly<Record<string, string>>;
}

/** Inserts have no time limit of their own: a batch takes under a second, and an engine that hangs is found by this. */
const INSERT_LIMITS: QueryLimits = { maxSec: 300, maxMemoryBytes: 0, maxResultRows: 0 };

/**
 * The store over the HTTP interface of ClickHouse, embedded or a server. Each statement carries a mark (`log_comment`); when its caller gives up, the mark finds and kills it on
 * the engine, and only then its place in the lane is free again.
 */
export class HttpStore implements Store {
  readonly #connection: Connection;
  readonly #lanes: LaneGate;

  constructor(options: HttpStoreOptions) {
    this.#connection = options.connection;
    this.#lanes = new LaneGate(options.lanes);
  }

  async insert(table: string, columns: readonly string[], rows: Uint8Array, token: string, ctx: RunContext): Promise<void> {
    const query = `INSERT INTO ${table} (${columns.join(', ')}) FORMAT RowBinary`;
    const settings = { insert_deduplicate: 1, insert_deduplication_token: token, async_insert: 0 };
    await this.#run({ kind: 'insert', limits: INSERT_LIMITS }, 'insert', ctx, async (mark, signal) => {
      // Pieces, because a string would be copied and a whole body of 24 MB would stand in the socket's buffer.
      const values = Readable.from(pieces(rows), { objectMode: false });
      // An answer that is not read to its end keeps its connection from the others.
      await drain((await this.#exec({ query, values, settings, mark, signal })).body);
    });
  }

  async command(sql: CompiledSql, lane: Lane, limits: QueryLimits, ctx: RunContext): Promise<{ readonly writtenRows: number | null }> {
    const asked: Asked = { kind: 'command', limits };
    return await this.#run(asked, lane, ctx, async (mark, signal) => {
      const settings = { ...limitSettings(limits), ...sql.settings };
      const answered = await this.#exec({ query: sql.text, params: sql.params, settings, mark, signal });
      await drain(answered.body);
      const { written_rows: written } = answered.summary;
      return { writtenRows: written === undefined ? null : Number(written) };
    });
  }

  async query(sql: CompiledSql, lane: Lane, limits: QueryLimits, ctx: RunContext): Promise<QueryResult> {
    const asked: Asked = { kind: 'read', limits };
    return await this.#run(asked, lane, ctx, async (mark, signal) => {
      const startedMs = ctx.clock.elapsedMs();
      const settings = readSettings(sql, limits);
      const answered = await this.#exec({ query: `${sql.text}\nFORMAT JSONCompact`, params: sql.params, settings, mark, signal });
      const chunks: Buffer[] = [];
      for await (const chunk of answered.body) chunks.push(chunk);
      const answer = parseJson(Buffer.concat(chunks).toString('utf8'), asked) as JsonAnswer;
      const { rows_read: rowsRead, bytes_read: bytesRead, elapsed } = answer.statistics;
      const ended = { rowsRead: Number(rowsRead), rows: answer.data.length, elapsedSec: Math.max(elapsed, 0) };
      return {
        columns: answer.meta,
        rows: answer.data,
        rowsRead: ended.rowsRead,
        bytesRead: Number(bytesRead),
        elapsedMs: ctx.clock.elapsedMs() - startedMs,
        complete: isComplete(limits, ended),
      };
    });
  }

  async *stream(
    sql: CompiledSql,
    lane: Lane,
    limits: QueryLimits,
    ctx: RunContext,
  ): AsyncGenerator<readonly (readonly unknown[])[], void, undefined> {
    const asked: Asked = { kind: 'read', limits };
    for await (const block of rowBlocks(this.#read(sql, 'JSONCompactEachRow', lane, asked, ctx), asked)) yield block;
  }

  async *bytes(
    sql: CompiledSql,
    format: string,
    lane: Lane,
    limits: QueryLimits,
    ctx: RunContext,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    yield* this.#read(sql, format, lane, { kind: 'read', limits }, ctx);
  }

  async ready(waitMs: number, ctx: RunContext): Promise<void> {
    const until = ctx.clock.elapsedMs() + waitMs;
    for (;;) {
      let why: string;
      try {
        const answer = await this.#connection.client().ping({ select: true });
        if (answer.success) return;
        why = answer.error.message;
      } catch (thrown) {
        why = thrown instanceof Error ? thrown.message : String(thrown);
      }
      if (ctx.clock.elapsedMs() >= until) {
        throw new SluiceError('store.unavailable', `the store did not answer within ${waitMs} ms: ${why}`, { waitMs });
      }
      await ctx.clock.sleep(Math.min(50, waitMs), ctx.signal);
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async *#read(sql: CompiledSql, format: string, lane: Lane, asked: Asked, ctx: RunContext): AsyncGenerator<Buffer, void, undefined> {
    const release = await this.#lanes.enter(lane, ctx.signal);
    const mark = randomUUID();
    const startedMs = ctx.clock.elapsedMs();
    let outcome = 'aborted';
    // Whoever stops reading early stops the statement as well.
    const stopped = new AbortController();
    let ended = false;
    try {
      const signal = AbortSignal.any([ctx.signal, stopped.signal]);
      const settings = readSettings(sql, asked.limits);
      const answered = await this.#exec({ query: `${sql.text}\nFORMAT ${format}`, params: sql.params, settings, mark, signal });
      yield* answered.body;
      ended = true;
      outcome = 'ok';
    } catch (thrown) {
      const error = this.#error(thrown, asked, ctx);
      outcome = error.code;
      throw error;
    } finally {
      if (!ended) {
        stopped.abort();
        await this.#kill(mark, ctx);
      }
      release();
      ctx.metrics.count('sluice_store_queries_total', { lane, outcome });
      ctx.metrics.observe('sluice_store_query_seconds', { lane }, (ctx.clock.elapsedMs() - startedMs) / 1000);
    }
  }

  async #run<T>(asked: Asked, lane: Lane, ctx: RunContext, work: (mark: string, signal: AbortSignal) => Promise<T>): Promise<T> {
    const release = await this.#lanes.enter(lane, ctx.signal);
    const mark = randomUUID();
    const startedMs = ctx.clock.elapsedMs();
    let outcome = 'ok';
    try {
      return await work(mark, ctx.signal);
    } catch (thrown) {
      if (ctx.signal.aborted) await this.#kill(mark, ctx);
      const error = this.#error(thrown, asked, ctx);
      outcome = error.code;
      throw error;
    } finally {
      release();
      ctx.metrics.count('sluice_store_queries_total', { lane, outcome });
      ctx.metrics.observe('sluice_store_query_seconds', { lane }, (ctx.clock.elapsedMs() - startedMs) / 1000);
    }
  }

  /** A statement that nobody waits for any more: it must not compute on. */
  async #kill(mark: string, ctx: RunContext): Promise<void> {
    try {
      await this.#connection.client().command({
        query: "KILL QUERY WHERE Settings['log_comment'] = {mark:String} ASYNC",
        query_params: { mark },
        abort_signal: AbortSignal.timeout(5000),
      });
    } catch (thrown) {
      // Its own time limit ends it on the engine; that it runs until then is worth a line.
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      ctx.log.warn({ error }, 'a query that was cancelled could not be killed on the engine');
    }
  }

  async #exec(call: {
    readonly query: string;
    readonly params?: Readonly<Record<string, unknown>>;
    readonly values?: Readable;
    readonly settings: Readonly<Record<string, string | number>>;
    readonly mark: string;
    readonly signal: AbortSignal;
  }): Promise<Answered> {
    const { query, mark, signal, values } = call;
    const params = {
      query,
      query_id: mark,
      query_params: { ...call.params },
      clickhouse_settings: { ...call.settings, log_comment: mark } as ClickHouseSettings,
      abort_signal: signal,
    };
    const client = this.#connection.client();
    const answer = await (values === undefined ? client.exec(params) : client.exec({ ...params, values }));
    const tag = answer.response_headers[EXCEPTION_TAG];
    const asked: Asked = { kind: 'read', limits: INSERT_LIMITS };
    const summary = (answer.summary ?? {}) as unknown as Record<string, string>;
    return { body: answerBytes(answer.stream, typeof tag === 'string' ? tag : undefined, asked), summary };
  }

  #error(thrown: unknown, asked: Asked, ctx: RunContext): SluiceError {
    if (thrown instanceof SluiceError) {
      // An error in the middle of an answer was read without knowing the limits of the call.
      const code = thrown.details['clickhouseCode'];
      return typeof code === 'number' ? storeError(code, thrown.message, asked) : thrown;
    }
    if (ctx.signal.aborted)
      return new SluiceError('aborted', 'the call was cancelled, and its query on the engine with it', {}, { cause: thrown });
    if (thrown instanceof ClickHouseError) return storeError(Number(thrown.code), thrown.message, asked);
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    const code = engineCode(text);
    if (code !== null) return storeError(code, text, asked);
    return new SluiceError('store.unavailable', `the store cannot be reached: ${text}`, {}, { cause: thrown });
  }
}

interface JsonAnswer {
  readonly meta: readonly { readonly name: string; readonly type: string }[];
  readonly data: readonly (readonly unknown[])[];
  readonly statistics: { readonly elapsed: number; readonly rows_read: number | string; readonly bytes_read: number | string };
}

/** So much of an insert is handed to the socket at a time. */
const PIECE_BYTES = 1024 ** 2;

function* pieces(rows: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < rows.length; at += PIECE_BYTES) {
    const end = Math.min(rows.length, at + PIECE_BYTES);
    yield Buffer.from(rows.buffer, rows.byteOffset + at, end - at);
  }
}

async function drain(body: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of body) void piece;
}

function limitSettings(limits: QueryLimits): Record<string, string | number> {
  return {
    max_execution_time: limits.maxSec,
    max_memory_usage: limits.maxMemoryBytes,
    ...(limits.maxRowsToRead === undefined ? {} : { max_rows_to_read: limits.maxRowsToRead }),
  };
}

function readSettings(sql: CompiledSql, limits: QueryLimits): Record<string, string | number> {
  const overflow = limits.overflow ?? 'throw';
  return {
    ...limitSettings(limits),
    max_result_rows: limits.maxResultRows,
    timeout_overflow_mode: overflow,
    read_overflow_mode: overflow,
    result_overflow_mode: overflow,
    output_format_json_quote_64bit_integers: 1,
    ...sql.settings,
  };
}

/** The engine does not say that it stopped at a limit (`overflow_mode` break): that it came to one does. */
function isComplete(
  limits: QueryLimits,
  ended: { readonly rowsRead: number; readonly rows: number; readonly elapsedSec: number },
): boolean {
  if (limits.overflow !== 'break') return true;
  if (ended.elapsedSec >= limits.maxSec) return false;
  if (limits.maxRowsToRead !== undefined && ended.rowsRead >= limits.maxRowsToRead) return false;
  return ended.rows <= limits.maxResultRows;
}
