import type { Transaction } from 'kysely';
import type { ActivityBody, EventSummaryBody, SecurityEventBody } from '../api/rest/contract/security-events.ts';
import { DEFAULT_PAGE_SIZE, placeOf, tokenOf, type Page } from '../api/rest/paging.ts';
import type { AnswerIn, BodyIn, QueryIn, SecurityEventsService } from '../api/rest/services.ts';
import { iso } from '../api/rest/times.ts';
import type { LogstoreNames } from '../alerts/alert-body.ts';
import { noCounts } from '../alerts/alert-summary.ts';
import { loadAlerts } from '../alerts/alert-rows.ts';
import { severityWord } from '../alerts/severity.ts';
import type { RunContext } from '../core/context.ts';
import { SluiceError } from '../core/errors.ts';
import type { Schema } from '../state/schema.ts';
import type { State } from '../state/state.ts';
import type { SecurityEventTable } from '../state/tables/events.ts';
import { loadNodes } from './alert-nodes.ts';
import { edgeBodies, eventEtag, eventSummaryBody, stepBody } from './event-body.ts';
import type { EventBuilder } from './event-builder.ts';
import { changeEvent, mergeByHand } from './event-changes.ts';
import { eventPage, eventWhere } from './event-query.ts';
import { addActivity, currentEvent, type ActivityKind } from './event-rows.ts';
import type { EventSettings } from './link-policy.ts';
import { relatedTo, similarTo } from './other-events.ts';
import { stepsOf } from './steps.ts';
import { entitiesOf } from './summary.ts';

export interface StateSecurityEventsParts {
  readonly state: State;
  readonly builder: EventBuilder;
  readonly settings: EventSettings;
  /** For the names in evidence. */
  readonly catalog: LogstoreNames;
}

/** Security events in the words of the REST contract. An id that was merged leads to the event it went into. */
export class StateSecurityEvents implements SecurityEventsService {
  readonly #parts: StateSecurityEventsParts;

  constructor(parts: StateSecurityEventsParts) {
    this.#parts = parts;
  }

  async list(query: QueryIn<'listSecurityEvents'>, ctx: RunContext): Promise<Page<EventSummaryBody>> {
    const { state, settings } = this.#parts;
    const { pageSize = DEFAULT_PAGE_SIZE, pageToken, sort, ...filters } = query;
    const { rows, nextPageToken } = await state.read((db) => eventPage(db, filters, sort, pageSize, pageToken), ctx);
    return { items: rows.map((row) => eventSummaryBody(row, settings)), nextPageToken };
  }

  async summary(query: QueryIn<'summarizeSecurityEvents'>, ctx: RunContext): Promise<AnswerIn<'summarizeSecurityEvents'>> {
    return await this.#parts.state.read(async (db) => {
      const { status: _status, ...others } = query;
      const byStatus = { new: 0, investigating: 0, contained: 0, closed: 0 };
      const states = await db
        .selectFrom('security_events')
        .select((e) => ['status', e.fn.countAll<number>().as('events')])
        .where((e) => eventWhere(e, others))
        .groupBy('status')
        .execute();
      for (const { status, events } of states) if (status in byStatus) byStatus[status as keyof typeof byStatus] = events;
      const bySeverity = noCounts();
      const rows = await db
        .selectFrom('security_events')
        .select((e) => ['severity', e.fn.countAll<number>().as('events'), e.fn.count<number>('owner').as('owned')])
        .where((e) => eventWhere(e, query))
        .groupBy('severity')
        .execute();
      for (const { severity, events } of rows) bySeverity[severityWord(severity)] += events;
      const total = rows.reduce((sum, row) => sum + row.events, 0);
      return { byStatus, bySeverity, total, withoutOwner: total - rows.reduce((sum, row) => sum + row.owned, 0) };
    }, ctx);
  }

  async get(id: string, ctx: RunContext): Promise<SecurityEventBody> {
    return await this.#parts.state.read((db) => this.#body(db, id), ctx);
  }

  async update(
    id: string,
    change: Omit<BodyIn<'updateSecurityEvent'>, 'etag'>,
    etag: string,
    actor: string,
    ctx: RunContext,
  ): Promise<SecurityEventBody> {
    const nowMs = ctx.clock.nowMs();
    return await this.#parts.state.transact(async (db) => {
      const row = await required(db, id);
      const current = eventEtag(row);
      if (etag !== current)
        throw new SluiceError('request.conflict', `security event ${id} has changed since it was read: etag ${etag} is not ${current}`, {
          etag: current,
        });
      await changeEvent(db, row, change, actor, this.#parts.builder, nowMs);
      return await this.#body(db, id);
    }, ctx);
  }

  async merge(id: string, ids: readonly string[], actor: string, ctx: RunContext): Promise<SecurityEventBody> {
    const nowMs = ctx.clock.nowMs();
    return await this.#parts.state.transact(async (db) => {
      const into = await required(db, id);
      const others: SecurityEventTable[] = [];
      for (const other of ids) others.push(await required(db, other));
      await mergeByHand(db, into, others, actor, this.#parts.builder, nowMs);
      return await this.#body(db, id);
    }, ctx);
  }

  async activity(id: string, query: QueryIn<'listActivity'>, ctx: RunContext): Promise<Page<ActivityBody>> {
    const size = query.pageSize ?? DEFAULT_PAGE_SIZE;
    const before = query.pageToken === undefined ? null : seqIn(query.pageToken);
    return await this.#parts.state.read(async (db) => {
      const { no } = await required(db, id);
      const rows = await db
        .selectFrom('event_activity')
        .selectAll()
        // What happened to the events that went into this one happened to it.
        .where((e) =>
          e.or([
            e('event', '=', no),
            e('event', 'in', e.selectFrom('security_events').select('security_events.no').where('merged_into', '=', no)),
          ]),
        )
        .$if(before !== null, (q) => q.where('seq', '<', before ?? 0))
        .orderBy('seq', 'desc')
        .limit(size + 1)
        .execute();
      const page = rows.slice(0, size);
      return {
        items: page.map(({ at_ms, actor, kind, text }) => ({ at: iso(at_ms), actor, kind: kind as ActivityKind, text })),
        nextPageToken: rows.length > size ? tokenOf(String(page.at(-1)?.seq)) : '',
      };
    }, ctx);
  }

  async comment(id: string, text: string, actor: string, ctx: RunContext): Promise<ActivityBody> {
    const nowMs = ctx.clock.nowMs();
    await this.#parts.state.transact(async (db) => {
      const { no } = await required(db, id);
      await addActivity(db, no, nowMs, actor, 'comment', text);
    }, ctx);
    return { at: iso(nowMs), actor, kind: 'comment', text };
  }

  async #body(db: Transaction<Schema>, id: string): Promise<SecurityEventBody> {
    const { builder, settings, catalog } = this.#parts;
    const row = await required(db, id);
    const members = await db.selectFrom('alerts').select('no').where('event', '=', row.no).execute();
    const numbers = members.map((member) => member.no);
    const steps = stepsOf(await loadAlerts(db, numbers), row.status === 'closed');
    const nodes = new Map((await loadNodes(db, numbers, builder.policy, builder.hubs)).map((node) => [node.no, node]));
    const keys = steps.map((step) => new Set(step.alerts.flatMap((no) => nodes.get(no)?.keys ?? [])));
    return {
      ...eventSummaryBody(row, settings, row.asked),
      entities: [...entitiesOf(steps)],
      steps: steps.map((step) => stepBody(step, catalog)),
      edges: edgeBodies(steps, keys),
      similar: await similarTo(db, row.no),
      related: await relatedTo(db, row.no),
    };
  }
}

/** The event an id leads to; `asked` is the number in the id itself. @throws request.not_found */
async function required(db: Transaction<Schema>, id: string): Promise<SecurityEventTable & { readonly asked: number }> {
  const no = await currentEvent(db, id);
  const row = no === null ? undefined : await db.selectFrom('security_events').selectAll().where('no', '=', no).executeTakeFirst();
  if (row === undefined)
    throw new SluiceError('request.not_found', `there is no security event ${id}, expected an id as SE-17`, { securityEvent: id });
  return { ...row, asked: Number(id.slice(3)) };
}

function seqIn(token: string): number {
  const place = placeOf(token);
  if (!/^\d{1,16}$/.test(place))
    throw new SluiceError('request.invalid', 'pageToken is none that this list answered', { path: '/query/pageToken' });
  return Number(place);
}
