import { createHash } from 'node:crypto';
import type { EventOrigin, OcsfEvent } from '../standardize/event-row.ts';
import { reasons, type Row } from '../query/syntax/sigma/matcher.ts';
import type { CompiledRule } from './compile-rule.ts';
import { entitiesOf } from './entities.ts';
import { valueAt, valuesAt } from './event-values.ts';
import { columnsFor } from './field-map.ts';
import type { Hit, HitReason } from './hit.ts';
import type { RuleMeta } from './rule-meta.ts';

/** A summary with values of an event is a title, not a document. */
const MAX_TITLE = 300;
/** A value that explains a match, cut: the log itself has all of it. */
const MAX_VALUE = 500;

export interface FoundEvent {
  readonly event: OcsfEvent;
  readonly origin: EventOrigin;
}

/** 32 hex digits of what makes a hit this one. */
export function hitUid(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** The hit of a rule on an event. */
export function makeHit(rule: CompiledRule, { event, origin }: FoundEvent): Hit {
  const { meta } = rule;
  const entities = entitiesOf(rule.classUid, event, meta.attackerPaths);
  const timeMs = Number(event['time']);
  const main = meta.entityPaths.map((path) => valueAt(event, path)).find((value) => value !== '');
  return {
    ...headOf(meta),
    uid: hitUid('rule', meta.id, origin.logstore, origin.shard, origin.cursor, origin.index),
    kind: 'rule',
    title: fill(meta, (path) => valueAt(event, path)),
    firstMs: timeMs,
    lastMs: timeMs,
    receivedMs: origin.receivedMs,
    classUid: rule.classUid,
    provider: valueAt(event, 'cloud.provider'),
    account: valueAt(event, 'cloud.account.uid'),
    region: valueAt(event, 'cloud.region'),
    eventUid: valueAt(event, 'metadata.uid'),
    count: 1,
    evidence: [{ logstore: origin.logstore, shard: origin.shard, cursor: origin.cursor, idx: origin.index, timeMs }],
    entities,
    mainKey: main ?? entities[0]?.value ?? '',
    reasons: reasonsOf(rule, event),
    group: {},
    members: [],
  };
}

/** What a hit says of its rule. */
export function headOf(
  meta: RuleMeta,
): Pick<Hit, 'ruleId' | 'revision' | 'ruleTitle' | 'severityId' | 'confidenceId' | 'tactics' | 'techniques' | 'windowSec' | 'passThrough'> {
  return {
    ruleId: meta.id,
    revision: meta.revision,
    ruleTitle: meta.title,
    severityId: meta.severityId,
    confidenceId: meta.confidenceId,
    tactics: meta.tactics,
    techniques: meta.techniques,
    windowSec: meta.windowSec,
    passThrough: meta.passThrough,
  };
}

/** The rule's summary with values in place of `{path}`; its title when it has none. */
export function fill(meta: RuleMeta, value: (path: string) => string): string {
  if (meta.summary === '') return meta.title;
  const text = meta.summary.replaceAll(/\{([A-Za-z0-9_.@-]+)\}/g, (_, path: string) => {
    const found = value(path);
    return found === '' ? '-' : found;
  });
  // oxlint-disable-next-line no-control-regex -- log text may hold anything, a title is one line
  return text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, MAX_TITLE);
}

/** Why the rule is true of the event. */
export function reasonsOf(rule: CompiledRule, event: OcsfEvent): readonly HitReason[] {
  const row: Row = {
    cell(field) {
      const values = columnsFor(field, rule.table).flatMap((column) => valuesAt(event, column.path));
      return values.length === 0 ? null : values.length === 1 ? values[0] : values;
    },
    raw: JSON.stringify(event),
  };
  return reasons(rule.detection, row).map(({ field, operator, value }) => ({
    field: field ?? 'anywhere',
    operator,
    value: value.slice(0, MAX_VALUE),
  }));
}
