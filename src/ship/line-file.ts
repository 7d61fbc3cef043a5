import { mkdir, open, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asSluiceError, SluiceError } from '../core/errors.ts';

/**
 * A file of JSON lines that several processes may append to: each call is one write at the end. Made with mode 0600, since records are logs.
 * When it is larger than `maxBytes` it becomes `<path>.1`, in place of the one before.
 */
export class LineFile {
  readonly #path: string;
  readonly #maxBytes: number;
  #file: FileHandle | null = null;
  #bytes = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, maxBytes = Infinity) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  /** @param sync resolves when the disk has it @throws state.full when there is no space, else state.unavailable */
  append(values: readonly unknown[], sync: boolean): Promise<void> {
    const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
    const write = async (): Promise<void> => {
      try {
        this.#file ??= await this.#open();
        await this.#file.appendFile(bytes);
        this.#bytes += bytes.length;
        if (sync) await this.#file.datasync();
        if (this.#bytes > this.#maxBytes) await this.#turn();
      } catch (thrown) {
        const code = (thrown as NodeJS.ErrnoException).code;
        throw new SluiceError(
          code === 'ENOSPC' || code === 'EDQUOT' ? 'state.full' : 'state.unavailable',
          `${this.#path} cannot be written: ${asSluiceError(thrown).message}`,
          { path: this.#path },
          { cause: thrown },
        );
      }
    };
    // One after the other, also after one that failed.
    const done = this.#last.then(write, write);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file?.close();
    this.#file = null;
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const file = await open(this.#path, 'a', 0o600);
    this.#bytes = (await file.stat()).size;
    return file;
  }

  async #turn(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
    // Another process may have turned it already: then the file of the name is a new, small one.
    if ((await stat(this.#path)).size > this.#maxBytes) await rename(this.#path, `${this.#path}.1`);
  }
}
