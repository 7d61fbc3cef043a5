import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import { asSluiceError, SluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import { backoffMs, type RetryPolicy } from '../core/retry.ts';
import { takeLease } from './leases.ts';
import type { Schema } from './schema.ts';
import type { Lease, State } from './state.ts';

/** What an adapter adds to Kysely. */
export interface Dialect {
  /** Name for messages: `sqlite`, `postgres`. */
  readonly name: string;
  readonly writer: Kysely<Schema>;
  /** Connections for reading; the least busy one is taken. */
  readonly readers: readonly Kysely<Schema>[];
  /** PostgreSQL is asked for serializable transactions; SQLite has no other kind. */
  readonly serializable: boolean;
  /** What a driver's error means; null: not of the database, thrown on as it is. `conflict`: try again. */
  classify(thrown: unknown): 'conflict' | 'full' | 'unavailable' | null;
  /** Resolves once what was committed is on the disk; absent: COMMIT itself waits for that. */
  durable?(): Promise<void>;
  /** Of what the adapter holds beside its connections. */
  close?(): Promise<void>;
}

/**
 * A transaction that lost against another one is repeated this often. Eight attempts wait about half a second in all: longer than any transaction
 * of ours takes, shorter than a client's patience.
 */
const CONFLICTS: RetryPolicy = { attempts: 8, baseMs: 4, maxMs: 150 };

/** State over Kysely; the adapters differ in their connections and in what their errors are called. */
export class KyselyState implements State {
  readonly #dialect: Dialect;
  readonly #holder = randomUUID();
  readonly #inside = new AsyncLocalStorage<true>();
  readonly #busy: number[];
  readonly #leases = new Set<Lease>();
  #closed = false;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    this.#busy = dialect.readers.map(() => 0);
  }

  async transact<T>(work: (db: Transaction<Schema>) => Promise<T>, ctx: RunContext): Promise<T> {
    const answer = await this.#run((settled) => settled(this.#dialect.writer, false), work, ctx);
    await this.#dialect.durable?.();
    return answer;
  }

  async read<T>(work: (db: Transaction<Schema>) => Promise<T>, ctx: RunContext): Promise<T> {
    return await this.#run(
      async (settled) => {
        const least = this.#busy.indexOf(Math.min(...this.#busy));
        const reader = this.#dialect.readers[least];
        if (reader === undefined) throw new SluiceError('internal.unexpected', 'a dialect needs at least one reader');
        this.#busy[least] = (this.#busy[least] ?? 0) + 1;
        try {
          return await settled(reader, true);
        } finally {
          this.#busy[least] = (this.#busy[least] ?? 1) - 1;
        }
      },
      work,
      ctx,
    );
  }

  async lease(name: string, ttlMs: number, ctx: RunContext): Promise<Lease | null> {
    const lease = await takeLease({ state: this, holder: this.#holder, name, ttlMs }, ctx);
    if (lease === null) return null;
    this.#leases.add(lease);
    lease.lost.addEventListener('abort', () => this.#leases.delete(lease), { once: true });
    return lease;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    // Releases first: another node need not wait for them to run out.
    await Promise.allSettled([...this.#leases].map((lease) => lease.release()));
    this.#closed = true;
    for (const reader of new Set(this.#dialect.readers)) if (reader !== this.#dialect.writer) await reader.destroy();
    await this.#dialect.close?.();
    await this.#dialect.writer.destroy();
  }

  async #run<T>(
    pick: (settled: (db: Kysely<Schema>, readOnly: boolean) => Promise<T>) => Promise<T>,
    work: (db: Transaction<Schema>) => Promise<T>,
    ctx: RunContext,
  ): Promise<T> {
    if (this.#inside.getStore() === true)
      throw new SluiceError('internal.unexpected', 'a state transaction was opened inside another one; it would wait for itself');
    for (let attempt = 0; ; attempt++) {
      if (this.#closed) throw new SluiceError('state.unavailable', 'the state database is closed');
      if (ctx.signal.aborted) throw new SluiceError('aborted', 'the caller cancelled before the transaction');
      try {
        return await pick(async (db, readOnly) => {
          let transaction = db.transaction();
          if (this.#dialect.serializable) transaction = transaction.setIsolationLevel(readOnly ? 'repeatable read' : 'serializable');
          if (this.#dialect.serializable && readOnly) transaction = transaction.setAccessMode('read only');
          return await transaction.execute((trx) => this.#inside.run(true, () => work(trx)));
        });
      } catch (thrown) {
        const kind = thrown instanceof SluiceError ? null : this.#dialect.classify(thrown);
        if (kind === null) throw thrown;
        const cause = asSluiceError(thrown);
        if (kind === 'full')
          throw new SluiceError(
            'state.full',
            `the disk of the state database is full: ${cause.message}`,
            { engine: this.#dialect.name },
            { cause: thrown },
          );
        if (kind === 'unavailable')
          throw new SluiceError(
            'state.unavailable',
            `the state database does not answer: ${cause.message}`,
            { engine: this.#dialect.name },
            { cause: thrown },
          );
        if (attempt + 1 >= CONFLICTS.attempts)
          throw new SluiceError(
            'state.conflict',
            `the transaction lost ${CONFLICTS.attempts} times: ${cause.message}`,
            { engine: this.#dialect.name },
            { cause: thrown },
          );
      }
      await ctx.clock.sleep(backoffMs(attempt, CONFLICTS), ctx.signal);
    }
  }
}
