import type { RunContext } from '../core/context.ts';
import type { QueryLimits, Store } from '../store/store.ts';
import type { CorrelationPlan } from './correlation-plan.ts';
import { entitiesOf, withoutDoubles } from './entities.ts';
import { fetchEvents, refKey, type EventRef } from './event-fetch.ts';
import { valueAt } from './event-values.ts';
import type { EntityType, Hit, HitEntity, HitReason } from './hit.ts';
import { fill, headOf, hitUid, type FoundEvent } from './make-hit.ts';

/** A match of a correlation as the engine found it. */
export interface CorrelationMatch {
  /** JSON list of the group's values. */
  readonly group: string;
  readonly bucketMs: number;
  readonly n: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface EvidenceItem extends EventRef {
  readonly timeMs: number;
  readonly classUid: number;
  /** Hit of an inner correlation; '' for an event. */
  readonly uid: string;
}

export interface EvidenceRow {
  readonly events: number;
  readonly receivedMs: number;
  /** The first ones, and the last. */
  readonly items: readonly EvidenceItem[];
}

interface Parts {
  readonly store: Pick<Store, 'query'>;
  readonly limits: QueryLimits;
}

/** Hits of a correlation: with the entities of its evidence, so that it is found by what it is about. */
export async function correlationHits(
  plan: CorrelationPlan,
  matches: readonly CorrelationMatch[],
  evidence: ReadonlyMap<number, EvidenceRow>,
  parts: Parts,
  ctx: RunContext,
): Promise<readonly Hit[]> {
  const byClass = new Map<number, EvidenceItem[]>();
  for (const { items } of evidence.values())
    for (const item of items) byClass.set(item.classUid, [...(byClass.get(item.classUid) ?? []), item]);
  const events = new Map<string, FoundEvent>();
  for (const [classUid, items] of byClass) {
    if (classUid === 0) continue;
    for (const [key, found] of await fetchEvents(parts.store, classUid, items, parts.limits, ctx))
      if (found[0] !== undefined) events.set(`${classUid}|${key}`, found[0]);
  }
  return matches.flatMap((match, index) => {
    const row = evidence.get(index);
    return row === undefined ? [] : [hitOf(plan, match, row, events)];
  });
}

function hitOf(plan: CorrelationPlan, match: CorrelationMatch, row: EvidenceRow, events: ReadonlyMap<string, FoundEvent>): Hit {
  const { meta, document } = plan;
  const values = JSON.parse(match.group) as readonly string[];
  const group = Object.fromEntries(plan.groupBy.map((field, index) => [field, values[index] ?? '']));
  const items = [...new Map(row.items.map((item) => [`${refKey(item)}|${item.uid}`, item])).values()].sort((a, b) => a.timeMs - b.timeMs);
  const found = items.flatMap((item) => {
    const one = events.get(`${item.classUid}|${refKey(item)}`);
    return one === undefined ? [] : [{ classUid: item.classUid, event: one.event }];
  });
  const last = found.at(-1)?.event ?? {};
  const attackers = new Set(meta.attackerPaths);
  const entities = withoutDoubles([
    ...groupEntities(plan, group, attackers),
    ...found.flatMap(({ classUid, event }) => entitiesOf(classUid, event, meta.attackerPaths)),
  ]);
  const count = document.type === 'value_count' ? match.n : Math.max(row.events, document.type === 'event_count' ? match.n : 0);
  const valueOf = (path: string): string => (path === 'count' ? String(shown(plan, match, row)) : (group[path] ?? valueAt(last, path)));
  const main = meta.entityPaths.map(valueOf).find((value) => value !== '');
  const classes = new Set(items.map((item) => item.classUid));
  return {
    ...headOf(meta),
    uid: hitUid('correlation', meta.id, match.group, match.bucketMs),
    kind: 'correlation',
    title: fill(meta, valueOf),
    firstMs: match.firstMs,
    lastMs: match.lastMs,
    receivedMs: row.receivedMs,
    classUid: classes.size === 1 ? ([...classes][0] as number) : 0,
    provider: valueAt(last, 'cloud.provider'),
    account: valueAt(last, 'cloud.account.uid'),
    region: valueAt(last, 'cloud.region'),
    eventUid: valueAt(last, 'metadata.uid'),
    count,
    evidence: items.map((item) => ({
      logstore: item.logstore,
      shard: item.shard,
      cursor: item.cursor,
      idx: item.idx,
      timeMs: item.timeMs,
    })),
    entities,
    mainKey: main ?? values[0] ?? entities[0]?.value ?? '',
    reasons: reasonsOf(plan, match, row, group),
    group,
    members: items.map((item) => (item.uid === '' ? memberUid(plan, item) : item.uid)),
  };
}

/** The number that is compared: for events the most there were within one timespan. */
function shown(plan: CorrelationPlan, match: CorrelationMatch, row: EvidenceRow): number {
  return plan.document.type.startsWith('temporal') ? row.events : match.n;
}

function memberUid(plan: CorrelationPlan, item: EvidenceItem): string {
  const base = plan.bases.find((one) => one.classes.some(({ rule }) => rule.classUid === item.classUid));
  return hitUid('rule', base?.ruleId ?? '', item.logstore, item.shard, item.cursor, item.idx);
}

function reasonsOf(
  plan: CorrelationPlan,
  match: CorrelationMatch,
  row: EvidenceRow,
  group: Readonly<Record<string, string>>,
): readonly HitReason[] {
  const { document } = plan;
  const span = `${document.timespanSec} s`;
  const what = document.valueFields.length > 0 ? document.valueFields.join(', ') : 'events';
  return [
    ...Object.entries(group).map(([field, value]) => ({ field, operator: 'equals', value })),
    document.type.startsWith('temporal')
      ? {
          field: 'rules',
          operator: document.type === 'temporal' ? `all within ${span}` : `in order within ${span}`,
          value: document.rules.join(', '),
        }
      : { field: what, operator: `${document.type} within ${span}`, value: String(shown(plan, match, row)) },
  ];
}

const TYPES_BY_PATH: readonly (readonly [RegExp, EntityType])[] = [
  [/(^|\.)ip$|^address$/, 'ip'],
  [/credential_uid$/, 'key'],
  [/instance_uid$|^device\.|^host$/, 'host'],
  [/user\.(name|uid)$/, 'user'],
  [/email_addr$/, 'email'],
  [/query\.hostname$|url\.hostname$/, 'domain'],
  [/account\.uid$/, 'account'],
  [/databucket|database|resources\./, 'resource'],
];

/** Values of the group as entities: what the correlation is about, also when no event of the evidence can be read any more. */
function groupEntities(
  plan: CorrelationPlan,
  group: Readonly<Record<string, string>>,
  attackers: ReadonlySet<string>,
): readonly HitEntity[] {
  return plan.groupBy.flatMap((field, index): readonly HitEntity[] => {
    const value = group[field] ?? '';
    const path = plan.bases.find((base) => base.classes.length > 0)?.classes[0]?.groupPaths[index] ?? field;
    const type = TYPES_BY_PATH.find(([pattern]) => pattern.test(path) || pattern.test(field))?.[1];
    if (value === '' || type === undefined) return [];
    const role = attackers.has(field) || attackers.has(path) ? 'attacker' : /src_endpoint|^actor/.test(path) ? 'actor' : 'target';
    return [{ type, value, role, path }];
  });
}
