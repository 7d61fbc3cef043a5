import type { Kysely } from 'kysely';
import type { Migrations } from '../state.ts';

/** Rules that users wrote. Built-in ones are files. */
export interface StandardizationRuleTable {
  id: string;
  revision: number;
  /** JSON of the rule. */
  body: string;
  created_ms: number;
  modified_ms: number;
}

/** Rules, built in or not, that a user switched off. */
export interface StandardizationOffTable {
  rule: string;
  since_ms: number;
}

/** Data source + standardization rule + method (an ingestion policy). Beside these, rules apply where their `match` says. */
export interface IngestionPolicyTable {
  id: string;
  logstore: number;
  rule: string;
  /** `real-time-consumption` or `scan-query`; never changed. */
  method: string;
  created_ms: number;
}

/** Ranges that a rule could not process: kept until it did, so that nothing is skipped in silence (design D5). */
export interface StandardizationGapTable {
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

export interface StandardizeTables {
  standardization_rules: StandardizationRuleTable;
  standardization_off: StandardizationOffTable;
  ingestion_policies: IngestionPolicyTable;
  standardization_gaps: StandardizationGapTable;
}

/** Tables of standardization. Number range 0400–0499. */
export const standardizeMigrations: Migrations = {
  '0400_standardization': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('standardization_rules')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('revision', 'bigint', (c) => c.notNull())
        .addColumn('body', 'text', (c) => c.notNull())
        .addColumn('created_ms', 'bigint', (c) => c.notNull())
        .addColumn('modified_ms', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('standardization_off')
        .addColumn('rule', 'text', (c) => c.primaryKey())
        .addColumn('since_ms', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('ingestion_policies')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('logstore', 'bigint', (c) => c.notNull())
        .addColumn('rule', 'text', (c) => c.notNull())
        .addColumn('method', 'text', (c) => c.notNull())
        .addColumn('created_ms', 'bigint', (c) => c.notNull())
        .addUniqueConstraint('ingestion_policies_pair', ['logstore', 'rule'])
        .execute();
      await db.schema
        .createTable('standardization_gaps')
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
        .addPrimaryKeyConstraint('standardization_gaps_key', ['rule', 'logstore', 'shard', 'from_cursor'])
        .execute();
    },
  },
};
