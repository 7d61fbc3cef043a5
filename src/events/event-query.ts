import type { ExpressionBuilder, ExpressionWrapper, SqlBool, Transaction } from 'kysely';
import { placeOf, tokenOf } from '../api/rest/paging.ts';
import type { QueryIn } from '../api/rest/services.ts';
import { givenMs } from '../alerts/alert-query.ts';
import { severityId } from '../alerts/severity.ts';
import { SluiceError } from '../core/errors.ts';
import { tacticByShortName } from '../detect/attack.ts';
import type { Schema } from '../state/schema.ts';
import type { SecurityEventTable } from '../state/tables/events.ts';

export type EventFilters = QueryIn<'summarizeSecurityEvents'>;
type Sort = QueryIn<'listSecurityEvents'>['sort'];
type Where = ExpressionWrapper<Schema, 'security_events', SqlBool>;

/** The filters as one condition; events that went into others are never among them. */
export function eventWhere(e: ExpressionBuilder<Schema, 'security_events'>, filters: EventFilters): Where {
  const all: Where[] = [e('merged_into', 'is', null)];
  if (filters.status !== undefined) all.push(e('status', 'in', filters.status));
  if (filters.severity !== undefined) all.push(e('severity', 'in', filters.severity.map(severityId)));
  if (filters.cloud !== undefined) all.push(e.or(filters.cloud.map((cloud) => e('cloud_names', 'like', `%,${cloud},%`))));
  if (filters.tactic !== undefined) {
    // Only names of the matrix are looked for: other text may hold wildcards.
    const tactic = tacticByShortName(filters.tactic)?.shortName;
    all.push(tactic === undefined ? e('no', '<', 0) : e('tactic_names', 'like', `%,${tactic},%`));
  }
  if (filters.owner !== undefined) all.push(filters.owner === '-' ? e('owner', 'is', null) : e('owner', '=', filters.owner));
  if (filters.from !== undefined) all.push(e('last_ms', '>=', givenMs(filters.from, '/query/from')));
  if (filters.to !== undefined) all.push(e('first_ms', '<', givenMs(filters.to, '/query/to')));
  if (filters.entity !== undefined)
    all.push(
      e(
        'no',
        'in',
        e
          .selectFrom('alert_entities')
          .innerJoin('alerts', 'alerts.no', 'alert_entities.alert')
          .select('alerts.event')
          .where('alert_entities.value', '=', filters.entity)
          .where('alerts.event', 'is not', null)
          .$castTo<{ event: number }>(),
      ),
    );
  return e.and(all);
}

const ORDERS: Readonly<Record<Sort, readonly ('severity' | 'risk_tenths' | 'last_ms' | 'first_ms')[]>> = {
  severity: ['severity', 'risk_tenths'],
  riskScore: ['risk_tenths', 'severity'],
  lastSeen: ['last_ms'],
  firstSeen: ['first_ms'],
};

/** One page, largest first, and the token of the next one. */
export async function eventPage(
  db: Transaction<Schema>,
  filters: EventFilters,
  sort: Sort,
  size: number,
  token: string | undefined,
): Promise<{ readonly rows: readonly SecurityEventTable[]; readonly nextPageToken: string }> {
  const columns = [...ORDERS[sort], 'no' as const];
  const after = token === undefined ? null : valuesIn(token, sort, columns.length);
  let query = db
    .selectFrom('security_events')
    .selectAll()
    .where((e) => eventWhere(e, filters));
  if (after !== null)
    query = query.where((e) =>
      // Smaller in the first column that differs.
      e.or(
        columns.map((column, at) =>
          e.and([...columns.slice(0, at).map((before, index) => e(before, '=', after[index] ?? 0)), e(column, '<', after[at] ?? 0)]),
        ),
      ),
    );
  for (const column of columns) query = query.orderBy(column, 'desc');
  const rows = await query.limit(size + 1).execute();
  const page = rows.slice(0, size);
  const last = page.at(-1);
  const more = rows.length > size && last !== undefined;
  return { rows: page, nextPageToken: more ? tokenOf(`${sort}:${columns.map((column) => last[column]).join(':')}`) : '' };
}

function valuesIn(token: string, sort: Sort, length: number): readonly number[] {
  const [of, ...values] = placeOf(token).split(':');
  if (of !== sort || values.length !== length || !values.every((value) => /^-?\d{1,16}$/.test(value)))
    throw new SluiceError('request.invalid', `pageToken is none that a list sorted by ${sort} answered`, { path: '/query/pageToken' });
  return values.map(Number);
}
