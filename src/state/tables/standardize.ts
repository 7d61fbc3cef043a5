import type { Kysely } from 'kysely';
import type { Migrations } from '../state.ts';
import { createRuleGaps, type RuleGapTable } from './rule-gaps.ts';

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

export interface StandardizeTables {
  standardization_rules: StandardizationRuleTable;
  standardization_off: StandardizationOffTable;
  ingestion_policies: IngestionPolicyTable;
  standardization_gaps: RuleGapTable;
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
      await createRuleGaps(db, 'standardization_gaps');
    },
  },
};
