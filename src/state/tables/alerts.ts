import type { Kysely } from 'kysely';
import type { Migrations } from '../state.ts';

/** One alert: the hits of one rule, cloud and main entity within one window. Times are Unix ms. */
export interface AlertTable {
  /** Number in the display id `AL-<no>`. */
  no: number;
  /** 32 hex digits of what makes the alert this one; the same hits in any order give the same. */
  uid: string;
  rule: string;
  revision: number;
  rule_title: string;
  title: string;
  /** OCSF severity_id 1 to 5. */
  severity: number;
  /** OCSF confidence_id 1 to 3. */
  confidence: number;
  /** Cloud as the contracts call it. */
  cloud: string;
  account: string;
  region: string;
  /** JSON list of ATT&CK short names. */
  tactics: string;
  /** JSON list of technique ids. */
  techniques: string;
  /** Event time of the first and last evidence. */
  first_ms: number;
  last_ms: number;
  raised_ms: number;
  /** When the newest log of the evidence was received. */
  received_ms: number;
  /** Events its hits stand for. */
  count: number;
  /** JSON; see `alerts/alert.ts`. */
  entities: string;
  pairs: string;
  evidence: string;
  reasons: string;
  /** Logs of evidence in all; `evidence` keeps the first of them. */
  evidence_total: number;
  main_type: string;
  main_value: string;
  window_sec: number;
  pass_through: number;
  /** Place of the hit that title and reasons are from. */
  lead_rank: string;
  status: string;
  owner: string | null;
  verdict: string | null;
  note: string;
  /** 0: not yet. */
  acknowledged_ms: number;
  closed_ms: number;
  /** Grows with each change by people or by what their verdicts imply: the etag. */
  changes: number;
  /** Alerts of one number are connected: the lowest of their numbers. */
  grp: number;
  /** Security event it belongs to; null: none yet. */
  event: number | null;
  /** 0: the uids of its hits are forgotten, so no more are taken. */
  hits_kept: number;
}

/** Hits that alerts have taken: one that comes again changes nothing. */
export interface AlertHitTable {
  uid: string;
  alert: number;
  count: number;
}

/** Entities of alerts, to find them by. */
export interface AlertEntityTable {
  alert: number;
  type: string;
  value: string;
}

/** What alerts are linked by (`events/link-keys.ts`), with the alert's time. */
export interface AlertKeyTable {
  alert: number;
  key: string;
  first_ms: number;
  last_ms: number;
}

export interface AlertTables {
  alerts: AlertTable;
  alert_hits: AlertHitTable;
  alert_entities: AlertEntityTable;
  alert_keys: AlertKeyTable;
}

const TEXTS = [
  'rule',
  'rule_title',
  'title',
  'cloud',
  'account',
  'region',
  'tactics',
  'techniques',
  'entities',
  'pairs',
  'evidence',
  'reasons',
  'main_type',
  'main_value',
  'lead_rank',
  'status',
  'note',
] as const;
const NUMBERS = [
  'revision',
  'severity',
  'confidence',
  'first_ms',
  'last_ms',
  'raised_ms',
  'received_ms',
  'count',
  'evidence_total',
  'window_sec',
  'pass_through',
  'acknowledged_ms',
  'closed_ms',
  'changes',
  'grp',
  'hits_kept',
] as const;

/** Tables of alerts. Number range 0500–0599. */
export const alertMigrations: Migrations = {
  '0500_alerts': {
    async up(db: Kysely<unknown>): Promise<void> {
      let alerts = db.schema
        .createTable('alerts')
        .addColumn('no', 'bigint', (c) => c.primaryKey())
        .addColumn('uid', 'text', (c) => c.notNull().unique())
        .addColumn('owner', 'text')
        .addColumn('verdict', 'text')
        .addColumn('event', 'bigint');
      for (const name of TEXTS) alerts = alerts.addColumn(name, 'text', (c) => c.notNull());
      for (const name of NUMBERS) alerts = alerts.addColumn(name, 'bigint', (c) => c.notNull());
      await alerts.execute();
      await db.schema.createIndex('alerts_newest').on('alerts').columns(['last_ms', 'no']).execute();
      await db.schema.createIndex('alerts_status').on('alerts').columns(['status', 'last_ms']).execute();
      await db.schema.createIndex('alerts_rule').on('alerts').columns(['rule', 'last_ms']).execute();
      await db.schema.createIndex('alerts_group').on('alerts').column('grp').execute();
      await db.schema.createIndex('alerts_event').on('alerts').column('event').execute();

      await db.schema
        .createTable('alert_hits')
        .addColumn('uid', 'text', (c) => c.primaryKey())
        .addColumn('alert', 'bigint', (c) => c.notNull())
        .addColumn('count', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema.createIndex('alert_hits_alert').on('alert_hits').column('alert').execute();

      await db.schema
        .createTable('alert_entities')
        .addColumn('alert', 'bigint', (c) => c.notNull())
        .addColumn('type', 'text', (c) => c.notNull())
        .addColumn('value', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('alert_entities_key', ['alert', 'type', 'value'])
        .execute();
      await db.schema.createIndex('alert_entities_value').on('alert_entities').columns(['value', 'alert']).execute();

      await db.schema
        .createTable('alert_keys')
        .addColumn('alert', 'bigint', (c) => c.notNull())
        .addColumn('key', 'text', (c) => c.notNull())
        .addColumn('first_ms', 'bigint', (c) => c.notNull())
        .addColumn('last_ms', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('alert_keys_key', ['alert', 'key'])
        .execute();
      await db.schema.createIndex('alert_keys_time').on('alert_keys').columns(['key', 'first_ms']).execute();
    },
  },
};
