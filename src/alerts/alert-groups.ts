import type { Transaction } from 'kysely';
import type { AlertGroup } from '../api/rest/contract/alerts.ts';
import { DEFAULT_PAGE_SIZE, placeOf, tokenOf, type Page } from '../api/rest/paging.ts';
import type { QueryIn } from '../api/rest/services.ts';
import { iso } from '../api/rest/times.ts';
import { SluiceError } from '../core/errors.ts';
import type { Schema } from '../state/schema.ts';
import { alertWhere } from './alert-query.ts';
import { partOf, periodOf, TREND_PARTS, type Period } from './alert-summary.ts';
import { severityWord } from './severity.ts';

type Query = QueryIn<'groupAlerts'>;

interface Group {
  /** Rule id, or type and value of the entity. */
  readonly rule: string;
  readonly type: string;
  readonly value: string;
  readonly severity: number;
  readonly alerts: number;
  readonly last_ms: number;
}

/** Alerts counted by rule or entity, worst first, then most, then by name. A page goes on by place: groups are few and change as one looks. */
export async function alertGroups(db: Transaction<Schema>, query: Query, event: number | null, nowMs: number): Promise<Page<AlertGroup>> {
  const size = query.pageSize ?? DEFAULT_PAGE_SIZE;
  const from = query.pageToken === undefined ? 0 : offsetIn(query.pageToken);
  const groups = query.by === 'rule' ? await byRule(db, query, event, from, size) : await byEntity(db, query, event, from, size);
  const items: AlertGroup[] = [];
  for (const group of groups.slice(0, size)) items.push(await described(db, group, query, event, periodOf(query, nowMs)));
  return { items, nextPageToken: groups.length > size ? tokenOf(String(from + size)) : '' };
}

async function byRule(db: Transaction<Schema>, query: Query, event: number | null, from: number, size: number): Promise<Group[]> {
  const rows = await db
    .selectFrom('alerts')
    .select((e) => [
      'rule',
      e.fn.max<number>('severity').as('severity'),
      e.fn.countAll<number>().as('alerts'),
      e.fn.max<number>('last_ms').as('last_ms'),
    ])
    .where((e) => alertWhere(e, query, event))
    .groupBy('rule')
    .orderBy('severity', 'desc')
    .orderBy('alerts', 'desc')
    .orderBy('rule')
    .offset(from)
    .limit(size + 1)
    .execute();
  return rows.map((row) => ({ ...row, type: '', value: '' }));
}

async function byEntity(db: Transaction<Schema>, query: Query, event: number | null, from: number, size: number): Promise<Group[]> {
  const rows = await db
    .selectFrom('alert_entities')
    .innerJoin('alerts', 'alerts.no', 'alert_entities.alert')
    .select((e) => [
      'alert_entities.type',
      'alert_entities.value',
      e.fn.max<number>('alerts.severity').as('severity'),
      e.fn.countAll<number>().as('alerts'),
      e.fn.max<number>('alerts.last_ms').as('last_ms'),
    ])
    .where('alerts.no', 'in', (e) =>
      e
        .selectFrom('alerts')
        .select('no')
        .where((inner) => alertWhere(inner, query, event)),
    )
    .groupBy(['alert_entities.type', 'alert_entities.value'])
    .orderBy('severity', 'desc')
    .orderBy('alerts', 'desc')
    .orderBy('alert_entities.type')
    .orderBy('alert_entities.value')
    .offset(from)
    .limit(size + 1)
    .execute();
  return rows.map((row) => ({ ...row, rule: '' }));
}

async function described(db: Transaction<Schema>, group: Group, query: Query, event: number | null, period: Period): Promise<AlertGroup> {
  const own = db
    .selectFrom('alerts')
    .where((e) => alertWhere(e, query, event))
    .where((e) =>
      group.rule !== ''
        ? e('rule', '=', group.rule)
        : e('no', 'in', e.selectFrom('alert_entities').select('alert').where('type', '=', group.type).where('value', '=', group.value)),
    );
  const part = partOf(period);
  const trend = Array.from({ length: TREND_PARTS }, () => 0);
  const parts = await own
    .select((e) => [part.as('part'), e.fn.countAll<number>().as('alerts')])
    .where('last_ms', '>=', period.fromMs)
    .where('first_ms', '<', period.toMs)
    .groupBy(part)
    .execute();
  for (const row of parts) {
    const at = Math.min(TREND_PARTS - 1, row.part);
    trend[at] = (trend[at] ?? 0) + row.alerts;
  }
  const lists = await own.select('techniques').distinct().execute();
  const { entities } = await own
    .select((e) => e.fn.count<number>('main_value').distinct().as('entities'))
    .where('main_value', '!=', '')
    .executeTakeFirstOrThrow();
  const newest = await own.select('rule_title').orderBy('last_ms', 'desc').orderBy('no', 'desc').limit(1).executeTakeFirstOrThrow();
  return {
    key: group.rule !== '' ? group.rule : `${group.type}:${group.value}`,
    title: group.rule !== '' ? newest.rule_title : group.value,
    severity: severityWord(group.severity),
    techniques: [...new Set(lists.flatMap((row) => JSON.parse(row.techniques) as string[]))].sort(),
    count: group.alerts,
    entityCount: entities,
    lastSeen: iso(group.last_ms),
    trend,
  };
}

function offsetIn(token: string): number {
  const place = placeOf(token);
  if (!/^\d{1,9}$/.test(place))
    throw new SluiceError('request.invalid', 'pageToken is none that this list answered', { path: '/query/pageToken' });
  return Number(place);
}
