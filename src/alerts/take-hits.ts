import type { Transaction } from 'kysely';
import type { Hit } from '../detect/hit.ts';
import type { Schema } from '../state/schema.ts';
import { nextNumbers } from '../state/tables/state.ts';
import { addHit, alertUid, linkKeysOf, type Alert, type AlertLimits, type Trimmed } from './alert.ts';
import { alertOfRow, chunks, contentOf, type KeptAlert } from './alert-rows.ts';

/** What became of a hit, for the count of it. */
export type HitOutcome = 'taken' | 'grown' | 'repeated' | 'informational' | 'forgotten';

export interface ChangedAlert {
  readonly no: number;
  readonly alert: Alert;
  /** Null: raised now. */
  readonly before: KeptAlert | null;
}

export interface TakenHits {
  readonly changed: readonly ChangedAlert[];
  readonly outcomes: Readonly<Record<HitOutcome, number>>;
  readonly trimmed: Readonly<Trimmed>;
}

interface Draft {
  readonly before: KeptAlert | null;
  alert: Alert | null;
  no: number;
}

/**
 * Turns hits into alerts within a transaction. A hit that is known changes nothing; a correlation's that counts more than before replaces what it said. An informational hit raises
 * no alert (Sigma: it is for enrichment), unless its rule makes events by itself.
 */
export async function takeHits(db: Transaction<Schema>, hits: readonly Hit[], nowMs: number, limits: AlertLimits): Promise<TakenHits> {
  const outcomes: Record<HitOutcome, number> = { taken: 0, grown: 0, repeated: 0, informational: 0, forgotten: 0 };
  const trimmed: Trimmed = { evidence: 0, entities: 0, pairs: 0 };
  const wanted = hits.filter((hit) => hit.severityId > 1 || hit.passThrough);
  outcomes.informational = hits.length - wanted.length;

  const known = await knownHits(
    db,
    wanted.map((hit) => hit.uid),
  );
  const drafts = await draftsOf(db, wanted, known);
  const kept = new Map<string, { draft: Draft; count: number; isNew: boolean }>();
  for (const hit of wanted) {
    const given = kept.get(hit.uid);
    const before = known.get(hit.uid);
    const countBefore = given?.count ?? before?.count ?? 0;
    if (hit.count <= countBefore) {
      outcomes.repeated++;
      continue;
    }
    const draft = given?.draft ?? (before === undefined ? drafts.byUid.get(alertUid(hit)) : drafts.byNo.get(before.alert));
    // Its alert is gone, or has forgotten which hits it has: taking it might count it twice.
    if (draft === undefined || draft.before?.hitsKept === false) {
      outcomes.forgotten++;
      continue;
    }
    draft.alert = addHit(draft.alert, hit, countBefore, limits, trimmed);
    kept.set(hit.uid, { draft, count: hit.count, isNew: before === undefined });
    if (countBefore === 0) outcomes.taken++;
    else outcomes.grown++;
  }

  const changed = [...new Set([...drafts.byUid.values(), ...drafts.byNo.values()])].filter((draft) => draft.alert !== draft.before);
  await write(db, changed, nowMs);
  const hitRows = [...kept].map(([uid, { draft, count, isNew }]) => ({ row: { uid, alert: draft.no, count }, isNew }));
  for (const some of chunks(hitRows.filter((one) => one.isNew).map((one) => one.row)))
    await db.insertInto('alert_hits').values(some).execute();
  for (const { row, isNew } of hitRows)
    if (!isNew) await db.updateTable('alert_hits').set({ count: row.count }).where('uid', '=', row.uid).execute();
  return { changed: changed.map((draft) => ({ no: draft.no, alert: draft.alert as Alert, before: draft.before })), outcomes, trimmed };
}

async function knownHits(db: Transaction<Schema>, uids: readonly string[]): Promise<ReadonlyMap<string, { alert: number; count: number }>> {
  const known = new Map<string, { alert: number; count: number }>();
  for (const some of chunks([...new Set(uids)])) {
    const rows = await db.selectFrom('alert_hits').selectAll().where('uid', 'in', some).execute();
    for (const { uid, alert, count } of rows) known.set(uid, { alert, count });
  }
  return known;
}

/** The alerts that hits may belong to: by what makes an alert, and for known hits by number, since more evidence may move where a correlation begins. */
async function draftsOf(
  db: Transaction<Schema>,
  hits: readonly Hit[],
  known: ReadonlyMap<string, { alert: number }>,
): Promise<{ readonly byUid: Map<string, Draft>; readonly byNo: Map<number, Draft> }> {
  const byUid = new Map<string, Draft>();
  const byNo = new Map<number, Draft>();
  const add = (alert: KeptAlert): void => {
    if (byNo.has(alert.no)) return;
    const draft: Draft = { before: alert, alert, no: alert.no };
    byNo.set(alert.no, draft);
    byUid.set(alert.uid, draft);
  };
  const uids = [...new Set(hits.filter((hit) => !known.has(hit.uid)).map(alertUid))];
  for (const some of chunks(uids)) {
    const rows = await db.selectFrom('alerts').selectAll().where('uid', 'in', some).execute();
    for (const row of rows) add(alertOfRow(row));
  }
  for (const some of chunks([...new Set([...known.values()].map(({ alert }) => alert))])) {
    const rows = await db.selectFrom('alerts').selectAll().where('no', 'in', some).execute();
    for (const row of rows) add(alertOfRow(row));
  }
  for (const uid of uids) if (!byUid.has(uid)) byUid.set(uid, { before: null, alert: null, no: 0 });
  return { byUid, byNo };
}

async function write(db: Transaction<Schema>, drafts: readonly Draft[], nowMs: number): Promise<void> {
  const fresh = drafts.filter((draft) => draft.before === null);
  if (fresh.length > 0) {
    const first = await nextNumbers(db, 'alerts', fresh.length);
    for (const [index, draft] of fresh.entries()) draft.no = first + index;
  }
  for (const some of chunks(fresh)) {
    await db
      .insertInto('alerts')
      .values(
        some.map((draft) => ({
          ...contentOf(draft.alert as Alert),
          no: draft.no,
          raised_ms: nowMs,
          status: 'new',
          owner: null,
          verdict: null,
          note: '',
          acknowledged_ms: 0,
          closed_ms: 0,
          changes: 0,
          // A group of its own until something links it.
          grp: draft.no,
          event: null,
          hits_kept: 1,
        })),
      )
      .execute();
  }
  for (const draft of drafts) {
    if (draft.before === null) continue;
    await db
      .updateTable('alerts')
      .set(contentOf(draft.alert as Alert))
      .where('no', '=', draft.no)
      .execute();
  }
  await writeEntities(db, drafts);
  await writeKeys(db, drafts);
}

/** Only what came or went: a busy alert grows with every batch, and hardly ever by something it has not named. */
async function writeEntities(db: Transaction<Schema>, drafts: readonly Draft[]): Promise<void> {
  const listed = (alert: Alert | null) => new Map((alert?.entities ?? []).map(({ type, value }) => [`${type}|${value}`, { type, value }]));
  const rows: { alert: number; type: string; value: string }[] = [];
  for (const { no, alert, before } of drafts) {
    const [now, then] = [listed(alert), listed(before)];
    for (const [key, { type, value }] of then)
      if (!now.has(key))
        await db.deleteFrom('alert_entities').where('alert', '=', no).where('type', '=', type).where('value', '=', value).execute();
    for (const [key, entity] of now) if (!then.has(key)) rows.push({ alert: no, ...entity });
  }
  for (const some of chunks(rows)) await db.insertInto('alert_entities').values(some).execute();
}

async function writeKeys(db: Transaction<Schema>, drafts: readonly Draft[]): Promise<void> {
  const rows: { alert: number; key: string; first_ms: number; last_ms: number }[] = [];
  for (const { no, alert, before } of drafts) {
    if (alert === null) continue;
    const now = new Set(linkKeysOf(alert));
    const then = new Set(before === null ? [] : linkKeysOf(before));
    const gone = [...then].filter((key) => !now.has(key));
    for (const some of chunks(gone)) await db.deleteFrom('alert_keys').where('alert', '=', no).where('key', 'in', some).execute();
    const times = {
      ...(alert.firstMs === before?.firstMs ? {} : { first_ms: alert.firstMs }),
      ...(alert.lastMs === before?.lastMs ? {} : { last_ms: alert.lastMs }),
    };
    // The begin is indexed, the end is not: the end alone is what usually moves, and costs little.
    if (before !== null && then.size > gone.length && Object.keys(times).length > 0)
      await db.updateTable('alert_keys').set(times).where('alert', '=', no).execute();
    for (const key of now) if (!then.has(key)) rows.push({ alert: no, key, first_ms: alert.firstMs, last_ms: alert.lastMs });
  }
  for (const some of chunks(rows)) await db.insertInto('alert_keys').values(some).execute();
}
