import type { Clock } from '../core/clock.ts';
import type { Io } from './command.ts';

/** Four times a second: more only flickers. */
const EVERY_MS = 250;

/** One line on the standard error stream that is written over; nothing at all when that is no terminal. */
export class Progress {
  readonly #io: Io;
  readonly #clock: Clock;
  #shownAt = -Infinity;
  #open = false;

  constructor(io: Io, clock: Clock) {
    this.#io = io;
    this.#clock = clock;
  }

  /** @param part done of 1, or null when the end is not known */
  show(text: string, part: number | null): void {
    const now = this.#clock.elapsedMs();
    if (!this.#io.errIsTty || now - this.#shownAt < EVERY_MS) return;
    this.#shownAt = now;
    this.#open = true;
    const filled = part === null ? 0 : Math.round(Math.min(1, Math.max(0, part)) * 20);
    const bar = part === null ? '' : `[${'█'.repeat(filled)}${'░'.repeat(20 - filled)}] ${Math.floor(part * 100)} %  `;
    this.#io.err(`\r\u001b[2K${bar}${text}`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#open) this.#io.err('\r\u001b[2K');
    this.#open = false;
  }
}
