import { createHash } from 'node:crypto';
import type { EntityRole, EntityType, Hit, HitEntity } from '../../detect/hit.ts';

/** `ip:203.0.113.66:attacker`; the role is `related` when not given. */
export function entity(text: string): HitEntity {
  const [type = 'ip', ...rest] = text.split(':');
  const role =
    rest.length > 1 && ['actor', 'attacker', 'target', 'related'].includes(rest.at(-1) ?? '') ? (rest.pop() as EntityRole) : 'related';
  return { type: type as EntityType, value: rest.join(':'), role, path: '' };
}

/** A hit as a rule over one log gives it. `at` is Unix ms of event time; what is not given follows from rule and time. */
export function makeHit(
  given: { readonly ruleId: string; readonly at: number; readonly entities: readonly string[] } & Partial<Omit<Hit, 'entities'>>,
): Hit {
  const { at, entities, ...rest } = given;
  const named = entities.map(entity);
  const uid = createHash('sha256')
    .update(JSON.stringify([given.ruleId, at, entities, given.eventUid ?? '']))
    .digest('hex')
    .slice(0, 32);
  const cursor = String(BigInt(`0x${uid.slice(0, 12)}`));
  return {
    uid,
    kind: 'rule',
    revision: 1,
    ruleTitle: given.ruleId,
    title: `${given.ruleId} ${named[0]?.value ?? ''}`.trim(),
    severityId: 3,
    confidenceId: 2,
    tactics: [],
    techniques: [],
    firstMs: at,
    lastMs: at,
    receivedMs: at + 1000,
    classUid: 6003,
    provider: 'Alibaba Cloud',
    account: '1000000000000001',
    region: 'cn-hangzhou',
    eventUid: uid,
    count: 1,
    evidence: [{ logstore: 1, shard: 0, cursor, idx: 0, timeMs: at }],
    entities: named,
    mainKey: named[0]?.value ?? '',
    windowSec: 3600,
    passThrough: false,
    reasons: [{ field: 'action', operator: 'equals', value: given.ruleId }],
    group: {},
    members: [],
    ...rest,
  };
}
