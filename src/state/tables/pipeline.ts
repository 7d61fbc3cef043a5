import type { Kysely } from 'kysely';
import type { Migrations } from '../state.ts';

/** Layouts of the logstores' tables in the store. */
export interface LogTableTable {
  logstore: number;
  /** Grows with each change. */
  version: number;
  /** JSON of the layout. */
  layout: string;
  /** 0: the layout is decided and the engine may not have all of it yet. */
  applied: number;
}

/** How far a step is in a shard (design D5). */
export interface StepWatermarkTable {
  step: string;
  logstore: number;
  shard: number;
  /** Everything before it is done. Decimal text, zero-padded to 20 digits so that it sorts as text. */
  cursor: string;
}

/** Ranges that a step has begun and not finished: after a crash the very same ranges, batch by batch, come again. */
export interface StepPlanTable {
  step: string;
  logstore: number;
  shard: number;
  from_cursor: string;
  to_cursor: string;
  /** Ranges of one batch were given to the step in one call. */
  batch: number;
  planned_ms: number;
  /** Failed attempts so far. */
  attempts: number;
  /** Of the last failed attempt; '' when there was none. */
  code: string;
  message: string;
  /** When it is tried again. */
  next_ms: number;
}

/** What a step did to a range. */
export interface StepReceiptTable {
  step: string;
  logstore: number;
  shard: number;
  from_cursor: string;
  to_cursor: string;
  rows_in: number;
  rows_out: number;
  acknowledgement: string;
  at_ms: number;
}

export interface PipelineTables {
  log_tables: LogTableTable;
  step_watermarks: StepWatermarkTable;
  step_plans: StepPlanTable;
  step_receipts: StepReceiptTable;
}

/** A cursor as these tables keep it. */
export function cursorText(cursor: bigint): string {
  return cursor.toString().padStart(20, '0');
}

/** Tables of the steps after the stream. Number range 0300–0399. */
export const pipelineMigrations: Migrations = {
  '0300_log_tables': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('log_tables')
        .addColumn('logstore', 'bigint', (c) => c.primaryKey())
        .addColumn('version', 'bigint', (c) => c.notNull())
        .addColumn('layout', 'text', (c) => c.notNull())
        .addColumn('applied', 'bigint', (c) => c.notNull())
        .execute();
    },
  },
  '0301_range_steps': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('step_watermarks')
        .addColumn('step', 'text', (c) => c.notNull())
        .addColumn('logstore', 'bigint', (c) => c.notNull())
        .addColumn('shard', 'bigint', (c) => c.notNull())
        .addColumn('cursor', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('step_watermarks_key', ['step', 'logstore', 'shard'])
        .execute();
      await db.schema
        .createTable('step_plans')
        .addColumn('step', 'text', (c) => c.notNull())
        .addColumn('logstore', 'bigint', (c) => c.notNull())
        .addColumn('shard', 'bigint', (c) => c.notNull())
        .addColumn('from_cursor', 'text', (c) => c.notNull())
        .addColumn('to_cursor', 'text', (c) => c.notNull())
        .addColumn('batch', 'bigint', (c) => c.notNull())
        .addColumn('planned_ms', 'bigint', (c) => c.notNull())
        .addColumn('attempts', 'bigint', (c) => c.notNull())
        .addColumn('code', 'text', (c) => c.notNull())
        .addColumn('message', 'text', (c) => c.notNull())
        .addColumn('next_ms', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('step_plans_key', ['step', 'logstore', 'shard'])
        .execute();
      await db.schema
        .createTable('step_receipts')
        .addColumn('step', 'text', (c) => c.notNull())
        .addColumn('logstore', 'bigint', (c) => c.notNull())
        .addColumn('shard', 'bigint', (c) => c.notNull())
        .addColumn('from_cursor', 'text', (c) => c.notNull())
        .addColumn('to_cursor', 'text', (c) => c.notNull())
        .addColumn('rows_in', 'bigint', (c) => c.notNull())
        .addColumn('rows_out', 'bigint', (c) => c.notNull())
        .addColumn('acknowledgement', 'text', (c) => c.notNull())
        .addColumn('at_ms', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('step_receipts_key', ['logstore', 'shard', 'step', 'from_cursor'])
        .execute();
      await db.schema.createIndex('step_receipts_at').on('step_receipts').column('at_ms').execute();
    },
  },
};
