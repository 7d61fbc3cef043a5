import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';

/** Enough for the pages that dropping a few hundred groups writes anew (some 50 kB were seen), many times over. */
const BALLAST_BYTES = 4 * 1024 * 1024;

/**
 * A file that holds nothing but room. Removing data from an lmdb file writes a few pages first, which a completely full disk refuses; giving up the
 * ballast lets the stream trim its way out.
 */
export class Ballast {
  readonly #file: string;
  #held: boolean;

  constructor(file: string) {
    this.#file = file;
    this.#held = existsSync(file);
  }

  /** Writes the file when it is missing and `freeBytes` leaves room for it. A disk that fills up in between leaves no ballast, which is no error. */
  async keep(freeBytes: number): Promise<void> {
    if (this.#held || freeBytes < 2 * BALLAST_BYTES) return;
    try {
      await writeFile(this.#file, Buffer.alloc(BALLAST_BYTES));
      this.#held = true;
    } catch {
      await rm(this.#file, { force: true });
    }
  }

  /** Gives the room back; false: there was none. */
  async drop(): Promise<boolean> {
    if (!this.#held) return false;
    await rm(this.#file, { force: true });
    this.#held = false;
    return true;
  }
}
