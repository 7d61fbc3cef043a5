import type { Kysely } from 'kysely';

/** Ranges that a rule could not process: kept until it did, so that nothing is skipped in silence (design D5). */
export interface RuleGapTable {
  rule: string;
  logstore: number;
  shard: number;
  /** Decimal text of the cursor, zero-padded to 20 digits so that it sorts as text. */
  from_cursor: string;
  to_cursor: string;
  /** Revision of the rule that failed. */
  revision: number;
  code: string;
  message: string;
  attempts: number;
  first_ms: number;
  last_ms: number;
}

/** Makes a table of that shape. */
export async function createRuleGaps(db: Kysely<unknown>, table: string): Promise<void> {
  await db.schema
    .createTable(table)
    .addColumn('rule', 'text', (c) => c.notNull())
    .addColumn('logstore', 'bigint', (c) => c.notNull())
    .addColumn('shard', 'bigint', (c) => c.notNull())
    .addColumn('from_cursor', 'text', (c) => c.notNull())
    .addColumn('to_cursor', 'text', (c) => c.notNull())
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .addColumn('code', 'text', (c) => c.notNull())
    .addColumn('message', 'text', (c) => c.notNull())
    .addColumn('attempts', 'bigint', (c) => c.notNull())
    .addColumn('first_ms', 'bigint', (c) => c.notNull())
    .addColumn('last_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint(`${table}_key`, ['rule', 'logstore', 'shard', 'from_cursor'])
    .execute();
}
