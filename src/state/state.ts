import type { Transaction } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { RunContext } from '../core/context.ts';
import type { Schema } from './schema.ts';

/** Accounts, rules, checkpoints, leases: relational and small (design D8). One schema, two dialects. */
export interface State {
  /**
   * One serializable transaction, retried on conflict. No network, no clock and no other await than the database inside: SQLite runs one writer at a time.
   * `work` may run more than once, so it changes nothing but the database; a transaction inside another one is refused (internal.unexpected).
   * @throws state.conflict state.full state.unavailable, or whatever `work` throws (rolled back)
   */
  transact<T>(work: (db: Transaction<Schema>) => Promise<T>, ctx: RunContext): Promise<T>;
  /** Like transact, for reading only; runs beside a writer and sees one moment. */
  read<T>(work: (db: Transaction<Schema>) => Promise<T>, ctx: RunContext): Promise<T>;
  /** A row with a fence, not an advisory lock: it works the same in both dialects. Null: held elsewhere. Renews itself until released or lost. */
  lease(name: string, ttlMs: number, ctx: RunContext): Promise<Lease | null>;
  close(): Promise<void>;
}

/** Writes that depend on the lease carry the fence and are refused when a newer one exists: `requireFence` of `tables/state.ts`. */
export interface Lease {
  readonly name: string;
  readonly fence: bigint;
  /** Fires when the lease could not be renewed in time, when ctx.signal of its taker fires, and on release. */
  readonly lost: AbortSignal;
  /** Gives it to the next one at once; twice is safe. */
  release(): Promise<void>;
}

/** A room's tables: `state/tables/<room>.ts` exports its table types and these migrations, named `NNNN_what`, never edited once released. */
export type Migrations = Readonly<Record<string, Migration>>;
