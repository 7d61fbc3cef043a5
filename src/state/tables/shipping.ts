import type { Kysely } from 'kysely';
import type { Migrations } from '../state.ts';

/** Shippers that the server runs. */
export interface ShippingTaskTable {
  id: string;
  name: string;
  project: string;
  logstore: string;
  /** Address of the receiver as `sluice ship --to` takes it; no secrets. */
  receiver: string;
  /** Sealed JSON of the receiver's secret options by name; '' when there are none. */
  secrets: string;
  /** SPL; '': everything. */
  query: string;
  /** `begin`, `end` or Unix seconds of receive time. */
  start: string;
  consumer_group: string;
  enabled: number;
  created_ms: number;
  modified_ms: number;
}

/** One batch that a shipping task delivered. */
export interface ShipReceiptTable {
  task: string;
  project: string;
  logstore: string;
  shard: number;
  /** Cursors [from, to) of the groups the batch has logs of; text as the steps' receipts have it. */
  from_cursor: string;
  to_cursor: string;
  /** `<cursor>:<index>` of the first and the last record. */
  first_log: string;
  last_log: string;
  records: number;
  bytes: number;
  attempts: number;
  dead_lettered: number;
  target: string;
  acknowledgement: string;
  at_ms: number;
}

export interface ShippingTables {
  shipping_tasks: ShippingTaskTable;
  ship_receipts: ShipReceiptTable;
}

/** Tables of the shipping tasks. Number range 0700–0799. */
export const shippingMigrations: Migrations = {
  '0700_shipping_tasks': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('shipping_tasks')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull().unique())
        .addColumn('project', 'text', (c) => c.notNull())
        .addColumn('logstore', 'text', (c) => c.notNull())
        .addColumn('receiver', 'text', (c) => c.notNull())
        .addColumn('secrets', 'text', (c) => c.notNull())
        .addColumn('query', 'text', (c) => c.notNull())
        .addColumn('start', 'text', (c) => c.notNull())
        .addColumn('consumer_group', 'text', (c) => c.notNull())
        .addColumn('enabled', 'bigint', (c) => c.notNull())
        .addColumn('created_ms', 'bigint', (c) => c.notNull())
        .addColumn('modified_ms', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('ship_receipts')
        .addColumn('task', 'text', (c) => c.notNull())
        .addColumn('project', 'text', (c) => c.notNull())
        .addColumn('logstore', 'text', (c) => c.notNull())
        .addColumn('shard', 'bigint', (c) => c.notNull())
        .addColumn('from_cursor', 'text', (c) => c.notNull())
        .addColumn('to_cursor', 'text', (c) => c.notNull())
        .addColumn('first_log', 'text', (c) => c.notNull())
        .addColumn('last_log', 'text', (c) => c.notNull())
        .addColumn('records', 'bigint', (c) => c.notNull())
        .addColumn('bytes', 'bigint', (c) => c.notNull())
        .addColumn('attempts', 'bigint', (c) => c.notNull())
        .addColumn('dead_lettered', 'bigint', (c) => c.notNull())
        .addColumn('target', 'text', (c) => c.notNull())
        .addColumn('acknowledgement', 'text', (c) => c.notNull())
        .addColumn('at_ms', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema
        .createIndex('ship_receipts_place')
        .on('ship_receipts')
        .columns(['project', 'logstore', 'shard', 'from_cursor'])
        .execute();
      await db.schema.createIndex('ship_receipts_at').on('ship_receipts').column('at_ms').execute();
    },
  },
};
