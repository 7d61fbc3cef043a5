import { close, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { SluiceError } from '../../core/errors.ts';

const sync = promisify(fdatasync);
const shut = promisify(close);

/**
 * Brings the write-ahead log to the disk beside the main thread. With `synchronous = full` SQLite does it inside COMMIT, where it holds up everything else the process does
 * (measured: a quarter of the wall time of a server under load). A caller hears of its transaction only after this, so the promise is the same; transactions that end while one
 * is under way share the next.
 */
export class WalSync {
  readonly #file: string;
  #fd: number | null = null;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** Resolves once everything committed before the call is on the disk. @throws state.unavailable when the disk refuses */
  async sync(): Promise<void> {
    if (this.#running === null) return await (this.#running = this.#now());
    // What runs may have begun before our commit.
    this.#next ??= this.#running.then(
      () => this.#follow(),
      () => this.#follow(),
    );
    await this.#next;
  }

  #follow(): Promise<void> {
    this.#next = null;
    return (this.#running = this.#now());
  }

  async #now(): Promise<void> {
    try {
      // The log is there from the first write on, and the same file until the last connection closes.
      this.#fd ??= openSync(`${this.#file}-wal`, 'r');
      await sync(this.#fd);
    } catch (thrown) {
      throw new SluiceError('state.unavailable', 'the log of the state database did not reach the disk', {}, { cause: thrown });
    } finally {
      this.#running = null;
    }
  }

  async close(): Promise<void> {
    await this.#next?.catch(() => undefined);
    await this.#running?.catch(() => undefined);
    const fd = this.#fd;
    this.#fd = null;
    if (fd !== null) await shut(fd);
  }
}
