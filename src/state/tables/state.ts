import type { Kysely, Transaction } from 'kysely';
import { SluiceError } from '../../core/errors.ts';
import type { Migrations } from '../state.ts';

/** Who holds what until when. The row stays after a release, so that the fence only ever grows. */
export interface LeaseTable {
  name: string;
  /** Random id of the State instance that holds it; '' after a release. */
  holder: string;
  /** Decimal text of a 64-bit number, zero-padded to 20 digits so that it sorts as text. */
  fence: string;
  /** Unix ms. */
  expires_ms: number;
}

/** Last number handed out under a name: ids that are never used twice, even after what they named was deleted. */
export interface CounterTable {
  name: string;
  value: number;
}

export interface StateTables {
  leases: LeaseTable;
  counters: CounterTable;
}

/** Tables of the state port itself: leases and counters. Number range 0001–0099. */
export const stateMigrations: Migrations = {
  '0001_leases': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('leases')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('holder', 'text', (c) => c.notNull())
        .addColumn('fence', 'text', (c) => c.notNull())
        .addColumn('expires_ms', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('counters')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('value', 'bigint', (c) => c.notNull())
        .execute();
    },
  },
};

/** The next number of a counter, starting at 1. A rolled back transaction gives its number back: nobody has seen it. */
export async function nextNumber<S extends StateTables>(db: Transaction<S>, name: string): Promise<number> {
  return await nextNumbers(db, name, 1);
}

/** The same for `count` numbers in a row; answers the first. */
export async function nextNumbers<S extends StateTables>(db: Transaction<S>, name: string, count: number): Promise<number> {
  const row = await (db as unknown as Transaction<StateTables>)
    .insertInto('counters')
    .values({ name, value: count })
    .onConflict((c) => c.column('name').doUpdateSet((e) => ({ value: e('counters.value', '+', count) })))
    .returning('value')
    .executeTakeFirstOrThrow();
  return row.value - count + 1;
}

/**
 * Refuses to go on when a newer holder has taken the lease. Call it first in every transaction whose right to write comes from a lease:
 * a holder that was paused past its time then changes nothing.
 * @throws state.lease_lost
 */
export async function requireFence<S extends StateTables>(
  db: Transaction<S>,
  lease: { readonly name: string; readonly fence: bigint },
): Promise<void> {
  const row = await (db as unknown as Transaction<StateTables>)
    .selectFrom('leases')
    .select('fence')
    .where('name', '=', lease.name)
    .executeTakeFirst();
  if (row === undefined || BigInt(row.fence) !== lease.fence)
    throw new SluiceError(
      'state.lease_lost',
      `lease ${lease.name} has fence ${row === undefined ? 'none' : BigInt(row.fence)}, expected ${lease.fence}`,
      { lease: lease.name },
    );
}
