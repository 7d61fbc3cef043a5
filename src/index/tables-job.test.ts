import { afterEach, beforeEach, expect, test } from 'vitest';
import { controlSetup, type ControlSetup } from '../control/testing/control-setup.ts';
import { systemClock } from '../core/clock.ts';
import { quietContext } from '../core/context.ts';
import { LogTables } from '../store/log-tables.ts';
import { SessionStore } from '../store/testing/session-store.ts';
import { tablesJob } from './tables-job.ts';

let setup: ControlSetup;
let store: SessionStore;

beforeEach(async () => {
  setup = await controlSetup();
  store = new SessionStore();
});
afterEach(async () => {
  await store.close();
  await setup.close();
});

test('tables follow their logstores without a log: another retention, the end of the logstore', async () => {
  const { catalog, state } = setup;
  const stop = new AbortController();
  const ctx = quietContext(systemClock, stop.signal);
  await catalog.createProject('proj', '', {}, ctx);
  const info = await catalog.createLogstore('proj', { name: 'store', ttlDays: 3650, shardCount: 1 }, ctx);
  const tables = await LogTables.open(state, store, ctx);
  await tables.ready(info, ctx);
  let owns = false;
  const notes: string[] = [];
  const running = tablesJob(tables, catalog, () => owns).run(ctx, (note) => notes.push(note));
  await expect.poll(() => notes.at(-1)).toBe('another process does it');
  owns = true;
  await catalog.updateLogstore('proj', 'store', { ttlDays: 3000 }, ctx);
  await expect.poll(() => tables.table(info.id)?.ttlDays, { timeout: 10_000 }).toBe(3000);
  const [[ddl] = []] = (await store.query({ text: 'SHOW CREATE TABLE logs_1', params: {} })).rows;
  expect(String(ddl)).toContain('toIntervalDay(3000)');
  await catalog.deleteLogstore('proj', 'store', ctx);
  await expect.poll(() => tables.table(info.id), { timeout: 10_000 }).toBeNull();
  const left = await store.query({ text: "SELECT count() FROM system.tables WHERE name = 'logs_1'", params: {} });
  expect(Number(left.rows[0]?.[0])).toBe(0);
  stop.abort();
  await expect(running).rejects.toMatchObject({ code: 'aborted' });
});
