import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { quietContext, type RunContext } from '../core/context.ts';
import { SluiceError } from '../core/errors.ts';
import type { CompiledSql, QueryLimits, Store } from './store.ts';

const LIMITS: QueryLimits = { maxSec: 20, maxMemoryBytes: 10 ** 9, maxResultRows: 10 ** 6 };

function sql(text: string, params: CompiledSql['params'] = {}, settings: CompiledSql['settings'] = {}): CompiledSql {
  return { text, params, settings };
}

/** RowBinary of `(a UInt64, b String)`. */
function rowBinary(from: number, count: number): Buffer {
  const rows: Buffer[] = [];
  for (let number = from; number < from + count; number++) {
    const text = Buffer.from(`v${number % 10}`);
    const row = Buffer.alloc(9 + text.length);
    row.writeBigUInt64LE(BigInt(number));
    row[8] = text.length;
    text.copy(row, 9);
    rows.push(row);
  }
  return Buffer.concat(rows);
}

async function failureOf(work: Promise<unknown>): Promise<SluiceError> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof SluiceError) return thrown;
    throw thrown;
  }
  throw new Error('it did not fail');
}

/** What every store must do, whatever engine answers. */
export function storeContract(name: string, open: () => Promise<{ readonly store: Store; readonly close: () => Promise<void> }>): void {
  describe(`store contract: ${name}`, () => {
    const ctx = quietContext(systemClock);
    const table = `contract_${process.pid}`;
    let store: Store;
    let close: () => Promise<void>;

    beforeAll(async () => {
      ({ store, close } = await open());
      await store.ready(30_000, ctx);
      await store.command(
        sql(
          `CREATE TABLE ${table} (a UInt64, b LowCardinality(String)) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100`,
        ),
        'control',
        LIMITS,
        ctx,
      );
    });

    afterAll(async () => {
      await store.command(sql(`DROP TABLE IF EXISTS ${table} SYNC`), 'control', LIMITS, ctx);
      await close();
    });

    const rows = async (
      text: string,
      params: CompiledSql['params'] = {},
      limits: QueryLimits = LIMITS,
    ): Promise<readonly (readonly unknown[])[]> => (await store.query(sql(text, params), 'people', limits, ctx)).rows;

    it('gives values back that travelled as parameters, whatever is in them', async () => {
      const texts = ["o'clock", 'tab\there', 'line\nfeed', 'back\\slash', 'null\0byte', '中文 🚰', '', '{x:String}', '%41&b=c+d'];
      for (const text of texts) expect(await rows('SELECT {text:String}', { text })).toEqual([[text]]);
      expect(await rows('SELECT {list:Array(String)}', { list: texts })).toEqual([[texts]]);
      expect(
        await rows('SELECT {n:UInt64}, {f:Float64}, {none:Nullable(String)}, {map:Map(String, String)}', {
          n: '18446744073709551615',
          f: 1.5,
          none: null,
          map: { "k'": 'v\\' },
        }),
      ).toEqual([['18446744073709551615', 1.5, null, { "k'": 'v\\' }]]);
    });

    it('keeps the values of calls apart that run at the same time', async () => {
      const answers = await Promise.all(
        Array.from({ length: 60 }, async (_, number) => await rows('SELECT {x:String}, sleepEachRow(0.002)', { x: `v${number}` })),
      );
      expect(answers.map((answer) => answer[0]?.[0])).toEqual(Array.from({ length: 60 }, (_, number) => `v${number}`));
    });

    it('answers 64-bit integers as text, with columns and what was read', async () => {
      const answer = await store.query(sql('SELECT number, toInt64(-1) AS m, NULL AS n FROM numbers(3)'), 'people', LIMITS, ctx);
      expect(answer.columns.map((column) => column.name)).toEqual(['number', 'm', 'n']);
      expect(answer.rows).toEqual([
        ['0', '-1', null],
        ['1', '-1', null],
        ['2', '-1', null],
      ]);
      expect(answer).toMatchObject({ rowsRead: 3, complete: true });
    });

    it('adds the rows of an insert once, however often its token comes', async () => {
      for (let time = 0; time < 3; time++) await store.insert(table, ['a', 'b'], rowBinary(0, 500), 'token-1', ctx);
      await store.insert(table, ['a', 'b'], rowBinary(500, 500), 'token-2', ctx);
      expect(await rows(`SELECT count(), uniqExact(a), uniqExact(b), sum(a) FROM ${table}`)).toEqual([['1000', '1000', '10', '499500']]);
    });

    it('does the same for INSERT … SELECT', async () => {
      const again = sql(
        `INSERT INTO ${table} SELECT number + 10000, 'x' FROM numbers(10)`,
        {},
        {
          insert_deduplication_token: 'select-1',
          deduplicate_insert_select: 'enable_even_for_bad_queries',
        },
      );
      for (let time = 0; time < 2; time++) await store.command(again, 'background', LIMITS, ctx);
      expect(await rows(`SELECT count() FROM ${table} WHERE a >= 10000`)).toEqual([['10']]);
    });

    it('takes many small inserts one after another', async () => {
      for (let number = 0; number < 40; number++)
        await store.insert(table, ['a', 'b'], rowBinary(20_000 + number, 1), `small-${number}`, ctx);
      expect(await rows(`SELECT count() FROM ${table} WHERE a >= 20000 AND a < 30000`)).toEqual([['40']]);
    });

    it('streams blocks of rows, and bytes of a format', async () => {
      let count = 0;
      let last: unknown;
      for await (const block of store.stream(sql('SELECT number FROM numbers(150000)'), 'background', LIMITS, ctx)) {
        count += block.length;
        last = block.at(-1)?.[0];
      }
      expect({ count, last }).toEqual({ count: 150_000, last: '149999' });
      const pieces: Uint8Array[] = [];
      for await (const piece of store.bytes(sql('SELECT toUInt32(number) FROM numbers(1000)'), 'RowBinary', 'background', LIMITS, ctx))
        pieces.push(piece);
      const bytes = Buffer.concat(pieces);
      expect(bytes.length).toBe(4000);
      expect(bytes.readUInt32LE(3996)).toBe(999);
    });

    it('says which limit a query met', async () => {
      const long = 'SELECT count() FROM numbers(100000000000) WHERE cityHash64(number) % 7 = 1';
      expect(await failureOf(rows(long, {}, { ...LIMITS, maxSec: 1 }))).toMatchObject({ code: 'store.timeout', details: { limitSec: 1 } });
      const big = 'SELECT groupArray(number) FROM numbers(100000000)';
      expect(await failureOf(rows(big, {}, { ...LIMITS, maxMemoryBytes: 50_000_000 }))).toMatchObject({ code: 'store.memory' });
      const many = 'SELECT number FROM numbers(1000000)';
      expect(await failureOf(rows(many, {}, { ...LIMITS, maxResultRows: 1000 }))).toMatchObject({ code: 'store.rows' });
    });

    it('answers what it has at a limit when asked to, and says so; the next answer is whole again', async () => {
      const limits: QueryLimits = { ...LIMITS, maxResultRows: 1000, overflow: 'break' };
      const answer = await store.query(sql('SELECT number FROM numbers(1000000)'), 'people', limits, ctx);
      expect(answer.complete).toBe(false);
      expect(answer.rows.length).toBeGreaterThanOrEqual(1000);
      expect(await rows('SELECT 1')).toEqual([[1]]);
    });

    it('names what the engine refuses, and its next answers hold nothing of it', async () => {
      expect(await failureOf(rows('SELECT nope'))).toMatchObject({ code: 'store.query', details: { clickhouseCode: 47 } });
      expect(await failureOf(rows('SELECT * FROM no_such_table'))).toMatchObject({ code: 'store.query', details: { clickhouseCode: 60 } });
      const insert = store.insert('no_such_table', ['a'], rowBinary(0, 1), 't', ctx);
      expect(await failureOf(insert)).toMatchObject({ code: 'store.query', details: { clickhouseCode: 60 } });
      for (let time = 0; time < 8; time++) {
        await failureOf(rows('SELECT throwIf(number = 70000) FROM numbers(100000)'));
        expect(await rows('SELECT 5')).toEqual([[5]]);
      }
    });

    it('throws in the middle of a stream when the engine does', async () => {
      let seen = 0;
      const read = async (): Promise<void> => {
        const query = sql("SELECT throwIf(number = 150000, 'boom') FROM numbers(200000)", {}, { max_block_size: 1000 });
        for await (const block of store.stream(query, 'people', LIMITS, ctx)) seen += block.length;
      };
      const failed = await failureOf(read());
      expect(failed).toMatchObject({ code: 'store.query' });
      expect(failed.message).toContain('boom');
      expect(seen).toBeLessThan(200_000);
    });

    it('kills the query of a caller who gives up, and of a reader who stops', async () => {
      const slow = 'SELECT count() FROM numbers(100000000000) WHERE cityHash64(number) % 7 = 1';
      const leaving = new AbortController();
      const left: RunContext = { ...ctx, signal: leaving.signal };
      const waiting = failureOf(store.query(sql(slow), 'people', LIMITS, left));
      const running =
        "SELECT count() FROM system.processes WHERE query LIKE '%cityHash64(number)%' AND query NOT LIKE '%system.processes%'";
      while ((await rows(running))[0]?.[0] !== '1') await ctx.clock.sleep(5, ctx.signal);
      leaving.abort();
      expect(await waiting).toMatchObject({ code: 'aborted' });
      while ((await rows(running))[0]?.[0] !== '0') await ctx.clock.sleep(5, ctx.signal);

      const endless = sql('SELECT number FROM numbers(100000000000)');
      for await (const block of store.stream(endless, 'people', { ...LIMITS, maxResultRows: 10 ** 12 }, ctx)) if (block.length > 0) break;
      const streams = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT number FROM numbers(100000000000)%'";
      while ((await rows(streams))[0]?.[0] !== '0') await ctx.clock.sleep(5, ctx.signal);
    });

    it('lets inserts through while people keep their lane busy', async () => {
      const busy = Array.from({ length: 12 }, () => rows('SELECT sleepEachRow(0.5) FROM numbers(2) SETTINGS max_block_size = 1'));
      const done = Promise.all(busy).then(() => 'people');
      const inserted = store.insert(table, ['a', 'b'], rowBinary(50_000, 10), 'token-busy', ctx).then(() => 'insert');
      expect(await Promise.race([done, inserted])).toBe('insert');
      await done;
    });
  });
}
