import type { Transaction } from 'kysely';
import type { AlertBody, AlertGroup, AlertSummary } from '../api/rest/contract/alerts.ts';
import { DEFAULT_PAGE_SIZE, placeOf, tokenOf, type Page } from '../api/rest/paging.ts';
import type { AlertsService, AnswerIn, BodyIn, QueryIn } from '../api/rest/services.ts';
import type { RunContext } from '../core/context.ts';
import { SluiceError } from '../core/errors.ts';
import { currentEvent, eventId, refreshEvent } from '../events/event-rows.ts';
import type { Schema } from '../state/schema.ts';
import type { State } from '../state/state.ts';
import { alertBody, alertEtag, type LogstoreNames } from './alert-body.ts';
import { alertGroups } from './alert-groups.ts';
import { alertWhere } from './alert-query.ts';
import { alertId, alertNo, alertOfRow, chunks, loadAlerts, type KeptAlert } from './alert-rows.ts';
import { alertSummary } from './alert-summary.ts';

export interface StateAlertsParts {
  readonly state: State;
  /** For the names in evidence. */
  readonly catalog: LogstoreNames;
}

type Change = Omit<BodyIn<'updateAlert'>, 'etag'>;

/** Alerts in the words of the REST contract. */
export class StateAlerts implements AlertsService {
  readonly #state: State;
  readonly #names: LogstoreNames;

  constructor(parts: StateAlertsParts) {
    this.#state = parts.state;
    this.#names = parts.catalog;
  }

  async list(query: QueryIn<'listAlerts'>, ctx: RunContext): Promise<Page<AlertBody>> {
    const size = query.pageSize ?? DEFAULT_PAGE_SIZE;
    const after = query.pageToken === undefined ? null : placeIn(query.pageToken);
    return await this.#state.read(async (db) => {
      const event = query.eventId === undefined ? null : await currentEvent(db, query.eventId);
      const rows = await db
        .selectFrom('alerts')
        .selectAll()
        .where((e) => alertWhere(e, query, event))
        .$if(after !== null, (q) =>
          q.where((e) =>
            e.or([e('last_ms', '<', after?.lastMs ?? 0), e.and([e('last_ms', '=', after?.lastMs ?? 0), e('no', '<', after?.no ?? 0)])]),
          ),
        )
        .orderBy('last_ms', 'desc')
        .orderBy('no', 'desc')
        .limit(size + 1)
        .execute();
      const alerts = rows.slice(0, size).map(alertOfRow);
      const last = alerts.at(-1);
      return {
        items: alerts.map((alert) => this.#body(alert)),
        nextPageToken: rows.length > size && last !== undefined ? tokenOf(`${last.lastMs}:${last.no}`) : '',
      };
    }, ctx);
  }

  async group(query: QueryIn<'groupAlerts'>, ctx: RunContext): Promise<Page<AlertGroup>> {
    const nowMs = ctx.clock.nowMs();
    return await this.#state.read(async (db) => {
      const event = query.eventId === undefined ? null : await currentEvent(db, query.eventId);
      return await alertGroups(db, query, event, nowMs);
    }, ctx);
  }

  async summary(query: QueryIn<'summarizeAlerts'>, ctx: RunContext): Promise<AlertSummary> {
    const nowMs = ctx.clock.nowMs();
    return await this.#state.read(async (db) => {
      const event = query.eventId === undefined ? null : await currentEvent(db, query.eventId);
      return await alertSummary(db, query, event, nowMs);
    }, ctx);
  }

  async get(id: string, ctx: RunContext): Promise<AlertBody> {
    return await this.#state.read(async (db) => this.#body(await required(db, id)), ctx);
  }

  async update(id: string, change: Change, etag: string, _actor: string, ctx: RunContext): Promise<AlertBody> {
    const nowMs = ctx.clock.nowMs();
    return await this.#state.transact(async (db) => {
      const alert = await required(db, id);
      const current = alertEtag(alert);
      if (etag !== current)
        throw new SluiceError('request.conflict', `alert ${id} has changed since it was read: etag ${etag} is not ${current}`, {
          etag: current,
        });
      await write(db, [alert], change, nowMs);
      return this.#body(await required(db, id));
    }, ctx);
  }

  async updateMany(
    ids: readonly string[],
    change: Omit<BodyIn<'updateAlerts'>, 'ids'>,
    _actor: string,
    ctx: RunContext,
  ): Promise<AnswerIn<'updateAlerts'>> {
    const nowMs = ctx.clock.nowMs();
    return await this.#state.transact(async (db) => {
      const numbers = new Map([...new Set(ids)].map((id) => [id, alertNo(id)]));
      const found = await loadAlerts(
        db,
        [...numbers.values()].filter((no) => no !== null),
      );
      const known = new Set(found.map((alert) => alert.no));
      const refused = [...numbers].flatMap(([id, no]) => (no !== null && known.has(no) ? [] : [{ id, detail: `there is no alert ${id}` }]));
      await write(db, found, change, nowMs);
      return { updated: found.map((alert) => alertId(alert.no)), refused };
    }, ctx);
  }

  #body(alert: KeptAlert): AlertBody {
    // An alert's event is always one that stands for itself: a merge moves the alerts.
    return alertBody(alert, alert.event === null ? null : eventId(alert.event), this.#names);
  }
}

/** @throws request.not_found */
async function required(db: Transaction<Schema>, id: string): Promise<KeptAlert> {
  const no = alertNo(id);
  const [alert] = no === null ? [] : await loadAlerts(db, [no]);
  if (alert === undefined) throw new SluiceError('request.not_found', `there is no alert ${id}, expected an id as AL-17`, { alert: id });
  return alert;
}

/** Applies a change, and lets the events of the alerts follow: one found to be nothing no longer counts for its event's risk. */
async function write(db: Transaction<Schema>, alerts: readonly KeptAlert[], change: Change, nowMs: number): Promise<void> {
  const { status, owner, verdict, note } = change;
  const numbers = alerts.map((alert) => alert.no);
  for (const some of chunks(numbers)) {
    await db
      .updateTable('alerts')
      .set((e) => ({
        ...(status === undefined ? {} : { status, closed_ms: status === 'closed' ? nowMs : 0 }),
        ...(owner === undefined ? {} : { owner }),
        ...(verdict === undefined ? {} : { verdict }),
        ...(note === undefined ? {} : { note }),
        changes: e('changes', '+', 1),
      }))
      .where('no', 'in', some)
      .execute();
    // Whoever takes it up has seen it; only the first time counts.
    if (status === 'acknowledged' || status === 'closed')
      await db.updateTable('alerts').set({ acknowledged_ms: nowMs }).where('no', 'in', some).where('acknowledged_ms', '=', 0).execute();
  }
  if (status === undefined && verdict === undefined) return;
  const events = new Set(alerts.map((alert) => alert.event).filter((event) => event !== null));
  for (const event of events) await refreshEvent(db, event);
}

function placeIn(token: string): { readonly lastMs: number; readonly no: number } {
  const match = /^(-?\d+):(\d+)$/.exec(placeOf(token));
  if (match === null) throw new SluiceError('request.invalid', 'pageToken is none that this list answered', { path: '/query/pageToken' });
  return { lastMs: Number(match[1]), no: Number(match[2]) };
}
