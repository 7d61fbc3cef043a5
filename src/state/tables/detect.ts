import type { Kysely } from 'kysely';
import type { Migrations } from '../state.ts';
import { createRuleGaps, type RuleGapTable } from './rule-gaps.ts';

/** Detection rules that users wrote. Built-in ones are files. */
export interface DetectionRuleTable {
  id: string;
  /** Grows with each change of the text. */
  revision: number;
  /** YAML as it was written. */
  text: string;
  created_ms: number;
  modified_ms: number;
  modified_by: string;
}

/** Rules whose switch a user has set. Without a row a rule is on. */
export interface DetectionSwitchTable {
  rule: string;
  /** 0 or 1. */
  enabled: number;
  since_ms: number;
  by_user: string;
}

/** How far a correlation that waits for late data has looked, Unix ms of event time. */
export interface DetectionSweepTable {
  rule: string;
  revision: number;
  upto_ms: number;
}

export interface DetectTables {
  detection_rules: DetectionRuleTable;
  detection_switches: DetectionSwitchTable;
  detection_sweeps: DetectionSweepTable;
  /** Ranges that a rule could not be run over: kept until it was. Rule `*`: all rules, because events came into the range later. */
  detection_gaps: RuleGapTable;
}

/** Tables of detection. Number range 0900–0999. */
export const detectMigrations: Migrations = {
  '0900_detection': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('detection_rules')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('revision', 'bigint', (c) => c.notNull())
        .addColumn('text', 'text', (c) => c.notNull())
        .addColumn('created_ms', 'bigint', (c) => c.notNull())
        .addColumn('modified_ms', 'bigint', (c) => c.notNull())
        .addColumn('modified_by', 'text', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('detection_switches')
        .addColumn('rule', 'text', (c) => c.primaryKey())
        .addColumn('enabled', 'bigint', (c) => c.notNull())
        .addColumn('since_ms', 'bigint', (c) => c.notNull())
        .addColumn('by_user', 'text', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('detection_sweeps')
        .addColumn('rule', 'text', (c) => c.primaryKey())
        .addColumn('revision', 'bigint', (c) => c.notNull())
        .addColumn('upto_ms', 'bigint', (c) => c.notNull())
        .execute();
      await createRuleGaps(db, 'detection_gaps');
    },
  },
};
