import type { OcsfEvent } from '../standardize/event-row.ts';
import { valuesAt } from './event-values.ts';
import type { EntityRole, EntityType, HitEntity } from './hit.ts';

/** An event of one finding may list a thousand addresses; beyond these they tell nothing and join everything. */
const MAX_ENTITIES = 40;

/** OCSF observable types (detection.md §4) as kinds of entities; those of hosts and domains depend on the path. */
const OBSERVABLE_TYPES: Readonly<Record<number, EntityType>> = {
  1: 'host',
  2: 'ip',
  4: 'user',
  5: 'email',
  8: 'hash',
  10: 'resource',
  19: 'key',
  31: 'user',
  45: 'file',
  47: 'host',
};

/** Things that are no observables of OCSF, or not at these paths. */
const MORE_PATHS: readonly (readonly [path: string, type: EntityType])[] = [
  ['cloud.account.uid', 'account'],
  ['actor.user.credential_uid', 'key'],
  ['databucket.name', 'resource'],
  ['database.uid', 'resource'],
  ['resources.uid', 'resource'],
  ['query.hostname', 'domain'],
  ['http_request.url.hostname', 'domain'],
  ['evidences.url.url_string', 'url'],
  ['file.path', 'file'],
  ['evidences.file.path', 'file'],
  ['evidences.process.file.path', 'file'],
  ['process.file.path', 'file'],
  ['device.instance_uid', 'host'],
];

/** Addresses that stand for nobody. */
const NOBODY = /^(127\.|0\.0\.0\.0$|::1?$|169\.254\.|localhost$)/;

/** The things an event is about, most telling first: attackers, what was attacked, who acted. */
export function entitiesOf(classUid: number, event: OcsfEvent, attackerPaths: readonly string[]): readonly HitEntity[] {
  const found: HitEntity[] = [];
  const add = (path: string, type: EntityType, text: string): void => {
    const value = type === 'domain' ? text.replace(/\.$/, '') : text;
    if (value === '' || value === '-' || NOBODY.test(value)) return;
    // The number of a local account means nobody outside its host.
    if (path.endsWith('user.uid') && /^\d{1,6}$/.test(value)) return;
    found.push({ type, value, role: attackerPaths.includes(path) ? 'attacker' : roleOf(classUid, path), path });
  };
  const observables = event['observables'];
  for (const one of Array.isArray(observables) ? (observables as readonly unknown[]) : []) {
    const { type_id: typeId, name, value } = one as { readonly type_id?: unknown; readonly name?: unknown; readonly value?: unknown };
    const type = OBSERVABLE_TYPES[Number(typeId)];
    if (type === undefined || typeof name !== 'string' || typeof value !== 'string') continue;
    add(name, typeOf(name, type), value);
  }
  for (const [path, type] of MORE_PATHS) for (const value of valuesAt(event, path)) add(path, type, value);
  return withoutDoubles(found);
}

/** One of each kind and value: with the most telling role. */
export function withoutDoubles(entities: readonly HitEntity[]): readonly HitEntity[] {
  const best = new Map<string, HitEntity>();
  for (const one of entities) {
    const key = `${one.type}|${one.value.toLowerCase()}`;
    const known = best.get(key);
    if (known === undefined || RANK[one.role] < RANK[known.role]) best.set(key, one);
  }
  return [...best.values()].sort((a, b) => RANK[a.role] - RANK[b.role]).slice(0, MAX_ENTITIES);
}

const RANK: Readonly<Record<EntityRole, number>> = { attacker: 0, target: 1, actor: 2, related: 3 };

/** Ids of instances are hosts, names that were asked for are domains. */
function typeOf(path: string, type: EntityType): EntityType {
  if (path.endsWith('instance_uid')) return 'host';
  if (type === 'host' && /(^|\.)(query|answers|url)\.|^dst_endpoint\.hostname$|^evidences\.dst_endpoint\.hostname$/.test(path))
    return 'domain';
  return type;
}

function roleOf(classUid: number, path: string): EntityRole {
  const own = path.replace(/^evidences\./, '');
  if (own.startsWith('src_endpoint.') || own.startsWith('actor.')) return 'actor';
  // Who signs in acts; whose account is changed is acted upon.
  if (own.startsWith('user.')) return classUid === 3002 ? 'actor' : 'target';
  if (/^(dst_endpoint|device|resources|file|databucket|database|load_balancer|http_request\.url)\b/.test(own)) return 'target';
  return 'related';
}
