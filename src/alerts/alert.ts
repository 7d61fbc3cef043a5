import { createHash } from 'node:crypto';
import type { CloudName } from '../api/rest/contract/base.ts';
import type { AlertStatus, Verdict } from '../api/rest/contract/alerts.ts';
import type { EntityRole, EntityType, Hit, HitEvidence, HitReason } from '../detect/hit.ts';
import { cloudOf } from './cloud-of.ts';
import { pairKeys, singleKey } from './link-keys.ts';

export interface AlertEntity {
  readonly type: EntityType;
  readonly value: string;
  /** The strongest one any hit gave it. */
  readonly role: EntityRole;
  /** Where it was named first: text that sorts. */
  readonly rank: string;
}

/** Two entities one hit named together, as `link-keys.ts` writes them. */
export interface AlertPair {
  readonly key: string;
  readonly rank: string;
}

/** What hits of one rule, cloud and main entity within one window say together. Times are Unix ms. */
export interface Alert {
  /** 32 hex digits: the same hits in any order give the same. */
  readonly uid: string;
  readonly ruleId: string;
  readonly revision: number;
  readonly ruleTitle: string;
  readonly title: string;
  readonly severityId: number;
  readonly confidenceId: number;
  readonly cloud: CloudName;
  readonly account: string;
  readonly region: string;
  readonly tactics: readonly string[];
  readonly techniques: readonly string[];
  readonly firstMs: number;
  readonly lastMs: number;
  readonly receivedMs: number;
  /** Events the hits stand for. */
  readonly count: number;
  /** First seen first, at most `AlertLimits.entities`. */
  readonly entities: readonly AlertEntity[];
  readonly pairs: readonly AlertPair[];
  /** Oldest first, at most `AlertLimits.evidence`. */
  readonly evidence: readonly HitEvidence[];
  readonly evidenceTotal: number;
  readonly reasons: readonly HitReason[];
  readonly mainType: EntityType | '';
  readonly mainValue: string;
  readonly windowSec: number;
  readonly passThrough: boolean;
  /** Place of the hit that title, tactics and reasons are from: the first one. */
  readonly leadRank: string;
}

/** What people and verdicts make of an alert. */
export interface AlertHandling {
  readonly status: AlertStatus;
  readonly owner: string | null;
  readonly verdict: Verdict | null;
  readonly note: string;
}

export interface AlertLimits {
  /** Logs of evidence kept. */
  readonly evidence: number;
  /** Entities kept; twice as many pairs. */
  readonly entities: number;
}

/** How many parts of a hit found no room in its alert. */
export interface Trimmed {
  evidence: number;
  entities: number;
  pairs: number;
}

const ROLES: Readonly<Record<EntityRole, number>> = { attacker: 0, target: 1, actor: 2, related: 3 };

/**
 * Which alert a hit belongs to. Windows lie on a grid of event time, so that neither the order in which hits come nor late ones move a hit to another alert;
 * what goes on over the end of a window is a second alert. An alert is of one cloud: a step of a chain stands in one place.
 */
export function alertUid(hit: Hit): string {
  const windowMs = hit.windowSec * 1000;
  const window = Math.floor(hit.firstMs / windowMs) * windowMs;
  const parts = [hit.ruleId, hit.revision, cloudOf(hit.provider), hit.mainKey, hit.windowSec, window];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** The alert with one more hit. Any order of the same hits gives the same alert. `countBefore`: what the same hit counted when it came before. */
export function addHit(alert: Alert | null, hit: Hit, countBefore: number, limits: AlertLimits, trimmed: Trimmed): Alert {
  const rank = rankOf(hit, 0);
  const leads = alert === null || rank < alert.leadRank;
  const lead = leads ? leadOf(hit, rank) : leadOfAlert(alert);
  const evidence = firstOf(
    [...(alert?.evidence ?? []), ...hit.evidence],
    (one) => `${one.logstore}/${one.shard}/${one.cursor}/${one.idx}`,
    (a, b) => (inOrder(a, b) <= 0 ? a : b),
    inOrder,
    limits.evidence,
  );
  trimmed.evidence += evidence.left;
  const entities = firstOf(
    [...(alert?.entities ?? []), ...hit.entities.map(({ type, value, role }, index) => ({ type, value, role, rank: rankOf(hit, index) }))],
    (one) => `${one.type}|${one.value}`,
    (a, b) => ({ ...a, role: ROLES[a.role] <= ROLES[b.role] ? a.role : b.role, rank: a.rank < b.rank ? a.rank : b.rank }),
    byRank,
    limits.entities,
  );
  trimmed.entities += entities.left;
  const pairs = firstOf(
    [...(alert?.pairs ?? []), ...pairKeys(hit.entities).map((key, index) => ({ key, rank: rankOf(hit, index) }))],
    (one) => one.key,
    (a, b) => (a.rank < b.rank ? a : b),
    byRank,
    2 * limits.entities,
  );
  trimmed.pairs += pairs.left;
  return {
    ...lead,
    uid: alert?.uid ?? alertUid(hit),
    ruleId: hit.ruleId,
    revision: hit.revision,
    cloud: cloudOf(hit.provider),
    windowSec: hit.windowSec,
    severityId: Math.max(hit.severityId, alert?.severityId ?? 0),
    confidenceId: Math.max(hit.confidenceId, alert?.confidenceId ?? 0),
    passThrough: hit.passThrough || (alert?.passThrough ?? false),
    firstMs: Math.min(hit.firstMs, alert?.firstMs ?? Infinity),
    lastMs: Math.max(hit.lastMs, alert?.lastMs ?? -Infinity),
    receivedMs: Math.max(hit.receivedMs, alert?.receivedMs ?? 0),
    count: (alert?.count ?? 0) + hit.count - countBefore,
    evidenceTotal: (alert?.evidenceTotal ?? 0) + hit.count - countBefore,
    evidence: evidence.kept,
    entities: entities.kept,
    pairs: pairs.kept,
  };
}

/** Keys that the alert is linked by: each of its entities, then the pairs. */
export function linkKeysOf(alert: Pick<Alert, 'entities' | 'pairs'>): readonly string[] {
  const singles = alert.entities.map(singleKey).filter((key) => key !== null);
  return [...new Set([...singles, ...alert.pairs.map((pair) => pair.key)])];
}

/** Key of the main entity; '' when it is nothing that links. */
export function mainKeyOf(alert: Pick<Alert, 'mainType' | 'mainValue'>): string {
  return alert.mainType === '' ? '' : (singleKey({ type: alert.mainType, value: alert.mainValue, role: 'related' }) ?? '');
}

type Lead = Pick<
  Alert,
  'ruleTitle' | 'title' | 'account' | 'region' | 'tactics' | 'techniques' | 'reasons' | 'mainType' | 'mainValue' | 'leadRank'
>;

function leadOf(hit: Hit, leadRank: string): Lead {
  return {
    ruleTitle: hit.ruleTitle,
    title: hit.title,
    account: hit.account,
    region: hit.region,
    tactics: hit.tactics,
    techniques: hit.techniques.map(({ id }) => id),
    reasons: hit.reasons,
    mainType: hit.entities.find(({ value }) => value === hit.mainKey)?.type ?? '',
    mainValue: hit.mainKey,
    leadRank,
  };
}

function leadOfAlert(alert: Alert): Lead {
  const { ruleTitle, title, account, region, tactics, techniques, reasons, mainType, mainValue, leadRank } = alert;
  return { ruleTitle, title, account, region, tactics, techniques, reasons, mainType, mainValue, leadRank };
}

/** Text that sorts by event time, then by hit, then by place within the hit. */
function rankOf(hit: Hit, index: number): string {
  return `${String(hit.firstMs).padStart(15, '0')}.${hit.uid}.${String(index).padStart(5, '0')}`;
}

/** Without doubles, in order, and no more than `limit`. Keeping the first of all that were ever given is the same whatever came before what. */
function firstOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  merge: (a: T, b: T) => T,
  order: (a: T, b: T) => number,
  limit: number,
): { readonly kept: readonly T[]; readonly left: number } {
  const byKey = new Map<string, T>();
  for (const item of items) {
    const key = keyOf(item);
    const known = byKey.get(key);
    byKey.set(key, known === undefined ? item : merge(known, item));
  }
  const sorted = [...byKey.values()].sort(order);
  return { kept: sorted.slice(0, limit), left: Math.max(0, sorted.length - limit) };
}

function byRank(a: { readonly rank: string }, b: { readonly rank: string }): number {
  return a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0;
}

function inOrder(a: HitEvidence, b: HitEvidence): number {
  return (
    a.timeMs - b.timeMs ||
    a.logstore - b.logstore ||
    a.shard - b.shard ||
    a.cursor.length - b.cursor.length ||
    (a.cursor < b.cursor ? -1 : a.cursor > b.cursor ? 1 : 0) ||
    a.idx - b.idx
  );
}
