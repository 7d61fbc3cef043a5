import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, SqliteDialect, type SqliteDatabase, type SqliteStatement } from 'kysely';
import { asSluiceError, SluiceError } from '../../core/errors.ts';
import type { RunContext } from '../../core/context.ts';
import { retry } from '../../core/retry.ts';
import { KyselyState } from '../kysely-state.ts';
import { migrate } from '../migrations.ts';
import type { Schema } from '../schema.ts';
import type { State } from '../state.ts';
import { WalSync } from './wal-sync.ts';

/** Name of the database file in the folder of the state. */
export const SQLITE_FILE = 'state.db';

/** Two people's lists at a time beside the writer; each costs a page cache of 2 MB. */
const READERS = 2;

/** Primary result codes of SQLite (https://sqlite.org/rescode.html); the upper bits of `errcode` only refine them. */
const CODES: Readonly<Record<number, 'conflict' | 'full' | 'unavailable'>> = {
  5: 'conflict', // SQLITE_BUSY: another process writes
  6: 'conflict', // SQLITE_LOCKED
  8: 'unavailable', // SQLITE_READONLY
  10: 'unavailable', // SQLITE_IOERR
  11: 'unavailable', // SQLITE_CORRUPT
  13: 'full', // SQLITE_FULL
  14: 'unavailable', // SQLITE_CANTOPEN
  26: 'unavailable', // SQLITE_NOTADB
};

/** What an error of node:sqlite means to the caller of a transaction. */
export function classifySqlite(thrown: unknown): 'conflict' | 'full' | 'unavailable' | null {
  if (!(thrown instanceof Error) || !('code' in thrown)) return null;
  // Kysely's driver keeps no connection once destroyed; node:sqlite says so itself.
  if (thrown.code === 'ERR_INVALID_STATE') return 'unavailable';
  if (thrown.code !== 'ERR_SQLITE_ERROR' || !('errcode' in thrown) || typeof thrown.errcode !== 'number') return null;
  return CODES[thrown.errcode & 0xff] ?? null;
}

export interface SqliteOptions {
  /** Upper bound of the file in pages of 4096 bytes; beyond it a write fails as on a full disk. Unbounded when absent. */
  readonly maxPages?: number;
}

/**
 * The state in one SQLite file `state.db` under `dir` (made when missing, readable by its owner only), through Node's own `node:sqlite`:
 * WAL, and an answer only once the log is on the disk, so that it survives a power cut. Migrates first.
 * @throws state.unavailable state.full state.conflict (another process holds the file for longer than a few seconds)
 */
export async function openSqliteState(dir: string, ctx: RunContext, options: SqliteOptions = {}): Promise<State> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, SQLITE_FILE);
  return await retry(() => open(file, options), { attempts: 10, baseMs: 20, maxMs: 500 }, ctx);
}

async function open(file: string, options: SqliteOptions): Promise<State> {
  const opened: DatabaseSync[] = [];
  const connect = (pragmas: readonly string[]): DatabaseSync => {
    // timeout 0: node:sqlite waits on the main thread; our retry waits without blocking it.
    const db = new DatabaseSync(file, { timeout: 0 });
    opened.push(db);
    for (const pragma of pragmas) db.exec(`pragma ${pragma}`);
    return db;
  };
  try {
    const writer = connect([
      'journal_mode = wal',
      // The log is brought to the disk by WalSync, before the caller hears of a commit.
      'synchronous = normal',
      'foreign_keys = on',
      ...(options.maxPages === undefined ? [] : [`max_page_count = ${Math.trunc(options.maxPages)}`]),
    ]);
    chmodSync(file, 0o600);
    const kysely = over(writer, 'begin immediate');
    await migrate(kysely);
    const readers = Array.from({ length: READERS }, () => over(connect(['query_only = on']), 'begin'));
    const wal = new WalSync(file);
    return new KyselyState({
      name: 'sqlite',
      writer: kysely,
      readers,
      serializable: false,
      classify: classifySqlite,
      durable: () => wal.sync(),
      close: () => wal.close(),
    });
  } catch (thrown) {
    for (const db of opened) if (db.isOpen) db.close();
    const root = thrown instanceof SluiceError && thrown.cause !== undefined ? thrown.cause : thrown;
    const kind = classifySqlite(root) ?? 'unavailable';
    throw new SluiceError(`state.${kind}`, `cannot open ${SQLITE_FILE}: ${asSluiceError(root).message}`, { file }, { cause: thrown });
  }
}

/** Kysely's SQLite dialect over node:sqlite. `begin` is what opens a transaction: a writer takes the lock at once, or it could lose it half way. */
function over(db: DatabaseSync, begin: string): Kysely<Schema> {
  const database: SqliteDatabase = {
    close: () => {
      if (db.isOpen) db.close();
    },
    prepare(sql): SqliteStatement {
      // A full disk ends the transaction by itself; a second rollback would hide the reason behind "no transaction is active".
      if (sql === 'rollback' && !db.isTransaction) return NOTHING;
      const statement = db.prepare(sql === 'begin' ? begin : sql);
      type Values = Parameters<typeof statement.run>;
      return {
        reader: statement.columns().length > 0,
        all: (values) => statement.all(...(values as Values)),
        run: (values) => statement.run(...(values as Values)),
        iterate: (values) => statement.iterate(...(values as Values)),
      };
    },
  };
  return new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
}

const NOTHING: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [][Symbol.iterator](),
};
