import { sql, type Transaction } from 'kysely';
import type { AlertSummary } from '../api/rest/contract/alerts.ts';
import type { SeverityCounts } from '../api/rest/contract/base.ts';
import { iso } from '../api/rest/times.ts';
import type { Schema } from '../state/schema.ts';
import { alertWhere, givenMs, type AlertFilters } from './alert-query.ts';
import { severityWord } from './severity.ts';

const DAY_MS = 86_400_000;
/** Parts of a trend. */
export const TREND_PARTS = 24;

export function noCounts(): SeverityCounts {
  return { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
}

export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
  /** Whole seconds. */
  readonly partMs: number;
}

/** The time a trend covers: what the filters say, else the day until now. */
export function periodOf(filters: AlertFilters, nowMs: number): Period {
  const toMs = filters.to === undefined ? nowMs : givenMs(filters.to, '/query/to');
  const fromMs = filters.from === undefined ? toMs - DAY_MS : givenMs(filters.from, '/query/from');
  return { fromMs, toMs, partMs: Math.max(1, Math.ceil((toMs - fromMs) / TREND_PARTS / 1000)) * 1000 };
}

/** Part of the period in which an alert's first evidence lies; what began before is in the first. Literals, since PostgreSQL wants the same text in GROUP BY. */
export function partOf({ fromMs, partMs }: Period) {
  const from = sql.lit(fromMs);
  return sql<number>`(case when alerts.first_ms < ${from} then 0 else alerts.first_ms - ${from} end) / ${sql.lit(partMs)}`;
}

export async function alertSummary(
  db: Transaction<Schema>,
  filters: AlertFilters,
  event: number | null,
  nowMs: number,
): Promise<AlertSummary> {
  const { status: _status, ...others } = filters;
  const byStatus = { new: 0, acknowledged: 0, suppressed: 0, closed: 0 };
  const states = await db
    .selectFrom('alerts')
    .select((e) => ['status', e.fn.countAll<number>().as('alerts')])
    .where((e) => alertWhere(e, others, event))
    .groupBy('status')
    .execute();
  for (const { status, alerts } of states) if (status in byStatus) byStatus[status as keyof typeof byStatus] = alerts;

  const bySeverity = noCounts();
  const severities = await db
    .selectFrom('alerts')
    .select((e) => ['severity', e.fn.countAll<number>().as('alerts')])
    .where((e) => alertWhere(e, filters, event))
    .groupBy('severity')
    .execute();
  for (const { severity, alerts } of severities) bySeverity[severityWord(severity)] += alerts;
  const total = severities.reduce((sum, row) => sum + row.alerts, 0);

  const period = periodOf(filters, nowMs);
  const part = partOf(period);
  const parts = await db
    .selectFrom('alerts')
    .select((e) => [part.as('part'), 'severity', e.fn.countAll<number>().as('alerts')])
    .where((e) => alertWhere(e, filters, event))
    .where('last_ms', '>=', period.fromMs)
    .where('first_ms', '<', period.toMs)
    .groupBy([part, 'severity'])
    .execute();
  const trend = Array.from({ length: TREND_PARTS }, noCounts);
  for (const row of parts) {
    const counts = trend[Math.min(TREND_PARTS - 1, row.part)] as SeverityCounts;
    counts[severityWord(row.severity)] += row.alerts;
  }
  return {
    byStatus,
    bySeverity,
    total,
    trend: {
      from: iso(period.fromMs),
      intervalSec: period.partMs / 1000,
      counts: trend.map((counts) => Object.values(counts).reduce((sum, count) => sum + count, 0)),
      severities: trend,
    },
    medianAcknowledgeSec: await medianSec(db, others, event),
  };
}

/** From raised to first taken up, of the alerts that were; null: none was. */
async function medianSec(db: Transaction<Schema>, filters: AlertFilters, event: number | null): Promise<number | null> {
  const taken = db
    .selectFrom('alerts')
    .where((e) => alertWhere(e, filters, event))
    .where('acknowledged_ms', '>', 0);
  const { alerts } = await taken.select((e) => e.fn.countAll<number>().as('alerts')).executeTakeFirstOrThrow();
  if (alerts === 0) return null;
  const wait = sql<number>`acknowledged_ms - raised_ms`;
  const middle = await taken
    .select(wait.as('wait'))
    .orderBy(wait)
    .offset(Math.floor((alerts - 1) / 2))
    .limit(1)
    .executeTakeFirstOrThrow();
  return Math.max(0, middle.wait) / 1000;
}
