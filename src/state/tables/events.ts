import type { Kysely } from 'kysely';
import type { Migrations } from '../state.ts';

/** One security event. What people set and what follows from its alerts; the chain itself is made of the alerts when asked for. Times are Unix ms. */
export interface SecurityEventTable {
  /** Number in the display id `SE-<no>`; never used twice. */
  no: number;
  status: string;
  owner: string | null;
  verdict: string | null;
  /** Title that a person gave; null: the one made of the alerts. */
  title_given: string | null;
  title: string;
  summary: string;
  /** OCSF severity_id 1 to 5. */
  severity: number;
  /** Risk times ten, 0 to 1000. */
  risk_tenths: number;
  /** JSON list of { name, points }. */
  risk_parts: string;
  first_ms: number;
  last_ms: number;
  /** JSON lists of the contract's summary. */
  clouds: string;
  tactics: string;
  entities: string;
  /** `,alibaba,aws,` and `,initial-access,`: to filter by. */
  cloud_names: string;
  tactic_names: string;
  alert_count: number;
  rule_count: number;
  evidence_count: number;
  logstore_count: number;
  created_ms: number;
  /** 0: not closed. */
  closed_ms: number;
  /** Event it was merged into; null: it stands for itself. */
  merged_into: number | null;
  /** Grows with each change by people or of what they set: the etag. */
  changes: number;
}

/** What happened to an event, in order. */
export interface EventActivityTable {
  seq: number;
  event: number;
  at_ms: number;
  actor: string;
  kind: string;
  text: string;
}

/** Events that have to do with each other but are not one: a row each way. */
export interface EventRelationTable {
  event: number;
  other: number;
  why: string;
}

/** Main entities seen with a key on a day of event time (days since 1970): many of them make the key a hub. */
export interface HubPrincipalTable {
  key: string;
  day: number;
  principal: string;
}

/** Alerts that a person put into one event. */
export interface ForcedLinkTable {
  a: number;
  b: number;
}

export interface EventTables {
  security_events: SecurityEventTable;
  event_activity: EventActivityTable;
  event_relations: EventRelationTable;
  hub_principals: HubPrincipalTable;
  forced_links: ForcedLinkTable;
}

const TEXTS = ['status', 'title', 'summary', 'risk_parts', 'clouds', 'tactics', 'entities', 'cloud_names', 'tactic_names'] as const;
const NUMBERS = [
  'severity',
  'risk_tenths',
  'first_ms',
  'last_ms',
  'alert_count',
  'rule_count',
  'evidence_count',
  'logstore_count',
  'created_ms',
  'closed_ms',
  'changes',
] as const;

/** Tables of security events. Number range 0600–0699. */
export const eventMigrations: Migrations = {
  '0600_security_events': {
    async up(db: Kysely<unknown>): Promise<void> {
      let events = db.schema
        .createTable('security_events')
        .addColumn('no', 'bigint', (c) => c.primaryKey())
        .addColumn('owner', 'text')
        .addColumn('verdict', 'text')
        .addColumn('title_given', 'text')
        .addColumn('merged_into', 'bigint');
      for (const name of TEXTS) events = events.addColumn(name, 'text', (c) => c.notNull());
      for (const name of NUMBERS) events = events.addColumn(name, 'bigint', (c) => c.notNull());
      await events.execute();
      await db.schema.createIndex('security_events_worst').on('security_events').columns(['severity', 'risk_tenths', 'no']).execute();
      await db.schema.createIndex('security_events_status').on('security_events').columns(['status', 'last_ms']).execute();
      await db.schema.createIndex('security_events_merged').on('security_events').column('merged_into').execute();

      await db.schema
        .createTable('event_activity')
        .addColumn('seq', 'bigint', (c) => c.primaryKey())
        .addColumn('event', 'bigint', (c) => c.notNull())
        .addColumn('at_ms', 'bigint', (c) => c.notNull())
        .addColumn('actor', 'text', (c) => c.notNull())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('text', 'text', (c) => c.notNull())
        .execute();
      await db.schema.createIndex('event_activity_event').on('event_activity').columns(['event', 'seq']).execute();

      await db.schema
        .createTable('event_relations')
        .addColumn('event', 'bigint', (c) => c.notNull())
        .addColumn('other', 'bigint', (c) => c.notNull())
        .addColumn('why', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('event_relations_key', ['event', 'other'])
        .execute();

      await db.schema
        .createTable('hub_principals')
        .addColumn('key', 'text', (c) => c.notNull())
        .addColumn('day', 'bigint', (c) => c.notNull())
        .addColumn('principal', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('hub_principals_key', ['key', 'day', 'principal'])
        .execute();
      await db.schema.createIndex('hub_principals_day').on('hub_principals').column('day').execute();

      await db.schema
        .createTable('forced_links')
        .addColumn('a', 'bigint', (c) => c.notNull())
        .addColumn('b', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('forced_links_key', ['a', 'b'])
        .execute();
      await db.schema.createIndex('forced_links_b').on('forced_links').column('b').execute();
    },
  },
};
