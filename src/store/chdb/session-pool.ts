import type { Session } from 'chdb';
import { engineError, refusal, type EngineError } from './engine-error.ts';
import { isPiecewise, quoted } from './statement.ts';

/** A statement with what must hold while it runs. */
export interface Run {
  readonly text: string;
  readonly database: string;
  readonly settings: ReadonlyMap<string, string>;
  /** Values of `{name:Type}` places, as they come in `param_<name>` of the HTTP interface. */
  readonly params: ReadonlyMap<string, string>;
}

export interface Answer {
  /** Rows and bytes read, as far as the engine tells. */
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly elapsedSec: number;
  readonly pieces: AsyncIterable<Uint8Array>;
}

interface Held {
  readonly session: Session;
  database: string;
  /** Settings that a statement before has changed: the next one that does not name them gets the defaults back. */
  readonly changed: Set<string>;
  /** A statement failed in it. */
  failed: boolean;
}

/**
 * Sessions over one data directory. A session runs its statements one after another (design D3), so each statement has one to itself. Settings and values travel as `SET`
 * in the session before the statement, in the same call: the text of a statement stays as it came.
 */
export class SessionPool {
  readonly #open: () => Session;
  readonly #database: string;
  readonly #size: number;
  readonly #free: Held[] = [];
  readonly #waiting: { give(held: Held): void }[] = [];

  /** @throws whatever the engine says when the directory cannot be opened */
  constructor(open: () => Session, size: number, database: string) {
    this.#open = open;
    this.#database = database;
    this.#size = size;
    for (let made = 0; made < size; made++) this.#free.push(this.#make());
  }

  #make(): Held {
    const session = this.#open();
    session.query(`USE ${this.#database}`, 'TSV');
    return { session, database: this.#database, changed: new Set(), failed: false };
  }

  /** Runs a statement. `gone` fires when nobody waits for it any more: a statement that still waits for a session never starts. @throws EngineError */
  async run(run: Run, format: string, gone: AbortSignal): Promise<Answer> {
    const held = await this.#take(gone);
    if (isPiecewise(format)) return await this.#piecewise(held, run, format);
    try {
      const result = await held.session.queryAsync(`${prelude(held, run)}${run.text}`, { format });
      const bytes = result.bytes();
      return { rowsRead: result.rowsRead, bytesRead: result.bytesRead, elapsedSec: result.elapsed, pieces: one(bytes) };
    } catch (thrown) {
      throw failure(held, thrown);
    } finally {
      this.#give(held);
    }
  }

  async #piecewise(held: Held, run: Run, format: string): Promise<Answer> {
    let stream: ReturnType<Session['queryStream']>;
    try {
      const before = prelude(held, run);
      if (before !== '') await held.session.queryAsync(before, { format: 'TSV' });
      stream = held.session.queryStream(run.text, { format });
    } catch (thrown) {
      const failed = failure(held, thrown);
      this.#give(held);
      throw failed;
    }
    const pieces = stream[Symbol.asyncIterator]();
    try {
      // The first piece is taken here: a statement that the engine refuses is answered with a status, not in the middle of an answer.
      const first = await pieces.next();
      return { rowsRead: 0, bytesRead: 0, elapsedSec: 0, pieces: this.#rest(held, first, pieces) };
    } catch (thrown) {
      const failed = failure(held, thrown);
      this.#give(held);
      throw failed;
    }
  }

  async *#rest(
    held: Held,
    first: IteratorResult<{ raw(): Uint8Array }>,
    pieces: AsyncIterator<{ raw(): Uint8Array }>,
  ): AsyncGenerator<Uint8Array> {
    // A reader that stops early leaves a session in the middle of an answer.
    held.failed = true;
    try {
      for (let piece = first; piece.done !== true; piece = await pieces.next()) yield piece.value.raw();
      held.failed = false;
    } catch (thrown) {
      throw failure(held, thrown);
    } finally {
      // Ends the stream when the reader stopped early: the session takes no other statement before.
      await pieces.return?.();
      this.#give(held);
    }
  }

  async #take(gone: AbortSignal): Promise<Held> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    return await new Promise((resolve, reject) => {
      const waiter = {
        give: (held: Held): void => {
          gone.removeEventListener('abort', leave);
          resolve(held);
        },
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(refusal(394, 'QUERY_WAS_CANCELLED', 'the client left before the query started'));
      };
      if (gone.aborted) {
        reject(refusal(394, 'QUERY_WAS_CANCELLED', 'the client left before the query started'));
        return;
      }
      gone.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiter);
    });
  }

  #give(held: Held): void {
    let next = held;
    if (held.failed) {
      // What the failed statement had put out by then would stand before the next answer of the session (chDB 3.4); a new session costs 0.2 ms.
      held.session.close();
      next = this.#make();
    }
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#free.push(next);
    else waiter.give(next);
  }

  /** Whether no statement runs or waits. */
  get idle(): boolean {
    return this.#free.length === this.#size;
  }

  close(): void {
    for (const { session } of this.#free) session.close();
  }
}

function failure(held: Held, thrown: unknown): EngineError {
  held.failed = true;
  return engineError(thrown);
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

/** What must be said to the session before the statement; empty: nothing. */
function prelude(held: Held, run: Run): string {
  let text = '';
  if (held.database !== run.database) {
    text += `USE \`${run.database.replaceAll('`', '')}\`; `;
    held.database = run.database;
  }
  const sets: string[] = [];
  for (const name of held.changed) if (!run.settings.has(name)) sets.push(`${name} = DEFAULT`);
  held.changed.clear();
  for (const [name, value] of run.settings) {
    sets.push(`${name} = ${quoted(value)}`);
    held.changed.add(name);
  }
  for (const [name, value] of run.params) sets.push(`param_${name} = ${quoted(value)}`);
  return sets.length === 0 ? text : `${text}SET ${sets.join(', ')}; `;
}
