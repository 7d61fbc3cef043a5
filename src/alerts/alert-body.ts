import type { AlertBody } from '../api/rest/contract/alerts.ts';
import type { Entity, LogIdentity } from '../api/rest/contract/base.ts';
import { iso } from '../api/rest/times.ts';
import type { Catalog } from '../control/catalog.ts';
import type { HitEntity, HitEvidence } from '../detect/hit.ts';
import { alertId, type KeptAlert } from './alert-rows.ts';
import { severityWord } from './severity.ts';

export type LogstoreNames = Pick<Catalog, 'logstoreById'>;

/** Where the logs stand; those of a logstore that was deleted can no longer be opened and are left out. */
export function evidenceBody(evidence: readonly HitEvidence[], names: LogstoreNames): LogIdentity[] {
  return evidence.flatMap(({ logstore, shard, cursor, idx }) => {
    const info = names.logstoreById(logstore);
    return info === null ? [] : [{ project: info.project, logstore: info.name, shard, cursor, index: idx }];
  });
}

export function entityBodies(entities: readonly Pick<HitEntity, 'type' | 'value' | 'role'>[]): Entity[] {
  return entities.map(({ type, value, role }) => ({ type, value, role }));
}

/** `event`: display id of its security event. */
export function alertBody(alert: KeptAlert, event: string | null, names: LogstoreNames): AlertBody {
  return {
    id: alertId(alert.no),
    title: alert.title,
    severity: severityWord(alert.severityId),
    status: alert.status,
    ruleId: alert.ruleId,
    ruleRevision: alert.revision,
    ruleTitle: alert.ruleTitle,
    cloud: alert.cloud,
    tactics: [...alert.tactics],
    techniques: [...alert.techniques],
    firstSeen: iso(alert.firstMs),
    lastSeen: iso(alert.lastMs),
    raisedAt: iso(alert.raisedMs),
    count: alert.count,
    entities: entityBodies(alert.entities),
    evidence: evidenceBody(alert.evidence, names),
    reasons: [...alert.reasons],
    owner: alert.owner,
    verdict: alert.verdict,
    note: alert.note,
    eventId: event,
    etag: alertEtag(alert),
  };
}

/** Of what people change; more evidence is nobody's conflict. */
export function alertEtag(alert: Pick<KeptAlert, 'no' | 'changes'>): string {
  return `alert-${alert.no}-${alert.changes}`;
}
