import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsSchema } from '../../config/settings.ts';
import { systemClock } from '../../core/clock.ts';
import { quietContext } from '../../core/context.ts';
import { storeContract } from '../store.contract.ts';
import { openEmbeddedStore, type EmbeddedStore } from './embedded-store.ts';

const ctx = quietContext(systemClock);
const LIMITS = { maxSec: 20, maxMemoryBytes: 10 ** 9, maxResultRows: 10 ** 6 };

storeContract('embedded ClickHouse', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-embedded-'));
  const { store } = await openEmbeddedStore(settingsSchema.parse({ dataDir }), ctx);
  return {
    store,
    async close() {
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
});

describe('the embedded engine', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-embedded-'));
  let open: EmbeddedStore;
  const statement = async (text: string): Promise<void> => {
    await open.store.command({ text, params: {} }, 'control', LIMITS, ctx);
  };
  const value = async (text: string): Promise<unknown> =>
    (await open.store.query({ text, params: {} }, 'people', LIMITS, ctx)).rows[0]?.[0];

  beforeAll(async () => {
    open = await openEmbeddedStore(settingsSchema.parse({ dataDir }), ctx);
  });
  afterAll(async () => {
    await open.store.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('is back after kill -9 with every row that was answered, and answers store.unavailable meanwhile', async () => {
    await statement('CREATE TABLE k (a UInt64) ENGINE = MergeTree ORDER BY a');
    let acknowledged = 0;
    for (let round = 0; round < 3; round++) {
      for (let insert = 0; insert < 5; insert++) {
        const row = Buffer.alloc(8);
        row.writeBigUInt64LE(BigInt(acknowledged));
        await open.store.insert('k', ['a'], row, `k-${acknowledged}`, ctx);
        acknowledged++;
      }
      const before = open.engine.pid!;
      process.kill(before, 'SIGKILL');
      // The connection breaks, or the engine is known to be down.
      await expect(value('SELECT sleepEachRow(1)')).rejects.toMatchObject({ code: 'store.unavailable' });
      while (open.engine.pid === before) await ctx.clock.sleep(5, ctx.signal);
      await open.store.ready(30_000, ctx);
      expect(await value('SELECT count() FROM k')).toBe(String(acknowledged));
    }
  });

  it('takes no statement without its password, and says so as a server does', async () => {
    const { port, user } = open.engine.address;
    const answer = await fetch(`http://127.0.0.1:${port}/?query=SELECT%201`, {
      headers: { 'x-clickhouse-user': user, 'x-clickhouse-key': 'wrong' },
    });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('Code: 516.');
    expect((await fetch(`http://127.0.0.1:${port}/ping`)).status).toBe(200);
  });

  it('reads by GET, changes by POST only, and refuses settings it could not take back', async () => {
    const { port, user, password } = open.engine.address;
    const ask = async (query: string, method = 'GET'): Promise<string> => {
      const headers = { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
      return await (await fetch(`http://127.0.0.1:${port}/?${query}`, { method, headers })).text();
    };
    expect(await ask('query=SELECT%20number%20FROM%20numbers(3)')).toBe('0\n1\n2\n');
    expect(await ask('query=DROP%20TABLE%20k')).toContain('Code: 164.');
    expect(await ask('query=SELECT%201&readonly=1', 'POST')).toContain('Code: 164.');
    expect(await ask('query=SELECT%201&no_such_setting=1', 'POST')).toContain('Code: 115.');
    expect(await ask('query=SELECT%202', 'POST')).toBe('2\n');
    expect(await ask('query=SELECT%201&database=nowhere', 'POST')).toContain('Code: 81.');
    expect(await ask('query=SELECT%20currentDatabase()', 'POST')).toBe('sluice\n');
  });

  it('gives a setting to one statement only', async () => {
    const setting = "SELECT getSetting('max_threads')";
    const own = await open.store.query({ text: setting, params: {}, settings: { max_threads: 7 } }, 'control', LIMITS, ctx);
    expect(own.rows).toEqual([[7]]);
    for (let time = 0; time < 12; time++) expect(await value(setting)).not.toBe(7);
  });

  it('keeps its password out of arguments and environment', () => {
    const { password } = open.engine.address;
    const of = (what: string): string => readFileSync(`/proc/${open.engine.pid}/${what}`, 'utf8');
    expect(of('cmdline')).not.toContain(password);
    expect(of('environ')).not.toContain(password);
  });
});
