import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../../core/errors.ts';

export interface DirectoryLock {
  /** Gives the directory back; twice is safe. */
  release(): void;
}

/**
 * Takes a directory for this process. The lock is SQLite's file lock on an empty database: the kernel drops it when the process ends, however it ends,
 * and it holds between containers that share a volume, where process ids mean nothing (both are 1). `owner` names the holder for people only.
 * @throws config.data_dir_in_use with details.path and, when known, details.pid
 */
export function lockDirectory(path: string): DirectoryLock {
  mkdirSync(path, { recursive: true });
  const ownerFile = join(path, 'owner');
  const database = new DatabaseSync(join(path, 'lock'), { timeout: 0 });
  try {
    // No page is ever written, so this works on a full disk as well.
    database.exec('PRAGMA journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (thrown) {
    database.close();
    const pid = readOwner(ownerFile);
    throw new SluiceError(
      'config.data_dir_in_use',
      `directory ${path} belongs to another running process${pid === null ? '' : ` (pid ${pid})`}`,
      { path, pid },
      { cause: thrown },
    );
  }
  try {
    writeFileSync(ownerFile, `${process.pid}\n`);
  } catch (thrown) {
    // The name is a courtesy: a full disk must not keep the stream from opening.
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC')) {
      database.close();
      throw thrown;
    }
  }
  let held = true;
  return {
    release() {
      if (!held) return;
      held = false;
      database.close();
    },
  };
}

function readOwner(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    // Not written (full disk) or not readable for us: the lock itself has already answered.
    return null;
  }
}
