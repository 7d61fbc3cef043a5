import type { CompiledSql } from '../store/store.ts';
import { ALL_EVENTS, CLASS_TABLES, classTable, type ClassTable } from './class-table.ts';
import { eventSelectList } from './event-row.ts';

/** What to look for among standardized events. */
export interface EventFilter {
  /** Event time, Unix ms, [from, to). */
  readonly fromMs: number;
  readonly toMs: number;
  /** An observable's value: an address, user, resource id … exactly as written. */
  readonly entity?: string;
  readonly rule?: string;
  /** At least this severe (OCSF severity_id). */
  readonly minSeverity?: number;
  readonly limit: number;
  readonly offset?: number;
}

/** Events of one class, newest first, in the columns that `eventFromRow` reads. FINAL: a log that was standardized again shows its newest event only. */
export function findEvents(classUid: number, filter: EventFilter): CompiledSql {
  const table = classTable(classUid);
  const { where, params } = predicate(filter);
  return {
    text: `SELECT ${eventSelectList(table)} FROM ${table.table} FINAL WHERE ${where} ORDER BY time DESC, cursor DESC, idx DESC ${page(filter)}`,
    params,
  };
}

/**
 * Events of every class and cloud, newest first: class, identity and the few columns a list shows. Rows:
 * `class_uid, time (ms), severity_id, provider, product, activity_id, status_id, action_id, message, logstore, shard, cursor, idx, rule, observables`.
 */
export function findAllEvents(filter: EventFilter): CompiledSql {
  const { where, params } = predicate(filter);
  const columns = [
    'class_uid',
    'toUnixTimestamp64Milli(time) AS time_ms',
    'severity_id',
    '`cloud.provider`',
    '`metadata.product.name`',
    'activity_id',
    'status_id',
    'action_id',
    'message',
    'logstore',
    'shard',
    'cursor',
    'idx',
    'rule',
    'observables',
  ];
  return { text: `SELECT ${columns.join(', ')} FROM ${ALL_EVENTS} WHERE ${where} ORDER BY time DESC ${page(filter)}`, params };
}

/** Statements that give every event made of one log, one per class: for receipts, and for the way from a log to its events. */
export function eventsOfLog(
  logstore: number,
  shard: number,
  cursor: bigint,
  idx: number,
): readonly { readonly table: ClassTable; readonly sql: CompiledSql }[] {
  return [...CLASS_TABLES.values()].map((table) => ({
    table,
    sql: {
      text: `SELECT ${eventSelectList(table)} FROM ${table.table} FINAL WHERE logstore = {l:UInt32} AND shard = {s:UInt32} AND cursor = {c:UInt64} AND idx = {i:UInt32}`,
      params: { l: logstore, s: shard, c: String(cursor), i: idx },
    },
  }));
}

function page(filter: EventFilter): string {
  return `LIMIT ${Math.trunc(filter.limit)} OFFSET ${Math.trunc(filter.offset ?? 0)}`;
}

function predicate(filter: EventFilter): { readonly where: string; readonly params: Record<string, unknown> } {
  const params: Record<string, unknown> = { from: String(Math.trunc(filter.fromMs)), to: String(Math.trunc(filter.toMs)) };
  const tests = ["time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')"];
  if (filter.entity !== undefined) {
    params['entity'] = filter.entity;
    tests.push('has(`observables.value`, {entity:String})');
  }
  if (filter.rule !== undefined) {
    params['rule'] = filter.rule;
    tests.push('rule = {rule:String}');
  }
  if (filter.minSeverity !== undefined) tests.push(`severity_id >= ${Math.trunc(filter.minSeverity)}`);
  return { where: tests.join(' AND '), params };
}
