import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { quietContext, type RunContext } from '../../core/context.ts';
import type { State } from '../state.ts';
import { stateContract } from '../state.contract.ts';
import { openSqliteState, SQLITE_FILE } from './sqlite-state.ts';

const ctx = quietContext(systemClock);
const dirs: string[] = [];
const temp = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-state-'));
  dirs.push(dir);
  return dir;
};
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

stateContract('sqlite', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-state-'));
  const open: State[] = [];
  return Promise.resolve({
    async open(ctx: RunContext): Promise<State> {
      const state = await openSqliteState(dir, ctx);
      open.push(state);
      return state;
    },
    async remove(): Promise<void> {
      for (const state of open) await state.close();
      rmSync(dir, { recursive: true, force: true });
    },
  });
});

test('keeps the file to its owner', async () => {
  const dir = temp();
  const state = await openSqliteState(dir, ctx);
  expect(statSync(join(dir, SQLITE_FILE)).mode & 0o777).toBe(0o600);
  await state.close();
});

test('a full disk is state.full, nothing of the transaction stays, and it goes on by itself when there is space', async () => {
  const dir = temp();
  await (await openSqliteState(dir, ctx)).close();
  const size = new DatabaseSync(join(dir, SQLITE_FILE));
  const pages = Number(Object.values(size.prepare('pragma page_count').get() ?? {})[0]);
  size.close();

  const state = await openSqliteState(dir, ctx, { maxPages: pages + 2 });
  const fill = (name: string, bytes: number): Promise<unknown> =>
    state.transact(async (db) => {
      await db
        .insertInto('counters')
        .values({ name: `${name}-before`, value: 1 })
        .execute();
      await db
        .insertInto('counters')
        .values({ name: name.padEnd(bytes, '.'), value: 1 })
        .execute();
    }, ctx);
  await expect(fill('big', 1_000_000)).rejects.toMatchObject({ code: 'state.full' });
  const left = await state.read((db) => db.selectFrom('counters').selectAll().execute(), ctx);
  expect(left).toEqual([]);
  await fill('small', 10);
  await state.close();
});

test('a writer in another process is waited for without blocking the event loop', async () => {
  const dir = temp();
  const state = await openSqliteState(dir, ctx);
  const script = `
    import { DatabaseSync } from 'node:sqlite';
    const db = new DatabaseSync(process.argv[1]);
    db.exec('begin immediate');
    process.stdout.write('locked');
    process.stdin.once('data', () => { db.exec('commit'); db.close(); process.exit(0); });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, join(dir, SQLITE_FILE)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 1);
  const writing = state.transact((db) => db.insertInto('counters').values({ name: 'after', value: 1 }).execute(), ctx);
  await new Promise((resolve) => setTimeout(resolve, 60));
  child.stdin.write('go');
  await new Promise((resolve) => child.once('exit', resolve));
  await writing;
  clearInterval(ticking);
  expect(ticks).toBeGreaterThan(2);
  await state.close();
});

test('a committed transaction survives kill -9 of its process', async () => {
  const dir = temp();
  const script = `
    import { openSqliteState } from ${JSON.stringify(new URL('./sqlite-state.ts', import.meta.url).href)};
    import { quietContext } from ${JSON.stringify(new URL('../../core/context.ts', import.meta.url).href)};
    import { systemClock } from ${JSON.stringify(new URL('../../core/clock.ts', import.meta.url).href)};
    const ctx = quietContext(systemClock);
    const state = await openSqliteState(process.argv[1], ctx);
    for (let i = 1; ; i++) {
      await state.transact((db) => db.insertInto('counters').values({ name: 'n' + i, value: i }).execute(), ctx);
      process.stdout.write(i + '\\n');
    }
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8');
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (text: string) => {
      said += text;
      if (said.split('\n').length > 200) resolve();
    });
  });
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
  const acknowledged = Math.max(...said.slice(0, said.lastIndexOf('\n')).split('\n').map(Number));
  const state = await openSqliteState(dir, ctx);
  const count = await state.read(
    (db) =>
      db
        .selectFrom('counters')
        .select((e) => e.fn.countAll<number>().as('n'))
        .where('name', 'like', 'n%')
        .executeTakeFirstOrThrow(),
    ctx,
  );
  expect(count.n).toBeGreaterThanOrEqual(acknowledged);
  await state.close();
});

test('a file that is no database is refused by name', async () => {
  const dir = temp();
  const other = new DatabaseSync(join(dir, SQLITE_FILE));
  other.exec(
    "create table kysely_migration (name text primary key, timestamp text not null); insert into kysely_migration values ('9999_future', 'x')",
  );
  other.close();
  await expect(openSqliteState(dir, ctx)).rejects.toMatchObject({ code: 'state.unavailable' });
});
