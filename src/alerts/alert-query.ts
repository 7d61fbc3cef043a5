import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import type { QueryIn } from '../api/rest/services.ts';
import { SluiceError } from '../core/errors.ts';
import type { Schema } from '../state/schema.ts';
import { severityId } from './severity.ts';

/** Filters that all queries of alerts share. */
export type AlertFilters = Omit<QueryIn<'summarizeAlerts'>, never>;

type Builder = ExpressionBuilder<Schema, 'alerts'>;

/** Unix ms of a time in a query. @throws request.invalid */
export function givenMs(text: string, path: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new SluiceError('request.invalid', `${text} is no time, expected ISO 8601`, { path });
  return ms;
}

/** The filters as one condition on the table `alerts`; `event`: the number `eventId` stands for, null when it names none. */
export function alertWhere(e: Builder, filters: AlertFilters, event: number | null): ExpressionWrapper<Schema, 'alerts', SqlBool> {
  const all: ExpressionWrapper<Schema, 'alerts', SqlBool>[] = [];
  if (filters.status !== undefined) all.push(e('status', 'in', filters.status));
  if (filters.severity !== undefined) all.push(e('severity', 'in', filters.severity.map(severityId)));
  if (filters.cloud !== undefined) all.push(e('cloud', 'in', filters.cloud));
  if (filters.ruleId !== undefined) all.push(e('rule', '=', filters.ruleId));
  if (filters.eventId !== undefined) all.push(e('event', '=', event ?? -1));
  if (filters.owner !== undefined) all.push(filters.owner === '-' ? e('owner', 'is', null) : e('owner', '=', filters.owner));
  if (filters.from !== undefined) all.push(e('last_ms', '>=', givenMs(filters.from, '/query/from')));
  if (filters.to !== undefined) all.push(e('first_ms', '<', givenMs(filters.to, '/query/to')));
  if (filters.entity !== undefined)
    all.push(
      e('no', 'in', e.selectFrom('alert_entities').select('alert_entities.alert').where('alert_entities.value', '=', filters.entity)),
    );
  return e.and(all);
}
